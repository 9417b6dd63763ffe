package query

import "boltvet/mvccview"

// A revSpan is the revisions from lo up to but not including hi.
type revSpan struct{ lo, hi mvccview.Revision }

// maxGaps bounds the gaps that are kept apart; further ones are taken for one with
// what lies between them, so that more is taken for missing, never less.
const maxGaps = 4096

// A revisionRow finds the revisions above C that are not there: history is complete
// there, so whatever is missing was lost, even if every page is sound. It is a
// mvccview.ParallelRecords.
type revisionRow struct {
	compact     int64
	known       bool // C is
	first, last mvccview.Revision
	any         bool
	fork        bool
	gaps        []revSpan
	descends    bool // a step goes back
}

func newRevisionRow(compact int64, known bool) *revisionRow {
	return &revisionRow{compact: compact, known: known}
}

// Step looks at the step from the record before to this one.
func (w *revisionRow) Step(r *mvccview.Record) {
	w.reach(r.Revision)
	w.last = r.Revision
}

// reach goes on to the next revision: from the last one, or from the beginning of
// history; what lies before a fork's first is left to the range before.
func (w *revisionRow) reach(next mvccview.Revision) {
	switch {
	case w.any:
		w.between(w.last, next)
	case w.fork:
		w.first = next
	default:
		w.between(mvccview.Revision{Main: mvccview.FirstMain - 1}, next)
	}
	w.any = true
}

// between notes what a step leaves out above C.
func (w *revisionRow) between(from, to mvccview.Revision) {
	w.descends = w.descends || to.Compare(from) <= 0 && to.Main > 1
	if !w.known || to.Main <= w.compact {
		return
	}
	if from.Main <= w.compact { // what is left of C and before may lack anything
		from = mvccview.Revision{Main: max(w.compact, mvccview.FirstMain-1)}
	}
	next := from.Next()
	switch {
	case to == next, to.Main == from.Main+1 && to.Sub == 0:
		return
	case to.Main > from.Main:
		next = mvccview.Revision{Main: from.Main + 1}
	}
	if next.Compare(to) < 0 {
		w.add(revSpan{next, to})
	}
}

func (w *revisionRow) add(g revSpan) {
	if n := len(w.gaps); n >= maxGaps {
		w.gaps[n-1].hi = g.hi
		return
	}
	w.gaps = append(w.gaps, g)
}

// Fork gives an empty row for a later range.
func (w *revisionRow) Fork() mvccview.RecordAccumulator {
	return &revisionRow{compact: w.compact, known: w.known, fork: true}
}

// ForkEarly is Fork: a row shares nothing.
func (w *revisionRow) ForkEarly() mvccview.RecordAccumulator { return w.Fork() }

// Merge goes on with the range that follows.
func (w *revisionRow) Merge(next mvccview.RecordAccumulator) {
	n := next.(*revisionRow)
	if !n.any {
		return
	}
	w.reach(n.first)
	for _, g := range n.gaps {
		w.add(g)
	}
	w.last, w.descends = n.last, w.descends || n.descends
}
