package rewrite

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// full tells whether the long forms of the tests are wanted.
func full() bool { return os.Getenv("BOLTVET_FULL") == "1" }

// resolve opens a path and leaves the closing to the test.
func resolve(t testing.TB, path string) *datadir.Source {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// output is a new empty file.
func output(t testing.TB) Output {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "new.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return Output{File: f, Dir: filepath.Dir(f.Name())}
}

// base makes a fixture by name, or by its script.
func base(t testing.TB, b fixtures.Base) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// rich is the snapshot of a real server.
func rich(t testing.TB) string {
	t.Helper()
	path, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// unchanged notes the sum of a file, and compares it when the test ends.
func unchanged(t testing.TB, path string) {
	t.Helper()
	sum := func() [32]byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(b)
	}
	before := sum()
	t.Cleanup(func() {
		if sum() != before {
			t.Errorf("%s changed", path)
		}
	})
}

// bare is a copy of a file without its trailer, for code that writes to what it opens.
func bare(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(to, b[:len(b)/512*512], 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// sealedRight compares the trailer of a file with its bytes.
func sealedRight(t testing.TB, path string, r *Result) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := len(b) - trailerBytes
	if n < 0 || n%512 != 0 || sha256.Sum256(b[:n]) != [32]byte(b[n:]) || !bytes.Equal(b[n:], r.SHA256[:]) || !r.Sealed {
		t.Errorf("%d bytes, sealed %t with %x: not the right trailer", len(b), r.Sealed, r.SHA256)
	}
}

// sound has the file checked by verify, which must find nothing but what small buckets
// of a healthy store may mean, such as an alarm, and by bbolt.
func sound(t testing.TB, path string) *verify.Report {
	t.Helper()
	report, err := verify.Run(t.Context(), resolve(t, path), verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Codes {
		if c.Layer == verify.LayerMeanings && c.Severity < verify.Damaged {
			continue
		}
		t.Errorf("%s: %s", path, c.Sample[0])
	}
	bboltCheck(t, bare(t, path))
	return report
}

func bboltCheck(t testing.TB, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("bbolt: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pair is a row of a bucket.
type pair struct{ key, value string }

// rows reads all buckets with bbolt.
func rows(t testing.TB, path string) map[string][]pair {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string][]pair{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			out[string(name)] = []pair{}
			return b.ForEach(func(k, v []byte) error {
				out[string(name)] = append(out[string(name)], pair{string(k), string(v)})
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A store is what the oracles need of etcd's.
type store interface {
	mvcc.KV
	HashStorage() mvcc.HashStorage
}

// openStore opens etcd's store on a file that belongs to the test; it resumes an
// unfinished compaction by itself.
func openStore(t testing.TB, path string) (store, func()) {
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

// compacted is a copy of a file that etcd's own store has compacted.
func compacted(t testing.TB, path string, rev int64) (string, error) {
	t.Helper()
	to := bare(t, path)
	kv, closeKV := openStore(t, to)
	defer closeKV()
	done, err := kv.Compact(traceutil.TODO(), rev)
	if err != nil {
		return "", err
	}
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the compaction does not end")
	}
	return to, nil
}
