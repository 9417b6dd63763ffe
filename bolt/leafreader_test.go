package bolt

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"go.etcd.io/bbolt"
)

// topLevel tells whether a walked bucket can be opened by name.
func topLevel(b *Bucket) bool { return len(b.Path) == 1 }

// readRows reads a bucket leaf by leaf.
func readRows(t *testing.T, f *File, name string, doubts func(Fault) bool) (rows []row, doubted int) {
	t.Helper()
	err := f.Guard(func() error {
		r, err := f.ReadLeaves(context.Background(), f.Live().Meta, name, doubts)
		if err != nil {
			return err
		}
		for {
			p, ok, err := r.Next()
			if err != nil || !ok {
				return err
			}
			if p.Doubt {
				doubted++
			}
			for i := range p.Len() {
				if k, v, ok := p.At(i); ok && !p.IsBucket(i) {
					rows = append(rows, row{name, bytes.Clone(k), bytes.Clone(v)})
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, doubted
}

// walkRows are the rows that a walk which leaves all other buckets alone finds.
func walkRows(t *testing.T, f *File, b *Bucket) (rows []row) {
	t.Helper()
	acc := &collector{}
	walkTest(t, f, acc, WalkOptions{Skip: func(o *Bucket) bool { return !bytes.Equal(o.Name(), b.Name()) || len(o.Path) != 1 }})
	return acc.rows
}

func sameRows(a, b []row) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].key, b[i].key) || !bytes.Equal(a[i].value, b[i].value) {
			return false
		}
	}
	return true
}

// TestLeafReaderSeesWhatWalkSees reads every bucket of every shape, inline ones too.
func TestLeafReaderSeesWhatWalkSees(t *testing.T) {
	for name, o := range shapes {
		t.Run(name, func(t *testing.T) {
			f := openTest(t, makeDB(t, o, 9))
			s, _ := walkTest(t, f, nil, WalkOptions{})
			inline := 0
			for _, stats := range s.Buckets {
				if !topLevel(stats.Bucket) {
					continue
				}
				if stats.Bucket.Inline {
					inline++
				}
				rows, doubted := readRows(t, f, string(stats.Bucket.Name()), func(Fault) bool { return true })
				if want := walkRows(t, f, stats.Bucket); !sameRows(rows, want) || doubted != 0 {
					t.Errorf("%s: %d rows, %d leaves in doubt, want %d", stats.Bucket, len(rows), doubted, len(want))
				}
			}
			if rows, _ := readRows(t, f, "no such bucket", nil); rows != nil {
				t.Errorf("%d rows of a bucket that is not there", len(rows))
			}
			if o.PageSize >= 4096 && inline == 0 {
				t.Error("no inline bucket among them")
			}
		})
	}
}

// TestLeafReaderOnDamage overwrites bytes all over a file: the reader ends, sees what a
// walk sees, and doubts what the walk has a fault about.
func TestLeafReaderOnDamage(t *testing.T) {
	sound := smallFile(t, bbolt.Options{PageSize: 1024})
	rnd := rand.New(rand.NewPCG(3, 4))
	doubtful := 0
	for range 3000 {
		r := sound.clone()
		for range 1 + rnd.IntN(3) {
			r.b[2048+rnd.IntN(len(r.b)-2048)] ^= byte(1 << rnd.IntN(8))
		}
		f, err := FromBytes(r.b)
		if err != nil {
			continue
		}
		s, _ := walkTest(t, f, nil, WalkOptions{})
		for _, stats := range s.Buckets {
			if !topLevel(stats.Bucket) {
				continue
			}
			name := string(stats.Bucket.Name())
			faults := 0
			rows, doubted := readRows(t, f, name, func(x Fault) bool { faults++; return x.Hidden == nil })
			if want := walkRows(t, f, stats.Bucket); !sameRows(rows, want) {
				t.Fatalf("%s: %d rows, want %d", name, len(rows), len(want))
			}
			if doubted > 0 {
				doubtful++
			}
			if faults == 0 && doubted > 0 {
				t.Fatalf("%s: doubt without a fault", name)
			}
		}
	}
	if doubtful == 0 {
		t.Error("nothing was in doubt")
	}
}

// TestLeafReaderStops: for the context.
func TestLeafReaderStops(t *testing.T) {
	large := newForge(600)
	large.buckets(2, 3)
	for id := 3; id < 599; id++ {
		large.branch(id, id+1)
	}
	f, err := FromBytes(large.b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, _ := walkTest(t, f, nil, WalkOptions{})
	r, err := f.ReadLeaves(ctx, f.Live().Meta, string(s.Buckets[0].Bucket.Name()), nil)
	if err != nil || !r.Found() {
		t.Fatalf("%v, found %t", err, r.Found())
	}
	cancel()
	if _, _, err := r.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestLeafSame: equal leaves are the same, one changed byte anywhere in them is not.
func TestLeafSame(t *testing.T) {
	sound := smallFile(t, bbolt.Options{PageSize: 1024})
	first := func(b []byte) LeafPart {
		f, err := FromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.ReadLeaves(context.Background(), f.Live().Meta, "large", nil)
		if err != nil {
			t.Fatal(err)
		}
		p, ok, err := r.Next()
		if err != nil || !ok {
			t.Fatalf("%v, %t", err, ok)
		}
		return p
	}
	a := first(sound.b)
	if b := first(sound.clone().b); !a.Same(b.Leaf) {
		t.Error("a copy is not the same")
	}
	for i := range a.Len() {
		_, v, _ := a.At(i)
		off := int(a.Offset(i)) + 2
		r := sound.clone()
		r.b[off+len(v)/2] ^= 4
		if b := first(r.b); a.Same(b.Leaf) {
			t.Fatalf("element %d was changed", i)
		}
	}
}
