package bolt

import (
	"context"
	"math"
)

// A Loader takes a tree of buckets in one pass: the keys and sub-buckets of each as
// one ascending sequence, a sub-bucket's content between its Begin and End. [Writer]
// is one; a filter in front of it is another. Slices are valid during the call only.
type Loader interface {
	Begin(name []byte, sequence uint64) error
	Put(key, value []byte) error
	End() error
}

// feeder is a walk in the order of a Loader: a bucket's content comes where its name
// is, and not behind the bucket that holds it as in [File.Walk].
type feeder struct {
	w     walker
	first *Fault
	stack []feedLevel
}

// feedLevel is a page on the way down and how far it has been fed.
type feedLevel struct {
	level
	bucket *Bucket
	root   bool // the last of it ends the bucket
}

// Feed reads all that can be reached from m, once, into to. It is strict: the first
// fault on the way is the error, a [Fault], and so is the first error of to; what to
// has by then is of no use. Values of the bucket directory, which no reader can
// reach, are faults as well. The freelist and what is not reachable are not looked
// at. The caller holds the [File.Guard].
func (f *File) Feed(ctx context.Context, m Meta, to Loader) error {
	hwm := min(m.HighWater, Pgid(math.MaxInt64/f.pageSize))
	pages := min(hwm, f.filePages())
	if pages > maxPages {
		return &TooLargeError{Pages: int64(pages)}
	}
	r := &feeder{}
	r.w = walker{ctx: ctx, f: f, meta: m, hwm: hwm, table: newPageTable(pages), stats: &BucketStats{}, acc: nothing{}}
	r.w.out = func(x Fault) bool {
		if r.first == nil {
			r.first = &x
		}
		return true
	}
	r.w.table.claim(0, ownerMeta)
	r.w.table.claim(1, ownerMeta)
	if err := r.open(&Bucket{Root: m.Root, Page: NoPgid, Elem: -1, Off: -1}); err != nil {
		return err
	}
	for len(r.stack) > 0 {
		if err := r.step(to); err != nil {
			return err
		}
	}
	return nil
}

// fault is the first fault that the walker reported; nil if there was none.
func (r *feeder) fault() error {
	if r.first == nil {
		return nil
	}
	return *r.first
}

// open puts the root of a bucket on the stack.
func (r *feeder) open(b *Bucket) error {
	r.w.at = place{bucket: b, parent: b.Page, parentElem: b.Elem, pointerOff: b.Off, root: true}
	if !b.Inline {
		return r.enter(b, b.Root)
	}
	at, pg := &r.w.at, &r.w.scratch
	*pg = page{id: b.Page, off: b.Off + BucketHeaderSize, data: b.image, kind: FlagLeaf}
	h, _ := ParsePageHeader(b.image) // child made sure that there is a header
	if h.Flags != FlagLeaf || h.ID != 0 || h.Overflow != 0 {
		return at.fault(BucketInline, b.Page, b.Elem, pg.off, "flags "+h.Flags.String()+", id "+dec(h.ID)+", overflow "+dec(h.Overflow), "flags leaf, id 0, overflow 0")
	}
	if r.w.count(pg, h, at) {
		r.w.elements(pg, at)
		if end := uint64(len(pg.data)); pg.used != end {
			r.w.sink(at.fault(BucketHeader, b.Page, b.Elem, b.Off, "a value with room for "+dec(end)+" bytes of page", dec(pg.used)))
		}
	}
	return r.push(b)
}

// enter reads a page that r.w.at points to, and puts it on the stack.
func (r *feeder) enter(b *Bucket, id Pgid) error {
	if err := r.w.pause(); err != nil {
		return err
	}
	if r.w.mayVisit(id, &r.w.at) {
		if _, err := r.w.readPage(id, &r.w.at); err != nil {
			return err
		}
	}
	return r.push(b)
}

// push puts the page just read on the stack, unless there was a fault.
func (r *feeder) push(b *Bucket) error {
	if err := r.fault(); err != nil {
		return err
	}
	at := &r.w.at
	r.stack = append(r.stack, feedLevel{level: level{pg: r.w.scratch, lo: at.lo, hi: at.hi}, bucket: b, root: at.root})
	return nil
}

// step feeds one leaf up to its next bucket, or goes down to one child.
func (r *feeder) step(to Loader) error {
	top := &r.stack[len(r.stack)-1]
	switch {
	case top.next == top.pg.n:
		end := top.root && len(top.bucket.Path) > 0
		r.stack = r.stack[:len(r.stack)-1]
		if end {
			return to.End()
		}
		return nil
	case top.pg.kind == FlagBranch:
		id := top.level.step(top.bucket, &r.w.at)
		return r.enter(top.bucket, id)
	}
	return r.leaf(top, to)
}

// leaf feeds elements up to the next bucket and opens that.
func (r *feeder) leaf(top *feedLevel, to Loader) error {
	l := top.pg.leaf()
	if kept, err := r.keepLeaf(top, l, to); kept || err != nil {
		return err
	}
	r.w.at = place{bucket: top.bucket, parent: NoPgid, parentElem: -1, pointerOff: -1}
	for top.next < l.n {
		i := top.next
		top.next++
		if l.IsBucket(i) {
			return r.bucket(top, l, i, to)
		}
		if len(top.bucket.Path) == 0 {
			r.w.plain(l, i, &r.w.at)
			return r.fault()
		}
		key, value, _ := l.At(i) // the page had no fault
		if err := to.Put(key, value); err != nil {
			return err
		}
	}
	return nil
}

// bucket begins the bucket of element i.
func (r *feeder) bucket(top *feedLevel, l Leaf, i int, to Loader) error {
	b := r.w.child(top.bucket, l, i, &r.w.at)
	if b == nil {
		return r.fault()
	}
	if kept, err := r.keep(b, l, i, to); kept || err != nil {
		return err
	}
	if err := to.Begin(b.Name(), b.Sequence); err != nil {
		return err
	}
	return r.open(b)
}

// keep offers a top-level bucket to a [Keeper] as it stands.
func (r *feeder) keep(b *Bucket, l Leaf, i int, to Loader) (bool, error) {
	k, able := to.(Keeper)
	if !able || len(b.Path) > 1 {
		return false, nil
	}
	_, value, _ := l.At(i) // child has read it
	return k.Keep(b.Name(), value)
}

// keepLeaf offers a leaf of a top-level bucket to a [LeafKeeper] as it stands.
func (r *feeder) keepLeaf(top *feedLevel, l Leaf, to Loader) (bool, error) {
	k, able := to.(LeafKeeper)
	if !able || top.next > 0 || !l.packed || top.bucket.Inline || len(top.bucket.Path) != 1 {
		return false, nil
	}
	kept, err := k.KeepLeaf(l)
	if kept {
		top.next = l.n
	}
	return kept, err
}
