package bolt

// extent finds how far the page reaches, claims its overflow pages and reads it all.
// A page never reaches over one that somebody else has, so that all extents
// together are no longer than the file.
func (w *walker) extent(pg *page, h PageHeader, at *place) error {
	ps := int64(w.f.pageSize)
	pages, err := w.reach(pg, h)
	if err != nil {
		return err
	}
	got := w.claimOverflow(pg, min(pages, w.left(pg.id)), at)
	if pg.data, err = w.f.bytesAt(pg.off, got*ps); err != nil {
		return err
	}
	if pages > w.left(pg.id) || int64(len(pg.data)) < got*ps {
		w.sink(at.fault(PageMissing, pg.id, -1, w.f.size, "the file ends within the page", dec(pages*ps)+" bytes of it"))
	}
	return nil
}

// left is the number of pages from id to the end of the file, a cut one included.
func (w *walker) left(id Pgid) int64 {
	ps := int64(w.f.pageSize)
	return (w.f.size-w.f.offset(id)-1)/ps + 1
}

// reach is the number of pages that a page has. Where the header and the end of the
// last element disagree, a shorter end is believed, for there is nothing behind it;
// a longer one only if no page on the way has a header of its own.
func (w *walker) reach(pg *page, h PageHeader) (int64, error) {
	room, claimed := int64(w.hwm-pg.id), int64(h.Overflow)+1
	need, err := w.needed(pg, int(h.Count))
	if err != nil || need == claimed {
		return claimed, err
	}
	table, err := w.tableOf(pg)
	if err != nil {
		return 0, err
	}
	if whole, err := w.needed(pg, table); err != nil || whole == claimed {
		return claimed, err // the count is wrong, not the overflow
	}
	switch {
	case need == 0 || need > room:
		return w.headless(pg.id, min(claimed, room)), nil
	case need > claimed && w.headless(pg.id, need) < need:
		return claimed, nil
	}
	return need, nil
}

// needed is the number of pages up to the end of the last of n elements; 0 if the
// element table cannot tell.
func (w *walker) needed(pg *page, n int) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	e, ok, err := w.elementAt(pg, n-1)
	ps := uint64(w.f.pageSize)
	if err != nil || !ok || e.start < uint64(PageHeaderSize+n*ElementSize) {
		return 0, err
	}
	return int64((e.end + ps - 1) / ps), nil
}

// tableOf is the number of elements before the place where the first key starts.
func (w *walker) tableOf(pg *page) (int, error) {
	e, ok, err := w.elementAt(pg, 0)
	if err != nil || !ok || e.start > PageHeaderSize+0xFFFF*ElementSize {
		return 0, err
	}
	return int(e.start-PageHeaderSize) / ElementSize, nil
}

// elementAt reads one element of a page whose extent is not known yet.
func (w *walker) elementAt(pg *page, i int) (element, bool, error) {
	at := PageHeaderSize + i*ElementSize
	b, err := w.f.bytesAt(pg.off+int64(at), ElementSize)
	if err != nil || len(b) < ElementSize {
		return element{}, false, err
	}
	return decodeElement(b, uint64(at), pg.kind), true, nil
}

// headless is how many of n pages from id on can belong together: those behind the
// first are nobody's yet and carry no number of their own.
func (w *walker) headless(id Pgid, n int64) int64 {
	n = min(n, w.left(id))
	w.stopped = w.stopped || w.early && n > 1 // it takes the table of its own turn
	for i := int64(1); i < n; i++ {
		if next := id + Pgid(i); w.table.at(next) != 0 || w.ownHeader(next) {
			return i
		}
	}
	return n
}

// ownHeader tells whether a page carries its own number, as a page does that is
// nobody's overflow.
func (w *walker) ownHeader(id Pgid) bool {
	b, err := w.f.bytesAt(w.f.offset(id), PageHeaderSize)
	h, ok := ParsePageHeader(b)
	return err == nil && ok && h.ID == id && h.Flags != 0
}

// claimOverflow marks the pages behind the first as belonging to it, and gives how
// many pages that makes: it ends before one that somebody has.
func (w *walker) claimOverflow(pg *page, pages int64, at *place) int64 {
	for i := int64(1); i < pages; i++ {
		id := pg.id + Pgid(i)
		if !w.claim(id, ownerOverflow) {
			w.shared(id)
			w.sink(at.fault(PageCrossLink, pg.id, -1, pg.off+12,
				"overflow page "+dec(id)+" is in use already", "pages of its own"))
			return i
		}
		w.claimed(id, at)
		w.stats.addOverflow(pg.kind)
	}
	return pages
}
