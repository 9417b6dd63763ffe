package restore

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate makes f as long as size and has the file system set the room aside, as etcd
// does for a log segment: a full disk must show now and not at the first write.
func allocate(f *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
			return f.Truncate(size)
		}
		return err
	}
}
