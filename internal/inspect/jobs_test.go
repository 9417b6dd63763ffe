package inspect

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// TestStatusDoesNotDependOnJobs reads healthy files with any number of workers.
func TestStatusDoesNotDependOnJobs(t *testing.T) {
	for _, x := range specimens(t) {
		t.Run(x.name, func(t *testing.T) { sameForAnyJobs(t, x.path) })
	}
}

// TestStatusOfDamageDoesNotDependOnJobs reads the whole catalogue of damages, and files
// with a few bytes changed at random.
func TestStatusOfDamageDoesNotDependOnJobs(t *testing.T) {
	all, err := fixtures.Faults()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, f := range all {
		if i%4 != 0 && !full() {
			continue
		}
		path, err := f.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.Name, func(t *testing.T) { sameForAnyJobs(t, path) })
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(dir, "generated.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: 3 << 20}); err != nil {
		t.Fatal(err)
	}
	healthy, err := os.ReadFile(large)
	if err != nil {
		t.Fatal(err)
	}
	n := 40
	if full() {
		n = 1000
	}
	r := rand.New(rand.NewPCG(8, 8))
	for i := range n {
		b := slices.Clone(healthy)
		for range 1 + i%5 {
			page := 4096 * (2 + r.IntN(len(b)/4096-2))
			switch r.IntN(3) {
			case 0: // one page over another: cross-links, foreign content
				copy(b[page:page+4096], b[4096*(2+r.IntN(len(b)/4096-2)):])
			case 1: // the header or the first elements
				b[page+r.IntN(64)] ^= byte(1 + r.IntN(255))
			default:
				b[page+r.IntN(4096)] ^= byte(1 + r.IntN(255))
			}
		}
		path := filepath.Join(dir, "damaged.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("random %d", i), func(t *testing.T) { sameForAnyJobs(t, path) })
	}
}

// sameForAnyJobs wants equal facts, and the same faults in the same order.
func sameForAnyJobs(t *testing.T, path string) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	var refused *datadir.RefusedError
	if errors.As(err, &refused) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	one, oneFaults := inOrder(t, src, Options{Jobs: 1})
	for _, jobs := range []int{2, 3, 8} {
		for _, cut := range []bool{false, true} {
			many, manyFaults := inOrder(t, src, Options{Jobs: jobs, cutEveryLeaf: cut})
			if !slices.Equal(oneFaults, manyFaults) {
				t.Errorf("%d jobs, cut %v: faults\n%q\nwant\n%q", jobs, cut, manyFaults, oneFaults)
			}
			if (one == nil) != (many == nil) {
				t.Fatalf("%d jobs, cut %v: an answer or not", jobs, cut)
			}
			if one == nil || one.DB == nil {
				continue
			}
			a, b := facts(one), facts(many)
			for name := range a {
				if !reflect.DeepEqual(a[name], b[name]) {
					t.Errorf("%d jobs, cut %v: %s: %+v, want %+v", jobs, cut, name, b[name], a[name])
				}
			}
		}
	}
}

// inOrder is Run with the faults of the db as they come; nil if there is no answer.
func inOrder(t *testing.T, src *datadir.Source, o Options) (*Status, []string) {
	t.Helper()
	var mu sync.Mutex // the trailer is checked beside the walk
	var faults []string
	o.OnFault = func(x error) bool {
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, x.Error())
		return true
	}
	s, err := Run(t.Context(), src, o)
	var none bolt.Fault
	if err != nil && !errors.As(err, &none) {
		t.Fatal(err)
	}
	return s, faults
}

// TestMaxTable wants a refusal, whoever notices it, and none where there is room.
func TestMaxTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generated.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 30 << 20}); err != nil {
		t.Fatal(err)
	}
	src := resolve(t, path, datadir.Options{})
	s, err := Run(t.Context(), src, Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 3} {
		var memory *mvccview.MemoryError
		_, err := Run(t.Context(), src, Options{Jobs: jobs, MaxTable: 200_000})
		if !errors.As(err, &memory) {
			t.Errorf("%d jobs: %v", jobs, err)
		}
		if _, err := Run(t.Context(), src, Options{Jobs: jobs, MaxTable: 80*s.DB.Keys.Keys + 64*4096}); err != nil {
			t.Errorf("%d jobs: %v", jobs, err)
		}
	}
}
