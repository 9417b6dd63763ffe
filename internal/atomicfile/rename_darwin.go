package atomicfile

import "golang.org/x/sys/unix"

// renameNoReplace renames in one step and fails with EEXIST if target exists.
// Filesystems without RENAME_EXCL say ENOTSUP.
func renameNoReplace(staging, target string) error {
	return unix.RenamexNp(staging, target, unix.RENAME_EXCL)
}
