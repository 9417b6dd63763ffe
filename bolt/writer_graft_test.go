package bolt

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// swapper hands one bucket on with other content and has the rest kept.
type swapper struct {
	*Writer
	name string
	in   *bucketful // in the place of what the bucket has; nil: it goes
	skip int        // levels of what is left out
}

func (s *swapper) Keep(name, value []byte) (bool, error) {
	if string(name) == s.name {
		return false, nil
	}
	return true, s.Writer.Keep(name, value)
}

func (s *swapper) Begin(name []byte, sequence uint64) error {
	if s.skip++; s.skip > 1 || s.in == nil {
		return nil
	}
	return errors.Join(s.Writer.Begin(name, sequence), s.in.put(s.Writer), s.Writer.End())
}

func (s *swapper) Put(_, _ []byte) error { return nil }
func (s *swapper) End() error            { s.skip--; return nil }

// graftOn continues file with another content of one bucket.
func graftOn(t *testing.T, file []byte, name string, in *bucketful) []byte {
	t.Helper()
	f, err := FromBytes(bytes.Clone(file))
	if err != nil {
		t.Fatal(err)
	}
	live, out := f.Live().Meta, &MemorySink{}
	w, err := NewGraft(out, live, WriterOptions{OnLeaf: func(*Bucket, Leaf) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Feed(context.Background(), live, &swapper{Writer: w, name: name, in: in}); err != nil {
		t.Fatal(err)
	}
	written, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	off := int(live.HighWater) * f.PageSize()
	grown := append(bytes.Clone(file[:off]), out.Bytes...)
	if int64(len(grown)) != written.Bytes {
		t.Fatalf("says %d bytes, wrote up to %d", written.Bytes, len(grown))
	}
	if !bytes.Equal(grown[2*f.PageSize():off], file[2*f.PageSize():off]) {
		t.Error("pages that were there have changed")
	}
	copy(grown, written.MetaPages())
	return grown
}

// TestGraft changes one bucket of files of all shapes, twice: bbolt finds nothing wrong
// with them, reads what was put in, and commits on top.
func TestGraft(t *testing.T) {
	for name, o := range shapes {
		t.Run(name, func(t *testing.T) {
			path := makeDB(t, o, 5)
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all := &gatherer{open: []*bucketful{{}}}
			if err := openTest(t, path).Feed(context.Background(), openTest(t, path).Live().Meta, all); err != nil {
				t.Fatal(err)
			}
			root := all.open[0]
			for i, in := range []*bucketful{revisions(3, fixedValue(9)), clusterLike(900), nil} {
				at := i % len(root.items)
				file = graftOn(t, file, string(root.items[at].key), in)
				if root.items[at].sub = in; in == nil {
					root.items = append(root.items[:at], root.items[at+1:]...)
				}
				acceptGraft(t, file, root)
			}
		})
	}
}

// acceptGraft is accept for a file that may have free pages and lists none.
func acceptGraft(t *testing.T, file []byte, root *bucketful) {
	t.Helper()
	f, err := FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, faults := walkTest(t, f, nil, WalkOptions{}); len(faults) > 0 {
		t.Errorf("our walk: %v", faults[0])
	}
	m := f.Metas()
	if f.LiveSlot() != 0 || m[0].Meta.Txid%2 != 0 || m[1].Meta.Txid != m[0].Meta.Txid-1 || m[0].Meta.Root != m[1].Meta.Root || m[0].Meta.FreelistPersisted() {
		t.Errorf("metas %+v", m)
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, path, root)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("\xff new"))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// appender keeps everything and puts one key behind the last bucket's last.
type appender struct {
	*Writer
	to   string
	key  []byte
	kept PageSum
}

func (a *appender) Keep(name, value []byte) (bool, error) {
	if string(name) == a.to {
		return false, nil
	}
	return true, a.Writer.Keep(name, value)
}

func (a *appender) KeepLeaf(l Leaf) (bool, error) {
	a.kept.Add(l.Page())
	return true, a.Writer.KeepLeaf(l)
}

func (a *appender) End() error {
	if len(a.open) == 2 {
		if err := a.Put(a.key, []byte("new")); err != nil {
			return err
		}
	}
	return a.Writer.End()
}

// TestGraftKeepsLeaves puts a key behind the last of buckets from no leaf to thousands.
func TestGraftKeepsLeaves(t *testing.T) {
	for _, n := range []int{0, 1, 200, 3000, 200_000} {
		root := buckets(&bucketful{sequence: 3}, revisions(n, fixedValue(60)), revisions(5, fixedValue(9)))
		file, old := write(t, root, WriterOptions{PageSize: 1024})
		f, err := FromBytes(file)
		if err != nil {
			t.Fatal(err)
		}
		out := &MemorySink{}
		w, err := NewGraft(out, f.Live().Meta, WriterOptions{OnLeaf: func(*Bucket, Leaf) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		a := &appender{Writer: w, to: string(root.items[1].key), key: bytes.Repeat([]byte{0xff}, 17)}
		if err := f.Feed(context.Background(), f.Live().Meta, a); err != nil {
			t.Fatal(err)
		}
		written, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if n >= 200 && (a.kept.Pages == 0 || int64(len(out.Bytes))*10 > old.Bytes && n > 1000) {
			t.Errorf("%d records: %d leaves kept, %d bytes added to %d", n, a.kept.Pages, len(out.Bytes), old.Bytes)
		}
		grown := append(bytes.Clone(file), out.Bytes...)
		copy(grown, written.MetaPages())
		sub := root.items[1].sub
		sub.items = append(sub.items, item{key: a.key, value: []byte("new")})
		acceptGraft(t, grown, root)
	}
}

// TestGraftRefuses has what a graft cannot do, and calls that do not fit together.
func TestGraftRefuses(t *testing.T) {
	m := Meta{PageSize: 4096, HighWater: 9, Txid: math.MaxUint64 - 1}
	if _, err := NewGraft(&MemorySink{}, m, WriterOptions{}); !errors.Is(err, ErrNoGraft) {
		t.Errorf("no transaction left: %v", err)
	}
	m.Txid = 3
	w, err := NewGraft(&MemorySink{}, m, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	value := appendBucketHeader(nil, 7, 0)
	var order *OrderError
	if err := errors.Join(w.Keep([]byte("b"), value), w.Begin([]byte("c"), 0), w.End()); err != nil {
		t.Fatal(err)
	}
	if err := w.Keep([]byte("b"), value); !errors.As(err, &order) {
		t.Errorf("a name that was there: %v", err)
	}
	plain, err := NewWriter(&MemorySink{}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.Keep([]byte("b"), value); !errors.Is(err, ErrNoGraft) {
		t.Errorf("a bucket of no file: %v", err)
	}
}
