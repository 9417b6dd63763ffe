package bolt

import (
	"context"
	"errors"
)

// errStopped ends a walk whose sink wants no more faults.
var errStopped = errors.New("stopped by the fault sink")

// walker visits trees depth first, in key order, with a stack of its own: the
// depth of a damaged tree is bounded by its pages, not by the goroutine.
type walker struct {
	ctx   context.Context
	f     *File
	meta  Meta
	table *pageTable
	out   func(Fault) bool

	fallback bool

	bucket  *Bucket
	stats   *BucketStats
	acc     Accumulator
	nested  []*Bucket // buckets found in the leaves of the current one
	levels  []level
	scratch page
	found   int64
	visited int64
	stopped bool
	missing bool // a page in use lies beyond the end of the file
	tick    func(pages int64)
}

// level is a branch page on the way down, and how far it has been visited.
type level struct {
	pg     page
	next   int
	lo, hi []byte
}

func (w *walker) sink(f Fault) {
	w.found++
	f.Fallback = w.fallback
	w.missing = w.missing || f.Kind == PageMissing
	if !w.stopped && w.out != nil && !w.out(f) {
		w.stopped = true
	}
}

// tree visits the subtree at id. base is the number of levels above it.
func (w *walker) tree(id Pgid, at place, base int) error {
	w.levels = w.levels[:0]
	if err := w.enter(id, at, base); err != nil {
		return err
	}
	for len(w.levels) > 0 {
		top := &w.levels[len(w.levels)-1]
		if top.next == top.pg.n {
			w.levels = w.levels[:len(w.levels)-1]
			continue
		}
		child, from, ok := top.step(w.bucket)
		if !ok {
			continue
		}
		if err := w.enter(child, from, base); err != nil {
			return err
		}
	}
	return nil
}

// step moves to the next child and gives what its parent promises of it.
func (l *level) step(b *Bucket) (Pgid, place, bool) {
	i := l.next
	l.next++
	e := parseElement(l.pg.data, FlagBranch, i)
	at := place{bucket: b, parent: l.pg.id, parentElem: i, lo: l.lo, hi: l.hi,
		pointerOff: l.pg.off + int64(PageHeaderSize+i*ElementSize+8)}
	if key, ok := l.key(i); ok {
		at.lo, at.exact = key, true
	}
	for j := i + 1; j < l.pg.n; j++ {
		if key, ok := l.key(j); ok {
			at.hi = key
			break
		}
	}
	l.lo = at.lo
	return e.child, at, true
}

// key is the separator of element i, if it can be read.
func (l *level) key(i int) ([]byte, bool) {
	e := parseElement(l.pg.data, FlagBranch, i)
	if e.start < uint64(PageHeaderSize+l.pg.n*ElementSize) || e.end > uint64(len(l.pg.data)) || e.keySize == 0 {
		return nil, false
	}
	return l.pg.data[e.start:e.keyEnd:e.keyEnd], true
}

// enter visits one page: a branch goes on the stack, a leaf to the accumulator.
func (w *walker) enter(id Pgid, at place, base int) error {
	if err := w.pause(); err != nil {
		return err
	}
	if !w.mayVisit(id, &at) {
		return nil
	}
	pg, err := w.readPage(id, &at)
	if err != nil || pg == nil {
		return err
	}
	w.stats.addPage(pg, base+len(w.levels)+1)
	if pg.kind == FlagBranch {
		w.levels = append(w.levels, level{pg: *pg, lo: at.lo, hi: at.hi})
		return nil
	}
	return w.leaf(pg.leaf(), &at)
}

func (pg *page) leaf() Leaf {
	l := Leaf{page: pg.id, off: pg.off, data: pg.data, n: pg.n, packed: pg.tight && pg.plain && pg.n > 0}
	if l.packed {
		l.first, l.end = parseElement(pg.data, FlagLeaf, 0).start, pg.used
	}
	return l
}

// leaf hands a leaf on and collects the buckets in it. The bucket directory holds
// nothing else, and nobody but the walk looks at it.
func (w *walker) leaf(l Leaf, at *place) error {
	directory := len(w.bucket.Path) == 0
	if directory || !l.packed {
		for i := range l.n {
			if l.IsBucket(i) {
				if b := w.child(w.bucket, l, i, at); b != nil {
					w.nested = append(w.nested, b)
				}
			} else if directory {
				w.plain(l, i, at)
			}
		}
	}
	if directory {
		return nil
	}
	return w.acc.Leaf(w.bucket, l)
}

// plain reports an element of the bucket directory that is not a bucket.
func (w *walker) plain(l Leaf, i int, at *place) {
	key, _, ok := l.At(i)
	if !ok {
		return
	}
	w.sink(at.fault(BucketPlain, l.page, i, l.off+int64(PageHeaderSize+i*ElementSize), "a plain value under "+ShowKey(key), "a bucket"))
}

// mayVisit judges a pointer before it is followed and claims the page.
func (w *walker) mayVisit(id Pgid, at *place) bool {
	if id < 2 || id >= w.meta.HighWater {
		w.sink(at.pointerFault(PageOutOfRange, "page "+dec(id), "a page in [2, "+dec(w.meta.HighWater)+")"))
		return false
	}
	for i := range w.levels {
		if w.levels[i].pg.id == id {
			w.sink(at.pointerFault(PageLoop, "page "+dec(id)+", its own ancestor", "a page below"))
			return false
		}
	}
	if !w.table.claim(id, ownerTree) {
		w.sink(at.pointerFault(PageCrossLink, "page "+dec(id)+", which is in use already", "a page of its own"))
		return false
	}
	return true
}

// pause looks up from the work now and then.
func (w *walker) pause() error {
	if w.stopped {
		return errStopped
	}
	w.visited++
	if w.visited%256 != 0 {
		return nil
	}
	if w.tick != nil {
		w.tick(256)
	}
	return w.ctx.Err()
}
