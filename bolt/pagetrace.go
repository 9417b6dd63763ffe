package bolt

import "math"

// tracer notes of each page that a walk visits who has it, by what changed meanwhile.
type tracer struct {
	survey *Survey
	notes  []pageNote
}

// visit has w visit one page, and notes it if that is what claimed it.
func (t *tracer) visit(w *walker, id Pgid) error {
	parent := w.at.parent
	known := w.table.at(id) != 0 || id >= Pgid(len(t.notes))
	before := *w.stats
	if err := w.visitPage(id); err != nil || known || w.table.at(id) == 0 {
		return err
	}
	n := pageNote{parent: uint32(parent), owner: t.owner(), class: ClassDamaged}
	switch {
	case w.stats.BranchPages > before.BranchPages:
		n.class, n.used = ClassBranch, clipUsed(w.stats.BranchInUse-before.BranchInUse)
	case w.stats.LeafPages > before.LeafPages:
		n.class, n.used = ClassLeaf, clipUsed(w.stats.LeafInUse-before.LeafInUse)
	}
	t.notes[id] = n
	more := w.stats.BranchOverflow + w.stats.LeafOverflow - before.BranchOverflow - before.LeafOverflow
	for next := id + 1; more > 0 && next < Pgid(len(t.notes)); next++ {
		t.notes[next] = pageNote{parent: uint32(id), owner: n.owner}
		more--
	}
	return nil
}

// owner is the tree that is being visited, as in a note: the directory is before all
// buckets.
func (t *tracer) owner() uint32 { return uint32(min(len(t.survey.Buckets)+1, math.MaxUint32)) }

func clipUsed(n int64) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }
