package bolt

// This file: visits of parts of a tree ahead of their turn.
//
// Such a visit counts only if nothing at all was odd in it and in all parts before:
// no fault, no page that somebody else has. Then it has found what a visit in its turn
// would have, for all that it depends on are its own pages. If anything was odd, what
// it has claimed is given back and the part is visited again when its turn comes. So
// the order of faults, and who of two that share a page gets it, are those of one
// worker, and nothing needs to be held back but what is healthy.

// maxEarlyPages bounds what a visit ahead of its turn may claim; a part that is larger
// is no part of a healthy tree, or has values of hundreds of MB.
const maxEarlyPages = 1 << 17

// A workRange is a run of neighbouring children of a branch page.
type workRange struct {
	seq    int64   // its place in the order of ranges
	levels []level // the way from the root to the branch, which stands at the first child
	end    int     // the child behind the last one
	part   Accumulator

	way   haul // met by the planner on the way from the range before
	found haul // met in the range

	visited bool  // found, part and err are final
	err     error // why it has to be visited again in its turn; nil: it went well
	settled bool  // part has nothing more to do before it is merged
	fatal   error // ends the walk
}

// A haul is what a visit adds to the account of a bucket.
type haul struct {
	claims []Pgid
	stats  BucketStats
	nested []*Bucket
	pages  int64 // visited
}

// clear empties the haul and keeps its memory.
func (h *haul) clear() { *h = haul{claims: h.claims[:0], nested: h.nested[:0]} }

// drop gives back what was claimed, for the visit does not count.
func (h *haul) drop(t *pageTable) {
	for _, id := range h.claims {
		t.release(id)
	}
	h.clear()
}

// add takes over what was met behind it.
func (h *haul) add(o *haul) {
	h.claims = append(h.claims, o.claims...)
	h.stats.add(&o.stats)
	h.nested = append(h.nested, o.nested...)
	h.pages += o.pages
}

// landed counts a visit ahead of its turn, now that its turn has come.
func (w *walker) landed(h *haul) {
	w.stats.add(&h.stats)
	w.nested = append(w.nested, h.nested...)
	w.visited += h.pages
	h.clear()
}

// earlyWalker is a walker for visits ahead of their turn, in the file of w.
func (w *walker) earlyWalker() walker {
	return walker{ctx: w.ctx, f: w.f, meta: w.meta, hwm: w.hwm, table: w.table, careful: w.careful, checked: w.checked, whole: w.whole, early: true}
}

// into makes the walker fill h, and from gives back what may have grown.
func (w *walker) into(h *haul) {
	h.clear()
	w.stats, w.claims, w.nested, w.visited, w.ticked = &h.stats, h.claims, h.nested, 0, 0
}

func (w *walker) from(h *haul) { h.claims, h.nested, h.pages = w.claims, w.nested, w.visited }

// visitEarly visits a range. Any error says that it has to be visited in its turn.
func (w *walker) visitEarly(b *Bucket, r *workRange) error {
	w.bucket, w.acc, w.stopped = b, r.part, false
	w.into(&r.found)
	defer w.from(&r.found)
	w.levels = append(w.levels[:0], r.levels...)
	for len(w.levels) > len(r.levels) || w.levels[len(w.levels)-1].next < r.end {
		if err := w.next(); err != nil {
			return err
		}
		if w.stopped || len(w.claims) > maxEarlyPages {
			return errStopped
		}
	}
	return nil
}

// inTurn refuses every leaf: the planner of an early visit comes to branches only.
type inTurn struct{ nothing }

func (inTurn) Leaf(*Bucket, Leaf) error { return errStopped }

// A planner goes down the branches of a tree ahead of their turn and cuts ranges. It
// stops before whatever is odd.
type planner struct {
	walker
	depth  int  // number of branch levels: children of the lowest are in ranges
	run    int  // children in a range
	way    haul // since the last range
	step   haul // the branch just entered
	before []level
	seq    int64
}

// begin has the planner go on where the walk is.
func (p *planner) begin(w *walker) {
	p.bucket, p.stopped, p.acc = w.bucket, false, inTurn{}
	p.levels = append(p.levels[:0], w.levels...)
	p.way.clear()
}

// plan moves on to the next range and makes r of it; it is false at the end of the
// tree, and before what has to be visited in its turn.
func (p *planner) plan(r *workRange) bool {
	for len(p.levels) > 0 && !p.stopped {
		top := &p.levels[len(p.levels)-1]
		switch {
		case top.next == top.pg.n:
			p.table.shut(top.pg.id)
			p.levels = p.levels[:len(p.levels)-1]
		case len(p.levels) < p.depth:
			p.enterBranch()
		default:
			p.cut(r, top)
			return true
		}
	}
	return false
}

// enterBranch visits the next branch, or stops before it.
func (p *planner) enterBranch() {
	p.before = append(p.before[:0], p.levels...)
	p.into(&p.step)
	err := p.next()
	p.from(&p.step)
	if err == nil && !p.stopped {
		p.way.add(&p.step)
		return
	}
	p.step.drop(p.table)
	p.levels = append(p.levels[:0], p.before...)
	p.stopped = true
}

// cut makes a range of the next children of top.
func (p *planner) cut(r *workRange, top *level) {
	p.seq++
	*r = workRange{seq: p.seq, levels: append(r.levels[:0], p.levels...), end: min(top.next+p.run, top.pg.n),
		way: r.way, found: r.found}
	r.way, p.way = p.way, r.way
	p.way.clear()
	if _, ok := top.pg.key(r.end - 1); ok {
		top.next = r.end - 1 // its separator is all that the next step needs
	}
	for top.next < r.end {
		top.step(p.bucket, &p.at)
	}
}

// height is the number of levels down to the first leaf of a tree, as far as its
// headers tell; 0 if they do not.
func (f *File) height(id, hwm Pgid) (int, error) {
	for level := 1; level <= maxEarlyDepth; level++ {
		if id < 2 || id >= min(hwm, f.filePages()) {
			break
		}
		head, err := f.bytesAt(f.offset(id), PageHeaderSize+ElementSize)
		if err != nil {
			return 0, err
		}
		switch h, _ := ParsePageHeader(head); h.Flags {
		case FlagLeaf:
			return level, nil
		case FlagBranch:
			id = parseElement(head, FlagBranch, 0).child
		default:
			return 0, nil
		}
	}
	return 0, nil
}

// maxEarlyDepth bounds the trees that are visited ahead, for each range has a copy of
// the way to it. With 100 children a branch, 8 levels are more than any file has.
const maxEarlyDepth = 16
