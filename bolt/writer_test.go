package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// accept holds a file against the reader and against bbolt: no fault, its own check,
// the content that went in, and a write transaction on top.
func accept(t testing.TB, file []byte, root *bucketful, written Written) {
	t.Helper()
	f, err := FromBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	s, faults := walkTest(t, f, nil, WalkOptions{})
	for _, x := range faults {
		t.Errorf("our walk: %v", x)
	}
	want := written.meta()
	for i, slot := range f.Metas() { // the same tree twice, the newer transaction first
		if want.Txid = written.Txid - Txid(i); len(slot.Faults) > 0 || slot.Meta.Txid != want.Txid {
			t.Errorf("meta %d: %+v", i, slot)
		}
		if want.Checksum = slot.Meta.Checksum; !slot.Valid || slot.Meta != want {
			t.Errorf("meta %d: %+v, want %+v", i, slot, want)
		}
	}
	if want.HighWater*Pgid(want.PageSize) != Pgid(len(file)) || !want.FreelistPersisted() || f.LiveSlot() != 0 {
		t.Errorf("live meta %d: %+v for %d bytes", f.LiveSlot(), want, len(file))
	}
	if s.Pages.NotInUse() != 0 || s.Pages.Sum() != int64(len(file)) {
		t.Errorf("accounting: %+v", s.Pages)
	}
	if got := s.Pages.Leaf; got != written.Leaves {
		t.Errorf("%d leaves, written says %d", got, written.Leaves)
	}
	path := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, path, root)
	commitOnTop(t, path, root)
}

// holds has bbolt check a file and compares what it reads with root.
func holds(t testing.TB, path string, root *bucketful) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error { return sameInBbolt(tx, root) }); err != nil {
		t.Error(err)
	}
}

func sameInBbolt(tx *bbolt.Tx, root *bucketful) (first error) {
	for err := range tx.Check() {
		if first == nil {
			first = fmt.Errorf("bbolt's check: %w", err)
		}
	}
	if first != nil {
		return first
	}
	return sameContent(tx.Cursor(), root, func(k []byte) *bbolt.Bucket { return tx.Bucket(k) })
}

func sameContent(c *bbolt.Cursor, want *bucketful, sub func([]byte) *bbolt.Bucket) error {
	i := 0
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if i == len(want.items) {
			return fmt.Errorf("a key too many: %s", ShowKey(k))
		}
		it := want.items[i]
		i++
		if !bytes.Equal(k, it.key) {
			return fmt.Errorf("key %s, want %s", ShowKey(k), ShowKey(it.key))
		}
		if it.sub == nil {
			if v == nil || !bytes.Equal(v, it.value) {
				return fmt.Errorf("key %s: another value", ShowKey(k))
			}
			continue
		}
		b := sub(k)
		if v != nil || b == nil {
			return fmt.Errorf("key %s is no bucket", ShowKey(k))
		}
		if b.Sequence() != it.sub.sequence {
			return fmt.Errorf("bucket %s: sequence %d, want %d", ShowKey(k), b.Sequence(), it.sub.sequence)
		}
		if err := sameContent(b.Cursor(), it.sub, b.Bucket); err != nil {
			return fmt.Errorf("in %s: %w", ShowKey(k), err)
		}
	}
	if i < len(want.items) {
		return fmt.Errorf("%d keys of %d", i, len(want.items))
	}
	return nil
}

// commitOnTop has bbolt write to the file as etcd would, and check it again.
func commitOnTop(t testing.TB, path string, root *bucketful) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		for n, it := range root.items {
			if len(root.items) > 100 && n%997 != 0 {
				continue
			}
			b := tx.Bucket(it.key)
			for i := range 20 {
				if err := b.Put(fmt.Appendf(nil, "\xff\xff\xff appended %02d", i), make([]byte, 200)); err != nil {
					return err
				}
			}
		}
		_, err := tx.CreateBucketIfNotExists([]byte("\xff\xff\xff a new bucket"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) (first error) {
		for err := range tx.Check() {
			first = err
		}
		return first
	})
	if err != nil {
		t.Errorf("after a commit: %v", err)
	}
}

