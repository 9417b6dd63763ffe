package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestDirCreateUmask has all of a directory private whatever the umask takes.
func TestDirCreateUmask(t *testing.T) {
	for _, umask := range []int{0, 0o077, 0o377, 0o777} {
		if umask&0o400 != 0 && os.Geteuid() != 0 {
			continue // what may not be read cannot be opened
		}
		target := filepath.Join(t.TempDir(), "out")
		old := syscall.Umask(umask)
		d, err := CreateDir(target, Options{})
		if err == nil {
			var f *os.File
			if f, err = d.Create("a/b/c"); err == nil {
				err = errors.Join(f.Close(), d.Commit())
			}
		}
		syscall.Umask(old)
		if err != nil {
			t.Fatalf("umask %04o: %v", umask, err)
		}
		for rel, want := range map[string]fs.FileMode{"": 0o700, "a": 0o700, "a/b": 0o700, "a/b/c": 0o600} {
			info, err := os.Stat(filepath.Join(target, rel))
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %04o, %q: mode %o, want %o", umask, rel, got, want)
			}
		}
	}
}

func TestDirCreate(t *testing.T) {
	target := filepath.Join(t.TempDir(), "out")
	d, err := CreateDir(target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	for _, rel := range []string{"../x", "/x", ""} {
		if _, err := d.Create(rel); err == nil {
			t.Errorf("%q was made", rel)
		}
	}
	f, err := d.Create("a/b/c")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create("a/b/c"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	for rel, want := range map[string]fs.FileMode{"a": 0o700, "a/b": 0o700, "a/b/c": 0o600} {
		info, err := os.Stat(filepath.Join(target, rel))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", rel, got, want)
		}
	}
	if _, err := d.Create("late"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Commit: %v", err)
	}
}
