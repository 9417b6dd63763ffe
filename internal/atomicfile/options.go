package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Options says how an output appears. The zero value is the default: private to
// its owner, and never in place of something that exists.
type Options struct {
	// Mode is the exact permission of the output, whatever the umask says.
	// 0 means 0600 for a file and 0700 for a directory.
	Mode fs.FileMode
	// Overwrite lets a file take the place of an existing regular file, and a
	// directory the place of an existing empty directory.
	Overwrite bool
	// Owner is the owner of the output. nil: for root, the owner of what is
	// replaced or else of the target's parent; for others, who runs us.
	Owner *Owner
}

// ExistsError says that the target is there already and may not be replaced.
// errors.Is(err, fs.ErrExist) holds.
type ExistsError struct {
	Path   string
	Reason string // what stands in the way: "exists", "is not empty"
}

func (e *ExistsError) Error() string { return fmt.Sprintf("output %q %s", e.Path, e.Reason) }

// Unwrap makes the error an fs.ErrExist.
func (e *ExistsError) Unwrap() error { return fs.ErrExist }

// KindError says that the target is something that an output cannot replace: a
// device, a FIFO, a socket, a directory where a file should go or the reverse.
type KindError struct {
	Path string
	Is   string
}

func (e *KindError) Error() string {
	return fmt.Sprintf("output %q is %s and cannot be replaced", e.Path, e.Is)
}

// SameFile tells whether two paths name the same file: by device and inode,
// hence through symlinks, hard links and relative paths. A path that names
// nothing is not the same as anything.
func SameFile(a, b string) (bool, error) {
	ia, err := statExisting(a)
	if ia == nil || err != nil {
		return false, err
	}
	ib, err := statExisting(b)
	if ib == nil || err != nil {
		return false, err
	}
	return os.SameFile(ia, ib), nil
}

func statExisting(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	return info, err
}

// place is a checked target.
type place struct {
	dir, base string      // the real directory and the name in it
	old       fs.FileInfo // what is there now, nil if nothing
	owner     *Owner      // nil: leave it
	derived   bool        // owner is our choice, not the caller's
}

func (p place) target() string { return filepath.Join(p.dir, p.base) }

// splitTarget separates the directory from the name in it. The directory is
// resolved by the filesystem, not by its spelling: in `link/../x` the dots
// belong to where the link leads.
func splitTarget(target string) (dir, base string, err error) {
	trimmed := strings.TrimRight(target, string(filepath.Separator))
	dir, base = filepath.Split(trimmed)
	switch base {
	case "":
		if target == "" {
			return "", "", errors.New("output has no name")
		}
		return "", "", &KindError{Path: target, Is: "a directory"}
	case ".", "..":
		return "", "", &KindError{Path: target, Is: "a directory"}
	}
	if dir == "" {
		dir = "."
	}
	dir, err = filepath.EvalSymlinks(dir)
	return dir, base, err
}

// findPlace resolves the target. A symlink that is to be overwritten is
// followed: the link stays and the file it names is replaced, as cp would do.
func findPlace(target string, o Options) (place, error) {
	dir, base, err := splitTarget(target)
	if err != nil {
		return place{}, err
	}
	p := place{dir: dir, base: base}
	if p.old, err = lstatExisting(p.target()); err != nil {
		return place{}, err
	}
	if p.old != nil && !o.Overwrite {
		return place{}, &ExistsError{Path: target, Reason: "exists"}
	}
	if p.old != nil && p.old.Mode()&fs.ModeSymlink != 0 {
		real, err := filepath.EvalSymlinks(p.target())
		if err != nil {
			return place{}, err
		}
		p.dir, p.base = filepath.Dir(real), filepath.Base(real)
		if p.old, err = lstatExisting(real); err != nil {
			return place{}, err
		}
	}
	parent, err := os.Stat(p.dir)
	if err != nil {
		return place{}, err
	}
	if !parent.IsDir() {
		return place{}, &KindError{Path: p.dir, Is: "not a directory"}
	}
	p.owner, p.derived = chooseOwner(o.Owner, p.old, parent)
	return p, nil
}

func lstatExisting(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	return info, err
}

// chooseOwner: only root gives files away, and then to whoever has to read
// them: a data directory restored by root must be usable by the etcd user.
func chooseOwner(asked *Owner, old, parent fs.FileInfo) (owner *Owner, derived bool) {
	if asked != nil {
		return asked, false
	}
	if os.Geteuid() != 0 {
		return nil, false
	}
	from := parent
	if old != nil {
		from = old
	}
	st, ok := from.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, false
	}
	return &Owner{UID: int(st.Uid), GID: int(st.Gid)}, true
}

// checkFileTarget refuses a target that a file cannot replace.
func checkFileTarget(target string, old fs.FileInfo) error {
	if strings.HasSuffix(target, string(filepath.Separator)) {
		return &KindError{Path: target, Is: "the name of a directory"}
	}
	if old == nil || old.Mode().IsRegular() {
		return nil
	}
	return &KindError{Path: target, Is: kindName(old.Mode())}
}

func kindName(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "not a regular file"
}