// revisions is a bucket of n records with keys as etcd's.
func revisions(n int, value func(i int) []byte) *bucketful {
	c := &bucketful{}
	for i := range n {
		key := make([]byte, 17)
		key[4], key[5], key[6], key[7], key[8] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i), '_'
		c.items = append(c.items, item{key: key, value: value(i)})
	}
	return c
}

func buckets(subs ...*bucketful) *bucketful {
	root := &bucketful{}
	for i, s := range subs {
		root.items = append(root.items, item{key: fmt.Appendf(nil, "bucket-%06d", i), sub: s})
	}
	return root
}

func filled(n int, r *rand.Rand) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(255) + 1)
	}
	return b
}

// clusterLike gives value sizes as a Kubernetes cluster has them: many leases of some
// 400 bytes, pods and nodes of kilobytes, a few objects of hundreds of kilobytes.
func clusterLike(n int) *bucketful {
	r := rand.New(rand.NewPCG(5, 1))
	noise := filled(600_000, r)
	return revisions(n, func(int) []byte {
		switch d := r.IntN(1000); {
		case d < 450:
			return noise[:380+r.IntN(150)]
		case d < 800:
			return noise[:900+r.IntN(2200)]
		case d < 970:
			return noise[:3000+r.IntN(9000)]
		case d < 998:
			return noise[:12_000+r.IntN(60_000)]
		}
		return noise[:200_000+r.IntN(400_000)]
	})
}

var writerShapes = map[string]func() *bucketful{
	"no bucket":       func() *bucketful { return &bucketful{} },
	"an empty bucket": func() *bucketful { return buckets(&bucketful{sequence: 7}) },
	"one key":         func() *bucketful { return buckets(revisions(1, func(int) []byte { return nil })) },
	"like a cluster":  func() *bucketful { return buckets(&bucketful{}, clusterLike(5000), revisions(3, fixedValue(30))) },
	"tiny":            func() *bucketful { return buckets(tiny(70_000)) },
	"depth 20":        func() *bucketful { return buckets(deep(20)) },
	"long keys":       func() *bucketful { return buckets(longKeys(40)) },
	"at the inline limit": func() *bucketful {
		var subs []*bucketful
		for n := 900; n < 1100; n++ {
			subs = append(subs, revisions(1, fixedValue(n-PageHeaderSize-ElementSize-17)))
		}
		return buckets(subs...)
	},
}

func fixedValue(n int) func(int) []byte {
	return func(int) []byte { return bytes.Repeat([]byte{'v'}, max(n, 0)) }
}

// tiny is a bucket of keys as short as can be.
func tiny(n int) *bucketful {
	c := &bucketful{}
	for i := range n {
		c.items = append(c.items, item{key: []byte{byte(i >> 16), byte(i >> 8), byte(i)}})
	}
	return c
}

// deep nests buckets between keys.
func deep(levels int) *bucketful {
	c := revisions(200, fixedValue(50))
	c.sequence = uint64(levels)
	if levels > 0 {
		c.items = append(c.items, item{key: []byte{0, 0, 0, 0, 1}, sub: deep(levels - 1)})
		c.items = append(c.items, item{key: []byte{1}, value: filled(9000, rand.New(rand.NewPCG(1, 1)))})
		c.items = append(c.items, item{key: []byte{1, 1}, sub: &bucketful{sequence: 3}})
		slices.SortFunc(c.items, func(a, b item) int { return bytes.Compare(a.key, b.key) })
	}
	return c
}

