package rewrite

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
	"boltvet/mvccview"
)

// TestFarSubs: what a compaction would take one for the other it does not touch, lest a
// deleted key came back. A lone one is as good as any.
func TestFarSubs(t *testing.T) {
	for _, far := range []int64{math.MaxUint32 - 2, math.MaxUint32 - 1, math.MaxUint32 + 1} {
		path := base(t, fixtures.Base{Script: "member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 200 term 2\n"})
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			put := func(main, sub int64, key byte, tombstone bool) error {
				rev := mvccview.RevKey{Revision: mvccview.Revision{Main: main, Sub: sub}, Tombstone: tombstone}
				value := []byte{0x0a, 1, key}
				if !tombstone {
					value = append(binary.AppendUvarint(append(value, 0x10), uint64(main)), 0x18, byte(main), 0x20, 1)
				}
				return tx.Bucket([]byte("key")).Put(mvccview.AppendRevKey(nil, rev), value)
			}
			at := mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: 2}})
			meta := tx.Bucket([]byte("meta")) // compacted: above that the subs before would be missing
			return errors.Join(meta.Put([]byte("scheduledCompactRev"), at), meta.Put([]byte("finishedCompactRev"), at), put(2, far, 'a', false), put(2, far+1, 'b', false), put(3, 0, 'a', true), put(4, 0, 'c', false))
		})
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := Compact(t.Context(), resolve(t, path), output(t), Target{Revision: 4}, Options{})
		var unfit *UnfitError
		if refused := errors.As(err, &unfit); refused != (far > math.MaxUint32) || !refused && (err != nil || r.Records.Kept != 2) {
			t.Errorf("sub %d: %+v, %v", far, r, err)
		}
	}
}
