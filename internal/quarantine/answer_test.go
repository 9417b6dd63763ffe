package quarantine

import (
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"boltvet/internal/upstream"
)

// Healthy files: the child's answers are those of etcd's own programs, which
// were recorded when the files were made, and of direct calls.
func TestHealthy(t *testing.T) {
	for _, name := range []string{"3.4-snapshot.db.gz", "3.5-snapshot.db.gz", "3.6-snapshot.db.gz", "3.7-snapshot.db.gz", "3.7-tombstone.db.gz"} {
		t.Run(name, func(t *testing.T) {
			path, size, want := snapshotOf(t, name)
			a := asker(t)
			for _, kind := range upstream.Kinds() {
				got := asked(t, a, path, size, upstream.Question{Kind: kind})
				if got.Outcome != upstream.Answered || got.Refused() || got.Death != "" {
					t.Fatalf("%s: %+v", kind, got)
				}
				switch kind {
				case upstream.BoltStats:
					checkStats(t, path, got.Stats)
				case upstream.SnapshotStatus:
					w := want.Status
					if *got.Status != (upstream.Status{Hash: w.Hash, Revision: w.Revision, TotalKeys: int64(w.TotalKey), Size: w.TotalSize, Version: w.Version}) {
						t.Errorf("status %+v, etcdutl says %+v", *got.Status, w)
					}
				case upstream.HashKV:
					if *got.HashKV != upstream.Hash(want.FileHash) {
						t.Errorf("hashkv %+v, etcdutl says %+v", *got.HashKV, want.FileHash)
					}
				}
			}
		})
	}
}

// checkStats compares with bbolt in this process; the file is healthy.
func checkStats(t *testing.T, path string, got *upstream.Stats) {
	t.Helper()
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	must(t, err)
	defer db.Close()
	must(t, db.View(func(tx *bbolt.Tx) error {
		n := 0
		err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			s, g := b.Stats(), got.Buckets[n]
			if g.Name != string(name) || g.Keys != s.KeyN || g.Depth != s.Depth || g.LeafUsed != s.LeafInuse {
				t.Errorf("bucket %q: %+v, want %+v", name, g, s)
			}
			n++
			return nil
		})
		if n != got.BucketCount || n != len(got.Buckets) {
			t.Errorf("%d buckets, want %d", got.BucketCount, n)
		}
		p := got.Pages
		if p.Total != tx.Size()/int64(db.Info().PageSize) || p.Meta != 2 || p.Unknown != 0 ||
			p.Meta+p.Branch+p.Leaf+p.Freelist+p.Free != p.Total {
			t.Errorf("pages %+v in a file of %d bytes", p, tx.Size())
		}
		return err
	}))
}

// A hash at an older revision, and one that was compacted away.
func TestHashKVAtRevision(t *testing.T) {
	path, size, want := snapshotOf(t, "3.7-snapshot.db.gz")
	a := asker(t)
	latest := want.FileHash
	older := asked(t, a, path, size, upstream.Question{Kind: upstream.HashKV, Revision: latest.Revision - 1})
	if older.HashKV == nil || older.HashKV.Revision != latest.Revision-1 || older.HashKV.Hash == latest.Hash {
		t.Errorf("%+v, %+v", older, older.HashKV)
	}
	future := asked(t, a, path, size, upstream.Question{Kind: upstream.HashKV, Revision: latest.Revision + 1})
	if future.Outcome != upstream.Answered || !strings.Contains(future.Error, "future revision") || future.HashKV != nil {
		t.Errorf("%+v", future)
	}
}

func TestDamaged(t *testing.T) {
	for _, c := range []struct {
		name, base, damage string
		kind               upstream.Kind
		want               upstream.Outcome
		text               string // in the error, the first message or the death
	}{
		{"zeroed page", "deep-snapshot", "zero page key.leaf[5]", upstream.BoltCheck, upstream.Crashed, "self identifies as 0"},
		{"zeroed page", "deep-snapshot", "zero page key.leaf[5]", upstream.SnapshotStatus, upstream.Crashed, "self identifies as 0"},
		{"zeroed page, hashkv", "deep-snapshot", "zero page key.leaf[5]", upstream.HashKV, upstream.Crashed, "self identifies as 0"},
		{"zeroed page, freelist", "freelist-snapshot", "zero page key.leaf[1]", upstream.BoltCheck, upstream.Answered, "self identifies as 0"},
		{"count", "deep-snapshot", "set page key.leaf[4].count max", upstream.BoltCheck, upstream.Crashed, ""},
		{"count", "deep-snapshot", "set page key.leaf[4].count max", upstream.BoltStats, upstream.Crashed, ""},
		{"freelist leak", "freelist-snapshot", "set page freelist.count -1", upstream.BoltCheck, upstream.Answered, "unreachable unfreed"},
		{"root of a bucket", "deep-snapshot", "set bucket key.root root", upstream.BoltCheck, upstream.Crashed, "multiple references"},
		{"root of a bucket, freelist", "freelist-snapshot", "set bucket key.root root", upstream.BoltCheck, upstream.Crashed, "stack overflow"},
		{"no meta bucket", "snapshot", "bucket-del meta", upstream.SnapshotStatus, upstream.Crashed, "(SIGSEGV)"},
		{"no meta", "small", "zero page 0\nzero page 1", upstream.BoltCheck, upstream.Answered, "invalid database"},
		{"no meta", "small", "zero page 0\nzero page 1", upstream.HashKV, upstream.Crashed, "failed to open database: invalid database"},
		{"value", "snapshot", "kv-raw 150 hex:736563726574", upstream.SnapshotStatus, upstream.Answered, "(6 bytes, not shown)"},
	} {
		t.Run(c.name+" "+c.kind.String(), func(t *testing.T) {
			path, size := damaged(t, c.base, c.damage)
			got := asked(t, asker(t), path, size, upstream.Question{Kind: c.kind})
			said := got.Error + got.Death + strings.Join(got.Messages, "\n")
			if got.Outcome != c.want || !strings.Contains(said, c.text) || said == "" {
				t.Errorf("%s: %q, want %s: %q", got.Outcome, said, c.want, c.text)
			}
			if strings.Contains(said, "secret") || strings.Contains(said, "\n") || strings.Contains(said, "/proc/") {
				t.Errorf("not fit to print: %q", said)
			}
		})
	}
}

// With a persisted freelist bbolt's check comes to no end on a loop.
func TestLoop(t *testing.T) {
	path, size := damaged(t, "freelist-snapshot", "set page key.root elem 1.pgid key.root")
	a := asker(t)
	a.Timeout = 1500 * time.Millisecond
	got := asked(t, a, path, size, upstream.Question{Kind: upstream.BoltCheck})
	if got.Outcome != upstream.TimedOut || got.Elapsed < a.Timeout || got.Elapsed > 3*a.Timeout || got.MessageCount != 0 {
		t.Errorf("%+v", got)
	}
}
