package swap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Commit puts the new file in the place of the db. The caller has closed and unmapped every other descriptor of the old
// file. After an error the db is the old file and the new one is gone, with one exception, [StrandedError]. All files are
// closed either way. Errors: *InUseError, *UnprovenError, *StrandedError, or what the file system said; fs.ErrClosed on a second call.
func (s *Swap) Commit() error {
	if s.done || s.stage == nil {
		return fmt.Errorf("swap of %q: %w", s.path, fs.ErrClosed)
	}
	defer s.release()
	if err := s.prepare(); err != nil {
		s.sweep()
		return err
	}
	exchanged, err := s.exchange()
	if err != nil {
		s.sweep()
		return fmt.Errorf("put the new db in place: %w", err)
	}
	if err := s.confirm(exchanged); err != nil {
		return s.takeBack(err)
	}
	if err := s.keepOld(); err != nil {
		return s.takeBack(err)
	}
	// The swap is durable since confirm; what may not survive a power loss is the backup's name.
	if err := s.syncDir(stepSyncEnd); err != nil {
		return fmt.Errorf("the new db is in place; sync its directory: %w", err)
	}
	return nil
}

// prepare is everything before the exchange: steps 1 to 4 of the package comment.
func (s *Swap) prepare() error {
	if err := s.seams.at(stepSync); err != nil {
		return err
	}
	if err := s.stage.Sync(); err != nil {
		return fmt.Errorf("write new db: %w", err)
	}
	if err := s.seams.at(stepProve); err != nil {
		return err
	}
	if err := s.checkName(); err != nil {
		return err
	}
	if err := s.prove(); err != nil {
		return err
	}
	if err := s.checkSame(); err != nil {
		return err
	}
	if err := s.link(); err != nil {
		return err
	}
	if err := s.seams.at(stepExchange); err != nil {
		return err
	}
	if s.proof == ProofLease && !leaseWhole(s.old) {
		return s.inUse("a process opened it before the swap")
	}
	return nil
}

// link gives the old file a second name. Without hard links, or without the right to make one, the exchange alone
// preserves the file.
func (s *Swap) link() error {
	if err := s.seams.at(stepLink); err != nil {
		return err
	}
	s.linked = !s.seams.noLink && os.Link(s.path, s.keep()) == nil
	return nil
}

// exchange gives the new file the name db. exchanged tells that the old file has the stage's name now.
func (s *Swap) exchange() (exchanged bool, err error) {
	err = unix.ENOSYS
	if !s.seams.noExchange {
		err = exchange(s.tmp(), s.path)
	}
	lacks := errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP)
	if lacks && s.linked {
		return false, unix.Rename(s.tmp(), s.path)
	}
	return err == nil, err
}

// confirm makes the exchange durable and finds out whether it was right: steps 6 to 8.
func (s *Swap) confirm(exchanged bool) error {
	if exchanged && !names(s.tmp(), s.old) {
		return s.inUse("another file took its name during the swap")
	}
	if err := s.syncDir(stepSyncDir); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := s.seams.at(stepLook); err != nil {
		return err
	}
	return s.settle()
}

// keepOld names the old file db.bak, or drops it: steps 9 and 10.
func (s *Swap) keepOld() error {
	from := s.tmp()
	if s.linked {
		from = s.keep()
		if err := s.seams.at(stepDrop); err != nil {
			return err
		}
		// A plain rename in place of the exchange has taken the name away already.
		if err := os.Remove(s.tmp()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("drop the second name of the old db: %w", err)
		}
	}
	if err := s.seams.at(stepKeep); err != nil {
		return err
	}
	if s.options.NoBackup {
		if err := os.Remove(from); err != nil {
			return fmt.Errorf("drop the old db: %w", err)
		}
		return nil
	}
	if err := unix.Rename(from, s.bak()); err != nil {
		return fmt.Errorf("keep the old db: %w", err)
	}
	return nil
}

// takeBack makes the old file the db again, for the reason given, and returns that reason.
func (s *Swap) takeBack(reason error) error {
	old, err := s.restore()
	if err != nil {
		return &StrandedError{Path: s.path, Old: old, Err: errors.Join(reason, err)}
	}
	// Only then may the new file be spoilt; see the package comment.
	if syncDir(s.dir) == nil {
		reason = errors.Join(reason, s.spoil())
	}
	s.sweep()
	return reason
}

// restore gives the name db back to what had it, and says where that was.
func (s *Swap) restore() (from string, err error) {
	if _, err := os.Lstat(s.tmp()); err == nil {
		return s.tmp(), exchange(s.tmp(), s.path)
	}
	return s.keep(), unix.Rename(s.keep(), s.path)
}

// sweep removes this run's names after a failure, but never the old file's last one. What it cannot remove, the next
// run will.
func (s *Swap) sweep() {
	if names(s.tmp(), s.stage) {
		os.Remove(s.tmp())
	}
	if s.linked && names(s.path, s.old) {
		os.Remove(s.keep())
	}
}

func (s *Swap) syncDir(st step) error {
	if err := s.seams.at(st); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// syncDir makes a directory's names durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil // some network file systems have no fsync of directories
	}
	return err
}
