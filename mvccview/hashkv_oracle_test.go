package mvccview

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/lease"
	"go.etcd.io/etcd/server/v3/storage/backend"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"

	"boltvet/bolt"
)

// TestHashKVOracle compares with etcd's HashByRev at every revision. etcd
// works on a copy, where it resumes an unfinished compaction while it answers.
func TestHashKVOracle(t *testing.T) {
	for _, h := range histories() {
		t.Run(h.String(), func(t *testing.T) {
			t.Parallel()
			path := h.make(t)
			v, _ := view(t, path, false)
			compactRev, latest := v.Meta.Compact(), v.Latest()
			kv, closeKV := openStore(t, copyFile(t, path), 2, time.Millisecond)
			defer closeKV()
			lowest, compared := max(1, compactRev-2, latest-120), 0
			for rev := lowest; rev <= latest+1; rev++ {
				want, current, err := kv.HashStorage().HashByRev(rev)
				if _, own := HashRevision(rev, compactRev, latest); (own != nil) != (err != nil) ||
					errors.Is(own, ErrCompacted) != errors.Is(err, mvcc.ErrCompacted) {
					t.Fatalf("revision %d: %v, want %v", rev, own, err)
				}
				if err != nil {
					continue
				}
				if want.CompactRevision != compactRev || current != latest {
					t.Fatalf("C, L = %d, %d, want %d, %d", compactRev, latest, want.CompactRevision, current)
				}
				got, allDead := hashKV(t, path, rev, compactRev, false)
				if allDead && v.Meta.Unfinished() {
					continue // depends on how far etcd has got, see AllDead
				}
				compared++
				if got != want.Hash {
					t.Fatalf("revision %d: hash %08x, want %08x", rev, got, want.Hash)
				}
				if cut, _ := hashKV(t, path, rev, compactRev, true); cut != got {
					t.Fatalf("revision %d: hash %08x when cut at every leaf, want %08x", rev, cut, got)
				}
			}
			if compared == 0 && !v.Meta.Unfinished() {
				t.Error("nothing was compared")
			}
		})
	}
}

// hashKV computes the hash as a command would: one walk for the table, one for
// the hash.
func hashKV(t *testing.T, path string, rev, compactRev int64, cut bool) (sum uint32, allDead bool) {
	t.Helper()
	table := NewKeyTable(rev)
	walk(t, path, NewView(ViewOptions{Records: []RecordAccumulator{table}, NoHash: true}), cut)
	h := NewHashKV(rev, compactRev, table)
	walk(t, path, h, cut)
	if h.Unparsed() != 0 {
		t.Errorf("%d records do not parse", h.Unparsed())
	}
	if parts := hashKVInParts(t, path, rev, compactRev, cut); parts != h.Sum() {
		t.Errorf("revision %d: hash %08x in two parts, %08x in one", rev, parts, h.Sum())
	}
	return h.Sum(), h.AllDead()
}

// hashKVInParts hashes what is above the compact revision in the walk that fills the
// table.
func hashKVInParts(t *testing.T, path string, rev, compactRev int64, cut bool) uint32 {
	t.Helper()
	table, above := NewKeyTable(rev), NewHashAbove(rev, compactRev)
	walk(t, path, bolt.Both(above, NewView(ViewOptions{Records: []RecordAccumulator{table}, NoHash: true})), cut)
	h := NewHashKV(rev, compactRev, table)
	h.Complete()
	walk(t, path, h, cut)
	h.Append(above)
	return h.Sum()
}

// TestHashKVSameTransaction deletes and puts a key in one transaction, which
// clients cannot but etcd's store can, and asks for the hash at that revision
// while a compaction at it has just begun.
func TestHashKVSameTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	kv, closeKV := openStore(t, path, 1000, time.Millisecond)
	kv.Put([]byte("other"), []byte("v"), lease.NoLease)
	kv.Put([]byte("k"), []byte("v"), lease.NoLease)
	tx := kv.Write(traceutil.TODO())
	tx.DeleteRange([]byte("k"), nil)
	tx.Put([]byte("k"), []byte("w"), lease.NoLease)
	tx.End()
	rev := kv.Rev()
	closeKV()
	be := backend.NewDefaultBackend(zap.NewNop(), path)
	mvcc.SetScheduledCompact(be.BatchTx(), rev)
	be.ForceCommit()
	be.Close()

	kv, closeKV = openStore(t, copyFile(t, path), 1000, time.Hour)
	defer closeKV()
	want, _, err := kv.HashStorage().HashByRev(rev)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := hashKV(t, path, rev, rev, false); got != want.Hash {
		t.Errorf("hash %08x, want %08x", got, want.Hash)
	}
}
