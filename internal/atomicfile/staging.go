package atomicfile

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	stagingMark   = ".boltvet-"
	stagingSuffix = ".tmp"
	keptSuffix    = "-old" + stagingSuffix // of the old file's second name, see keepOld
	randomBytes   = 8                      // in a staging name, in hex

	// longestBase keeps a staging name below 255 bytes, the limit of nearly all
	// filesystems; a longer target is staged under a digest of its name.
	longestBase = 200

	// stagingTries bounds the search for a name that we can create and lock.
	// One try is the rule; a second one is needed only if another run's Clean
	// took the file in the moment between its creation and its lock.
	stagingTries = 16
)

// stagingPrefix begins the names of all staging siblings of base.
func stagingPrefix(base string) string {
	if len(base) > longestBase {
		sum := sha256.Sum256([]byte(base))
		base = hex.EncodeToString(sum[:16])
	}
	return "." + base + stagingMark
}

// IsStaging tells whether name is one that a run gives to what it stages for a target
// named base: the whole name, for what only resembles it is somebody's file.
func IsStaging(base, name string) bool {
	random, ok := strings.CutPrefix(name, stagingPrefix(base))
	if !ok {
		return false
	}
	for _, suffix := range []string{keptSuffix, stagingSuffix} {
		if bare, ok := strings.CutSuffix(random, suffix); ok {
			return isRandom(bare)
		}
	}
	return false
}

// isRandom recognises what hex.EncodeToString makes of the random part.
func isRandom(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == randomBytes && hex.EncodeToString(b) == s
}

// stage makes a locked staging sibling with make, which must fail with
// fs.ErrExist for a name that is taken.
func stage(p place, make func(path string) (*os.File, error)) (*os.File, error) {
	for range stagingTries {
		var r [randomBytes]byte
		rand.Read(r[:]) // never fails, says crypto/rand
		path := filepath.Join(p.dir, stagingPrefix(p.base)+hex.EncodeToString(r[:])+stagingSuffix)
		f, err := make(path)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if lockStaging(f, path) {
			return f, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("cannot make a staging file for %q: every name is taken", p.target())
}

// lockStaging marks the staging file as alive. It is false if another run has
// taken the file for a leftover; then it is being removed and not ours to use.
// Where the filesystem has no locks, the file stays unlocked: Clean cannot lock
// it either and leaves it alone.
func lockStaging(f *os.File, path string) bool {
	err := flock(f)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false
	}
	return sameInode(f, path)
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func sameInode(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(path)
	return err == nil && os.SameFile(a, b)
}

// Clean removes the staging siblings that dead runs have left for target: those
// that nobody holds a lock on. It touches regular files and directories only,
// and unless run by root only our own. A missing parent is no error.
func Clean(target string) error {
	dir, base, err := splitTarget(target)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if IsStaging(base, e.Name()) {
			errs = append(errs, removeDead(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// removeDead removes one leftover. What cannot be opened or locked is left: it
// may be somebody's work.
func removeDead(path string) error {
	info, err := os.Lstat(path)
	if err != nil || !(info.Mode().IsRegular() || info.IsDir()) || !ours(info) {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	if flock(f) != nil || !sameInode(f, path) {
		return nil
	}
	if info.IsDir() {
		return os.RemoveAll(path)
	}
	if err := os.Remove(path); !os.IsNotExist(err) {
		return err
	}
	return nil
}

func ours(info fs.FileInfo) bool {
	euid := os.Geteuid()
	st, ok := info.Sys().(*syscall.Stat_t)
	return euid == 0 || ok && int(st.Uid) == euid
}
