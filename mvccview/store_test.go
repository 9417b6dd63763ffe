package mvccview

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.etcd.io/etcd/server/v3/storage/schema"
	"go.uber.org/zap"

	"boltvet/bolt"
)

// hashedStore is what this test needs of etcd's store.
type hashedStore interface {
	mvcc.KV
	HashStorage() mvcc.HashStorage
}

// openStore opens etcd's own store on a file that belongs to the test.
func openStore(t testing.TB, path string, batch int, pause time.Duration) (hashedStore, func()) {
	t.Helper()
	cfg := backend.DefaultBackendConfig(zap.NewNop())
	cfg.Path, cfg.UnsafeNoFsync, cfg.MmapSize = path, true, 64<<20
	be := backend.New(cfg)
	tx := be.BatchTx()
	tx.LockOutsideApply()
	for _, b := range schema.AllBuckets {
		tx.UnsafeCreateBucket(b)
	}
	tx.Unlock()
	kv := mvcc.NewStore(zap.NewNop(), be, &lease.FakeLessor{}, mvcc.StoreConfig{
		CompactionBatchLimit: batch, CompactionSleepInterval: pause,
	})
	return kv, func() {
		kv.Close()
		be.ForceCommit()
		if err := be.Close(); err != nil {
			t.Error(err)
		}
	}
}

// history is how a random store is made.
type history struct {
	seed       uint64
	ops        int
	keys       int
	unfinished bool // the last compaction stops after its first batch
	bump       bool // ends with the marker of --bump-revision
	endCompact bool // ends with a compaction at the latest revision, often a tombstone
	twice      bool // transactions may change one key several times
	often      bool // compacts often
	never      bool // never compacts
}

func (h history) String() string {
	return fmt.Sprintf("seed=%d,ops=%d,keys=%d,unfinished=%t,bump=%t,end=%t,twice=%t,often=%t",
		h.seed, h.ops, h.keys, h.unfinished, h.bump, h.endCompact, h.twice, h.often)
}

// histories are the stores that the oracles are asked about.
func histories() []history {
	var all []history
	for seed := range uint64(6) {
		ops := []int{0, 1, 12, 60, 250, 400}[seed]
		keys := []int{1, 1, 3, 10, 25, 120}[seed]
		all = append(all,
			history{seed: seed, ops: ops, keys: keys},
			history{seed: seed + 10, ops: ops, keys: keys, unfinished: true},
			history{seed: seed + 20, ops: ops, keys: keys, endCompact: true},
			history{seed: seed + 30, ops: ops, keys: keys, bump: true},
			history{seed: seed + 40, ops: ops, keys: keys, twice: true, unfinished: seed%2 == 0},
		)
	}
	// Few keys, so that all are dead at some revision while records of them
	// are left at or below the compact revision.
	for seed := range uint64(12) {
		all = append(all, history{
			seed: seed + 50, ops: 8 + int(seed), keys: 1 + int(seed%2), often: true,
			twice: seed%3 == 0, unfinished: seed%4 < 2,
		})
	}
	return all
}

// make writes the store to a new file, through etcd's code, and returns its path.
func (h history) make(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	r := rand.New(rand.NewPCG(h.seed, 1))
	kv, closeKV := openStore(t, path, 1000, time.Millisecond)
	for range h.ops {
		h.step(r, kv)
		if !h.never && kv.Rev() > 3 && (r.IntN(40) == 0 || h.often && r.IntN(4) == 0) {
			compact(t, kv, kv.FirstRev()+r.Int64N(kv.Rev()-kv.FirstRev()+1), true)
		}
	}
	if h.endCompact && kv.Rev() > 1 {
		kv.DeleteRange([]byte("k0"), []byte("k5"))
		compact(t, kv, kv.Rev(), true)
	}
	closeKV()
	if h.unfinished {
		kv, closeKV := openStore(t, path, 3, time.Hour)
		if kv.Rev() > 4 {
			compact(t, kv, kv.Rev()-int64(r.IntN(3)), false)
			time.Sleep(5 * time.Millisecond) // let the first batch be done, mostly
		}
		closeKV()
	}
	if h.bump {
		bumpRevision(t, path, 1000)
	}
	return path
}

func compact(t testing.TB, kv mvcc.KV, rev int64, wait bool) {
	t.Helper()
	done, err := kv.Compact(traceutil.TODO(), rev)
	if err == nil && wait {
		<-done
	}
}

// step is one random change: a put, a deletion, or a transaction.
func (h history) step(r *rand.Rand, kv mvcc.KV) {
	key := func() []byte { return fmt.Appendf(nil, "k%d", r.IntN(h.keys)) }
	value := func() []byte { return make([]byte, r.IntN(400)) }
	switch r.IntN(10) {
	case 0, 1:
		kv.DeleteRange(key(), nil)
	case 2:
		kv.DeleteRange([]byte("k1"), []byte("k3"))
	case 3, 4:
		tx := kv.Write(traceutil.TODO())
		for i := range 1 + r.IntN(5) {
			k := fmt.Appendf(nil, "k%d", (r.IntN(h.keys)/8*8 + i))
			if h.twice {
				k = fmt.Appendf(nil, "k%d", r.IntN(2))
			}
			if r.IntN(3) == 0 {
				tx.DeleteRange(k, nil)
			} else {
				tx.Put(k, value(), lease.NoLease)
			}
		}
		tx.End()
	default:
		kv.Put(key(), value(), lease.LeaseID(r.IntN(3)))
	}
}

// bumpRevision does what `etcdutl snapshot restore --bump-revision n
// --mark-compacted` does to a store.
func bumpRevision(t testing.TB, path string, n int64) {
	t.Helper()
	kv, closeKV := openStore(t, path, 1000, time.Millisecond)
	rev := kv.Rev() + n
	closeKV()
	be := backend.NewDefaultBackend(zap.NewNop(), path)
	tx := be.BatchTx()
	tx.LockOutsideApply()
	tx.UnsafePut(schema.Key, AppendRevKey(nil, RevKey{Revision: Revision{Main: rev}}), []byte{})
	tx.Unlock()
	mvcc.SetScheduledCompact(tx, rev)
	be.ForceCommit()
	be.Close()
}

// walk feeds acc with the file at path; cut forks at every leaf.
func walk(t testing.TB, path string, acc bolt.Accumulator, cut bool) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b, err := bolt.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	err = b.Guard(func() error {
		o := bolt.WalkOptions{CutEveryLeaf: cut, OnFault: func(f bolt.Fault) bool { t.Error(f); return true }}
		_, err := b.Walk(context.Background(), b.Live().Meta, acc, o)
		return err
	})
	if err != nil && !errors.Is(err, ErrPassed) {
		t.Fatal(err)
	}
}

// view reads a file with a key table of all revisions.
func view(t testing.TB, path string, cut bool) (*View, *KeyTable) {
	t.Helper()
	keys := NewKeyTable(math.MaxInt64)
	v := NewView(ViewOptions{Records: []RecordAccumulator{keys}})
	walk(t, path, v, cut)
	return v, keys
}
