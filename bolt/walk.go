package bolt

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// WalkOptions say how a walk is done; the zero value is one worker and no sink.
type WalkOptions struct {
	// Workers is how many goroutines read large buckets, if the accumulator is a
	// [Parallel]; 0 or 1: only the caller's own. What a walk gives, and what it tells
	// the sink and in which order, does not depend on it.
	Workers int
	// OnFault receives every fault as it is found; false ends the walk. It is never
	// called by two goroutines at once.
	OnFault func(Fault) bool
	// Progress is told now and then how many more pages were visited, or left out.
	Progress func(pages int64)
	// Fallback says that the walk starts from the meta that is not live: its faults say so too.
	Fallback bool
	// CutEveryLeaf makes every leaf page a range of its own, with any number of workers.
	// It is the hardest case for accumulators, and slow: for tests.
	CutEveryLeaf bool
	// Checked says that a walk before has checked the same pages: the elements of leaves
	// are not held against the rules again, and a [Chooser] is asked which it wants to
	// see. Whatever is read is bounded all the same.
	Checked bool
	// Skip tells of which buckets the tree is left alone; nil: of none. Their pages
	// then seem to belong to nobody, so the account of such a walk means nothing.
	Skip func(*Bucket) bool
	// SkipPage tells which pages of a bucket are not read, nor what is below them; nil:
	// none. They count as in use, without their overflow.
	SkipPage func(*Bucket, Pgid) bool
	// Whole says that the accumulator reads all bytes of the pages, as a hash does, so
	// that it pays to ask the memory for each page at once. It changes the speed only.
	Whole bool

	careful bool // for tests: every page goes the long way, see walker.sound
}

// maxPages bounds the page table: one byte a page, so 4 GiB of table for 16 TiB of
// pages of 4 KiB. A sparse file can claim any size.
const maxPages = 1 << 32

// TooLargeError says that a file has more pages than a walk keeps account of.
type TooLargeError struct{ Pages int64 }

// Error tells the number of pages.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the file has %d pages; at most %d can be accounted for", e.Pages, int64(maxPages))
}

// Walk visits everything that can be reached from m exactly once, in key order,
// checks the structure on the way, feeds acc (nil: nothing) and accounts for every
// page of the file. Damage goes to o.OnFault and the walk goes on with what can be
// read; what it gives back is then a count of that. It ends early only when ctx
// does, when the sink or acc wants it to, or when bytes cannot be read. The caller
// holds the [File.Guard].
func (f *File) Walk(ctx context.Context, m Meta, acc Accumulator, o WalkOptions) (*Survey, error) {
	hwm := min(m.HighWater, Pgid(math.MaxInt64/f.pageSize)) // so that every page has an offset
	pages := min(hwm, f.filePages())
	if pages > maxPages {
		return nil, &TooLargeError{Pages: int64(pages)}
	}
	if acc == nil {
		acc = nothing{}
	}
	s := &Survey{Meta: m, table: newPageTable(pages)}
	w := &walker{ctx: ctx, f: f, meta: m, hwm: hwm, table: s.table, out: o.OnFault, fallback: o.Fallback, careful: o.careful, checked: o.Checked, whole: o.Whole, acc: acc, tick: o.Progress, skip: o.SkipPage}
	if _, chooses := acc.(Chooser); chooses && o.Checked {
		w.hidden = true // pages that are left out have not leaked
	}
	if p, ok := acc.(Parallel); ok && o.SkipPage == nil && o.Workers > 1 && p.ForkEarly() != nil {
		w.crew = newCrew(w, p, o)
		defer w.crew.dismiss()
	}
	err := f.survey(w, s, o)
	s.Faults = w.found
	if errors.Is(err, errStopped) {
		err = nil
	}
	return s, err
}

func (f *File) survey(w *walker, s *Survey, o WalkOptions) error {
	if err := w.trees(s, o); err != nil {
		return err
	}
	if err := w.rivals(o); err != nil {
		return err
	}
	if err := w.freelist(s); err != nil {
		return err
	}
	w.account(s)
	w.leaks(s)
	return w.end(s)
}

// trees visits the bucket directory and all buckets.
func (w *walker) trees(s *Survey, o WalkOptions) error {
	s.table.claim(0, ownerMeta)
	s.table.claim(1, ownerMeta)
	if err := w.directory(s); err != nil {
		return err
	}
	queue := w.take(nil)
	for len(queue) > 0 {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if o.Skip != nil && o.Skip(b) {
			continue
		}
		s.Buckets = append(s.Buckets, BucketStats{Bucket: b})
		if err := w.visit(b, &s.Buckets[len(s.Buckets)-1], o); err != nil {
			return err
		}
		queue = w.take(queue)
	}
	return nil
}

// take moves the buckets just found to the queue, first on top.
func (w *walker) take(queue []*Bucket) []*Bucket {
	for i := len(w.nested) - 1; i >= 0; i-- {
		queue = append(queue, w.nested[i])
	}
	w.nested = w.nested[:0]
	return queue
}

// directory visits the tree that holds the top-level buckets.
func (w *walker) directory(s *Survey) error {
	w.bucket, w.stats = &Bucket{Root: w.meta.Root}, &s.Directory
	s.Directory.Bucket = w.bucket
	w.at = place{bucket: w.bucket, parent: NoPgid, parentElem: -1, pointerOff: -1, root: true}
	for i, slot := range w.f.metas {
		if slot.Meta == w.meta {
			w.at.parent, w.at.pointerOff = Pgid(i), slot.Off+16
		}
	}
	return w.tree(w.meta.Root)
}

// visit goes through one bucket, cut into ranges if asked.
func (w *walker) visit(b *Bucket, stats *BucketStats, o WalkOptions) error {
	w.bucket, w.stats = b, stats
	w.acc.Bucket(b)
	if b.Inline {
		return w.inlineBucket(b)
	}
	w.at = place{bucket: b, parent: b.Page, parentElem: b.Elem, pointerOff: b.Off, root: true}
	switch {
	case w.crew != nil:
		if err := w.crew.join(w, b); err != nil {
			return err
		}
		defer w.crew.leave()
	case o.CutEveryLeaf:
		return w.cut(b.Root)
	}
	return w.tree(b.Root)
}

// cut visits a tree with a fork of the accumulator for each leaf, merged in order.
func (w *walker) cut(root Pgid) error {
	whole := w.acc
	defer func() { w.acc = whole }()
	w.acc = &cutter{whole: whole}
	return w.tree(root)
}

// cutter is the accumulator that forks at every leaf: early where that can be, and a leaf
// that then has to be visited in its turn goes to the whole, as a crew does it.
type cutter struct{ whole Accumulator }

func (c *cutter) Bucket(*Bucket)    {}
func (c *cutter) Fork() Accumulator { return c }
func (c *cutter) Merge(Accumulator) {}
func (c *cutter) Leaf(b *Bucket, l Leaf) error {
	if part := forkEarly(c.whole); part != nil {
		if part.Leaf(b, l) != nil {
			return c.whole.Leaf(b, l)
		}
		err := settle(part)
		c.whole.Merge(part)
		return err
	}
	part := c.whole.Fork()
	err := part.Leaf(b, l)
	c.whole.Merge(part)
	return err
}

// Wants asks the whole.
func (c *cutter) Wants(b *Bucket, lo, hi []byte) bool {
	whole, ok := c.whole.(Chooser)
	return !ok || whole.Wants(b, lo, hi)
}
