package restore

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errChanged says that the source may have been written to: then what was verified is not
// what was restored.
var errChanged = errors.New("the source's content, name, mode or owner changed while it was read: nothing was kept")

// A sighting is what a file looks like from outside. Two that are equal say that nobody
// wrote to it between them: the time of change, unlike that of modification, cannot be set.
// It is also that of a new name; a restore that could have gone on is then to be repeated.
type sighting struct {
	size             int64
	modified, change unix.Timespec
}

// see looks at f; nil is a file that there is not.
func see(f *os.File) (sighting, error) {
	if f == nil {
		return sighting{}, nil
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return sighting{}, os.NewSyscallError("fstat", err)
	}
	return sighting{st.Size, st.Mtim, st.Ctim}, nil
}

// still is errChanged if f does not look as it did.
func (s sighting) still(f *os.File) error {
	now, err := see(f)
	if err == nil && now != s {
		err = errChanged
	}
	return err
}
