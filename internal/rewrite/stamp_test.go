package rewrite

import (
	"errors"
	"maps"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"boltvet/mvccview"
)

// TestStamp sets and removes the storage version of every healthy fixture: all else is the same,
// record by record.
func TestStamp(t *testing.T) {
	for name, path := range healthy(t) {
		for _, version := range []string{"3.6.0", "3.99.0", ""} {
			t.Run(name+" to "+version, func(t *testing.T) {
				src := resolve(t, path)
				unchanged(t, src.DBPath)
				want := records(t, src.DBPath)
				const key = "meta\x00storageVersion"
				delete(want, key)
				if _, ok := want["meta"]; ok && version != "" {
					want[key] = version
				}
				out := output(t)
				r, err := Stamp(t.Context(), src, out, version, Options{ReadBack: true})
				if errors.Is(err, mvccview.ErrNotEtcd) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := records(t, out.File.Name()); !maps.Equal(got, want) {
					t.Errorf("%d records, want %d", len(got), len(want))
				}
				if !r.ReadBack || r.Records.Dropped != 0 {
					t.Errorf("%+v", r)
				}
			})
		}
	}
}

// records are all of a db: bucket, 0, key, as bbolt reads them.
func records(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := bbolt.Open(bare(t, path), 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	if err := db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			out[string(name)] = "bucket"
			return b.ForEach(func(k, v []byte) error {
				out[string(name)+"\x00"+string(k)] = string(v)
				return nil
			})
		})
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
