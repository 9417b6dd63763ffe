package bolt

import (
	"bytes"
	"testing"
)

// TestFindSeesWhatWalkSees looks every key of a tree up, and keys beside them.
func TestFindSeesWhatWalkSees(t *testing.T) {
	for name, o := range shapes {
		t.Run(name, func(t *testing.T) {
			f := openTest(t, makeDB(t, o, 5))
			acc := &collector{}
			s, _ := walkTest(t, f, acc, WalkOptions{})
			for _, r := range acc.rows {
				root := rootOf(s, r.bucket)
				if root == 0 {
					continue // inline
				}
				l, ok, err := f.Find(root, s.Meta.HighWater, r.key)
				if err != nil || !ok {
					t.Fatalf("%s %q: not found: %v", r.bucket, r.key, err)
				}
				if v, ok := l.Search(r.key); !ok || !bytes.Equal(v, r.value) {
					t.Fatalf("%s %q: got %d bytes, %v", r.bucket, r.key, len(v), ok)
				}
				if _, ok := l.Search(append(bytes.Clone(r.key), 0)); ok {
					t.Fatalf("%s: found a key that is not there", r.bucket)
				}
			}
		})
	}
}

type row struct {
	bucket     string
	key, value []byte
}

// collector keeps copies of all elements that are not buckets.
type collector struct{ rows []row }

func (c *collector) Bucket(*Bucket)    {}
func (c *collector) Fork() Accumulator { return c }
func (c *collector) Merge(Accumulator) {}
func (c *collector) Leaf(b *Bucket, l Leaf) error {
	for i := range l.Len() {
		if k, v, ok := l.At(i); ok && !l.IsBucket(i) {
			c.rows = append(c.rows, row{b.String(), bytes.Clone(k), bytes.Clone(v)})
		}
	}
	return nil
}

func rootOf(s *Survey, bucket string) Pgid {
	for _, b := range s.Buckets {
		if b.Bucket.String() == bucket {
			return b.Bucket.Root
		}
	}
	return 0
}

// TestLooseLeaves: every leaf in use that can be read loosely is the same leaf, and
// no branch or free page passes for one unless it still is a whole leaf.
func TestLooseLeaves(t *testing.T) {
	f := openTest(t, makeDB(t, shapes["4k-no-freelist"], 9))
	s, _ := walkTest(t, f, nil, WalkOptions{})
	loose, used := 0, 0
	for id := Pgid(0); id < s.Meta.HighWater; id++ {
		l, ok, err := f.ReadLoose(id, s.Meta.HighWater)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		if l.Page() != id || l.Len() == 0 {
			t.Errorf("page %d: %d elements of page %d", id, l.Len(), l.Page())
		}
		if s.Reached(id) {
			used++
		} else {
			loose++
		}
	}
	if want := int(s.Pages.Leaf); used != want {
		t.Errorf("%d leaves in use can be read, want %d", used, want)
	}
	if loose == 0 {
		t.Error("no free page still holds a leaf, though the file had deletes")
	}
}
