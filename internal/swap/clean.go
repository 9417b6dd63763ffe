package swap

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// clean puts the leftovers of dead runs in order. It runs under the lock on the db, so that no live run is beside it,
// and leaves everything alone that somebody else has locked or that does not bear a name of ours.
func (s *Swap) clean() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	base := filepath.Base(s.path)
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		switch kind := leftover(base, e.Name()); {
		case kind == "" || !e.Type().IsRegular():
		case names(path, s.old):
			err = os.Remove(path) // a second name of the db itself
		case kind == "tmp":
			err = s.ifDead(path, func() error { return os.Remove(path) })
			if inUse := (*InUseError)(nil); errors.As(err, &inUse) {
				err = nil // somebody's work, and not in our way
			}
		default: // the old db of a run that died after its swap
			err = s.ifDead(path, func() error { return unix.Rename(path, s.bak()) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leftover tells a name of ours, BASE.tmp.PID.RANDOM or BASE.bak.PID.RANDOM, by "tmp" or "bak", from "" for others; those
// of etcd, db.tmp.NUMBER, are etcd's to remove.
func leftover(base, name string) string {
	for _, kind := range []string{"tmp", "bak"} {
		id, ok := strings.CutPrefix(name, base+"."+kind+".")
		pid, random, two := strings.Cut(id, ".")
		if !ok || !two {
			continue
		}
		n, pidErr := strconv.ParseUint(pid, 10, 32)
		b, hexErr := hex.DecodeString(random)
		// Read and written again: what is only like a name of ours is somebody's file.
		if pidErr == nil && hexErr == nil && len(b) == randomBytes && pid == strconv.FormatUint(n, 10) && random == hex.EncodeToString(b) {
			return kind
		}
	}
	return ""
}

// ifDead does something to a file that nobody has locked; otherwise it is in use: an etcd may go on in the old file of
// a run that was killed.
func (s *Swap) ifDead(path string, do func() error) error {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := flock(f); errors.Is(err, unix.EWOULDBLOCK) {
		holder, _ := openers(f)
		return &InUseError{Path: path, Reason: "it is locked", Holder: holder}
	}
	return do()
}
