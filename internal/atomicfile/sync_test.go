package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSyncsMissNone has each file synced once, never more at a time than there is room for.
func TestSyncsMissNone(t *testing.T) {
	const files = 5 * syncsAtOnce
	var (
		mu    sync.Mutex
		done  = map[string]int{}
		under atomic.Int32
	)
	s := startSyncs(func(path string) error {
		if n := under.Add(1); n > syncsAtOnce {
			t.Errorf("%d at a time", n)
		}
		defer under.Add(-1)
		mu.Lock()
		defer mu.Unlock()
		done[path]++
		return nil
	})
	for i := range files {
		if err := s.add(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.wait(); err != nil || len(done) != files {
		t.Errorf("%d of %d files, %v", len(done), files, err)
	}
	for path, n := range done {
		if n != 1 {
			t.Errorf("%s: %d times", path, n)
		}
	}
}

// TestSyncFails: one file that cannot be synced fails the whole, whichever it is, and
// what would come behind it is not begun.
func TestSyncFails(t *testing.T) {
	boom := errors.New("boom")
	for _, bad := range []int{0, 1, syncsAtOnce - 1, syncsAtOnce, 3*syncsAtOnce - 1} {
		s := startSyncs(func(path string) error {
			if path == fmt.Sprint(bad) {
				return boom
			}
			return nil
		})
		for i := range 3 * syncsAtOnce {
			if err := s.add(fmt.Sprint(i)); err != nil && !errors.Is(err, fs.SkipAll) {
				t.Fatal(err)
			}
		}
		if err := s.wait(); !errors.Is(err, boom) {
			t.Errorf("file %d: %v", bad, err)
		}
		if err := s.add("late"); !errors.Is(err, fs.SkipAll) {
			t.Errorf("file %d: another one was begun: %v", bad, err)
		}
	}
}

// TestSyncFewDescriptors: a process that may open few files syncs few at a time, and fails
// only if it may open none.
func TestSyncFewDescriptors(t *testing.T) {
	root := t.TempDir()
	for i := range 3 * syncsAtOnce {
		dir := filepath.Join(root, fmt.Sprint(i%3))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, filepath.Join(dir, fmt.Sprint(i)), "x")
	}
	for _, most := range []int32{0, 1, 5} {
		var open, done atomic.Int32
		err := syncTree(place{}, root, func(path string) error {
			defer open.Add(-1)
			if open.Add(1) > most {
				return &fs.PathError{Op: "open", Path: path, Err: unix.EMFILE}
			}
			time.Sleep(time.Millisecond)
			done.Add(1)
			return nil
		})
		switch {
		case most == 0:
			if !errors.Is(err, unix.EMFILE) {
				t.Errorf("none may be open: %v", err)
			}
		case err != nil || done.Load() != 3*syncsAtOnce+4:
			t.Errorf("%d may be open: %d of %d are durable, %v", most, done.Load(), 3*syncsAtOnce+4, err)
		}
	}
}

// TestSyncTree has every file of a directory durable before the first name of one, and
// tells of a file or a directory that cannot be.
func TestSyncTree(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	files := []string{"1", "a/2", "a/3", "a/b/4"}
	for _, rel := range files {
		mustWrite(t, filepath.Join(root, rel), "x")
	}
	var mu sync.Mutex
	var order []string
	err := syncTree(place{}, root, func(path string) error {
		mu.Lock()
		defer mu.Unlock()
		rel, err := filepath.Rel(root, path)
		order = append(order, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(order[:min(len(order), len(files))]) // which of them comes first is open
	if want := append(slices.Clone(files), "a/b", "a", "."); !slices.Equal(order, want) {
		t.Errorf("%q, want %q", order, want)
	}
	boom := errors.New("boom")
	for _, bad := range order {
		err := syncTree(place{}, root, func(path string) error {
			if path == filepath.Join(root, bad) {
				return boom
			}
			return nil
		})
		if !errors.Is(err, boom) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
