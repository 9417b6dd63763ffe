package inspect

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
)

// A specimen is a healthy file that etcd's own code wrote.
type specimen struct {
	name string
	path string // as it is named to boltvet
	db   string // the bolt file of it
}

// specimens are the golden files, the bases that etcd's store wrote, the rich snapshot
// and a generated one of 30 MB.
func specimens(t *testing.T) []specimen {
	t.Helper()
	dir := t.TempDir()
	list := append(goldens(t, dir), bases(t, dir)...)
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "generated.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: 30 << 20, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	return append(list, specimen{"rich", rich, rich}, specimen{"generated", large, large})
}

func goldens(t *testing.T, dir string) (list []specimen) {
	t.Helper()
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		s := specimen{f.Name, path, path}
		if f.Kind == golden.DataDir {
			s.db = filepath.Join(path, "member", "snap", "db")
		}
		list = append(list, s)
	}
	return list
}

func bases(t *testing.T, dir string) (list []specimen) {
	t.Helper()
	all, err := fixtures.Bases()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if strings.HasPrefix(b.Name, "plain-") {
			continue
		}
		path := filepath.Join(dir, b.Name+".db")
		if err := b.Build(path); err != nil {
			t.Fatal(err)
		}
		list = append(list, specimen{b.Name, path, path})
	}
	return list
}

// resolve opens a path and leaves the closing to the test.
func resolve(t testing.TB, path string, o datadir.Options) *datadir.Source {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// look is Run on a path, with the faults as sorted text.
func look(t testing.TB, path string, o Options) (*Status, []string) {
	t.Helper()
	return lookAt(t, resolve(t, path, datadir.Options{}), o)
}

func lookAt(t testing.TB, src *datadir.Source, o Options) (*Status, []string) {
	t.Helper()
	var (
		mu    sync.Mutex // the trailer is checked beside the walk
		codes []string
	)
	o.OnFault = func(x error) bool {
		mu.Lock()
		defer mu.Unlock()
		codes = append(codes, x.Error())
		return true
	}
	s, err := Run(t.Context(), src, o)
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(codes)
	return s, codes
}

// copied is a private copy of a file, for code that writes to what it opens.
func copied(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := errors.Join(err, os.WriteFile(to, b, 0o600)); err != nil {
		t.Fatal(err)
	}
	return to
}

// full reports whether the slow tests were asked for.
func full() bool { return os.Getenv("BOLTVET_FULL") == "1" }
