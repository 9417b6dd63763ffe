package upstream

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// canLoseName tells that a child can open an inherited descriptor by a path,
// also for writing and with a lock of its own.
const canLoseName = true

// openSource opens a file for reading and leaves its access time alone where
// the owner of the file allows. A FIFO does not make it wait.
func openSource(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOATIME|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrPermission) {
		return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	}
	return f, err
}

// cloneFile makes the empty file dst share all blocks of src, or fails and
// leaves it empty. It takes no time and no space, where the filesystem can.
func cloneFile(dst, src *os.File) error {
	return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
}
