package swap

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// How often and how long the old file is watched after the exchange; see "Who comes late".
const (
	looks     = 5
	lookEvery = 40 * time.Millisecond
)

// errOpenElsewhere is a lease that is refused because another descriptor is open on the file.
var errOpenElsewhere = errors.New("the kernel says that it is open elsewhere")

// prove finds out that nobody else has the old file open. It holds the lease afterwards if that is how it knows.
func (s *Swap) prove() error {
	why := foreignFS(s.old)
	if why == "" {
		known, reason, err := s.askMachine()
		if known || err != nil {
			return err
		}
		why = reason
	}
	if !s.options.EtcdIsStopped {
		return &UnprovenError{Path: s.path, Reason: why}
	}
	s.proof = ProofWord
	return nil
}

// askMachine tries the lease, then the scan. Without an answer it says why there is none.
func (s *Swap) askMachine() (known bool, why string, err error) {
	err = errors.New("there are no leases")
	if !s.seams.noLease {
		err = takeLease(s.old)
	}
	switch {
	case err == nil:
		s.proof = ProofLease
		return true, "", nil
	case errors.Is(err, errOpenElsewhere):
		return false, "", s.inUse("a process has it open")
	}
	why = err.Error()
	switch holder, err := s.scan(); {
	case holder != "":
		return false, "", &InUseError{Path: s.path, Reason: "a process has it open", Holder: holder}
	case err != nil:
		return false, why + "; " + err.Error(), nil
	}
	s.proof = ProofScan
	return true, "", nil
}

// scan looks for a process that has the old file open. A holder that it names is true whatever the error says; without
// one, err says why that proves nothing.
func (s *Swap) scan() (holder string, err error) {
	holder, err = openers(s.old)
	if s.seams.noScan {
		return "", errors.New("not all processes can be seen")
	}
	return holder, err
}

// settle watches the old file after the exchange.
func (s *Swap) settle() error {
	for range looks {
		s.seams.wait(lookEvery)
		if err := s.lookAgain(); err != nil {
			return err
		}
	}
	return nil
}

// lookAgain says who has come to the old file since the proof.
func (s *Swap) lookAgain() error {
	const came = "a process opened it during the swap"
	switch s.proof {
	case ProofLease:
		if leaseWhole(s.old) {
			break
		}
		// Someone waits for the lease. The kernel counts its descriptor as open already, so that taking the lease again
		// tells one that stays from one that has turned away.
		dropLease(s.old)
		if err := takeLease(s.old); err != nil {
			return s.inUse(came)
		}
	case ProofScan:
		holder, err := s.scan()
		if holder != "" || err != nil {
			return &InUseError{Path: s.path, Reason: came, Holder: holder}
		}
	}
	return s.checkQuiet()
}

// checkSame is checkQuiet before the old file has a second name: the time of change, which nobody can set back, is then
// that of Begin too.
func (s *Swap) checkSame() error {
	changed, err := changedAt(s.old)
	if err != nil {
		return err
	}
	if changed != s.changed {
		return s.inUse("it has changed since the beginning")
	}
	return s.checkQuiet()
}

// changedAt is the time of change of content, names, mode or owner.
func changedAt(f *os.File) (unix.Timespec, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(f.Fd()), &st)
	return st.Ctim, os.NewSyscallError("fstat", err)
}

// checkQuiet refuses a file that somebody has written to since Begin, whatever lock and lease say, and one whose log
// is in use.
func (s *Swap) checkQuiet() error {
	now, err := s.old.Stat()
	if err != nil {
		return err
	}
	if now.Size() != s.was.Size() || !now.ModTime().Equal(s.was.ModTime()) {
		return s.inUse("it has changed since the beginning")
	}
	return s.askLog()
}

// askLog asks whether an etcd has locked a segment of the member's log.
func (s *Swap) askLog() error {
	dir := s.options.WALDir
	if dir == "" {
		if filepath.Base(s.dir) != "snap" {
			return nil
		}
		dir = filepath.Join(filepath.Dir(s.dir), "wal")
	}
	segments, err := filepath.Glob(filepath.Join(quoteGlob(dir), "*.wal"))
	if err != nil {
		return err
	}
	for _, path := range segments {
		if logLocked(path) {
			return s.inUse("the log segment " + filepath.Base(path) + " is locked")
		}
	}
	return nil
}

// quoteGlob makes a path match itself only.
func quoteGlob(path string) string {
	var b []byte
	for i := range len(path) {
		switch path[i] {
		case '*', '?', '[', '\\':
			b = append(b, '\\')
		}
		b = append(b, path[i])
	}
	return string(b)
}

// inUse is the error for what was seen, with the holder's name if one can be found.
func (s *Swap) inUse(reason string) error {
	holder := ""
	if s.old != nil {
		holder, _ = openers(s.old)
	}
	return &InUseError{Path: s.path, Reason: reason, Holder: holder}
}
