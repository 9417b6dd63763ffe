package upstream

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// Healthy files: the child's answers are those of etcd's own programs, which
// were recorded when the files were made, and of direct calls.
func TestHealthy(t *testing.T) {
	for _, name := range []string{"3.4-snapshot.db.gz", "3.5-snapshot.db.gz", "3.6-snapshot.db.gz", "3.7-snapshot.db.gz", "3.7-tombstone.db.gz"} {
		t.Run(name, func(t *testing.T) {
			path, size, want := snapshotOf(t, name)
			a := asker(t, playHonest)
			for _, kind := range Kinds() {
				got := asked(t, a, path, size, Question{Kind: kind})
				if got.Outcome != Answered || got.Refused() || got.Death != "" {
					t.Fatalf("%s: %+v", kind, got)
				}
				switch kind {
				case BoltStats:
					checkStats(t, path, got.Stats)
				case SnapshotStatus:
					w := want.Status
					if *got.Status != (Status{w.Hash, w.Revision, int64(w.TotalKey), w.TotalSize, w.Version}) {
						t.Errorf("status %+v, etcdutl says %+v", *got.Status, w)
					}
				case HashKV:
					if *got.HashKV != Hash(want.FileHash) {
						t.Errorf("hashkv %+v, etcdutl says %+v", *got.HashKV, want.FileHash)
					}
				}
			}
		})
	}
}

// checkStats compares with bbolt in this process; the file is healthy.
func checkStats(t *testing.T, path string, got *Stats) {
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
	a := asker(t, playHonest)
	latest := want.FileHash
	older := asked(t, a, path, size, Question{HashKV, latest.Revision - 1})
	if older.HashKV == nil || older.HashKV.Revision != latest.Revision-1 || older.HashKV.Hash == latest.Hash {
		t.Errorf("%+v, %+v", older, older.HashKV)
	}
	future := asked(t, a, path, size, Question{HashKV, latest.Revision + 1})
	if future.Outcome != Answered || !strings.Contains(future.Error, "future revision") || future.HashKV != nil {
		t.Errorf("%+v", future)
	}
}

func TestDamaged(t *testing.T) {
	for _, c := range []struct {
		name, base, damage string
		kind               Kind
		want               Outcome
		text               string // in the error, the first message or the death
	}{
		{"zeroed page", "deep-snapshot", "zero page key.leaf[5]", BoltCheck, Crashed, "self identifies as 0"},
		{"zeroed page", "deep-snapshot", "zero page key.leaf[5]", SnapshotStatus, Crashed, "self identifies as 0"},
		{"zeroed page, hashkv", "deep-snapshot", "zero page key.leaf[5]", HashKV, Crashed, "self identifies as 0"},
		{"zeroed page, freelist", "freelist-snapshot", "zero page key.leaf[1]", BoltCheck, Answered, "self identifies as 0"},
		{"count", "deep-snapshot", "set page key.leaf[4].count max", BoltCheck, Crashed, ""},
		{"count", "deep-snapshot", "set page key.leaf[4].count max", BoltStats, Crashed, ""},
		{"freelist leak", "freelist-snapshot", "set page freelist.count -1", BoltCheck, Answered, "unreachable unfreed"},
		{"root of a bucket", "deep-snapshot", "set bucket key.root root", BoltCheck, Crashed, "multiple references"},
		{"root of a bucket, freelist", "freelist-snapshot", "set bucket key.root root", BoltCheck, Crashed, "stack overflow"},
		{"no meta bucket", "snapshot", "bucket-del meta", SnapshotStatus, Crashed, "(SIGSEGV)"},
		{"no meta", "small", "zero page 0\nzero page 1", BoltCheck, Answered, "invalid database"},
		{"no meta", "small", "zero page 0\nzero page 1", HashKV, Crashed, "failed to open database: invalid database"},
		{"value", "snapshot", "kv-raw 150 hex:736563726574", SnapshotStatus, Answered, "(6 bytes, not shown)"},
	} {
		t.Run(c.name+" "+c.kind.String(), func(t *testing.T) {
			path, size := damaged(t, c.base, c.damage)
			got := asked(t, asker(t, playHonest), path, size, Question{Kind: c.kind})
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
	a := asker(t, playHonest)
	a.Timeout = 1500 * time.Millisecond
	got := asked(t, a, path, size, Question{Kind: BoltCheck})
	if got.Outcome != TimedOut || got.Elapsed < a.Timeout || got.Elapsed > 3*a.Timeout || got.MessageCount != 0 {
		t.Errorf("%+v", got)
	}
}

// The largest reply fits into what the parent reads.
func TestReplyIsBounded(t *testing.T) {
	var r Reply
	for range MaxMessages {
		r.Messages = append(r.Messages, printable(strings.Repeat("<\"\\\x00", 1000), maxText))
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	must(t, encoder.Encode(r))
	if b.Len() > maxOutput {
		t.Errorf("%d bytes", b.Len())
	}
	var s Stats
	for range MaxBuckets {
		s.Buckets = append(s.Buckets, BucketStats{Name: printable(strings.Repeat("\\", 1000), maxName)})
		v := reflect.ValueOf(&s.Buckets[len(s.Buckets)-1]).Elem()
		for i := range v.NumField() {
			if v.Field(i).CanInt() {
				v.Field(i).SetInt(-1 << 63)
			}
		}
	}
	b.Reset()
	must(t, encoder.Encode(Reply{Stats: &s}))
	if b.Len() > maxOutput {
		t.Errorf("%d bytes", b.Len())
	}
}
