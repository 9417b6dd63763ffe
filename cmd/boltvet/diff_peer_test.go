package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"boltvet/fixtures/peers"
)

// TestDiffOfCluster compares the members of a real cluster: after load, with a snapshot
// of one of them, after one was changed behind its back, and after one was left behind.
func TestDiffOfCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("boots servers")
	}
	ctx, dir := t.Context(), t.TempDir()
	cluster, err := peers.BootCluster(ctx, peers.V37, 3, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Kill)
	one := cluster.Servers[0]
	load := func(from, to int) (rev int64) {
		t.Helper()
		for i := from; i < to; i++ {
			rev, err = one.Put(ctx, fmt.Sprintf("app/%d/key-%d", i%3, i%17), fmt.Sprint("value ", i))
			if err == nil && i%9 == 8 {
				rev, err = one.Txn(ctx, peers.PutOp("txn/a", fmt.Sprint(i), 0), peers.DeleteOp("app/1/", "app/2/"), peers.PutOp("txn/b", "x", 0))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return rev
	}
	if err := one.Grant(ctx, 77, 3600); err != nil {
		t.Fatal(err)
	}
	middle := load(0, 120)
	if err := one.Compact(ctx, middle/2, true); err != nil {
		t.Fatal(err)
	}
	// One member stops here, and misses the rest and another compaction.
	lag := cluster.Servers[2]
	if err := lag.Stop(); err != nil {
		t.Fatal(err)
	}
	last := load(120, 240)
	if err := one.Compact(ctx, middle-5, true); err != nil {
		t.Fatal(err)
	}
	snapshot := filepath.Join(dir, "snapshot.db")
	if err := one.Snapshot(ctx, snapshot); err != nil {
		t.Fatal(err)
	}
	// The second member applies what the first acknowledged at its own pace.
	for range 100 {
		if s, err := cluster.Servers[1].Status(ctx); err == nil && s.Revision >= last {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := cluster.Stop(); err != nil {
		t.Log(err) // the last one has nobody to lead
	}
	m1, m2, m3 := filepath.Join(dir, "m1"), filepath.Join(dir, "m2"), filepath.Join(dir, "m3")

	t.Run("equal", func(t *testing.T) {
		for _, words := range [][]string{{m1, m2}, {m2, m1}, {m1, snapshot}, {snapshot, m2, m1}} {
			code, files := runDiffJSON(t, words...)
			if code != 0 || files[1].Comparison != "equal" || files[1].Revision != last || files[1].Compact != middle-5 {
				t.Errorf("%q: exit code %d, %+v", words, code, files)
			}
		}
	})
	t.Run("behind", func(t *testing.T) {
		for _, words := range [][]string{{m1, m2, m3}, {m3, m1, m2}, {m3, snapshot}} {
			code, files := runDiffJSON(t, words...)
			if code != 0 || files[1].Comparison != "equal" || files[1].Revision != middle || files[1].Odd != nil {
				t.Errorf("%q: exit code %d, %+v", words, code, files)
			}
			for i, path := range words {
				if want := map[bool]int64{true: last - middle}[path == m3]; files[i].Behind != want {
					t.Errorf("%s is behind by %d, want %d", path, files[i].Behind, want)
				}
			}
		}
	})
	t.Run("changed", func(t *testing.T) {
		rev, key := changeOneValue(t, m2, middle-2)
		for _, words := range [][]string{{m1, m2, m3}, {m2, m3, m1}, {m3, m1, m2}} {
			code, files := runDiffJSON(t, words...)
			if code != 1 && code != 3 { // 3: a page that nobody uses any more still has the old value
				t.Fatalf("%q: exit code %d", words, code)
			}
			odd := slices.Index(words, m2)
			for i, x := range files {
				if x.Odd == nil || *x.Odd != (i == odd) {
					t.Errorf("%q: the odd one out: %+v", words, x)
				}
			}
			x := files[odd]
			if x.First.Revision == nil || *x.First.Revision != rev || !x.First.Exact || len(x.First.Records) != 1 || x.First.Records[0].Key != key {
				t.Errorf("%q: %+v, want revision %d of %q", words, x.First, rev, key)
			}
			if d := x.First.Records[0].Differs; !slices.Equal(d, []string{"value"}) {
				t.Errorf("differs in %q", d)
			}
		}
	})
}

// changeOneValue changes the value of the first put at or behind a revision in a
// member's db, by bbolt, and says which that was.
func changeOneValue(t *testing.T, member string, from int64) (rev int64, key string) {
	t.Helper()
	path := filepath.Join(member, "member", "snap", "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("key"))
		c := b.Cursor()
		k, v := c.Seek(binary.BigEndian.AppendUint64(nil, uint64(from)))
		for len(k) != 17 {
			k, v = c.Next()
		}
		kv := &mvccpb.KeyValue{}
		if err := proto.Unmarshal(v, kv); err != nil {
			return err
		}
		rev, key = int64(binary.BigEndian.Uint64(k)), string(kv.Key)
		kv.Value = append(bytes.Clone(kv.Value), "!"...)
		changed, err := proto.Marshal(kv)
		if err != nil {
			return err
		}
		return b.Put(bytes.Clone(k), changed)
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return rev, key
}
