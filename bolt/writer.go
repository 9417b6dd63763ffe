package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// MaxValueSize is the largest value in bytes. Source: bbolt v1.5.0 bucket.go.
const MaxValueSize = math.MaxInt32 - 1

// Writer writes a new bbolt file bottom-up from sorted input, each page once and in
// the order of the file:
//
//	page 0, 1 | metas, written last, or first with a plan
//	page 2    | the freelist, empty: whoever opens the file need not scan the tree
//	page 3 …  | each bucket's leaves and branches, children before parents
//	the last  | the bucket directory and its root
//
// Input is one sorted sequence for each bucket: keys and sub-buckets together. A
// bucket is opened with Begin, filled with Put and nested Begin … End, and closed
// with End. What is in memory at any time is one leaf and one page for each branch
// level, for each bucket that is open: 1 MiB at most for the innermost, and four
// pages for those around it. A larger value is held for a moment, outside the heap.
//
// The same calls give the same bytes. After an error every call gives that error.
// A Writer is for one goroutine.
type Writer struct {
	o     WriterOptions
	out   Sink // nil: a planner
	open  []*tree
	spare []*tree
	next  Pgid
	page  []byte // the image being finished
	value []byte // of the bucket being ended
	total Written
	proof *pageProof
	err   error
	done  bool
	graft bool // continues a file: see NewGraft
}

// NewWriter starts a file in out. out is neither synced nor closed.
func NewWriter(out Sink, o WriterOptions) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := newWriter(out, o)
	if o.OnLeaf != nil {
		w.proof = newPageProof(o.PageSize)
	}
	head := make([]byte, 2*o.PageSize)
	if o.Plan != nil {
		head = o.Plan.metaPages()
	}
	if err := w.metas(head, o.Plan != nil, w.append); err != nil {
		return nil, err
	}
	free := make([]byte, o.PageSize)
	putPageHeader(free, PageHeader{ID: w.next, Flags: FlagFreelist})
	w.total.Freelist = w.next
	if err := w.emit(free); err != nil {
		return nil, err
	}
	return w, nil
}

// NewPlanner starts a run that writes nothing and only tells what the file comes to,
// exactly. It takes the same calls; values count by their length and are not read.
// OnPage, OnLeaf and Plan have no effect.
func NewPlanner(o WriterOptions) (*Writer, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	o.OnPage, o.OnLeaf, o.Plan = nil, nil, nil
	w := newWriter(nil, o)
	w.total.Freelist = w.next
	w.next++
	return w, nil
}

func newWriter(out Sink, o WriterOptions) *Writer {
	w := &Writer{o: o, out: out, next: 2}
	w.total.PageSize, w.total.Txid = o.PageSize, o.Txid
	w.push(nil, nil, 0)
	return w
}

// push opens a bucket within parent, with the memory of one that was closed.
func (w *Writer) push(parent *tree, name []byte, sequence uint64) {
	var t *tree
	if n := len(w.spare); n > 0 {
		t, w.spare = w.spare[n-1], w.spare[:n-1]
	} else {
		t = newTree(w.o.PageSize, w.out == nil)
	}
	t.begin(parent, name, sequence)
	w.open = append(w.open, t)
}

func (w *Writer) top() *tree { return w.open[len(w.open)-1] }

// fail remembers the first error, if err is one.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return err
}

// usable is the error that ended the writing, if one did.
func (w *Writer) usable() error {
	if w.err == nil && w.done {
		return ErrFinished
	}
	return w.err
}

// Begin opens the next bucket of the one that is open, or of the file. name must be
// greater than all names and keys before it there: [OrderError], [SizeError].
func (w *Writer) Begin(name []byte, sequence uint64) error {
	if err := w.usable(); err != nil {
		return err
	}
	parent := w.top()
	if len(w.open) > maxDepth {
		return w.fail(&SizeError{Bucket: parent.bucket.String(), What: "depth of buckets", Key: bytes.Clone(name),
			Got: int64(len(w.open)), Min: 1, Max: maxDepth})
	}
	if err := parent.follows("bucket name", name); err != nil {
		return w.fail(err)
	}
	if parent.pack.long() { // it would have to wait in memory for all of the sub-bucket
		parent.pack.Close()
		if err := w.leaf(parent, 0, parent.leaf.count()); err != nil {
			return w.fail(err)
		}
		parent.leaf.reset()
	}
	parent.leaf.slim()
	parent.nested = true
	w.total.Buckets++
	w.push(parent, name, sequence)
	return nil
}

