package bolt

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"
)

// failing is an accumulator that wants to end the walk at the first leaf.
type failing struct {
	nothing
	err error
}

func (f failing) Leaf(*Bucket, Leaf) error { return f.err }

// TestWalkEndsEarly: for the sink, for the context and for the accumulator.
func TestWalkEndsEarly(t *testing.T) {
	r := smallFile(t, bbolt.Options{PageSize: 1024})
	r.set64(r.page(r.bucketRoot("large")), 77)
	r.set64(r.page(r.bucketRoot("other")), 78)
	f, err := FromBytes(r.b)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	s, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{OnFault: func(Fault) bool { calls++; return false }})
	if err != nil || calls != 1 || s == nil {
		t.Errorf("sink: %d calls, %v", calls, err)
	}
	want := errors.New("enough")
	if _, err := f.Walk(context.Background(), f.Live().Meta, failing{err: want}, WalkOptions{}); !errors.Is(err, want) {
		t.Errorf("accumulator: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	large := newForge(600)
	large.buckets(2, 3)
	for id := 3; id < 599; id++ {
		large.branch(id, id+1)
	}
	if f, err = FromBytes(large.b); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Walk(ctx, f.Live().Meta, nil, WalkOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("context: %v", err)
	}
	var pages int64
	if _, err := f.Walk(context.Background(), f.Live().Meta, nil, WalkOptions{Progress: func(n int64) { pages += n }}); err != nil || pages != 512 {
		t.Errorf("progress: %d pages, %v", pages, err)
	}
}

// TestClaimOnce lets goroutines claim the same pages; each page has one owner, and a
// claim that fails changes nothing.
func TestClaimOnce(t *testing.T) {
	const pages = 1000
	table := newPageTable(pages)
	var got atomic.Int64
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for id := Pgid(0); id <= pages; id++ {
				if table.claim(id, owner(1)<<worker) {
					got.Add(1)
				}
			}
		})
	}
	group.Wait()
	if got.Load() != pages+1 {
		t.Errorf("%d claims of %d pages", got.Load(), pages+1)
	}
	for id := Pgid(0); id <= pages; id++ {
		if o := table.at(id); o&(o-1) != 0 || o == 0 {
			t.Fatalf("page %d has owners %b", id, o)
		}
	}
	was := table.at(5)
	table.open(5)
	if table.at(5) != was|ownerOpen || table.at(4)&ownerOpen != 0 || table.at(6)&ownerOpen != 0 {
		t.Error("open marks its own page and no other")
	}
	if table.shut(5); table.at(5) != was {
		t.Error("shut takes back what open did")
	}
	if !table.claim(pages+1, ownerTree) || !table.claim(pages+1, ownerTree) || table.at(pages+1) != 0 {
		t.Error("a page that the file does not have belongs to whoever asks")
	}
}

// leaves keeps copies of what a leaf offers.
type leaves struct {
	nothing
	t *testing.T
	r raw
	n int
}

// Leaf holds every offer of the leaf against the bytes of the file.
func (c *leaves) Leaf(b *Bucket, l Leaf) error {
	var all []byte
	plain := true
	for i := range l.Len() {
		k, v, ok := l.At(i)
		if !ok {
			c.t.Errorf("%s element %d cannot be read", b, i)
		}
		if off := l.Offset(i); !bytes.Equal(c.r.b[off:off+int64(len(k))], k) {
			c.t.Errorf("%s element %d: the key is not at %d", b, i, off)
		}
		if cap(k) != len(k) || cap(v) != len(v) {
			c.t.Errorf("%s element %d: an append would write into the mapping", b, i)
		}
		all, plain = append(append(all, k...), v...), plain && !l.IsBucket(i)
	}
	payload, ok := l.Packed()
	if ok != (plain && l.Len() > 0) || ok && !bytes.Equal(payload, all) {
		c.t.Errorf("%s: packed %v, %d bytes, want %d", b, ok, len(payload), len(all))
	}
	if int(l.Page()) >= c.r.hwm() || l.Bytes() < len(all) {
		c.t.Errorf("%s: page %d, %d bytes", b, l.Page(), l.Bytes())
	}
	c.n++
	return nil
}

func TestLeaf(t *testing.T) {
	r := smallFile(t, bbolt.Options{PageSize: 1024})
	f, err := FromBytes(r.b)
	if err != nil {
		t.Fatal(err)
	}
	acc := &leaves{t: t, r: r}
	s, err := f.Walk(context.Background(), f.Live().Meta, acc, WalkOptions{})
	if err != nil || acc.n < 5 {
		t.Fatal(acc.n, err)
	}
	if !s.Reached(0) || !s.Reached(Pgid(r.root())) || !s.Reached(Pgid(r.freelist())) || s.Reached(Pgid(r.hwm())) {
		t.Error("metas, root and freelist are reached, the high water mark is not")
	}
	free := r.u64(r.page(r.freelist()) + 16)
	if s.Reached(Pgid(free)) {
		t.Errorf("page %d is free", free)
	}
	names := []string{}
	for _, b := range s.Buckets {
		names = append(names, b.Bucket.String())
	}
	if want := []string{"empty", "inline", "large", "other", "other/nested", "tree"}; !slices.Equal(names, want) {
		t.Errorf("buckets %q, want %q", names, want)
	}
}
