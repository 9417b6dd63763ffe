package swap

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// The names of one run, beside the db. etcd removes db.tmp* at its start, and only that.
func (s *Swap) tmp() string  { return s.path + ".tmp." + s.id }
func (s *Swap) keep() string { return s.path + ".bak." + s.id }
func (s *Swap) bak() string  { return s.path + ".bak" }

// randomBytes are in a name of ours, in hex.
const randomBytes = 8

// newID returns PID.RANDOM; the process id is for people who look at the directory.
func newID() string {
	var r [randomBytes]byte
	rand.Read(r[:]) // never fails, says crypto/rand
	return strconv.Itoa(os.Getpid()) + "." + hex.EncodeToString(r[:])
}

// Stage creates the new file: empty, with mode and owner of the old one, locked. It belongs to the Swap: do not
// close it. It may be called once.
func (s *Swap) Stage() (*os.File, error) {
	if s.done || s.stage != nil {
		return nil, fmt.Errorf("stage for %q: %w", s.path, fs.ErrClosed)
	}
	if err := s.seams.at(stepStage); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.tmp(), os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create new db: %w", err)
	}
	// A file system without locks has been dealt with at Begin.
	if err := flock(f); errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("create new db: %q was locked at once by somebody", f.Name())
	}
	s.stage = f
	if err := s.resemble(); err != nil {
		os.Remove(f.Name())
		return nil, fmt.Errorf("give the new db mode and owner of the old: %w", err)
	}
	return f, nil
}

// resemble sets owner (before the mode: chown clears bits) and mode. An etcd under its own user could not open a
// file of root's, so that a failure here ends the swap.
func (s *Swap) resemble() error {
	if err := s.seams.at(stepOwner); err != nil {
		return err
	}
	info, err := s.stage.Stat()
	if err != nil {
		return err
	}
	have, want := ownerOf(info), ownerOf(s.was)
	if s.options.Owner != nil {
		want = s.options.Owner
	}
	if have != nil && want != nil && *have != *want {
		if err := s.stage.Chown(int(want.UID), int(want.GID)); err != nil {
			return err
		}
	}
	return s.stage.Chmod(s.was.Mode())
}

// ownerOf is who has a file, nil where that cannot be told.
func ownerOf(info fs.FileInfo) *Owner {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return &Owner{UID: st.Uid, GID: st.Gid}
}

// spoilt is how much of a new file that was taken back is overwritten: page 0 with its meta, and page 1 of every page
// size up to 64 KiB, the largest of an operating system.
const spoilt = 128 << 10

// spoil makes the new file unusable for an etcd that opened it while it was called db. The size stays.
func (s *Swap) spoil() error {
	info, err := s.stage.Stat()
	if err != nil {
		return err
	}
	_, err = s.stage.WriteAt(make([]byte, min(spoilt, info.Size())), 0)
	return err
}

func flock(f *os.File) error { return flockAs(f, unix.LOCK_EX|unix.LOCK_NB) }

func unlock(f *os.File) { _ = flockAs(f, unix.LOCK_UN) } // closing does it, too

func flockAs(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// names reports whether path is, now and without following a symlink, a name of the open file.
func names(path string, f *os.File) bool {
	a, err := os.Lstat(path)
	if err != nil {
		return false
	}
	b, err := f.Stat()
	return err == nil && os.SameFile(a, b)
}

func links(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}
