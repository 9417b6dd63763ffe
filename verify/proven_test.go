package verify

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

func verifyFile(t *testing.T, path string, o Options) (*Report, error) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return Run(t.Context(), src, o)
}

// TestProven leaves bucket key of a file out that was verified before. What is said of
// it is the same; where it does not stand as it did that is an error.
func TestProven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 4 << 20, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	full, err := verifyFile(t, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if full.KeyRoot() == 0 {
		t.Fatal("the sample has no root of key")
	}
	again, err := verifyFile(t, path, Options{Proven: &Proven{Report: full}})
	if err != nil {
		t.Fatal(err)
	}
	a, b := full.View, again.View
	if a.Totals != b.Totals || a.Elements != b.Elements || a.Buckets != b.Buckets || full.LiveKeys != again.LiveKeys || again.Verdict != full.Verdict {
		t.Errorf("%+v\n%+v", a, b)
	}
	var wrong *ProofError
	other := *full.Survey
	other.Buckets = nil
	for name, p := range map[string]*Proven{
		"leaves that are not there": {Report: full, Leaves: bolt.PageSum{Pages: 1, CRC: 7}},
		"another root":              {Report: &Report{View: full.View, Survey: &other}},
	} {
		if _, err := verifyFile(t, path, Options{Proven: p}); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	spoil(t, path, full)
}

// spoil damages the directory: what is read is still judged.
func spoil(t *testing.T, path string, full *Report) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte{0xff, 0xff}, int64(full.Survey.Meta.Root)*int64(full.Survey.Meta.PageSize)+8)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := verifyFile(t, path, Options{Proven: &Proven{Report: full}})
	var wrong *ProofError
	if !errors.As(err, &wrong) && (err != nil || r.Verdict < VerdictDamaged) {
		t.Errorf("a damaged directory: %v, %+v", err, r)
	}
}
