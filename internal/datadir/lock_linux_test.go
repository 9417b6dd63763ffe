package datadir

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
)

func TestInUseByBbolt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, nil)
	check(t, err)
	start := time.Now()
	_, err = Resolve(context.Background(), path, Options{})
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.Path != path || inUse.Try == "" || !strings.Contains(inUse.Holder, "pid") {
		t.Fatalf("open in bbolt: %v (%+v)", err, inUse)
	}
	if time.Since(start) > 2*time.Second {
		t.Error("it waited for the lock")
	}
	s, err := Resolve(context.Background(), path, Options{NoLock: true})
	check(t, err)
	check(t, s.Close())
	check(t, db.Close())

	s, err = Resolve(context.Background(), path, Options{})
	check(t, err)
	if s.Lock.Use != LockHeld {
		t.Errorf("lock: %+v", s.Lock)
	}
	other, err := os.Open(path)
	check(t, err)
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EWOULDBLOCK {
		t.Errorf("the shared lock is not held: %v", err)
	}
	check(t, s.Close())
	check(t, unix.Flock(int(other.Fd()), unix.LOCK_EX|unix.LOCK_NB))
}

func TestInUseByWAL(t *testing.T) {
	dir := writeWAL(t, 10, 4096)
	names, err := filepath.Glob(filepath.Join(dir, "*.wal"))
	check(t, err)
	l, err := fileutil.TryLockFile(names[len(names)-1], os.O_RDWR, 0o600)
	check(t, err)
	var inUse *InUseError
	if _, err := Resolve(context.Background(), dir, Options{}); !errors.As(err, &inUse) || inUse.Path != names[len(names)-1] {
		t.Errorf("locked segment: %v", err)
	}
	check(t, l.Close())
	s, err := Resolve(context.Background(), dir, Options{})
	check(t, err)
	check(t, s.Close())
}

// A snapshot is nobody's: it is read whoever has it open.
func TestSnapshotNeedsNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	check(t, os.WriteFile(path, sealed(boltBytes(t)), 0o600))
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	check(t, unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB))
	s, err := Resolve(context.Background(), path, Options{})
	check(t, err)
	check(t, s.Close())
}
