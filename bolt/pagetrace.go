package bolt

import "math"

// tracer is a walk that notes of each page who has it. It goes the way of a walker,
// page for page, and looks at what changed in between.
type tracer struct {
	w     *walker
	notes []pageNote
	owner uint32 // of the tree that is being visited, as in a note
}

// survey is [File.survey] without accumulators, ranges and helpers.
func (t *tracer) survey(s *Survey) error {
	w := t.w
	s.table.claim(0, ownerMeta)
	s.table.claim(1, ownerMeta)
	if err := t.directory(s); err != nil {
		return err
	}
	for queue := w.take(nil); len(queue) > 0; queue = w.take(queue) {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		s.Buckets = append(s.Buckets, BucketStats{Bucket: b})
		if err := t.bucket(b, &s.Buckets[len(s.Buckets)-1]); err != nil {
			return err
		}
	}
	if err := w.freelist(s); err != nil {
		return err
	}
	w.account(s)
	w.leaks(s)
	return w.end(s)
}

// directory visits the tree that holds the top-level buckets.
func (t *tracer) directory(s *Survey) error {
	w := t.w
	w.bucket, w.stats, t.owner = &Bucket{Root: w.meta.Root}, &s.Directory, 1
	s.Directory.Bucket = w.bucket
	w.at = place{bucket: w.bucket, parent: NoPgid, parentElem: -1, pointerOff: -1, root: true}
	for i, slot := range w.f.metas {
		if slot.Meta == w.meta {
			w.at.parent, w.at.pointerOff = Pgid(i), slot.Off+16
		}
	}
	return t.tree(w.meta.Root)
}

func (t *tracer) bucket(b *Bucket, stats *BucketStats) error {
	w := t.w
	w.bucket, w.stats = b, stats
	if t.owner < math.MaxUint32 {
		t.owner++
	}
	if b.Inline {
		return w.inlineBucket(b)
	}
	w.at = place{bucket: b, parent: b.Page, parentElem: b.Elem, pointerOff: b.Off, root: true}
	return t.tree(b.Root)
}

// tree visits the tree with root id, which the walker's place points to.
func (t *tracer) tree(id Pgid) error {
	w := t.w
	w.levels = w.levels[:0]
	if err := t.enter(id); err != nil {
		return err
	}
	for len(w.levels) > 0 {
		top := &w.levels[len(w.levels)-1]
		if top.next == top.pg.n {
			w.table.shut(top.pg.id)
			w.levels = w.levels[:len(w.levels)-1]
			continue
		}
		if err := t.enter(top.step(w.bucket, &w.at)); err != nil {
			return err
		}
	}
	return nil
}

// enter visits one page and notes it if that is what claimed it.
func (t *tracer) enter(id Pgid) error {
	w, parent := t.w, t.w.at.parent
	known := w.table.at(id) != 0 || id >= Pgid(len(t.notes))
	before := *w.stats
	if err := w.enter(id); err != nil || known || w.table.at(id) == 0 {
		return err
	}
	n := pageNote{parent: uint32(parent), owner: t.owner, class: ClassDamaged}
	switch {
	case w.stats.BranchPages > before.BranchPages:
		n.class, n.used = ClassBranch, clipUsed(w.stats.BranchInUse-before.BranchInUse)
	case w.stats.LeafPages > before.LeafPages:
		n.class, n.used = ClassLeaf, clipUsed(w.stats.LeafInUse-before.LeafInUse)
	}
	t.notes[id] = n
	more := w.stats.BranchOverflow + w.stats.LeafOverflow - before.BranchOverflow - before.LeafOverflow
	for next := id + 1; more > 0 && next < Pgid(len(t.notes)); next++ {
		t.notes[next] = pageNote{parent: uint32(id), owner: t.owner}
		more--
	}
	return nil
}

func clipUsed(n int64) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }
