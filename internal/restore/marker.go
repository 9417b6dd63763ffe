package restore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"boltvet/internal/atomicfile"
)

// markerName is a file in a separate log directory from the moment that it appears
// until its data directory has. A run holds a lock on it; who finds it without one
// knows that the run is dead and the log belongs to nothing.
const markerName = ".boltvet-restore-unfinished"

// A walPlace is a separate log directory on its way.
type walPlace struct {
	dir    *atomicfile.Dir
	marker *os.File
	placed bool
}

// stageWAL begins the separate log directory of an output; what an abandoned run left
// there goes.
func stageWAL(dir string, owner *atomicfile.Owner) (*walPlace, error) {
	if abandoned(dir) {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("remove what a run that was killed left: %w", err)
		}
	}
	d, err := atomicfile.CreateDir(dir, atomicfile.Options{Owner: owner})
	if err != nil {
		return nil, err
	}
	w := &walPlace{dir: d}
	if w.marker, err = d.Create(markerName); err != nil {
		d.Abort()
		return nil, err
	}
	if err := lockFile(w.marker); err != nil {
		w.close()
		return nil, fmt.Errorf("lock the marker of the wal-dir: %w", err)
	}
	return w, nil
}

// place gives the log directory its name; the marker stays in it.
func (w *walPlace) place() error {
	err := w.dir.Commit()
	w.placed = err == nil
	return err
}

// finish takes the marker away: the data directory is there.
func (w *walPlace) finish() error {
	defer w.marker.Close()
	w.placed = false
	if err := os.Remove(filepath.Join(w.dir.Target(), markerName)); err != nil {
		return fmt.Errorf("the restore is complete, but its marker stays: %w", err)
	}
	return nil
}

// close gives up: nothing of the log directory stays, unless finish was called.
func (w *walPlace) close() {
	w.dir.Abort()
	if w.placed {
		atomicfile.RemoveTree(w.dir.Target(), w.marker)
		w.placed = false
	}
	w.marker.Close()
}

// abandoned tells whether a log directory has the marker of a run that is dead, and
// nothing but what that run wrote: a run that died behind its last rename leaves a marker
// in the log of a whole member, to which an etcd then adds files.
func abandoned(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.Name() != markerName && e.Name() != firstSegment {
			return false
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, markerName), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return lockFile(f) == nil
}

// lockFile locks f for this process, or fails at once.
func lockFile(f *os.File) error {
	for range 100 { // a signal may interrupt it
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	return fs.ErrPermission
}
