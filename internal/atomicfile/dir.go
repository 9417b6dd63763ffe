package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Dir is an output directory on its way: fill it through Path, then Commit.
type Dir struct {
	place     place
	lock      *os.File // the open directory; holds the lock
	mode      fs.FileMode
	overwrite bool
	hook      hook
	done      bool
}

// CreateDir begins an output directory next to target, as Create does for a
// file. With Options.Overwrite the target may be an existing empty directory; a
// directory with something in it is never replaced (*ExistsError).
func CreateDir(target string, o Options) (*Dir, error) { return createDir(target, o, nil) }

func createDir(target string, o Options, h hook) (*Dir, error) {
	p, err := findPlace(target, o)
	if err != nil {
		return nil, err
	}
	if p.old != nil {
		if err := checkEmptyDir(p.target(), p.old); err != nil {
			return nil, err
		}
	}
	_ = Clean(p.target()) // litter that stays is no reason to fail
	if err := h.before(stepCreate); err != nil {
		return nil, err
	}
	lock, err := stage(p, openNewDir)
	if err != nil {
		return nil, fmt.Errorf("create output directory: %w", err)
	}
	if err := p.mayGive(lock.Name()); err != nil {
		os.Remove(lock.Name()) // first, while the lock holds
		lock.Close()
		return nil, err
	}
	mode := o.Mode
	if mode == 0 {
		mode = 0o700
	}
	return &Dir{place: p, lock: lock, mode: mode, overwrite: o.Overwrite, hook: h}, nil
}

func checkEmptyDir(target string, old fs.FileInfo) error {
	if !old.IsDir() {
		return &KindError{Path: target, Is: kindName(old.Mode())}
	}
	entries, err := os.ReadDir(target)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return &ExistsError{Path: target, Reason: "is not empty"}
	}
	return nil
}

func openNewDir(path string) (*os.File, error) {
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err == nil {
		if err = f.Chmod(0o700); err == nil { // whatever the umask took
			return f, nil
		}
		f.Close()
	}
	os.Remove(path)
	return nil, err
}

// Path is the staging directory, private to its owner (0700) until Commit.
func (d *Dir) Path() string { return d.lock.Name() }

// Target is the path that the directory will have.
func (d *Dir) Target() string { return d.place.target() }

// Commit makes every file below Path durable, gives all of it to its owner, and
// renames the directory into place. After an error the target is as it was and
// the staging directory is gone. The modes below Path are the caller's.
func (d *Dir) Commit() error {
	if d.done {
		return fmt.Errorf("output %q: %w", d.Target(), fs.ErrClosed)
	}
	defer d.Abort()
	if err := d.seal(); err != nil {
		return fmt.Errorf("write output directory %q: %w", d.Target(), err)
	}
	if err := install(d.place, d.Path(), d.overwrite, d.hook); err != nil {
		return fmt.Errorf("put output directory in place: %w", err)
	}
	d.done = true
	return d.lock.Close()
}

func (d *Dir) seal() error {
	if err := d.hook.before(stepMode); err != nil {
		return err
	}
	if err := d.lock.Chmod(d.mode); err != nil {
		return err
	}
	if err := d.hook.before(stepSync); err != nil {
		return err
	}
	return syncTree(d.place, d.Path(), syncPath)
}

// Abort gives the directory up and removes it with all that is in it. It is safe
// to defer: after a Commit or another Abort it does nothing.
func (d *Dir) Abort() {
	if d.done {
		return
	}
	d.done = true
	RemoveTree(d.Path(), d.lock)
}

// RemoveTree removes a directory that this process has made, with all that is in it, and
// closes the file that marks it as alive. It needs no descriptor but that of the mark: a
// run that failed because it had too many files open has no other to spare.
func RemoveTree(path string, mark *os.File) {
	err := os.RemoveAll(path) // first, while the lock holds
	mark.Close()
	if err != nil {
		removeByNames(path)
	}
}

// removeByNames is os.RemoveAll with one open directory at a time, for a tree that nobody
// else may write to.
func removeByNames(root string) {
	var paths []string
	_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, _ error) error {
		paths = append(paths, path)
		return nil // what cannot be listed cannot be removed either
	})
	for _, path := range slices.Backward(paths) {
		os.Remove(path)
	}
}
