package restore

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"boltvet/internal/datadir"
)

// etcdutl restores as `etcdutl snapshot restore` 3.7 does.
func etcdutl(t *testing.T, path, dir, initial, name string, bump int64) {
	t.Helper()
	c := cluster(t, initial)
	err := snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath: path, Name: name, OutputDataDir: dir, InitialCluster: initial, InitialClusterToken: "token",
		PeerURLs: c.Find(name).PeerURLs, InitialMmapSize: 1 << 26, RevisionBump: uint64(bump), MarkCompacted: bump > 0,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// content is all that bbolt reads from a db: bucket, key, value.
func content(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("%s: %v", path, err)
		}
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			out[string(name)] = "bucket"
			return b.ForEach(func(k, v []byte) error {
				out[string(name)+"\x00"+string(k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEqualToEtcdutl restores the snapshots of all releases with both and compares the
// log byte for byte, the db record by record, and what the .snap file says.
func TestEqualToEtcdutl(t *testing.T) {
	for _, f := range goldenSnapshots(t) {
		for _, initial := range []string{"m1=http://127.0.0.1:2380", three, "m1=https://b:1,m1=https://a:1,x=unix:///x&y"} {
			for _, bump := range []int64{0, 1000000} {
				path := unpack(t, f.Name)
				ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
				restoreTo(t, path, Options{Cluster: cluster(t, initial), Outputs: []Target{{Name: "m1", DataDir: ours}}, Bump: bump, LikeEtcdutl: true})
				etcdutl(t, path, theirs, initial, "m1", bump)
				compareMembers(t, ours, theirs, len(cluster(t, initial).Members))
			}
		}
	}
}

// TestEqualWithoutBuckets restores a snapshot that lacks buckets which etcdutl makes.
func TestEqualWithoutBuckets(t *testing.T) {
	for _, name := range []string{"members_removed", "cluster", "members"} {
		path := sealed(t, change(t, "3.7-snapshot.db.gz", func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(name)) }))
		for _, bump := range []int64{0, 1000} {
			ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
			restoreTo(t, path, Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: ours}}, Bump: bump, LikeEtcdutl: true})
			etcdutl(t, path, theirs, three, "m1", bump)
			compareMembers(t, ours, theirs, 3)
		}
	}
}

func compareMembers(t *testing.T, ours, theirs string, members int) {
	t.Helper()
	wal := filepath.Join("member", "wal", firstSegment)
	if !bytes.Equal(readFile(t, filepath.Join(ours, wal)), readFile(t, filepath.Join(theirs, wal))) {
		t.Error("the logs differ")
	}
	db := filepath.Join("member", "snap", "db")
	a, b := content(t, filepath.Join(ours, db)), content(t, filepath.Join(theirs, db))
	for k, v := range b {
		if got, ok := a[k]; !ok || got != v {
			t.Errorf("%q: %q (%v), etcdutl %q", k, got, ok, v)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d records and buckets, etcdutl %d", len(a), len(b))
	}
	name := filepath.Join("member", "snap", snapName(members))
	sa, sb := readSnap(t, filepath.Join(ours, name)), readSnap(t, filepath.Join(theirs, name))
	if !reflect.DeepEqual(sa.Store, sb.Store) || !reflect.DeepEqual(sa.ConfState, sb.ConfState) || sa.Index != sb.Index || sa.Term != sb.Term {
		t.Errorf("snap file %+v, etcdutl %+v", sa, sb)
	}
}

func readSnap(t *testing.T, path string) *datadir.SnapFile {
	t.Helper()
	s, err := datadir.ReadSnap(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
