package swap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Options says how a db file is replaced. The zero value keeps the old file as db.bak.
type Options struct {
	// EtcdIsStopped is the operator's word that no etcd runs or starts on this file. It serves only where the
	// machine cannot tell; see the package comment.
	EtcdIsStopped bool
	// NoBackup drops the old file after the swap and leaves an older db.bak alone.
	NoBackup bool
	// Owner is who shall have the new file. nil: who has the old one.
	Owner *Owner
	// WALDir is where the member's log lies; "" is "wal" beside the "snap" that the db is in.
	WALDir string
}

// Owner is a numeric user and group.
type Owner struct{ UID, GID uint32 }

// A Proof is how it is known that no process has the old file open.
type Proof string

// The proofs, the strongest first.
const (
	ProofLease Proof = "lease"    // the kernel said so, and kept everybody out
	ProofScan  Proof = "scan"     // no descriptor of any process names it
	ProofWord  Proof = "operator" // Options.EtcdIsStopped
)

// A Swap is a db file on the way to its replacement. It is not safe for concurrent use.
type Swap struct {
	path, dir string        // of the db, symlinks resolved
	old       *os.File      // our only descriptor of the old file; lock and lease hang on it
	was       fs.FileInfo   // of the old file at Begin
	changed   unix.Timespec // its time of change at Begin
	stage     *os.File      // nil before Stage
	id        string        // PID.RANDOM of this run's names
	linked    bool          // the old file has the name keep()
	proof     Proof
	options   Options
	seams     seams
	done      bool
}

// Begin locks the db file, so that no etcd can start on it, and removes what dead runs have left. Nobody,
// the caller included, may have the file open; the caller may open it for reading afterwards (asking for no
// lock: the exclusive one is here) and must have closed it before Commit. The caller owes a Commit or an Abort.
// Errors: *InUseError, *UnprovenError, *KindError, or what the file system said.
func Begin(path string, o Options) (*Swap, error) { return begin(path, o, seams{}) }

func begin(path string, o Options, sm seams) (*Swap, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	s := &Swap{path: real, dir: filepath.Dir(real), options: o, seams: sm, id: newID()}
	if err := s.open(); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

func (s *Swap) open() error {
	if err := s.checkBackup(); err != nil {
		return err
	}
	if err := s.lockOld(); err != nil {
		return err
	}
	if err := s.checkName(); err != nil {
		return err
	}
	if err := s.askLog(); err != nil {
		return err
	}
	if err := s.clean(); err != nil {
		return err
	}
	var err error
	if s.changed, err = changedAt(s.old); err != nil {
		return err
	}
	if s.was, err = s.old.Stat(); err != nil {
		return err
	}
	if n := links(s.was); n > 1 {
		return &KindError{Path: s.path, Is: fmt.Sprintf("has %d hard links: the others would go on naming the old file", n)}
	}
	// Whoever has it open now will not be gone when the new file is ready: say so before the work.
	if err := s.prove(); err != nil {
		return err
	}
	dropLease(s.old) // the caller has to open the file
	return nil
}

// lockOld opens the old file and takes the exclusive lock.
func (s *Swap) lockOld() error {
	info, err := os.Lstat(s.path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &KindError{Path: s.path, Is: "is not a regular file"}
	}
	for _, access := range []int{os.O_RDONLY, os.O_RDWR} {
		if s.old, err = os.OpenFile(s.path, access|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0); err != nil {
			return err
		}
		// NFS gives exclusive locks to descriptors that may write only. Nothing is written either way.
		if err = flock(s.old); !errors.Is(err, unix.EBADF) {
			break
		}
		s.old.Close()
	}
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return s.inUse("it is locked")
	case err != nil && !s.options.EtcdIsStopped:
		return &UnprovenError{Path: s.path, Reason: "the file system has no locks: " + err.Error()}
	}
	return nil
}

// checkName finds out whether the name still means the file that is locked: an online defragmentation may
// have put another one there between open and lock.
func (s *Swap) checkName() error {
	if !names(s.path, s.old) {
		return s.inUse("another file took its name just now")
	}
	return nil
}

// checkBackup refuses a db.bak that a file cannot replace, before any work is done.
func (s *Swap) checkBackup() error {
	info, err := os.Lstat(s.bak())
	switch {
	case s.options.NoBackup || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &KindError{Path: s.bak(), Is: "is not a regular file and cannot become the backup"}
	}
	return nil
}

// DB is the path of the db file, symlinks resolved.
func (s *Swap) DB() string { return s.path }

// Backup is the path of the old file after the Commit, "" if it is not kept.
func (s *Swap) Backup() string {
	if s.options.NoBackup {
		return ""
	}
	return s.bak()
}

// Proof is how it was found out that nobody has the old file open: at Begin, and after the Commit at that.
func (s *Swap) Proof() Proof { return s.proof }

// Abort gives the swap up: the stage is removed and everything is as it was. It is safe to defer: after a Commit or
// another Abort it does nothing.
func (s *Swap) Abort() {
	if s.done {
		return
	}
	if s.stage != nil {
		os.Remove(s.stage.Name()) // first, while the lock holds
	}
	s.release()
}

// release lets the lease and the locks go. It says so to the kernel, for a process that is being started in this
// moment may share our descriptors until it runs its own program.
func (s *Swap) release() {
	s.done = true
	for _, f := range []*os.File{s.old, s.stage} {
		if f != nil {
			dropLease(f)
			unlock(f)
			f.Close()
		}
	}
}
