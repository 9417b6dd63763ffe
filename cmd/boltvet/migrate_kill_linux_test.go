package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// bigMember is a member whose db has some MiB, so that a migration takes a while.
func bigMember(t *testing.T) *stopped {
	t.Helper()
	f, err := golden.Find("3.6-member.tar.gz")
	noError(t, err)
	dir, err := f.Unpack(t.TempDir())
	noError(t, err)
	s := &stopped{dir: dir}
	was := content(t, s.path())
	noError(t, os.Remove(s.path()))
	noError(t, fixtures.Generate(s.path(), fixtures.GenOptions{Size: 8 << 20, Seed: 7}))
	fitLog(t, s.path(), was)
	s.db, err = os.ReadFile(s.path())
	noError(t, err)
	return s
}

// otherVersion is a version that the db has not.
func otherVersion(t *testing.T, s *stopped) string {
	t.Helper()
	if content(t, s.path())[[2]string{"meta", "storageVersion"}] == "3.7.0" {
		return "3.6"
	}
	return "3.7"
}

// TestKilledMigrations kills `migrate` at random moments, by SIGKILL and by SIGINT: under the name of the
// db is the old file or the new one, complete; and the next run leaves the new file and the old one beside
// it, and nothing else. 200 times with BOLTVET_FULL=1.
func TestKilledMigrations(t *testing.T) {
	s := bigMember(t)
	version := otherVersion(t, s)
	log := sumOf(t, matches(t, filepath.Join(s.dir, "member", "wal", "*.wal"))[0])
	times := 20
	if os.Getenv("BOLTVET_FULL") == "1" {
		times = 200
	}
	began := time.Now()
	migrateWhole(t, s, version)
	spent := time.Since(began)
	ended := map[string]int{}
	for n := range times {
		s.again(t)
		ended[killMigration(t, s, version, []os.Signal{syscall.SIGKILL, syscall.SIGINT}[n%2], rand.N(spent))]++
		migrateWhole(t, s, version)
	}
	t.Logf("dbs after a kill: %v", ended)
	if sumOf(t, matches(t, filepath.Join(s.dir, "member", "wal", "*.wal"))[0]) != log {
		t.Error("the log was changed")
	}
}

// killMigration stops one run after a while and looks at what there is.
func killMigration(t *testing.T, s *stopped, version string, signal os.Signal, after time.Duration) (is string) {
	t.Helper()
	cmd := asProgram("migrate", "--data-dir", s.dir, "--target-version", version)
	noError(t, cmd.Start())
	time.Sleep(after)
	if err := cmd.Process.Signal(signal); err != nil && err != os.ErrProcessDone {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, or done already
	got, err := os.ReadFile(s.path())
	noError(t, err)
	if bytes.Equal(got, s.db) {
		if left := matches(t, s.path()+"*"); signal == syscall.SIGINT && len(left) != 1 {
			t.Errorf("interrupted after %v, and %q are there", after, left)
		}
		return "old"
	}
	if v := content(t, s.path())[[2]string{"meta", "storageVersion"}]; v != version+".0" {
		t.Errorf("after %v the db has version %q", after, v)
	}
	if !slices.ContainsFunc(matches(t, s.path()+"*"), func(path string) bool {
		b, err := os.ReadFile(path)
		return err == nil && bytes.Equal(b, s.db)
	}) {
		t.Errorf("after %v the old file is nowhere", after)
	}
	return "new"
}

// migrateWhole runs to the end: again over what a killed run has left.
func migrateWhole(t *testing.T, s *stopped, version string) {
	t.Helper()
	if out, err := asProgram("migrate", "--data-dir", s.dir, "--target-version", version).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	boltCheck(t, s.path())
	if v := content(t, s.path())[[2]string{"meta", "storageVersion"}]; v != version+".0" {
		t.Errorf("version %q", v)
	}
	for _, path := range matches(t, s.path()+"*") {
		if strings.Contains(path, ".tmp.") {
			t.Errorf("left: %s", path)
		}
	}
}

// TestMigrateSmallDisk has no room for the new db: nothing changes, and with room it goes.
func TestMigrateSmallDisk(t *testing.T) {
	s := bigMember(t)
	disk := filepath.Join(t.TempDir(), "member")
	noError(t, os.Mkdir(disk, 0o700))
	size := func(n int) string { return fmt.Sprintf("size=%d", n) }
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, size(len(s.db)+4<<20)); err != nil {
		t.Skipf("no small tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() { noError(t, unix.Unmount(disk, 0)) })
	wal := filepath.Join(s.dir, "member", "wal")
	s.dir = filepath.Dir(disk)
	noError(t, os.Mkdir(filepath.Join(disk, "snap"), 0o700))
	noError(t, os.WriteFile(s.path(), s.db, 0o600))
	version := otherVersion(t, s)
	got := runLine(t.Context(), nil, "migrate", "--data-dir", s.dir, "--target-version", version, "--wal-dir", wal)
	after, err := os.ReadFile(s.path())
	noError(t, err)
	if got.code != 1 || !strings.Contains(got.stderr, "no room") || strings.Contains(got.stderr, "DST") || !bytes.Equal(after, s.db) || len(matches(t, s.path()+"*")) != 1 {
		t.Errorf("exit code %d, %q\n%s", got.code, matches(t, s.path()+"*"), got.stderr)
	}
	noError(t, unix.Mount("tmpfs", disk, "tmpfs", unix.MS_REMOUNT, size(3*len(s.db)+4<<20)))
	got = runLine(t.Context(), nil, "migrate", "--data-dir", s.dir, "--target-version", version, "--wal-dir", wal)
	if got.code != 0 || content(t, s.path())[[2]string{"meta", "storageVersion"}] != version+".0" {
		t.Errorf("with room: exit code %d\n%s", got.code, got.stderr)
	}
}
