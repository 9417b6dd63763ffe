package atomicfile

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Room is how many bytes a user without privileges can still write to the filesystem
// that path, which must exist, lies on.
func Room(path string) (int64, error) {
	var st unix.Statfs_t
	for {
		err := unix.Statfs(path, &st)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, fmt.Errorf("free space at %q: %w", path, err)
		}
		return int64(st.Bavail) * int64(st.Bsize), nil
	}
}
