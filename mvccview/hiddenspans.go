package mvccview

// A RevSpan is the revisions from Lo up to but not including Hi.
type RevSpan struct{ Lo, Hi Revision }

// Hides tells whether the revision is hidden.
func (h *HiddenRanges) Hides(rev Revision) bool { return h.Overlaps(rev, rev.next()) }

// HidesAfter tells whether any revision behind rev is hidden, up to main revision upTo
// and with it.
func (h *HiddenRanges) HidesAfter(rev Revision, upTo int64) bool {
	return h.Overlaps(rev.next(), Revision{Main: upTo}.afterMain())
}

// Spans gives the first most hidden spans up to main revision upTo, in order, and how
// many there are.
func (h *HiddenRanges) Spans(upTo int64, most int) (spans []RevSpan, total int) {
	h.visit(Revision{}, Revision{Main: upTo}.afterMain(), func(r revRange) {
		if total++; total <= most {
			spans = append(spans, RevSpan{r.lo, r.hi})
		}
	})
	return spans, total
}

// afterMain is the revision that follows all of r's main revision.
func (r Revision) afterMain() Revision {
	if r.Main == endOfTime.Main {
		return endOfTime
	}
	return Revision{Main: r.Main + 1}
}

// All makes every revision hidden: nothing is known of the history.
func (h *HiddenRanges) All() { h.Add(Revision{}, endOfTime) }
