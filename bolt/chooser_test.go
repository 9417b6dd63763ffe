package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// A picker is a chooser that wants the leaves in which one of its keys would be, and
// notes which it was shown.
type picker struct {
	keys [][]byte // ascending
	seen []Pgid
	last []byte // question
	odd  string
}

func (p *picker) Bucket(*Bucket)         { p.last = nil }
func (p *picker) Fork() Accumulator      { return &picker{keys: p.keys} }
func (p *picker) ForkEarly() Accumulator { return p.Fork() }

func (p *picker) Leaf(_ *Bucket, l Leaf) error {
	p.seen = append(p.seen, l.Page())
	return nil
}

func (p *picker) Merge(next Accumulator) {
	n := next.(*picker)
	p.seen = append(p.seen, n.seen...)
	p.odd += n.odd
}

func (p *picker) Wants(_ *Bucket, lo, hi []byte) bool {
	if bytes.Compare(lo, p.last) < 0 || len(hi) > 0 && bytes.Compare(lo, hi) >= 0 {
		p.odd += fmt.Sprintf("asked for %q to %q after %q\n", lo, hi, p.last)
	}
	p.last = bytes.Clone(lo)
	i, _ := slices.BinarySearchFunc(p.keys, lo, bytes.Compare)
	return i < len(p.keys) && (len(hi) == 0 || bytes.Compare(p.keys[i], hi) < 0)
}

// A leafList notes the first key of each leaf.
type leafList struct {
	pages []Pgid
	first [][]byte
}

func (c *leafList) Bucket(*Bucket)    {}
func (c *leafList) Fork() Accumulator { return c }
func (c *leafList) Merge(Accumulator) {}
func (c *leafList) Leaf(_ *Bucket, l Leaf) error {
	key, _, _ := l.At(0)
	c.pages, c.first = append(c.pages, l.Page()), append(c.first, bytes.Clone(key))
	return nil
}

// expect is the leaves that hold one of the keys, or would.
func (c *leafList) expect(keys [][]byte) (pages []Pgid) {
	for i, page := range c.pages {
		if len(c.pages) == 1 || slices.ContainsFunc(keys, func(k []byte) bool {
			return (i == 0 || bytes.Compare(k, c.first[i]) >= 0) && (i+1 == len(c.pages) || bytes.Compare(k, c.first[i+1]) < 0)
		}) {
			pages = append(pages, page)
		}
	}
	return pages
}

// treeOf is a file with one bucket, whose tree has the more levels the longer its keys are.
func treeOf(t *testing.T, r *rand.Rand, keys, length int) *File {
	return openTest(t, build(t, bbolt.Options{PageSize: 1024}, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("key"))
		for range keys {
			if err == nil {
				err = b.Put(fmt.Appendf(nil, "%016x%0*d", r.Uint64(), r.IntN(length+1), 0), make([]byte, r.IntN(300)))
			}
		}
		return err
	}))
}

// pick walks a tree every way with a picker and wants the same leaves of it.
func pick(t *testing.T, f *File, list *leafList, keys [][]byte) {
	t.Helper()
	want := list.expect(keys)
	for _, o := range append(ways(), WalkOptions{}, WalkOptions{CutEveryLeaf: true}) {
		o.Checked = true
		p := &picker{keys: keys}
		_, faults := walkTest(t, f, p, o)
		if !slices.Equal(p.seen, want) || p.odd != "" || len(faults) > 0 {
			t.Fatalf("%d workers, cut %t: %d leaves of %d, want %d; %d faults; %s\nkeys %q", o.Workers, o.CutEveryLeaf,
				len(p.seen), len(list.pages), len(want), len(faults), p.odd, keys)
		}
	}
}

// TestChooser leaves out of a tree every combination of leaves, and of larger trees of
// several depths some: each walk shows those that were asked for. A walk that is not a
// checked one shows all.
func TestChooser(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, keys := range []int{1, 8, 24} {
		f := treeOf(t, r, keys, 100)
		list := &leafList{}
		walkTest(t, f, list, WalkOptions{})
		for set := range 1 << min(len(list.pages), 10) {
			var keys [][]byte
			for i := range list.first {
				if set>>i&1 != 0 {
					keys = append(keys, list.first[i])
				}
			}
			pick(t, f, list, keys)
		}
	}
	depths := map[int]bool{}
	for i := range 40 {
		f := treeOf(t, r, 1+r.IntN(600), []int{0, 30, 200, 400}[i%4])
		list := &leafList{}
		s, _ := walkTest(t, f, list, WalkOptions{})
		depths[s.Buckets[0].Depth] = true
		for _, n := range []int{0, 1, 3, 40} {
			var keys [][]byte
			for range n { // between the keys of the tree, and some of them
				k := fmt.Appendf(nil, "%016x", r.Uint64())
				if r.IntN(2) == 0 {
					k = list.first[r.IntN(len(list.first))]
				}
				keys = append(keys, k)
			}
			slices.SortFunc(keys, bytes.Compare)
			pick(t, f, list, keys)
		}
		p := &picker{}
		if walkTest(t, f, p, WalkOptions{Workers: 2}); !slices.Equal(p.seen, list.pages) {
			t.Errorf("an unchecked walk showed %d leaves of %d", len(p.seen), len(list.pages))
		}
	}
	if len(depths) < 4 {
		t.Errorf("too few depths: %v", depths)
	}
}
