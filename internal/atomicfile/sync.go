package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// syncPath makes a file's bytes, or a directory's names, durable.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		// Some network filesystems have no fsync for directories; their renames
		// are durable on the server or not at our command.
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return nil
		}
	}
	return err
}

// syncsAtOnce is how many files of a directory are synced at a time. One after the other
// each waits for a commit of the filesystem's journal and for a flush of the disk; those
// that wait at the same time share them. Linux's syncfs would be one call, but it tells no
// write error before 5.8, passes by what a FUSE filesystem still holds, and writes out what
// everybody else has on the disk, a running etcd too.
const syncsAtOnce = 64

// syncTree makes a staged directory durable, files first, and gives every entry
// to its owner on the way.
func syncTree(p place, root string, sync func(path string) error) error {
	var dirs []string
	files := startSyncs(sync)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := p.give(path); err != nil {
			return err
		}
		switch {
		case d.IsDir():
			dirs = append(dirs, path)
			files.under.Wait() // to be read, it takes a descriptor, and must not fail
		case d.Type().IsRegular():
			return files.add(path)
		}
		return nil
	})
	if err := errors.Join(err, files.wait()); err != nil {
		return err
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		if err := sync(dirs[i]); err != nil {
			return err
		}
	}
	return nil
}

// syncs makes files durable, several at a time, or as many as the process may have open.
type syncs struct {
	sync  func(path string) error
	room  chan struct{} // holds one for each that is under way
	under sync.WaitGroup
	mu    sync.Mutex
	err   error    // the first one
	late  []string // for which there was no descriptor
}

func startSyncs(sync func(path string) error) *syncs {
	return &syncs{sync: sync, room: make(chan struct{}, syncsAtOnce)}
}

// add begins with one file, as soon as there is room. Behind a failure it begins nothing
// and ends the walk (fs.SkipAll); wait has the error.
func (s *syncs) add(path string) error {
	s.room <- struct{}{}
	if s.failure(nil) != nil {
		<-s.room
		return fs.SkipAll
	}
	s.under.Go(func() {
		if err := s.sync(path); noDescriptor(err) {
			s.postpone(path)
		} else {
			s.failure(err)
		}
		<-s.room
	})
	return nil
}

// noDescriptor tells that a file could not be opened because too many are open.
func noDescriptor(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// postpone leaves a file until no other is under way.
func (s *syncs) postpone(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = append(s.late, path)
}

// failure keeps the first error of all, and returns it.
func (s *syncs) failure(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return s.err
}

// wait waits for all that have begun, then makes durable one by one what could not be
// opened beside them, and returns the first error.
func (s *syncs) wait() error {
	s.under.Wait()
	for _, path := range s.late {
		if s.failure(nil) != nil {
			break
		}
		s.failure(s.sync(path))
	}
	return s.failure(nil)
}
