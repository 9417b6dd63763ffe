package mvccview

import (
	"fmt"

	"boltvet/bolt"
)

// This file: the rules about the row of revisions, which look at neighbours
// only: M2 (ascending), M6 (subs from 0 without gap) and M7 (mains without
// gap), the latter two above C.
//
// A step from one record to the next shows what is missing between. It is
// believed only if the steps beside it ascend too: a record in a wrong place
// would otherwise make everything between here and there seem lost. Whole pages
// get into wrong places more often than records do, so a step between pages is
// judged by the steps between pages beside it. Ranges are cut between pages, so
// steps within a page are never cut.

// A mark is the place of a record in history and in the file.
type mark struct {
	rev  Revision
	page bolt.Pgid
	elem int
	off  int64
}

// at puts the place into a fault.
func (m mark) at(f Fault) Fault {
	f.Bucket, f.Rev, f.Page, f.Elem, f.Off = BucketKey, m.rev, m.page, m.elem, m.off
	return f
}

// A span is the first and the last record of a page, as they lie there.
type span struct{ first, last mark }

// A gap is what one step leaves out: whole mains, and the first subs of the
// record that follows (or those between two records of one main).
type gap struct {
	mains revRange // subs are 0
	subs  revRange // within one main
	next  mark     // the record behind
}

func (g *gap) empty() bool { return g.mains == g.subs } // both are

// steps is the state of a row of steps, of records in a page or of pages.
type steps struct {
	ascends bool // the last step
	pending gap  // what it left out, until the next one bears it out
}

// row is the state of these rules.
type row struct {
	n            int64 // pages so far
	before, page span  // the last two pages
	inside       steps // of the last page
	between      steps
	over         []gap // over pages in the wrong place
}

// stepRow takes one record in.
func (c *Chain) stepRow(m mark) {
	w := &c.row
	if w.n == 0 || w.page.first.page != m.page {
		c.closePage()
		c.openPage(span{m, m})
		return
	}
	ascended := w.inside.ascends
	w.inside.ascends = w.page.last.rev.Compare(m.rev) < 0
	g := c.gap(w.page.last, m)
	if w.inside.ascends {
		c.reportGap(w.inside.pending)
	} else {
		c.reportOrder(w.page.last, m)
	}
	w.inside.pending = gap{}
	if ascended {
		w.inside.pending = g
	}
	w.page.last = m
}

// closePage ends the last page.
func (c *Chain) closePage() {
	c.reportGap(c.row.inside.pending)
	c.row.inside.pending = gap{}
}

// openPage takes the next page in, which is p as far as it is known.
func (c *Chain) openPage(p span) {
	w := &c.row
	w.n++
	w.inside = steps{ascends: true}
	if w.n == 1 {
		w.between.ascends = true
		w.between.pending = c.gap(mark{}, p.first)
		w.page = p
		return
	}
	ascended := w.between.ascends
	w.between.ascends = w.page.last.rev.Compare(p.first.rev) < 0
	g := c.gap(w.page.last, p.first)
	if w.between.ascends {
		c.reportGap(w.between.pending)
	} else {
		c.reportOrder(w.page.last, p.first)
	}
	w.between.pending = gap{}
	if ascended && w.between.ascends {
		w.between.pending = g
	}
	if w.n > 2 && !(ascended && w.between.ascends) {
		c.overPage(p)
	}
	w.before, w.page = w.page, p
}

// maxOver bounds the gaps over pages that wait for the end. A ruin with more
// reports the others without knowing whether they turn up elsewhere.
const maxOver = 4096

// overPage judges by the page before and the next one, p, what is lost with
// the last page, which does not fit between: it is in the wrong place, or p is.
// What is lost may still turn up in the wrong place itself, as when two pages
// have changed places, so this is not told before the end.
func (c *Chain) overPage(p span) {
	w := &c.row
	from, to := w.before.last.rev, p.first.rev
	c.doubts.Add(from.next(), to)
	begins := w.page.first.rev
	if from.Compare(to) >= 0 || begins.Compare(from) > 0 && begins.Compare(to) < 0 {
		return
	}
	c.astray.Add(begins, w.page.last.rev.next())
	switch g := c.gap(w.before.last, p.first); {
	case g.empty():
	case len(w.over) < maxOver:
		w.over = append(w.over, g)
	default:
		c.reportGap(g)
	}
}

