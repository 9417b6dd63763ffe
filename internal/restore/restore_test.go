package restore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
)

// three is an initial cluster of three.
const three = "m1=http://127.0.0.1:12380,m2=http://127.0.0.1:22380,m3=http://127.0.0.1:32380"

// unpack gives the path of a golden file.
func unpack(t testing.TB, name string) string {
	t.Helper()
	f, err := golden.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	path, err := f.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// goldenSnapshots are the snapshots of all releases.
func goldenSnapshots(t testing.TB) []golden.File {
	t.Helper()
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	var out []golden.File
	for _, f := range files {
		if f.Kind == golden.Snapshot {
			out = append(out, f)
		}
	}
	return out
}

func cluster(t testing.TB, initial string, learners ...string) *Cluster {
	t.Helper()
	c, err := NewCluster(initial, "token", learners)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, path string) *datadir.Source {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// planFor reads a source and plans with o.
func planFor(t testing.TB, path string, o Options) (*Plan, *datadir.Source, error) {
	t.Helper()
	src := open(t, path)
	facts, err := Read(t.Context(), src, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(facts, o)
	return p, src, err
}

// draftFor reads a source into a draft and plans with o.
func draftFor(t testing.TB, path string, o Options) (*Plan, *datadir.Source, *Draft, error) {
	t.Helper()
	src := open(t, path)
	draft := NewDraft(t.Context(), src, o)
	t.Cleanup(draft.Abort)
	facts, err := Read(t.Context(), src, ReadOptions{Draft: draft})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(facts, o)
	return p, src, draft, err
}

// restoreTo restores and returns what was done.
func restoreTo(t testing.TB, path string, o Options) *Done {
	t.Helper()
	p, src, draft, err := draftFor(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	done, err := Execute(t.Context(), p, src, ExecuteOptions{Draft: draft})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// holdsOnly fails if dir has other entries than want.
func holdsOnly(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", dir, names, want)
	}
}

func TestRestoreModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	restoreTo(t, unpack(t, "3.7-snapshot.db.gz"), Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: dir}}})
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	holdsOnly(t, filepath.Dir(dir), "data")
	holdsOnly(t, dir, "member")
}
