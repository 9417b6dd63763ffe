//go:build !linux

package upstream

import (
	"errors"
	"os"
	"syscall"
)

// canLoseName is false: opening /dev/fd/3 gives the same open file again, with
// its access mode, which a read-write open needs not to be.
const canLoseName = false

// openSource opens a file for reading. A FIFO does not make it wait.
func openSource(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// cloneFile is not done here.
func cloneFile(_, _ *os.File) error { return errors.ErrUnsupported }
