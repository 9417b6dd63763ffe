package rewrite

import (
	"bytes"
	"errors"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// errNested refuses a bucket within a bucket, which the check calls damage.
var errNested = errors.New("a bucket within a bucket, which etcd never makes")

// errInTurn keeps a feeder in one piece: a loader takes what comes in its order only.
var errInTurn = errors.New("leaves must come in their order")

// A feeder is an accumulator that hands a walk's buckets and elements on to a loader,
// with what a compaction drops left out and what it writes put in.
type feeder struct {
	to    bolt.Loader
	keep  *selection   // nil: all
	stamp *stamp       // nil: bucket meta as it is
	hash  *contentHash // of what goes on; nil: nobody wants it
	came  contentHash  // of what came, for a stamp

	spare []*portion // that were merged

	err  error
	open bool
	in   *bolt.Bucket
	key  bool  // the open bucket is "key"
	meta bool  // the open bucket is "meta"
	rows []row // still to be put into the open bucket, in ascending order
}

// row is a key with its value.
type row struct{ key, value []byte }

// Bucket ends the bucket before and begins the next.
func (f *feeder) Bucket(b *bolt.Bucket) {
	if len(b.Path) > 1 {
		f.fail(errNested)
		return
	}
	f.end()
	if f.err != nil {
		return
	}
	name := string(b.Name())
	f.open, f.in, f.key, f.rows = true, b, name == mvccview.BucketKey, nil
	f.meta = name == mvccview.BucketMeta
	switch {
	case f.meta && f.keep != nil:
		f.rows = f.keep.metaRows()
	case f.meta && f.stamp != nil:
		f.rows = f.stamp.rows()
	}
	if f.stamp != nil {
		f.came.write(b.Name())
	}
	if f.hash != nil {
		f.hash.write(b.Name())
	}
	f.fail(f.to.Begin(b.Name(), b.Sequence))
}

func (f *feeder) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// end ends the open bucket.
func (f *feeder) end() {
	if !f.open || f.err != nil {
		return
	}
	f.open = false
	for _, r := range f.rows {
		f.put(r.key, r.value)
	}
	f.rows = nil
	f.fail(f.to.End())
}

// Leaf hands the elements of one leaf on.
func (f *feeder) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if f.err != nil || len(b.Path) == 0 {
		return f.err
	}
	for i := 0; i < l.Len() && f.err == nil; i++ {
		key, value, ok := l.At(i)
		if f.stamp != nil {
			f.came.write(key)
			f.came.write(value)
		}
		switch {
		case !ok:
			continue // told by the check
		case l.IsBucket(i):
			f.fail(errNested)
		case f.key:
			f.record(key, value)
		default:
			f.element(key, value)
		}
	}
	return f.err
}

// record hands a record of bucket "key" on, if it stays.
func (f *feeder) record(key, value []byte) {
	if f.keep == nil || f.keep.keeps(key, value) {
		f.put(key, value)
	}
}

// element hands an element of another bucket on, behind the rows that come before it
// or instead of it.
func (f *feeder) element(key, value []byte) {
	if f.meta && f.stamp != nil && f.stamp.drops(key) {
		return
	}
	for len(f.rows) > 0 {
		order := bytes.Compare(f.rows[0].key, key)
		if order > 0 {
			break
		}
		r := f.rows[0]
		f.rows = f.rows[1:]
		f.put(r.key, r.value)
		if order == 0 {
			return
		}
	}
	f.put(key, value)
}

func (f *feeder) put(key, value []byte) {
	if f.hash != nil {
		f.hash.write(key)
		f.hash.write(value)
	}
	f.fail(f.to.Put(key, value))
}

// finish ends the last bucket.
func (f *feeder) finish() error {
	f.end()
	return f.err
}

// Fork gives an accumulator that takes no leaf, so that each comes in its turn.
func (f *feeder) Fork() bolt.Accumulator { return notInTurn{} }

type notInTurn struct{}

func (notInTurn) Bucket(*bolt.Bucket)                {}
func (notInTurn) Leaf(*bolt.Bucket, bolt.Leaf) error { return errInTurn }
func (n notInTurn) Fork() bolt.Accumulator           { return n }
func (notInTurn) Merge(bolt.Accumulator)             {}
