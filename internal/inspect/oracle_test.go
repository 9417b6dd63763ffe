package inspect

import (
	"fmt"
	"path/filepath"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"boltvet/fixtures"
)

// TestStatusEqualsEtcdutl holds the five numbers of `etcdutl snapshot status` 3.7, and
// the pages of every bucket, against the real code.
func TestStatusEqualsEtcdutl(t *testing.T) {
	for _, x := range specimens(t) {
		t.Run(x.name, func(t *testing.T) { compareWithEtcd(t, x) })
	}
}

// TestStatusOfALargeFile does the same with 500 MB.
func TestStatusOfALargeFile(t *testing.T) {
	if !full() {
		t.Skip("BOLTVET_FULL=1 generates 500 MB")
	}
	path := filepath.Join(t.TempDir(), "large.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 500e6, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	compareWithEtcd(t, specimen{"large", path, path})
}

func compareWithEtcd(t *testing.T, x specimen) {
	t.Helper()
	s, _ := look(t, x.path, Options{})
	want, err := snapshot.NewV3(zap.NewNop()).Status(x.db)
	if err != nil {
		t.Fatal(err)
	}
	got := snapshot.Status{Hash: s.DB.View.Hash(), Revision: s.DB.Revision(), TotalKey: int(s.DB.TotalKeys()), TotalSize: s.DB.TotalSize()}
	if v := s.DB.View.Meta.StorageVersion; v.Set {
		got.Version = v.Value.String()
	}
	if got != want {
		t.Errorf("status %+v, etcdutl says %+v", got, want)
	}
	p := s.DB.Survey.Pages
	if sum := p.Sum() + s.Source.Trailer.Bytes; sum != s.Source.FileSize || p.Missing != 0 || p.Damaged != 0 {
		t.Errorf("accounts for %d of %d bytes: %+v", sum, s.Source.FileSize, p)
	}
	comparePages(t, x.db, s.DB)
}

// comparePages asks bbolt about every bucket, and about the pages that none has.
func comparePages(t *testing.T, path string, d *DB) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seen := map[string]bool{}
	err = db.View(func(tx *bbolt.Tx) error {
		for i := range d.Survey.Buckets {
			b := &d.Survey.Buckets[i]
			seen[string(b.Bucket.Name())] = true
			st := tx.Bucket(b.Bucket.Name()).Stats()
			got := fmt.Sprint(b.BranchPages, b.BranchOverflow, b.LeafPages, b.LeafOverflow, b.Keys, b.Depth, b.BranchInUse, b.LeafInUse)
			want := fmt.Sprint(st.BranchPageN, st.BranchOverflowN, st.LeafPageN, st.LeafOverflowN, st.KeyN, st.Depth, st.BranchInuse, st.LeafInuse)
			if b.Bucket.Inline {
				got, want = fmt.Sprint(b.Keys), fmt.Sprint(st.KeyN)
			}
			if got != want {
				t.Errorf("bucket %s: %s, bbolt says %s", b.Bucket, got, want)
			}
		}
		return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
			if !seen[string(name)] {
				t.Errorf("bucket %q is not in the survey", name)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	if free := int64(db.Stats().FreePageN + db.Stats().PendingPageN); free != d.Survey.Pages.NotInUse() {
		t.Errorf("%d pages not in use, bbolt says %d", d.Survey.Pages.NotInUse(), free)
	}
}
