package restore

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDisk restores into a file system that is too small, then into the same one,
// grown. It is a mount point, too, which stays.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	mkdir(t, dir)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=60m"); err != nil {
		t.Skipf("no mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	path := unpack(t, "3.7-snapshot.db.gz")
	o := Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: dir}}}
	p, src, err := planFor(t, path, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("no room: %v", err)
	}
	holdsOnly(t, dir)
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=200m"); err != nil {
		t.Fatal(err)
	}
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); err != nil {
		t.Fatal(err)
	}
	holdsOnly(t, dir, "member")

	other := Options{Cluster: o.Cluster, OutDir: dir, Outputs: []Target{{Name: "m1", DataDir: filepath.Join(dir, "m1")}}}
	p, src, err = planFor(t, path, other)
	if err != nil {
		t.Fatal(err)
	}
	var refused *RefusedError
	if _, err := Execute(t.Context(), p, src, ExecuteOptions{}); !errors.As(err, &refused) {
		t.Errorf("--out on a mount point: %v", err)
	}
}
