package mvccview

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.uber.org/zap"
)

// TestStatusOracle compares with what etcdutl says of the same file.
func TestStatusOracle(t *testing.T) {
	for _, h := range histories() {
		t.Run(h.String(), func(t *testing.T) {
			t.Parallel()
			path := h.make(t)
			want, err := snapshot.NewV3(zap.NewNop()).Status(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, cut := range []bool{false, true} {
				v, keys := view(t, path, cut)
				if v.Hash() != want.Hash {
					t.Errorf("cut=%t: hash %x, want %x", cut, v.Hash(), want.Hash)
				}
				if v.Totals.Last.Main != want.Revision {
					t.Errorf("cut=%t: revision %d, want %d", cut, v.Totals.Last.Main, want.Revision)
				}
				if got := keys.Stats().Live; got != int64(want.TotalKey) {
					t.Errorf("cut=%t: keys %d, want %d", cut, got, want.TotalKey)
				}
			}
		})
	}
}

// TestViewCuts demands that a View does not depend on how the walk was cut.
func TestViewCuts(t *testing.T) {
	for _, h := range []history{{seed: 5, ops: 400, keys: 60, unfinished: true}, {seed: 6, ops: 200, keys: 20, bump: true}} {
		path := h.make(t)
		whole, wholeKeys := view(t, path, false)
		parts, partKeys := view(t, path, true)
		if whole.Totals.Records == 0 {
			t.Fatal("no records")
		}
		for _, pair := range [][2]any{
			{whole.Totals, parts.Totals}, {whole.Meta, parts.Meta}, {whole.hash, parts.hash},
			{whole.Members, parts.Members}, {whole.Auth, parts.Auth}, {whole.seen, parts.seen},
			{whole.markers, parts.markers}, {whole.Buckets, parts.Buckets},
			{wholeKeys.Stats(), partKeys.Stats()},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: whole %+v, parts %+v", h, pair[0], pair[1])
			}
		}
	}
}

// TestSurvivorsOracle compacts a copy with etcd's code and compares what is
// left with what Survivors foresees.
func TestSurvivorsOracle(t *testing.T) {
	for _, h := range histories() {
		if h.twice {
			continue // etcd's own rule differs within one transaction
		}
		t.Run(h.String(), func(t *testing.T) {
			t.Parallel()
			path := h.make(t)
			v, keys := view(t, path, false)
			rev := v.Latest()
			hist := NewSizeHist(16384)
			keys.Survivors(rev, hist)

			compacted := copyFile(t, path)
			kv, closeKV := openStore(t, compacted, 1000, time.Millisecond)
			if kv.Rev() != rev {
				t.Errorf("latest %d, etcd comes up at %d", rev, kv.Rev())
			}
			compact(t, kv, rev, true)
			waitFinished(t, kv)
			closeKV()
			after, _ := view(t, compacted, false)
			if after.Meta.Unfinished() {
				t.Fatal("compaction did not finish")
			}
			if !after.Meta.Finished.Set || after.Meta.Finished.Value != rev {
				return // there was nothing to compact
			}
			if after.Totals.Records != hist.Count() {
				t.Errorf("%d survivors, want %d", hist.Count(), after.Totals.Records)
			}
			want := after.Totals.KeyBytes + after.Totals.ValueBytes + ElementOverhead*after.Totals.Records
			if hist.Bytes() != want {
				t.Errorf("%d bytes survive, want %d", hist.Bytes(), want)
			}
		})
	}
}

// waitFinished waits for a compaction that etcd resumed by itself.
func waitFinished(t *testing.T, kv hashedStore) {
	t.Helper()
	if done, err := kv.Compact(traceutil.TODO(), kv.Rev()); err != nil && done != nil {
		<-done // the barrier behind the compactions that are under way
	}
}

func copyFile(t testing.TB, path string) string {
	t.Helper()
	src, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dst, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(dst, src); err != nil {
		t.Fatal(err)
	}
	if err := dst.Close(); err != nil {
		t.Fatal(err)
	}
	return dst.Name()
}