// longKeys has separators larger than a page.
func longKeys(n int) *bucketful {
	c := &bucketful{}
	for i := range n {
		c.items = append(c.items, item{key: append(bytes.Repeat([]byte{'k'}, MaxKeySize-2), byte(i>>8), byte(i)), value: []byte("v")})
	}
	return c
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
		parts := p.End(nil)
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

func TestWriterErrors(t *testing.T) {
	in := func(f func(w *Writer) error) func(w *Writer) error {
		return func(w *Writer) error {
			if err := w.Begin([]byte("b"), 0); err != nil {
				return err
			}
			return f(w)
		}
	}
	var order *OrderError
	var size *SizeError
	for _, c := range []struct {
		name string
		call func(w *Writer) error
		want func(error) bool
	}{
		{"key outside a bucket", func(w *Writer) error { return w.Put([]byte("k"), nil) }, is(ErrNoBucket)},
		{"end of nothing", func(w *Writer) error { return w.End() }, is(ErrNotOpen)},
		{"empty bucket name", func(w *Writer) error { return w.Begin(nil, 0) }, as(&size)},
		{"long bucket name", func(w *Writer) error { return w.Begin(make([]byte, MaxKeySize+1), 0) }, as(&size)},
		{"bucket open", in(func(w *Writer) error { _, err := w.Finish(); return err }), is(ErrBucketOpen)},
		{"empty key", in(func(w *Writer) error { return w.Put(nil, nil) }), as(&size)},
		{"long key", in(func(w *Writer) error { return w.Put(make([]byte, MaxKeySize+1), nil) }), as(&size)},
		{"same key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Put([]byte("k"), nil)) }), as(&order)},
		{"lower key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Put([]byte("j"), nil)) }), as(&order)},
		{"bucket below key", in(func(w *Writer) error { return errors.Join(w.Put([]byte("k"), nil), w.Begin([]byte("k"), 0)) }), as(&order)},
		{"key below bucket", in(func(w *Writer) error {
			return errors.Join(w.Begin([]byte("k"), 0), w.End(), w.Put([]byte("k"), nil))
		}), as(&order)},
		{"too deep", in(func(w *Writer) error {
			for {
				if err := w.Begin([]byte("b"), 0); err != nil {
					return err
				}
			}
		}), as(&size)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := NewWriter(&MemorySink{}, WriterOptions{})
			if err != nil {
				t.Fatal(err)
			}
			err = c.call(w)
			if err == nil || !c.want(err) {
				t.Fatalf("got %v", err)
			}
			if _, again := w.Finish(); again == nil {
				t.Error("the error was forgotten")
			}
		})
	}
	for _, ps := range []int{1, 100, 256, 3000, 1 << 17, -4096} {
		if _, err := NewWriter(&MemorySink{}, WriterOptions{PageSize: ps}); err == nil {
			t.Errorf("page size %d taken", ps)
		}
	}
}

func is(want error) func(error) bool     { return func(err error) bool { return errors.Is(err, want) } }
func as[T error](to *T) func(error) bool { return func(err error) bool { return errors.As(err, to) } }

// TestWriterPlan writes the metas first and nothing twice; another input is found out.
func TestWriterPlan(t *testing.T) {
	root := buckets(clusterLike(500), &bucketful{})
	file, written := write(t, root, WriterOptions{})
	planned := &onceSink{}
	w, err := NewWriter(planned, WriterOptions{Plan: &written})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w, root)
	if !bytes.Equal(planned.Bytes, file) {
		t.Error("with a plan the file is another")
	}
	w, err = NewWriter(&onceSink{}, WriterOptions{Plan: &written})
	if err != nil {
		t.Fatal(err)
	}
	if err := buckets(clusterLike(501)).put(w); err != nil {
		t.Fatal(err)
	}
	var plan *PlanError
	if _, err := w.Finish(); !errors.As(err, &plan) {
		t.Errorf("other input than planned: %v", err)
	}
}

// onceSink refuses to go back.
type onceSink struct{ MemorySink }

func (*onceSink) WriteAt([]byte, int64) (int, error) { return 0, errors.New("went back") }
