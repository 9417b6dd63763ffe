package bolt

import (
	"context"
	"errors"
	"os"
	"testing"
)

// TestReach holds the short way against the walk.
func TestReach(t *testing.T) {
	for name, o := range shapes {
		f := openTest(t, makeDB(t, o, 4))
		s, faults := walkTest(t, f, nil, WalkOptions{})
		r, ok, err := f.Reach(context.Background(), f.Live().Meta)
		if err != nil || !ok || len(faults) > 0 {
			t.Fatalf("%s: %v, %v, faults %v", name, ok, err, faults)
		}
		nested := false
		for _, b := range s.Buckets {
			nested = nested || len(b.Bucket.Path) > 1
		}
		for id := Pgid(0); id < f.filePages(); id++ {
			if r.Reached(id) && !s.Reached(id) {
				t.Errorf("%s: page %d is not reached by the walk", name, id)
			}
			if !nested && !r.Reached(id) && s.Reached(id) && s.table.at(id) != ownerFreelist {
				t.Errorf("%s: page %d is reached by the walk", name, id)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, _, err := f.Reach(ctx, f.Live().Meta); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: canceled: %v", name, err)
		}
	}
}

// TestReachOfDamage overwrites every byte at the beginning of pages: there is an end, and
// ways that are not clear are found.
func TestReachOfDamage(t *testing.T) {
	path := makeDB(t, shapes["1k"], 4)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ps, unclear := openTest(t, path).PageSize(), 0
	for page := 2; page < min(len(file)/ps, 200); page++ {
		for at := range 40 {
			off := page*ps + at
			old := file[off]
			file[off] = old ^ 0xff
			f, err := FromBytes(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok, err := f.Reach(context.Background(), f.Live().Meta); err != nil {
				t.Fatalf("page %d +%d: %v", page, at, err)
			} else if !ok {
				unclear++
			}
			file[off] = old
		}
	}
	if unclear < 100 {
		t.Errorf("only %d ways were not clear", unclear)
	}
}