// reportOver reports what is lost with pages and did not turn up elsewhere.
func (c *Chain) reportOver() {
	for _, g := range c.row.over {
		c.astray.rest(g.mains.lo, g.mains.hi, func(r revRange) { c.reportGap(gap{mains: r, next: g.next}) })
		c.astray.rest(g.subs.lo, g.subs.hi, func(r revRange) { c.reportGap(gap{subs: r, next: g.next}) })
	}
	c.row.over = nil
}

// endRow reports what the end bears out.
func (c *Chain) endRow() {
	c.closePage()
	c.reportGap(c.row.between.pending)
	c.row.between.pending = gap{}
	c.reportOver()
}

func (c *Chain) reportOrder(last, m mark) {
	c.report(m.at(newFault(RevisionOrder, m.rev.String()+" after "+last.rev.String(), "ascending revisions")))
}

// gap finds what lies between two records that follow each other, above C, and
// makes a note of it for the rules that need predecessors.
func (c *Chain) gap(before, next mark) gap {
	g := c.between(before, next)
	c.doubts.Add(g.mains.lo, g.mains.hi)
	c.doubts.Add(g.subs.lo, g.subs.hi)
	return g
}

// between is what lies between two records that follow each other, above C.
func (c *Chain) between(before, next mark) gap {
	from, to := before.rev, next.rev
	if !c.known || to.Main <= c.compact || to.Main < FirstMain || from.Compare(to) >= 0 {
		return gap{}
	}
	g := gap{next: next}
	base := max(from.Main, c.compact, FirstMain-1)
	sub := int64(0)
	if to.Main == from.Main {
		sub = from.Sub + 1
	} else if base+1 < to.Main {
		g.mains = revRange{Revision{Main: base + 1}, Revision{Main: to.Main}}
	}
	if sub < to.Sub {
		g.subs = revRange{Revision{to.Main, sub}, to}
	}
	return g
}

// reportGap reports what is missing, as far as nothing hidden explains it.
func (c *Chain) reportGap(g gap) {
	if g.empty() {
		return
	}
	c.hidden.rest(g.mains.lo, g.mains.hi, func(r revRange) {
		lo, hi := r.lo.Main, r.hi.Main // a main of which part is hidden may lie there wholly
		if r.lo.Sub > 0 {
			lo++
		}
		if lo >= hi {
			return
		}
		c.result.MissingMains += hi - lo
		c.reportMissing(RevisionGap, g.next, Revision{Main: lo}, missing("revision", lo, hi), "none missing above "+compactText(c.compact))
	})
	c.hidden.rest(g.subs.lo, g.subs.hi, func(r revRange) {
		c.result.MissingSubs += r.hi.Sub - r.lo.Sub
		c.reportMissing(RevisionSubGap, g.next, r.lo, missing("sub", r.lo.Sub, r.hi.Sub), "subs from 0 without gap")
	})
}

// reportMissing is a fault at the revision that is missing, in the place of
// the record that follows.
func (c *Chain) reportMissing(kind FaultKind, next mark, rev Revision, got, want string) {
	next.rev = rev
	c.report(next.at(newFault(kind, got, want)))
}

// complete tells whether all revisions above C are in the row.
func (c *Chain) complete() bool {
	return c.known && c.result.MissingMains == 0 && c.result.MissingSubs == 0 && !c.hidden.Overlaps(Revision{}, endOfTime)
}

func missing(what string, lo, hi int64) string {
	if hi-lo == 1 {
		return fmt.Sprintf("%s %d is missing", what, lo)
	}
	return fmt.Sprintf("%ss %d to %d are missing (%d)", what, lo, hi-1, hi-lo)
}

func compactText(compact int64) string {
	if compact < 0 {
		return "1, for the store was never compacted"
	}
	return fmt.Sprintf("the compact revision %d", compact)
}
