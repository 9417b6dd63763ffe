package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// step names what is about to happen to the filesystem.
type step string

const (
	stepCreate  step = "create"
	stepWrite   step = "write"
	stepOwner   step = "owner"
	stepMode    step = "mode"
	stepSync    step = "sync"
	stepKeepOld step = "keep-old"
	stepRename  step = "rename"
	stepSyncDir step = "sync-dir"
)

// hook stands before every step, so that tests can make each one fail. A nil
// hook lets everything happen.
type hook func(step) error

func (h hook) before(s step) error {
	if h == nil {
		return nil
	}
	return h(s)
}

// give sets the owner of path, without following a symlink.
func (p place) give(path string) error {
	if p.owner == nil {
		return nil
	}
	err := os.Lchown(path, p.owner.UID, p.owner.GID)
	if p.derived && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL)) {
		// Root of a user namespace or of a squashed NFS export cannot give files
		// away. Nobody asked for it, so the output may stay root's.
		return nil
	}
	return err
}

// install moves the staged output to the target and makes that durable. On an
// error the target is as it was, and the staging file may still be there.
func install(p place, staging string, overwrite bool, h hook) error {
	kept := ""
	if p.old != nil && p.old.Mode().IsRegular() {
		if err := h.before(stepKeepOld); err != nil {
			return err
		}
		kept = keepOld(p, staging)
		if kept != "" {
			defer os.Remove(kept)
		}
	}
	if err := h.before(stepRename); err != nil {
		return err
	}
	if err := rename(p, staging, overwrite); err != nil {
		return err
	}
	err := h.before(stepSyncDir)
	if err == nil {
		err = syncPath(p.dir)
	}
	if err != nil {
		return errors.Join(err, takeBack(p, staging, kept))
	}
	return nil
}

// keepOld gives the old file a second name until the new one is durable. The
// name is a staging name, so that Clean finds it. "" if the filesystem has no
// hard links.
func keepOld(p place, staging string) string {
	kept := staging[:len(staging)-len(stagingSuffix)] + keptSuffix
	if os.Link(p.target(), kept) != nil {
		return ""
	}
	return kept
}

// takeBack undoes a rename whose durability is unknown.
func takeBack(p place, staging, kept string) error {
	switch {
	case kept != "":
		return os.Rename(kept, p.target())
	case p.old == nil || p.old.IsDir():
		err := os.Rename(p.target(), staging)
		if err == nil && p.old != nil {
			return os.Mkdir(p.target(), p.old.Mode().Perm())
		}
		return err
	}
	return errors.New("the new file is complete and in place, but may not survive a power loss")
}

func rename(p place, staging string, overwrite bool) error {
	if overwrite {
		// Not os.Rename: it refuses every directory as a target, an empty one too.
		return asExists(p, unix.Rename(staging, p.target()))
	}
	err := renameNoReplace(staging, p.target())
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		err = renameByLink(staging, p.target())
	}
	return asExists(p, err)
}

// renameByLink serves filesystems that cannot rename without replacing. A hard
// link fails if the name is taken, as surely as the rename would. Where there
// are no hard links (or for a directory), looking first is all that is left:
// a target made in the moment between the look and the rename is replaced.
func renameByLink(staging, target string) error {
	err := os.Link(staging, target)
	if err == nil {
		return os.Remove(staging)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(target); err == nil {
		return fs.ErrExist
	}
	return os.Rename(staging, target)
}

func asExists(p place, err error) error {
	switch {
	case errors.Is(err, unix.ENOTEMPTY):
		return &ExistsError{Path: p.target(), Reason: "is not empty"}
	case errors.Is(err, fs.ErrExist):
		return &ExistsError{Path: p.target(), Reason: "exists"}
	case err != nil:
		return fmt.Errorf("rename to %q: %w", p.target(), err)
	}
	return nil
}
