package datadir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrChanged says that a file was written to while it was read: what was found in it is
// neither what it was nor what it is.
var ErrChanged = errors.New("the file changed while it was read")

// A Sighting is what a file looks like from outside. Two that are equal say that nobody
// wrote to it between them: the time of change, unlike that of modification, cannot be set.
// It is also that of a new name, mode or owner; what could have gone on is then to be repeated.
type Sighting struct {
	size             int64
	modified, change unix.Timespec
}

// See looks at f; nil is a file that there is not.
func See(f *os.File) (Sighting, error) {
	if f == nil {
		return Sighting{}, nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return Sighting{}, os.NewSyscallError("fstat", err)
	}
	return Sighting{st.Size, st.Mtim, st.Ctim}, nil
}

// Still is ErrChanged if f does not look as it did.
func (s Sighting) Still(f *os.File) error {
	now, err := See(f)
	if err == nil && now != s {
		err = ErrChanged
	}
	return err
}

// Unchanged is ErrChanged if the db does not look any more as it did when the Source was
// opened. A spool file is the Source's own and stays.
func (s *Source) Unchanged() error {
	if s.File == nil || s.opened == nil {
		return nil
	}
	return s.opened.Still(s.File)
}

// open takes over f, as it looks now.
func (s *Source) open(f *os.File) (os.FileInfo, error) {
	s.File = f
	seen, err := See(f)
	if err != nil {
		return nil, err
	}
	s.opened = &seen
	return f.Stat()
}
