package datadir

import (
	"errors"
	"io/fs"
	"os"
)

// ErrChanged says that a file was written to while it was read: what was found in it is
// neither what it was nor what it is.
var ErrChanged = errors.New("the file changed while it was read")

// Unchanged is ErrChanged if the db is not as long any more, or was modified since, as it
// was when the Source was opened. A spool file is the Source's own and stays.
func (s *Source) Unchanged() error {
	if s.File == nil || s.opened == nil {
		return nil
	}
	return unchanged(s.File, s.opened)
}

// unchanged holds a file against what it was.
func unchanged(f *os.File, was fs.FileInfo) error {
	is, err := f.Stat()
	if err == nil && (is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime())) {
		err = ErrChanged
	}
	return err
}
