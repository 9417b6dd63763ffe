package verify

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

// TestReportDoesNotDependOnJobs damages files by name and at random and wants the same
// codes, counts and samples, verdict and layers, whoever reads.
func TestReportDoesNotDependOnJobs(t *testing.T) {
	all, err := fixtures.Faults()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, f := range all {
		if i%5 != 0 && os.Getenv("BOLTVET_FULL") == "" {
			continue
		}
		path, err := f.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.Name, func(t *testing.T) { sameReports(t, path, Tree, Full) })
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(dir, "generated.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: 6 << 20}); err != nil {
		t.Fatal(err)
	}
	healthy, err := os.ReadFile(large)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 30 {
		b := slices.Clone(healthy)
		for range 1 + i {
			page := 4096 * (2 + r.IntN(len(b)/4096-2))
			if r.IntN(3) == 0 {
				copy(b[page:page+4096], b[4096*(2+r.IntN(len(b)/4096-2)):])
			} else {
				b[page+r.IntN(200)] ^= byte(1 + r.IntN(255))
			}
		}
		if err := os.WriteFile(large, b, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("random %d", i), func(t *testing.T) { sameReports(t, large, Tree, Full) })
	}
}

func sameReports(t *testing.T, path string, levels ...Level) {
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
	for _, level := range levels {
		var want *Report
		for _, jobs := range []int{1, 2, 3, 8} {
			got, err := Run(t.Context(), src, Options{Level: level, Jobs: jobs, MaxFindings: 3})
			if err != nil {
				t.Fatal(err)
			}
			got.View = nil
			remember(got.Survey)
			if want == nil {
				want = got
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %d jobs: got %+v, want %+v", level, jobs, got, want)
			}
		}
	}
}

// remember has each bucket of a survey hold its name in printable form, as it does once
// somebody has asked for it.
func remember(s *bolt.Survey) {
	if s == nil {
		return
	}
	for i := range s.Buckets {
		_ = s.Buckets[i].Bucket.String()
	}
}
