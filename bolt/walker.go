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
	hwm   Pgid // the high water mark, as far as a file can have pages
	table *pageTable
	out   func(Fault) bool

	fallback bool
	careful  bool // no page takes the short way
	checked  bool // leaves were checked before
	whole    bool // all of each page is going to be read

	bucket  *Bucket
	stats   *BucketStats
	acc     Accumulator
	nested  []*Bucket // buckets found in the leaves of the current one
	levels  []level
	at      place // where the current page was pointed to from
	scratch page  // the current page
	check   pageCheck
	found   int64
	visited int64
	stopped bool
	missing bool                     // a page in use lies beyond the end of the file
	hidden  bool                     // part of a tree could not be read
	listed  bool                     // the persisted freelist could be read
	cutKind PageFlags                // of the page that the end of the file cuts, if it is in use and could be read
	skip    func(*Bucket, Pgid) bool // pages that are not read; nil: none
	tick    func(pages int64)
	ticked  int64 // of visited, how many tick was told

	crossed bool    // a page is shared
	first   *walker // the walk whose shared pages this one looks for; nil: none

	trace  *tracer // notes who has which page; nil: nobody asks
	crew   *crew   // helps with what is to come; nil: nobody
	early  bool    // this visit is ahead of its turn: a fault ends it and goes nowhere
	claims []Pgid  // pages that an early visit has claimed
}

// level is a branch page on the way down, and how far it has been visited.
type level struct {
	pg     page
	next   int // the child to visit next
	ahead  int // the next readable element, as far as it was searched for
	lo, hi []byte
	from   []byte // of its first child
}

func (w *walker) sink(f Fault) {
	w.found++
	if w.early {
		w.stopped = true
		return
	}
	f.Fallback = w.fallback
	w.missing = w.missing || f.Kind == PageMissing
	w.hidden = w.hidden || f.Hidden != nil
	if !w.stopped && w.out != nil && !w.out(f) {
		w.stopped = true
	}
}

// tree visits the tree with root id, which w.at points to.
func (w *walker) tree(id Pgid) error {
	w.levels = w.levels[:0]
	if err := w.enter(id); err != nil {
		return err
	}
	for len(w.levels) > 0 {
		if w.crew.due(w) {
			if err := w.crew.goAhead(w); err != nil {
				return err
			}
			continue
		}
		if err := w.next(); err != nil {
			return err
		}
	}
	return nil
}

// next visits the next child of the page on top of the stack, or leaves that page.
func (w *walker) next() error {
	top := &w.levels[len(w.levels)-1]
	if top.next == top.pg.n {
		w.table.shut(top.pg.id)
		w.levels = w.levels[:len(w.levels)-1]
		return nil
	}
	id := top.step(w.bucket, &w.at)
	if !w.wanted() {
		return w.pause()
	}
	return w.enter(id)
}

// wanted tells whether there may be something for the accumulator in what w.at points to.
func (w *walker) wanted() bool {
	if !w.checked || len(w.bucket.Path) == 0 {
		return true
	}
	c, ok := w.acc.(Chooser)
	return !ok || c.Wants(w.bucket, w.at.from, w.at.hi)
}

// step moves to the next child and states in at what its parent promises of it.
// A separator that cannot be read widens the range to the nearest that can.
func (l *level) step(b *Bucket, at *place) Pgid {
	i := l.next
	l.next++
	if l.ahead <= i {
		l.ahead = l.pg.readableFrom(i + 1)
	}
	*at = place{bucket: b, parent: l.pg.id, parentElem: i, lo: l.lo, hi: l.hi,
		pointerOff: l.pg.off + int64(PageHeaderSize+i*ElementSize+8)}
	if key, ok := l.pg.key(i); ok {
		at.lo, at.exact = key, true
	}
	if l.ahead < l.pg.n {
		at.hi, _ = l.pg.key(l.ahead)
	}
	l.lo, at.from = at.lo, at.lo
	if i == 0 {
		at.from = l.from
	}
	return parseElement(l.pg.data, FlagBranch, i).child
}

// enter visits one page, and has the tracer look on if there is one.
func (w *walker) enter(id Pgid) error {
	if w.trace != nil {
		return w.trace.visit(w, id)
	}
	return w.visitPage(id)
}

// visitPage visits one page: a branch goes on the stack, a leaf to the accumulator.
func (w *walker) visitPage(id Pgid) error {
	if err := w.pause(); err != nil {
		return err
	}
	at := &w.at
	if !w.mayVisit(id, at) || w.skip != nil && w.skip(w.bucket, id) {
		return nil
	}
	pg, err := w.readPage(id, at)
	if err != nil || pg == nil {
		return err
	}
	w.stats.addPage(pg, len(w.levels)+1)
	if id == w.table.pages {
		w.cutKind = pg.kind
	}
	if pg.kind == FlagBranch {
		w.table.open(id)
		w.levels = append(w.levels, level{pg: *pg, lo: at.lo, hi: at.hi, from: at.from})
		return nil
	}
	return w.leaf(pg.leaf(), at)
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
	w.sink(at.fault(BucketPlain, l.page, i, l.off+int64(PageHeaderSize+i*ElementSize), "a plain value under a key of "+ShowSuspect(key), "a bucket"))
}

// mayVisit judges a pointer before it is followed and claims the page.
func (w *walker) mayVisit(id Pgid, at *place) bool {
	switch {
	case id < 2 || id >= w.hwm:
		w.sink(at.pointerFault(PageOutOfRange, "page "+dec(id), "a page in [2, "+dec(w.hwm)+")"))
	case w.claim(id, ownerTree):
		w.claimed(id, at)
		return true
	case w.table.at(id)&ownerOpen != 0:
		w.sink(at.pointerFault(PageLoop, "page "+dec(id)+", its own ancestor", "a page below"))
	default:
		w.shared(id)
		w.sink(at.pointerFault(PageCrossLink, "page "+dec(id)+", which is in use already", "a page of its own"))
	}
	return false
}

// claim marks a page, and remembers it for a visit that may not count.
func (w *walker) claim(id Pgid, o owner) bool {
	ok := w.table.claim(id, o)
	if ok && w.early {
		w.claims = append(w.claims, id)
	}
	return ok
}

// tickPages is how many pages pass between two looks up from the work.
const tickPages = 256

// pause looks up from the work now and then.
func (w *walker) pause() error {
	if w.stopped {
		return errStopped
	}
	w.visited++
	if w.visited < w.ticked+tickPages {
		return nil
	}
	return w.lookUp()
}

// lookUp tells how far the walk is, in whole ticks, and whether it is to end.
func (w *walker) lookUp() error {
	more := (w.visited - w.ticked) &^ (tickPages - 1)
	w.ticked += more
	if w.tick != nil && more > 0 {
		w.tick(more)
	}
	return w.ctx.Err()
}
