package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// metaCase is what was done to the two metas of a file.
type metaCase struct {
	name   string
	change func(r raw)
	lies   bool // bbolt believes a page size that we do not
	none   bool // no meta is left
}

func metaCases() []metaCase {
	swap := func(r raw) {
		a := append([]byte{}, r.b[16:80]...)
		copy(r.b[16:80], r.b[r.ps+16:r.ps+80])
		copy(r.b[r.ps+16:], a)
	}
	destroy := func(i int) func(r raw) { return func(r raw) { clear(r.b[r.page(i) : r.page(i)+80]) } }
	lie := func(i, by int) func(r raw) {
		return func(r raw) { r.set32(r.metaField(i, 8), r.ps*by); r.seal() }
	}
	both := func(fs ...func(r raw)) func(r raw) {
		return func(r raw) {
			for _, f := range fs {
				f(r)
			}
		}
	}
	sameTxid := func(r raw) { r.set64(r.metaField(1, 48), r.u64(r.metaField(0, 48))); r.seal() }
	return []metaCase{
		{"intact", func(raw) {}, false, false},
		{"meta 0 gone", destroy(0), false, false},
		{"meta 1 gone", destroy(1), false, false},
		{"both gone", both(destroy(0), destroy(1)), false, true},
		{"swapped", swap, false, false},
		{"swapped, meta 0 gone", both(swap, destroy(0)), false, false},
		{"same txid", sameTxid, false, false},
		{"live checksum", func(r raw) { r.b[r.metaField(r.live(), 60)] ^= 4 }, false, false},
		{"live version", func(r raw) { r.b[r.metaField(r.live(), 4)] = 3; r.seal() }, false, false},
		{"older checksum", func(r raw) { r.b[r.metaField(1-r.live(), 60)] ^= 4 }, false, false},
		{"meta 0 says double", lie(0, 2), true, false},
		{"meta 1 says double", lie(1, 2), false, false},
		{"meta 0 says 0", lie(0, 0), true, false},
		{"meta 1 says double, meta 0 gone", both(lie(1, 2), destroy(0)), true, false},
		{"both say double", both(lie(0, 2), lie(1, 2)), true, false},
	}
}

// TestPageSizeAndChoice destroys and forges metas under every page size: the size is
// found all the same, and the live meta is the one that bbolt uses.
func TestPageSizeAndChoice(t *testing.T) {
	for ps := 1024; ps <= MaxPageSize; ps *= 2 {
		healthy := smallFile(t, bbolt.Options{PageSize: ps})
		for _, c := range metaCases() {
			t.Run(fmt.Sprintf("%d/%s", ps, c.name), func(t *testing.T) {
				r := healthy.clone()
				c.change(r)
				f, err := FromBytes(r.b)
				if c.none {
					var none Fault
					if !errors.As(err, &none) || none.Kind != MetaNone {
						t.Errorf("got %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if f.PageSize() != ps || f.Choice() == "" {
					t.Errorf("page size %d, want %d; %q", f.PageSize(), ps, f.Choice())
				}
				if !c.lies {
					compareChoice(t, r.b, f)
				}
			})
		}
	}
}

// compareChoice opens a copy with bbolt and compares the transaction and the root.
func compareChoice(t *testing.T, b []byte, f *File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatalf("bbolt does not open it: %v", err)
	}
	defer db.Close()
	if db.Info().PageSize != f.PageSize() {
		t.Errorf("page size %d, bbolt %d", f.PageSize(), db.Info().PageSize)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		if got := f.Live().Meta; int(got.Txid) != tx.ID() || got.HighWater != Pgid(tx.Size()/int64(f.PageSize())) {
			t.Errorf("live txid %d (%s), bbolt %d", got.Txid, f.Choice(), tx.ID())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSmallestPage reads pages of 512 bytes, which bbolt writes only where the
// system's pages are that small.
func TestSmallestPage(t *testing.T) {
	r := raw{make([]byte, 6*512), 512}
	for i := range 2 {
		m := Meta{Magic: Magic, Version: Version, PageSize: 512, Root: 2, Freelist: NoPgid, HighWater: 6, Txid: Txid(i + 4)}
		m.Checksum = m.Sum()
		m.Append(r.b[:r.metaField(i, 0)])
		r.set64(r.page(i), i)
		r.set16(r.page(i)+8, 4)
	}
	r.set64(r.page(2), 2)
	r.set16(r.page(2)+8, 2)
	for _, gone := range []int{-1, 0, 1} {
		c := r.clone()
		if gone >= 0 {
			clear(c.b[c.page(gone) : c.page(gone)+80])
		}
		f, err := FromBytes(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if f.PageSize() != 512 {
			t.Errorf("without meta %d: page size %d", gone, f.PageSize())
		}
	}
}
