package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// openRead opens a file for reading without touching its access time where that is allowed: only
// the owner and root may ask for it. O_NONBLOCK keeps a FIFO that took the file's place from
// blocking for ever; it means nothing to regular files.
func openRead(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|openNoAtime, 0)
	if openNoAtime != 0 && errors.Is(err, syscall.EPERM) {
		f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, err // names the operation and the path
	}
	return f, nil
}

// A nameEntry is one name in a directory.
type nameEntry struct {
	name    string
	dir     bool
	regular bool
	size    int64
}

// maxNames bounds how much of a directory is listed. etcd's directories hold tens of names.
const maxNames = 1 << 16

// readNames lists a directory, sorted by name. Symbolic links are followed, as etcd does.
func readNames(dir string) ([]nameEntry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list directory: %w", err)
	}
	if len(entries) > maxNames {
		return nil, fmt.Errorf("list directory %s: %d names, more than any etcd directory has", dir, len(entries))
	}
	names := make([]nameEntry, 0, len(entries))
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			info, err = e.Info()
		}
		if err != nil {
			continue // gone meanwhile
		}
		names = append(names, nameEntry{e.Name(), info.IsDir(), info.Mode().IsRegular(), info.Size()})
	}
	return names, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// OpenRead opens a file read-only, without touching its access time where that is
// allowed. The caller closes it.
func OpenRead(path string) (*os.File, error) { return openRead(path) }
