//go:build !linux

package upstream

import (
	"errors"
	"os"
)

// canLoseName is false: opening /dev/fd/3 gives the same open file again, with
// its access mode, which a read-write open needs not to be.
const canLoseName = false

// cloneFile is not done here.
func cloneFile(_, _ *os.File) error { return errors.ErrUnsupported }
