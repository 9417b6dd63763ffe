package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Create makes a new file inside the staged directory, private to its owner (0600),
// with the directories above it (0700). rel is relative to Path and stays below it.
// The caller closes the file; Commit syncs it.
func (d *Dir) Create(rel string) (*os.File, error) {
	if d.done {
		return nil, fmt.Errorf("output %q: %w", d.Target(), fs.ErrClosed)
	}
	if !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("output %q: %q leaves the directory", d.Target(), rel)
	}
	if err := d.hook.before(stepWrite); err != nil {
		return nil, err
	}
	if err := makeDirs(d.Path(), filepath.Dir(rel)); err != nil {
		return nil, err
	}
	path := filepath.Join(d.Path(), rel)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o600); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// makeDirs makes what is missing of rel below root, private to its owner.
func makeDirs(root, rel string) error {
	path := root
	for _, name := range strings.Split(filepath.Clean(rel), string(filepath.Separator)) {
		path = filepath.Join(path, name)
		err := os.Mkdir(path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = os.Chmod(path, 0o700) // whatever the umask took; root is private
		}
		if err != nil {
			return err
		}
	}
	return nil
}
