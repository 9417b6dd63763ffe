package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	trySnapshot = "stop etcd first, or take a snapshot with etcdctl snapshot save and use that"
	reasonOff   = "not asked"
)

// lockDB takes a shared lock on a db file without waiting. It is held as long as f is open; an etcd
// that starts meanwhile waits for it. bbolt holds an exclusive flock on its file.
//
// Source: bbolt v1.5.0 bolt_unix.go (flock).
func lockDB(f *os.File, path string) (LockState, error) {
	if reason := locksDoubtful(f); reason != "" {
		return LockState{Use: LockUnknown, Reason: reason}, nil
	}
	err := flock(f)
	switch {
	case err == nil:
		return LockState{Use: LockHeld}, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		return LockState{}, &InUseError{Path: path, Holder: lockHolder(f), Try: trySnapshot}
	}
	return LockState{Use: LockUnknown, Reason: err.Error()}, nil
}

func flock(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = conn.Control(func(fd uintptr) {
		for range 100 { // a signal may interrupt it
			if lockErr = unix.Flock(int(fd), unix.LOCK_SH|unix.LOCK_NB); lockErr != unix.EINTR {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return lockErr
}

// askWAL asks whether the last segment of the log is locked by an etcd. It takes no lock.
func askWAL(m *MemberDir) error {
	if m == nil || len(m.Segments) == 0 {
		return nil
	}
	path := filepath.Join(m.WALDir, m.Segments[len(m.Segments)-1].Name)
	f, err := openRead(path)
	if err != nil {
		return nil // whoever reads the log will meet this error and report it
	}
	defer f.Close()
	if locksDoubtful(f) != "" || !walLocked(f) {
		return nil
	}
	return &InUseError{Path: path, Holder: lockHolder(f), Try: trySnapshot}
}

// lock finds out whether the source is in use. Snapshots and private copies are nobody's.
func (s *Source) lock(o Options) error {
	switch {
	case o.NoLock:
		s.Lock = LockState{Use: LockNone, Reason: reasonOff}
		return nil
	case s.SpoolPath != "":
		s.Lock = LockState{Use: LockNone, Reason: "a private copy"}
		return nil
	case s.Kind == KindSnapshot && s.Member == nil:
		s.Lock = LockState{Use: LockNone, Reason: "a snapshot file"}
		return nil
	}
	if err := askWAL(s.Member); err != nil {
		return err
	}
	if s.File == nil {
		s.Lock = LockState{Use: LockNone, Reason: "no db"}
		return nil
	}
	state, err := lockDB(s.File, s.DBPath)
	s.Lock = state
	if state.Use == LockUnknown {
		s.Notes = append(s.Notes, fmt.Sprintf("whether a running etcd uses %s is unknown: %s", s.DBPath, state.Reason))
	}
	return err
}