// Put appends a key with its value to the bucket that is open. Both are copied. The
// key must be greater than all before: [OrderError], [SizeError], [ErrNoBucket].
func (w *Writer) Put(key, value []byte) error {
	if err := w.usable(); err != nil {
		return err
	}
	t := w.top()
	if len(w.open) == 1 {
		return w.fail(ErrNoBucket)
	}
	if err := t.follows("key", key); err != nil {
		return w.fail(err)
	}
	if len(value) > MaxValueSize {
		return w.fail(&SizeError{Bucket: t.bucket.String(), What: "value", Key: bytes.Clone(key), Got: int64(len(value)), Max: MaxValueSize})
	}
	w.total.Keys++
	w.total.Payload += int64(len(key)) + int64(len(value))
	return w.fail(w.element(t, 0, key, value))
}

// element adds a leaf element where the packing wants it.
func (w *Writer) element(t *tree, flags uint32, key, value []byte) error {
	size := int64(ElementSize) + int64(len(key)) + int64(len(value))
	if parts := t.pack.Add(size); len(parts) > 0 {
		n, err := w.leaves(t, parts)
		if err != nil {
			return err
		}
		t.leaf.dropFirst(n)
	}
	if size > maxOpenRun {
		t.pack.Close()
		return w.lone(t, key, value)
	}
	t.leaf.addLeaf(flags, key, value)
	return nil
}

// End closes the bucket that was begun last and writes what is left of it.
func (w *Writer) End() error {
	if err := w.usable(); err != nil {
		return err
	}
	if len(w.open) == 1 {
		return w.fail(ErrNotOpen)
	}
	return w.fail(w.end())
}

func (w *Writer) end() error {
	t := w.top()
	w.value = w.value[:0]
	if t.inline(w.o.PageSize) {
		w.value = t.inlineValue(w.value)
		w.total.InlineBuckets++
		if err := w.prove(t, 0, w.value[BucketHeaderSize:]); err != nil {
			return err
		}
	} else {
		root, err := w.root(t)
		if err != nil {
			return err
		}
		w.value = appendBucketHeader(w.value, root, t.bucket.Sequence)
	}
	w.open = w.open[:len(w.open)-1]
	t.leaf.reset()
	t.leaf.slim()
	w.spare = append(w.spare, t)
	return w.element(w.top(), elementBucket, t.name, w.value)
}

// Finish writes the bucket directory and the metas. The sink then has the whole
// file; what it buffers and whether it is on the disk is the caller's business.
func (w *Writer) Finish() (Written, error) {
	if err := w.usable(); err != nil {
		return Written{}, err
	}
	if len(w.open) > 1 {
		return Written{}, w.fail(fmt.Errorf("%w: %s", ErrBucketOpen, w.top().bucket.String()))
	}
	w.done = true
	root, err := w.root(w.top())
	if err != nil {
		return Written{}, w.fail(err)
	}
	w.total.Root, w.total.HighWater = root, w.next
	w.total.Bytes = int64(w.next) * int64(w.o.PageSize)
	if err := w.finishMetas(); err != nil {
		return Written{}, w.fail(err)
	}
	return w.total, nil
}

// finishMetas writes the metas if they did not go out first, and are not the caller's.
func (w *Writer) finishMetas() error {
	switch plan := w.o.Plan; {
	case w.out == nil || w.graft:
		return nil
	case plan == nil:
		return w.metas(w.total.metaPages(), true, func(b []byte) error { return writeAt(w.out, b, 0) })
	case *plan != w.total:
		return &PlanError{Planned: *plan, Got: w.total}
	}
	return nil
}

// metas shows both meta pages and writes them.
func (w *Writer) metas(b []byte, known bool, write func([]byte) error) error {
	for id := range Pgid(2) {
		if !known || w.o.OnPage == nil {
			break
		}
		at := int(id) * w.o.PageSize
		if err := w.o.OnPage(id, b[at:at+w.o.PageSize]); err != nil {
			return err
		}
	}
	return write(b)
}

// appendBucketHeader encodes the header of a bucket's value behind b; root 0 is for
// an inline bucket.
func appendBucketHeader(b []byte, root Pgid, sequence uint64) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(root))
	return binary.LittleEndian.AppendUint64(b, sequence)
}
