package query

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"

	"boltvet/internal/datadir"
)

// full tells whether the long forms of the tests are wanted.
func full() bool { return os.Getenv("BOLTVET_FULL") == "1" }

// resolve opens a path and leaves the closing to the test.
func resolve(t testing.TB, path string) *datadir.Source {
	t.Helper()
	src, err := resolveAny(t, path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// resolveAny is resolve for paths that may be refused.
func resolveAny(t testing.TB, path string) (*datadir.Source, error) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err == nil {
		t.Cleanup(func() { src.Close() })
	}
	return src, err
}

// openKV opens a healthy file; see OpenKV for rev.
func openKV(t testing.TB, path string, rev int64) *KVFile {
	t.Helper()
	k, err := OpenKV(t.Context(), resolve(t, path), rev, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// copied is a private copy of a file, for code that writes to what it opens.
func copied(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// A hashedStore is what the oracles need of etcd's store.
type hashedStore interface {
	mvcc.KV
	HashStorage() mvcc.HashStorage
}

// openStore opens etcd's store on a file that belongs to the test; it resumes an
// unfinished compaction by itself.
func openStore(t testing.TB, path string) (hashedStore, func()) {
	t.Helper()
	cfg := backend.DefaultBackendConfig(zap.NewNop())
	cfg.Path, cfg.UnsafeNoFsync, cfg.MmapSize = path, true, 64<<20
	be := backend.New(cfg)
	kv := mvcc.NewStore(zap.NewNop(), be, &lease.FakeLessor{}, mvcc.StoreConfig{
		CompactionBatchLimit: 3, CompactionSleepInterval: time.Millisecond,
	})
	return kv, func() {
		kv.Close()
		be.ForceCommit()
		if err := be.Close(); err != nil {
			t.Error(err)
		}
	}
}

// compactedCopy is a copy of a file that etcd's store has compacted to rev. A store
// that is opened on it afterwards has no cached hashes.
func compactedCopy(t testing.TB, path string, rev int64) string {
	t.Helper()
	to := copied(t, path)
	kv, closeKV := openStore(t, to)
	defer closeKV()
	done, err := kv.Compact(traceutil.TODO(), rev)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the compaction does not end")
	}
	return to
}
