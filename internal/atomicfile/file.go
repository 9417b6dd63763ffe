package atomicfile

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// File is an output file on its way. It is not safe for concurrent use, except
// that WriteAt and ReadAt may run in parallel as those of os.File may.
type File struct {
	place     place
	file      *os.File
	mode      fs.FileMode
	overwrite bool
	hook      hook
	done      bool
}

// Create begins an output file next to target. Leftovers of dead runs for the
// same target are removed first. Errors: *ExistsError, *KindError, or what the
// filesystem said. The caller owes a Commit or an Abort.
func Create(target string, o Options) (*File, error) { return create(target, o, nil) }

// Check tells whether Create would refuse the target as it is now, and touches nothing.
// Errors: those of Create.
func Check(target string, o Options) error {
	_, err := findFilePlace(target, o)
	return err
}

// findFilePlace is findPlace for a file.
func findFilePlace(target string, o Options) (place, error) {
	p, err := findPlace(target, o)
	if err == nil {
		err = checkFileTarget(target, p.old)
	}
	return p, err
}

func create(target string, o Options, h hook) (*File, error) {
	p, err := findFilePlace(target, o)
	if err != nil {
		return nil, err
	}
	// A leftover that cannot be removed is no reason to fail: it is only litter.
	_ = Clean(p.target())
	if err := h.before(stepCreate); err != nil {
		return nil, err
	}
	f, err := stage(p, func(path string) (*os.File, error) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	})
	if err != nil {
		return nil, fmt.Errorf("create output: %w", err)
	}
	if err := p.mayGive(f.Name()); err != nil {
		os.Remove(f.Name()) // first, while the lock holds
		f.Close()
		return nil, err
	}
	mode := o.Mode
	if mode == 0 {
		mode = 0o600
	}
	return &File{place: p, file: f, mode: mode, overwrite: o.Overwrite, hook: h}, nil
}

// Name is the path of the staging file, for whoever verifies it before Commit.
func (f *File) Name() string { return f.file.Name() }

// Target is the path that the file will have, symlinks of the last element resolved.
func (f *File) Target() string { return f.place.target() }

// File is the open staging file, for seeking, mapping or copying. It belongs to
// f: do not close it.
func (f *File) File() *os.File { return f.file }

// Write appends at the current offset.
func (f *File) Write(b []byte) (int, error) {
	if err := f.hook.before(stepWrite); err != nil {
		return 0, err
	}
	return f.file.Write(b)
}

// WriteAt writes at an absolute offset.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	if err := f.hook.before(stepWrite); err != nil {
		return 0, err
	}
	return f.file.WriteAt(b, off)
}

// ReadAt reads back what was written.
func (f *File) ReadAt(b []byte, off int64) (int, error) { return f.file.ReadAt(b, off) }

// Commit puts the file in its place: owner and mode, fsync, rename, fsync of the
// directory. After an error the target is as it was and the staging file is
// gone. The file is closed either way. A second call is an error.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("output %q: %w", f.Target(), fs.ErrClosed)
	}
	defer f.Abort()
	if err := f.seal(); err != nil {
		return fmt.Errorf("write output %q: %w", f.Target(), err)
	}
	// The file stays open, and so locked, until it has its final name: closed
	// earlier, another run's Clean could take it for a leftover. The fsync above
	// has already reported every write error that a close could report.
	if err := install(f.place, f.Name(), f.overwrite, f.hook); err != nil {
		return fmt.Errorf("put output in place: %w", err)
	}
	f.done = true
	return f.file.Close()
}

// seal sets owner (before the mode: chown clears bits) and mode, and syncs.
func (f *File) seal() error {
	if err := f.hook.before(stepOwner); err != nil {
		return err
	}
	if err := f.place.give(f.Name()); err != nil {
		return err
	}
	if err := f.hook.before(stepMode); err != nil {
		return err
	}
	if err := f.file.Chmod(f.mode); err != nil {
		return err
	}
	if err := f.hook.before(stepSync); err != nil {
		return err
	}
	return f.file.Sync()
}

// Abort gives the output up and leaves nothing. It is safe to defer: after a
// Commit or another Abort it does nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	os.Remove(f.Name()) // first, while the lock holds
	f.file.Close()
}
