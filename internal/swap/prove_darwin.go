package swap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var errNoLease = errors.New("macOS has no leases")

func takeLease(*os.File) error  { return errNoLease }
func leaseWhole(*os.File) bool  { return false }
func dropLease(*os.File)        {}
func foreignFS(*os.File) string { return "" }

// openers cannot look into other processes: there is no /proc.
func openers(*os.File) (holder string, err error) {
	return "", errors.New("the files of other processes cannot be seen")
}

// logLocked cannot be asked without a lock of our own: etcd has flock locks here.
func logLocked(string) bool { return false }

// exchange swaps two names in one step.
func exchange(a, b string) error { return unix.RenamexNp(a, b, unix.RENAME_SWAP) }
