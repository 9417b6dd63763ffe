package bolt

import (
	"bytes"
	"context"
	"math"
)

// A LeafReader gives the leaves of one bucket of the top level one after the other, as
// they are asked for, so that two files can be read side by side. It reads as tolerantly
// as [File.Walk] does and follows each page once. It is for one goroutine, and all calls
// are made within the [File.Guard].
type LeafReader struct {
	w       walker
	bucket  *Bucket // nil: the file has none of that name, or it cannot be read
	doubts  func(Fault) bool
	begun   bool
	part    LeafPart
	has     bool // part was not handed out yet
	doubted bool // the page being entered has a fault that casts doubt on it
	below   int  // all that is this deep or deeper is in doubt; 0: nothing
}

// A LeafPart is one leaf and the range of keys that its parents give it, half-open; nil
// bounds are those of the bucket. It aliases the file and is valid until that is closed.
type LeafPart struct {
	Leaf
	Lo, Hi []byte
	Doubt  bool // the leaf, or a branch above it, has a fault that casts doubt on its content
}

// Range is the range of the leaf as a copy.
func (p LeafPart) Range() *KeyRange {
	return &KeyRange{Lo: bytes.Clone(p.Lo), Hi: bytes.Clone(p.Hi)}
}

// ReadLeaves opens bucket name of the tree that m leads to. doubts is told of each fault
// on the way and says whether what is on the page may then be something else than what
// was written there; what a fault hides is left out in any case. Faults are the same
// that a walk finds in the bucket alone: pages that it shares with another bucket are
// not noticed. The error is one of reading.
func (f *File) ReadLeaves(ctx context.Context, m Meta, name string, doubts func(Fault) bool) (*LeafReader, error) {
	hwm := min(m.HighWater, Pgid(math.MaxInt64/f.pageSize))
	pages := min(hwm, f.filePages())
	if pages > maxPages {
		return nil, &TooLargeError{Pages: int64(pages)}
	}
	r := &LeafReader{doubts: doubts}
	r.w = walker{ctx: ctx, f: f, meta: m, hwm: hwm, table: newPageTable(pages), out: r.fault, acc: capture{r: r}}
	if err := r.w.directory(&Survey{Meta: m, table: r.w.table}); err != nil {
		return nil, err
	}
	for _, b := range r.w.nested {
		if string(b.Name()) == name && r.bucket == nil {
			r.bucket = b
		}
	}
	r.w.nested, r.w.levels = nil, r.w.levels[:0]
	return r, nil
}

// Found tells whether the file has the bucket, as far as can be read.
func (r *LeafReader) Found() bool { return r.bucket != nil }

// Next gives the next leaf; ok is false when there are no more. The error is that of
// the context, or one of reading.
func (r *LeafReader) Next() (p LeafPart, ok bool, err error) {
	if r.bucket == nil {
		return LeafPart{}, false, nil
	}
	for !r.has {
		if r.begun && len(r.w.levels) == 0 {
			return LeafPart{}, false, nil
		}
		if err := r.step(); err != nil {
			return LeafPart{}, false, err
		}
	}
	r.has = false
	return r.part, true, nil
}

// step enters one more page, or leaves a branch.
func (r *LeafReader) step() error {
	depth := len(r.w.levels)
	r.doubted = false
	err := r.enter()
	switch now := len(r.w.levels); {
	case now < r.below:
		r.below = 0
	case now > depth && r.doubted && r.below == 0:
		r.below = now // a branch in doubt: so is all below it
	}
	return err
}

func (r *LeafReader) enter() error {
	w, b := &r.w, r.bucket
	if r.begun {
		return w.next()
	}
	r.begun = true
	w.bucket, w.stats = b, &BucketStats{Bucket: b}
	if b.Inline {
		return w.inlineBucket(b)
	}
	w.at = place{bucket: b, parent: b.Page, parentElem: b.Elem, pointerOff: b.Off, root: true}
	return w.enter(b.Root)
}

// fault is the sink of the walker.
func (r *LeafReader) fault(f Fault) bool {
	if r.doubts != nil && r.doubts(f) {
		r.doubted = true
	}
	return true
}

// capture is the walker's accumulator: it keeps the leaf that was come to.
type capture struct {
	nothing
	r *LeafReader
}

func (c capture) Leaf(_ *Bucket, l Leaf) error {
	r := c.r
	r.part = LeafPart{Leaf: l, Lo: r.w.at.lo, Hi: r.w.at.hi, Doubt: r.doubted || r.below > 0}
	r.has = true
	return nil
}

// Same tells whether both leaves have the same keys and values, packed the same way, by
// one comparison of bytes. False says nothing: then go element by element.
func (l *Leaf) Same(o Leaf) bool {
	return l.packed && o.packed && l.n == o.n && l.first == o.first && l.end == o.end &&
		bytes.Equal(l.data[PageHeaderSize:l.end], o.data[PageHeaderSize:o.end])
}
