package bolt

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// makeDB writes a bbolt file with nested, inline, empty and large buckets, deletes
// and overwrites, and closes it.
func makeDB(t testing.TB, o bbolt.Options, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &o)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for round := range 6 {
		if err := db.Update(func(tx *bbolt.Tx) error { return scribble(tx, r, round) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func scribble(tx *bbolt.Tx, r *rand.Rand, round int) error {
	for _, name := range []string{"big", "small", "nest", "empty"} {
		b, err := tx.CreateBucketIfNotExists([]byte(name))
		if err != nil || name == "empty" {
			continue
		}
		n := map[string]int{"big": 400, "small": 2, "nest": 30}[name]
		for range n {
			k := fmt.Appendf(nil, "key-%06d", r.IntN(5000))
			v := make([]byte, r.IntN(300))
			if r.IntN(60) == 0 {
				v = make([]byte, 3000+r.IntN(20000))
			}
			if err := b.Put(k, v); err != nil {
				return err
			}
		}
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if v != nil && r.IntN(5) == 0 {
				if err := c.Delete(); err != nil {
					return err
				}
			}
		}
		if name == "nest" {
			if err := nest(b, r, round); err != nil {
				return err
			}
		}
	}
	return nil
}

func nest(b *bbolt.Bucket, r *rand.Rand, round int) error {
	for d := range 4 {
		sub, err := b.CreateBucketIfNotExists(fmt.Appendf(nil, "sub-%d", d))
		if err != nil {
			return err
		}
		if err := sub.SetSequence(uint64(round)); err != nil {
			return err
		}
		for range r.IntN(80) {
			if err := sub.Put(fmt.Appendf(nil, "k%d", r.IntN(1000)), make([]byte, r.IntN(50))); err != nil {
				return err
			}
		}
		b = sub
	}
	return nil
}

func openTest(t testing.TB, path string) *File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close(); file.Close() })
	return f
}

func walkTest(t testing.TB, f *File, acc Accumulator, o WalkOptions) (*Survey, []Fault) {
	t.Helper()
	var faults []Fault
	o.OnFault = func(x Fault) bool { faults = append(faults, x); return len(faults) < 1000 }
	var s *Survey
	err := f.Guard(func() (err error) {
		s, err = f.Walk(context.Background(), f.Live().Meta, acc, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, faults
}

var shapes = map[string]bbolt.Options{
	"4k-no-freelist": {NoFreelistSync: true, PageSize: 4096},
	"4k-freelist":    {PageSize: 4096},
	"1k":             {PageSize: 1024},
	"16k":            {PageSize: 16384, NoFreelistSync: true},
	"64k":            {PageSize: 65536},
}

// TestWalkAgreesWithBbolt holds counts, depths and bytes of every bucket and the
// free pages against bbolt's own Stats, and finds no fault where bbolt's Check finds none.
func TestWalkAgreesWithBbolt(t *testing.T) {
	for name, o := range shapes {
		t.Run(name, func(t *testing.T) {
			path := makeDB(t, o, 7)
			f := openTest(t, path)
			s, faults := walkTest(t, f, nil, WalkOptions{})
			for _, x := range faults {
				t.Errorf("healthy file: %v", x)
			}
			if s.Pages.Sum() != f.Size() {
				t.Errorf("accounts for %d of %d bytes: %+v", s.Pages.Sum(), f.Size(), s.Pages)
			}
			compareWithBbolt(t, path, s)
		})
	}
}

func compareWithBbolt(t *testing.T, path string, s *Survey) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for e := range tx.Check() {
			t.Errorf("bbolt: %v", e)
		}
		for _, got := range s.Buckets {
			compareBucket(t, tx, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if free := db.Stats().FreePageN + db.Stats().PendingPageN; int64(free) != s.Pages.NotInUse() {
		t.Errorf("free pages: got %d, bbolt says %d", s.Pages.NotInUse(), free)
	}
}

// compareBucket sums our per-bucket counts below one bucket, because bbolt's Stats
// include those of nested buckets.
func compareBucket(t *testing.T, tx *bbolt.Tx, got BucketStats) {
	t.Helper()
	b := tx.Bucket(got.Bucket.Path[0])
	for _, p := range got.Bucket.Path[1:] {
		b = b.Bucket(p)
	}
	if got.Bucket.Sequence != b.Sequence() {
		t.Errorf("%s: sequence %d, bbolt %d", got.Bucket, got.Bucket.Sequence, b.Sequence())
	}
	keys, want := got.Keys, int64(0)
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		want++
	}
	if keys != want {
		t.Errorf("%s: %d keys, bbolt %d", got.Bucket, keys, want)
	}
	if bytes.Equal(got.Bucket.Name(), []byte("big")) {
		st := b.Stats()
		want := []int{st.BranchPageN, st.BranchOverflowN, st.LeafPageN, st.LeafOverflowN, st.KeyN, st.Depth, st.BranchInuse, st.LeafInuse}
		have := []int{int(got.BranchPages), int(got.BranchOverflow), int(got.LeafPages), int(got.LeafOverflow), int(got.Keys), got.Depth, int(got.BranchInUse), int(got.LeafInUse)}
		for i := range want {
			if want[i] != have[i] {
				t.Errorf("%s: stats %v, bbolt %v", got.Bucket, have, want)
				break
			}
		}
	}
}
