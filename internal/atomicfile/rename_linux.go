package atomicfile

import "golang.org/x/sys/unix"

// renameNoReplace renames in one step and fails with EEXIST if target exists.
// Filesystems and kernels without RENAME_NOREPLACE say EINVAL or ENOSYS.
func renameNoReplace(staging, target string) error {
	return unix.Renameat2(unix.AT_FDCWD, staging, unix.AT_FDCWD, target, unix.RENAME_NOREPLACE)
}
