package bolt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// item is a key with a value, or a sub-bucket. A list of them in order is a bucket.
type item struct {
	key, value []byte
	sub        *bucketful
}

type bucketful struct {
	sequence uint64
	items    []item
}

// put feeds a bucket's content to a writer.
func (c *bucketful) put(w *Writer) error {
	for _, it := range c.items {
		if it.sub == nil {
			if err := w.Put(it.key, it.value); err != nil {
				return err
			}
			continue
		}
		if err := w.Begin(it.key, it.sub.sequence); err != nil {
			return err
		}
		if err := it.sub.put(w); err != nil {
			return err
		}
		if err := w.End(); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file of root, whose items are the top-level buckets. Every page goes
// through the reader, and a planner has to come to the same.
func write(t testing.TB, root *bucketful, o WriterOptions) ([]byte, Written) {
	t.Helper()
	if o.OnLeaf == nil {
		o.OnLeaf = func(*Bucket, Leaf) error { return nil }
	}
	out := &MemorySink{}
	w, err := NewWriter(out, o)
	if err != nil {
		t.Fatal(err)
	}
	got := finish(t, w, root)
	p, err := NewPlanner(o)
	if err != nil {
		t.Fatal(err)
	}
	if plan := finish(t, p, root); plan != got {
		t.Fatalf("planned %+v, written %+v", plan, got)
	}
	if got.Bytes != int64(len(out.Bytes)) {
		t.Fatalf("says %d bytes, wrote %d", got.Bytes, len(out.Bytes))
	}
	return out.Bytes, got
}

func finish(t testing.TB, w *Writer, root *bucketful) Written {
	t.Helper()
	if err := root.put(w); err != nil {
		t.Fatal(err)
	}
	got, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWriterRoundTrip(t *testing.T) {
	for name, shape := range writerShapes {
		for _, ps := range []int{1024, 4096, 16384, 65536} {
			t.Run(fmt.Sprintf("%s/%d", name, ps), func(t *testing.T) {
				root := shape()
				file, written := write(t, root, WriterOptions{PageSize: ps})
				accept(t, file, root, written)
				again, _ := write(t, shape(), WriterOptions{PageSize: ps})
				if !bytes.Equal(file, again) {
					t.Error("the same input gave other bytes")
				}
			})
		}
	}
}

// TestWriterTxid has the transaction that is asked for, in the way bbolt leaves a copy.
func TestWriterTxid(t *testing.T) {
	root := buckets(revisions(3, fixedValue(9)))
	for _, txid := range []Txid{1, 2, 7, 1 << 40} {
		file, written := write(t, root, WriterOptions{Txid: txid})
		if written.Txid != txid {
			t.Errorf("txid %d, want %d", written.Txid, txid)
		}
		accept(t, file, root, written)
	}
}

// TestWriterInlinesAsBbolt holds the choice between inline and a page of its own
// against what bbolt does with the same buckets.
func TestWriterInlinesAsBbolt(t *testing.T) {
	root := writerShapes["at the inline limit"]()
	file, written := write(t, root, WriterOptions{})
	if written.InlineBuckets == 0 || written.InlineBuckets == written.Buckets {
		t.Fatalf("%d of %d inline: the limit is not in the sample", written.InlineBuckets, written.Buckets)
	}
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, it := range root.items {
			b, err := tx.CreateBucket(it.key)
			if err != nil {
				return err
			}
			if err := b.Put(it.sub.items[0].key, it.sub.items[0].value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ours, err := FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := walkTest(t, ours, nil, WalkOptions{})
	b, _ := walkTest(t, openTest(t, path), nil, WalkOptions{})
	for i := range a.Buckets {
		if got, want := a.Buckets[i].Bucket.Inline, b.Buckets[i].Bucket.Inline; got != want {
			t.Errorf("%s: inline %v, bbolt %v", a.Buckets[i].Bucket, got, want)
		}
	}
}

func TestWriterManyBuckets(t *testing.T) {
	root := &bucketful{}
	for i := range 70_000 {
		sub := &bucketful{sequence: uint64(i)}
		if i%7 > 0 {
			sub = revisions(i%7, fixedValue(i%500))
		}
		root.items = append(root.items, item{key: fmt.Appendf(nil, "%06d", i), sub: sub})
	}
	file, written := write(t, root, WriterOptions{})
	if written.Buckets != 70_000 {
		t.Errorf("%d buckets", written.Buckets)
	}
	accept(t, file, root, written)
}

// TestWriterLargeValues has values of both sides of what a leaf holds in memory, and
// the largest beside small neighbours.
func TestWriterLargeValues(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	large := filled(100_000_000, r)
	sizes := []int{10, 100_000_000, 20, maxOpenRun - 33, 5, maxOpenRun - 32, 100, maxOpenRun - 34, 7000, 1 << 22}
	root := buckets(revisions(len(sizes), func(i int) []byte { return large[:sizes[i]] }), &bucketful{})
	file, written := write(t, root, WriterOptions{})
	accept(t, file, root, written)
}

// TestWriterPacks holds the size against the payload.
func TestWriterPacks(t *testing.T) {
	root := buckets(clusterLike(40_000))
	file, written := write(t, root, WriterOptions{})
	ratio := float64(len(file)) / float64(written.Payload)
	t.Logf("%d bytes for %d of payload: %.3f; %+v", len(file), written.Payload, ratio, written)
	if ratio > 1.10 {
		t.Errorf("%.3f × payload", ratio)
	}
}

// TestWriterFollowsPacking feeds the same sizes to Packing.
func TestWriterFollowsPacking(t *testing.T) {
	for _, ps := range []int{512, 4096, 65536} {
		c := clusterLike(3000)
		_, written := write(t, buckets(c), WriterOptions{PageSize: ps})
		p := NewPacking(ps)
		for _, it := range c.items {
			p.Add(int64(ElementSize + len(it.key) + len(it.value)))
		}
		parts := p.End()
		if got := [2]int64{written.Leaves - 1, written.LeafPages - 1}; got != [2]int64{p.Leaves, p.Pages} {
			t.Errorf("page size %d: written %v, packing says %d, %d", ps, got, p.Leaves, p.Pages)
		}
		if len(parts) == 0 {
			t.Error("no last leaf")
		}
	}
}

// TestWriterLeavesRoomAtTheEnd looks at the last leaf of buckets of all lengths.
func TestWriterLeavesRoomAtTheEnd(t *testing.T) {
	for n := 1; n < 200; n++ {
		var last Leaf
		var leaves int
		root := buckets(revisions(n, fixedValue(90)))
		write(t, root, WriterOptions{OnLeaf: func(b *Bucket, l Leaf) error {
			if len(b.Path) > 0 {
				last, leaves = l, leaves+1
			}
			return nil
		}})
		used := PageHeaderSize + last.Len()*(ElementSize+17+90)
		if leaves > 1 && used > 4096*lastFill/100 {
			t.Errorf("%d records: %d leaves, the last has %d records, %d bytes", n, leaves, last.Len(), used)
		}
	}
}
