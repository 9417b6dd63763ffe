package upstream

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A privateCopy is a file of ours that upstream code may do with as it likes.
type privateCopy struct {
	size      int64
	file      *os.File
	dir       string // "" when the copy has no name any more
	childPath string // where the child finds it
}

// copyStep is how many bytes are copied before ctx is looked at again.
const copyStep = 16 << 20

// copyPrivately copies the first size bytes of f to a new file of mode 0600 in
// a new folder of mode 0700 below tmpDir. When it fails, nothing is left.
func copyPrivately(ctx context.Context, f *os.File, size int64, tmpDir string) (*privateCopy, error) {
	dir, err := os.MkdirTemp(tmpDir, "boltvet-upstream-") // 0700
	if err != nil {
		return nil, err
	}
	c := &privateCopy{size: size, dir: dir, childPath: filepath.Join(dir, "db")}
	c.file, err = os.OpenFile(c.childPath, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil && canLoseName {
		err = c.loseName()
	}
	if err == nil {
		err = c.fill(ctx, f)
	}
	if err != nil {
		_ = c.remove() // the first error says more
		return nil, err
	}
	return c, nil
}

// loseName removes the name of the still empty copy. The child finds the file
// through the descriptor that it inherits; when the last process that has it
// open ends, however it ends, the bytes are gone.
func (c *privateCopy) loseName() error {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return nil // no /proc here: the name stays until remove
	}
	err := os.RemoveAll(c.dir)
	c.dir, c.childPath = "", "/proc/self/fd/3" // the first of exec.Cmd.ExtraFiles
	return err
}

// handedOn returns the descriptors that the child must inherit to find the copy.
func (c *privateCopy) handedOn() []*os.File {
	if c.dir == "" {
		return []*os.File{c.file}
	}
	return nil
}

// fill copies from f, by sharing its blocks if the filesystem can.
func (c *privateCopy) fill(ctx context.Context, f *os.File) error {
	if cloneFile(c.file, f) == nil {
		return c.file.Truncate(c.size)
	}
	for at := int64(0); at < c.size; at += copyStep {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		part := io.NewSectionReader(f, at, min(copyStep, c.size-at))
		n, err := io.Copy(c.file, part)
		if err != nil {
			return err
		}
		if n < part.Size() {
			return fmt.Errorf("the file shrank to %d bytes while it was copied", at+n)
		}
	}
	return nil
}

// remove closes the copy and removes what is left of it.
func (c *privateCopy) remove() error {
	var err error
	if c.file != nil {
		err = c.file.Close()
	}
	if c.dir == "" {
		return err
	}
	if err2 := os.RemoveAll(c.dir); err2 != nil {
		return err2
	}
	return err
}
