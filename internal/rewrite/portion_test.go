package rewrite

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestCompactWithMoreGoroutines has the same bytes and the same figures come out, however
// many goroutines choose, at revisions all over the history of a file with many ranges.
func TestCompactWithMoreGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 24 << 20, Seed: 11}); err != nil {
		t.Fatal(err)
	}
	first, last := limitsOf(t, path)
	for i := range int64(5) {
		rev := first + (last-first)*i/4
		var want *Result
		var bytes []byte
		for _, jobs := range []int{1, 2, 5} {
			out := output(t)
			r, err := Compact(t.Context(), resolve(t, path), out, Target{Revision: rev}, Options{Jobs: jobs, Seal: true})
			if err != nil {
				t.Fatalf("revision %d, %d jobs: %v", rev, jobs, err)
			}
			b, err := os.ReadFile(out.File.Name())
			if err != nil {
				t.Fatal(err)
			}
			r.Source, r.Elapsed = nil, 0
			if want == nil {
				want, bytes = r, b
				continue
			}
			r.Room = want.Room
			if !reflect.DeepEqual(r, want) || string(b) != string(bytes) {
				t.Errorf("revision %d, %d jobs: %+v, want %+v; same bytes: %t", rev, jobs, r, want, string(b) == string(bytes))
			}
		}
	}
}

// TestPortionsAreHeldAgainstTheList merges runs that do not fit: one that begins behind
// the survivor that comes next, one that missed one, and one at the second record of a
// revision that has two.
func TestPortionsAreHeldAgainstTheList(t *testing.T) {
	list := []mvccview.Revision{{Main: 2}, {Main: 5}, {Main: 5, Sub: 1}, {Main: 9}}
	key := func(main, sub int64, tombstone bool) []byte {
		return mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: main, Sub: sub}, Tombstone: tombstone})
	}
	all := [][]byte{key(2, 0, false), key(3, 0, false), key(5, 0, false), key(5, 0, true), key(5, 1, false), key(7, 0, false), key(9, 0, false), key(11, 0, false)}
	run := func(parts ...[][]byte) (kept int64, whole bool) {
		s := &selection{rev: 10, list: list}
		for _, part := range parts {
			f := s.fork()
			if len(part) > 0 && f.seek(part[0]) {
				for _, k := range part {
					f.keeps(k, nil)
				}
				s.merge(f)
			}
		}
		return s.count.Kept, s.end()
	}
	for cut := range len(all) + 1 {
		if kept, whole := run(all[:cut], all[cut:]); kept != 6 || !whole {
			t.Errorf("cut at %d: %d kept, whole %t", cut, kept, whole)
		}
	}
	for i, missing := range map[string][][][]byte{
		"first": {all[1:]}, "last": {all[:6]}, "between": {all[:2], all[4:]}, "within": {append(all[:2:2], all[4:]...)},
		"all": {}, "order": {all[4:], all[:4]},
	} {
		if _, whole := run(missing...); whole {
			t.Errorf("%s: not noticed", i)
		}
	}
}

// TestRelayEndsAfterAnError has the loader fail at many calls: nothing hangs.
func TestRelayEndsAfterAnError(t *testing.T) {
	run := func(fn func() error) error { return fn() }
	for at := 1; at < 3*parcelCalls; at += 7 {
		w, err := bolt.NewWriter(&bolt.MemorySink{}, bolt.WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r := newRelay(w, run)
		errs := []error{r.Begin([]byte("key"), 0)}
		for i := range 6 * parcelCalls {
			k := []byte{1, byte(i >> 8), byte(i)}
			if i == at {
				k = []byte{0} // out of order
			}
			if err := r.Put(k, []byte("value")); err != nil {
				errs = append(errs, err)
				break
			}
		}
		if err := r.close(); err == nil || errs[0] != nil {
			t.Errorf("at %d: %v, %v", at, errs, err)
		}
	}
}
