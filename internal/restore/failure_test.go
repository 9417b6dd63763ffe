package restore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"boltvet/internal/datadir"
)

// TestFailureAtEveryStep makes each step fail, and each step be the one at which the
// run is interrupted: nothing is left, and the next try succeeds.
func TestFailureAtEveryStep(t *testing.T) {
	path := unpack(t, "3.7-snapshot.db.gz")
	shapes := map[string]func(dir string) Options{
		"new": func(dir string) Options {
			return Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "data")}}}
		},
		"empty": func(dir string) Options {
			mkdir(t, filepath.Join(dir, "data"))
			mkdir(t, filepath.Join(dir, "data", "lost+found"))
			return Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "data")}}}
		},
		"wal": func(dir string) Options {
			return Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "data"), WALDir: filepath.Join(dir, "log")}}}
		},
		"all": func(dir string) Options {
			o := Options{Cluster: cluster(t, three), OutDir: filepath.Join(dir, "data")}
			for _, m := range o.Cluster.Members {
				o.Outputs = append(o.Outputs, Target{Name: m.Name, DataDir: filepath.Join(dir, "data", m.Name)})
			}
			return o
		},
	}
	for name, shape := range shapes {
		for _, way := range []failing{{}, {interrupt: true}, {draft: true}, {draft: true, interrupt: true}} {
			t.Run(fmt.Sprintf("%s/%+v", name, way), func(t *testing.T) {
				dir := t.TempDir()
				o := shape(dir)
				before := tree(t, dir)
				for n, ended := 1, false; !ended; n++ {
					ended = failAt(t, path, o, n, way)
					if got := tree(t, dir); !ended && got != before {
						t.Fatalf("failed at step %d, left %s, before %s", n, got, before)
					}
				}
			})
		}
	}
}

var errInjected = errors.New("injected")

// failing is how a run is made to fail.
type failing struct{ draft, interrupt bool }

// failAt fails at the nth step and reports whether there are no so many.
func failAt(t *testing.T, path string, o Options, n int, way failing) bool {
	t.Helper()
	var (
		p     *Plan
		src   *datadir.Source
		draft *Draft
		err   error
	)
	if way.draft {
		p, src, draft, err = draftFor(t, path, o)
	} else {
		p, src, err = planFor(t, path, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	if draft.usable() != way.draft {
		t.Fatalf("the draft can be used: %v", draft.usable())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	steps := 0
	_, err = Execute(ctx, p, src, ExecuteOptions{Draft: draft, before: func(string) error {
		if steps++; steps < n {
			return nil
		}
		if way.interrupt {
			cancel()
			return nil
		}
		return errInjected
	}})
	switch {
	case steps < n && err == nil:
		return true
	case way.interrupt && err == nil && steps >= n:
		return true // the last step had begun: its rename was not to be stopped any more
	case way.interrupt && !errors.Is(err, context.Canceled), !way.interrupt && !errors.Is(err, errInjected):
		t.Fatalf("step %d: %v", n, err)
	}
	return false
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// tree lists all names below dir.
func tree(t *testing.T, dir string) string {
	t.Helper()
	out := ""
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		out += path[len(dir):] + "\n"
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAbandonedLog has the log of a run that died before its data directory appeared.
func TestAbandonedLog(t *testing.T) {
	path, dir := unpack(t, "3.7-snapshot.db.gz"), t.TempDir()
	log := filepath.Join(dir, "log")
	o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "data"), WALDir: log}}}
	w, err := stageWAL(log, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.place(); err != nil {
		t.Fatal(err)
	}
	p, src, err := planFor(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	var refused *RefusedError
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); !errors.As(err, &refused) {
		t.Fatalf("while the other run lives: %v", err)
	}
	w.marker.Close() // and so it is dead
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); err != nil {
		t.Fatal(err)
	}
	holdsOnly(t, log, firstSegment)
	holdsOnly(t, dir, "data", "log")
}

// TestSourceChanges has somebody write to the source while a restore reads it, at each of
// its steps, leave the size as it was and set the time of modification back.
func TestSourceChanges(t *testing.T) {
	for _, way := range []failing{{}, {draft: true}} {
		for n, ended := 1, false; !ended; n++ {
			path, parent := unpack(t, "3.7-snapshot.db.gz"), t.TempDir()
			o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(parent, "data")}}}
			src := open(t, path)
			var draft *Draft
			if way.draft {
				draft = NewDraft(t.Context(), src, o)
			}
			facts, err := Read(t.Context(), src, ReadOptions{Draft: draft})
			if err != nil || draft.usable() != way.draft {
				t.Fatalf("%v, usable %v", err, draft.usable())
			}
			p, err := NewPlan(facts, o)
			if err != nil {
				t.Fatal(err)
			}
			steps := 0
			_, err = Execute(t.Context(), p, src, ExecuteOptions{Draft: draft, before: func(step string) error {
				if steps++; steps == n && step != "place" {
					rewriteInSilence(t, path)
				}
				return nil
			}})
			if ended = err == nil; ended && n < 4 {
				t.Errorf("%+v: changed at step %d, and restored", way, n)
			}
			if !ended {
				if !errors.Is(err, errChanged) {
					t.Errorf("%+v: changed at step %d: %v", way, n, err)
				}
				holdsOnly(t, parent)
			}
		}
	}
}

// TestSourceChangesWhileRead has somebody write to the source while it is verified.
func TestSourceChangesWhileRead(t *testing.T) {
	path, parent := unpack(t, "3.7-snapshot.db.gz"), t.TempDir()
	o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: filepath.Join(parent, "data")}}}
	for _, drafts := range []bool{false, true} {
		src := open(t, path)
		var draft *Draft
		if drafts {
			draft = NewDraft(t.Context(), src, o)
		}
		var once sync.Once
		change := func(string, int64, int64) { once.Do(func() { rewriteInSilence(t, path) }) }
		if _, err := Read(t.Context(), src, ReadOptions{Draft: draft, Progress: change}); !errors.Is(err, errChanged) {
			t.Errorf("draft %v: %v", drafts, err)
		}
		draft.Abort()
		holdsOnly(t, parent)
	}
}

// rewriteInSilence writes to a file what it has, and sets its time back.
func rewriteInSilence(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	time.Sleep(10 * time.Millisecond) // a tick of the clock that files have
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	b := make([]byte, 64)
	if _, err := f.ReadAt(b, info.Size()-64); err != nil {
		t.Error(err)
	}
	if _, err := f.WriteAt(b, info.Size()-64); err != nil {
		t.Error(err)
	}
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Error(err)
	}
}

// TestUsedLog has a log directory with the marker of a dead run: it is nobody's, until
// an etcd has worked with it.
func TestUsedLog(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	mkdir(t, dir)
	for _, c := range []struct {
		name string
		want bool
	}{{firstSegment, false}, {markerName, true}, {"0.tmp", false}} {
		if err := os.WriteFile(filepath.Join(dir, c.name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := abandoned(dir); got != c.want {
			t.Errorf("with %s: %v, want %v", c.name, got, c.want)
		}
	}
}
