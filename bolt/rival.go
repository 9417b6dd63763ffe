package bolt

// This file: who had a page first that two pointers lead to.
//
// A walk gives a shared page to the pointer that it comes to first, and reports the
// other one. But nothing tells which of the two is right, so the first one's keys are in
// doubt as well. Whose they were is not kept for every page: a second visit to the trees,
// which only a file with shared pages pays for, finds it out.

// shared marks a page that somebody asked for who came too late.
func (w *walker) shared(id Pgid) {
	if !w.early { // what an early visit meets may not count
		w.table.share(id)
		w.crossed = true
	}
}

// rivals reports of each shared page the pointer that the walk came to first. It goes
// through the trees in the same order as the walk, alone, so that what it tells depends
// on nothing else. A walk over checked pages leaves it to the walk that checked them.
func (w *walker) rivals(o WalkOptions) error {
	if !w.crossed || w.checked {
		return nil
	}
	again := &walker{ctx: w.ctx, f: w.f, meta: w.meta, hwm: w.hwm, table: newPageTable(w.table.pages), careful: w.careful, acc: nothing{}, skip: w.skip, first: w}
	return again.trees(&Survey{Meta: w.meta, table: again.table}, WalkOptions{Skip: o.Skip})
}

// claimed looks whether a page that was just claimed is one that the walk before has
// found shared.
func (w *walker) claimed(id Pgid, at *place) {
	if w.first == nil || w.first.table.at(id)&ownerShared == 0 {
		return
	}
	w.first.sink(at.pointerFault(PageCrossLink, "page "+dec(id)+", to which another pointer leads, too", "a page of its own"))
	w.stopped = w.first.stopped
}
