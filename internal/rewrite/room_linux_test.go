package rewrite

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"boltvet/fixtures"
)

// TestSmallDisk writes to a filesystem without room: refused before anything is written
// where the room is looked at, and the disk's own error where it is not.
func TestSmallDisk(t *testing.T) {
	src := filepath.Join(t.TempDir(), "s.db")
	if err := fixtures.Generate(src, fixtures.GenOptions{Size: 8 << 20, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	unchanged(t, src)
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no small tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	for name, run := range each(Options{}) {
		for _, dir := range []string{disk, ""} {
			f, err := os.Create(filepath.Join(disk, "new.db"))
			if err != nil {
				t.Fatal(err)
			}
			r, err := run(t.Context(), resolve(t, src), Output{File: f, Dir: dir})
			info, statErr := f.Stat()
			f.Close()
			var room *RoomError
			switch {
			case err == nil || r != nil:
				t.Errorf("%s: %+v", name, r)
			case dir != "" && (!errors.As(err, &room) || statErr != nil || info.Size() != 0 || room.Need <= room.Free):
				t.Errorf("%s: %d bytes written, %v, %v", name, info.Size(), err, statErr)
			case dir == "" && !errors.Is(err, syscall.ENOSPC):
				t.Errorf("%s: %v", name, err)
			}
			if err := os.Remove(f.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
