package bolt

// readPage reads the page id that at points to and checks its header and elements.
// It gives nil if the page cannot be read; the faults, which say why, go to the sink.
func (w *walker) readPage(id Pgid, at *place) (*page, error) {
	head, err := w.f.bytesAt(w.f.offset(id), PageHeaderSize)
	if err != nil {
		return nil, err
	}
	h, ok := ParsePageHeader(head)
	if !ok {
		w.hide(at, PageMissing, id, 0, "the file ends at byte "+dec(w.f.size), "a page")
		return nil, nil
	}
	if !w.knownKind(id, h, at) {
		return nil, nil
	}
	pg := &w.scratch
	*pg = page{id: id, off: w.f.offset(id), kind: h.Flags}
	if err := w.extent(pg, h, at); err != nil {
		return nil, err
	}
	if !w.count(pg, h, at) {
		return nil, nil
	}
	before := w.found
	w.elements(pg, at)
	w.exactOverflow(pg, h, at)
	if h.ID != id {
		return w.foreign(pg, h, at, w.found > before), nil
	}
	return pg, nil
}

func (w *walker) elements(pg *page, at *place) {
	check := pageCheck{pg: pg, at: at, sink: w.sink}
	check.elements()
	if pg.writer <= pg.n {
		check.slack() // otherwise it is the hidden elements that lie there
	}
}

// hide states that page id cannot be read, and which keys that hides. rel is the
// byte within the page that is to blame.
func (w *walker) hide(at *place, kind FaultKind, id Pgid, rel int64, got, want string) {
	f := at.fault(kind, id, -1, w.f.offset(id)+rel, got, want)
	f.Hidden = at.hidden()
	w.sink(f)
}

// knownKind judges the header as far as the page's kind goes.
func (w *walker) knownKind(id Pgid, h PageHeader, at *place) bool {
	switch {
	case h.Flags == FlagLeaf || h.Flags == FlagBranch:
		return true
	case h == PageHeader{}:
		w.hide(at, PageZeroed, id, 0, "zeros", "a page header")
	case h.ID != id:
		w.hide(at, PageID, id, 0, "id "+dec(h.ID)+", flags "+h.Flags.String(), "id "+dec(id)+", a branch or leaf")
	default:
		w.hide(at, PageKind, id, 8, h.Flags.String(), "branch or leaf")
	}
	return false
}

// foreign handles a page that carries another page's number. If all else is as the
// parent promises, only the header is damaged and the content stands; if not, the
// content belongs elsewhere and must not be read as this page's.
func (w *walker) foreign(pg *page, h PageHeader, at *place, faulty bool) *page {
	f := at.fault(PageID, pg.id, -1, pg.off, dec(h.ID), dec(pg.id))
	if faulty || (!at.exact && !at.root) {
		f.Hidden = at.hidden()
		pg = nil
	}
	w.sink(f)
	return pg
}

// extent finds how far the page reaches and claims its overflow pages. The end of
// the last element tells the truth when the header does not; it never lets a page
// grow over one that has a header of its own.
func (w *walker) extent(pg *page, h PageHeader, at *place) error {
	ps := int64(w.f.pageSize)
	room := int64(w.meta.HighWater - pg.id)
	pages := int64(h.Overflow) + 1
	need, err := w.needed(pg, h)
	if err != nil {
		return err
	}
	switch {
	case need == 0 || need > room:
		pages = min(pages, room, 1+int64(w.f.filePages()))
	case need < pages, !w.ownHeader(pg.id + Pgid(pages)):
		pages = need
	}
	if pg.data, err = w.f.bytesAt(pg.off, pages*ps); err != nil {
		return err
	}
	if int64(len(pg.data)) < pages*ps {
		f := at.fault(PageMissing, pg.id, -1, w.f.size, "the file ends within the page", dec(pages*ps)+" bytes of it")
		w.sink(f)
	}
	w.claimOverflow(pg, (int64(len(pg.data))+ps-1)/ps, at)
	return nil
}

// needed is the number of pages that the last element's end asks for; 0 if the
// element table cannot tell.
func (w *walker) needed(pg *page, h PageHeader) (int64, error) {
	if h.Count == 0 {
		return 0, nil
	}
	last := PageHeaderSize + (int64(h.Count)-1)*ElementSize
	b, err := w.f.bytesAt(pg.off+last, ElementSize)
	if err != nil || len(b) < ElementSize {
		return 0, err
	}
	e := parseElement(append(make([]byte, PageHeaderSize, 2*PageHeaderSize), b...), h.Flags, 0)
	ps := int64(w.f.pageSize)
	return (int64(e.end) - PageHeaderSize + last + ps - 1) / ps, nil
}

// ownHeader tells whether a page carries its own number, as a page does that is
// nobody's overflow.
func (w *walker) ownHeader(id Pgid) bool {
	b, err := w.f.bytesAt(w.f.offset(id), PageHeaderSize)
	h, ok := ParsePageHeader(b)
	return err == nil && ok && h.ID == id && h.Flags != 0
}

// claimOverflow marks the pages behind the first as belonging to it.
func (w *walker) claimOverflow(pg *page, pages int64, at *place) {
	for i := int64(1); i < pages; i++ {
		if !w.table.claim(pg.id+Pgid(i), ownerOverflow) {
			w.sink(at.fault(PageCrossLink, pg.id, -1, pg.off+12,
				"overflow page "+dec(pg.id+Pgid(i))+" is in use already", "pages of its own"))
			return
		}
		w.stats.addOverflow(pg.kind)
	}
}

// count judges the number of elements against the room and against the length of
// the table, which ends where the first key starts.
func (w *walker) count(pg *page, h PageHeader, at *place) bool {
	pg.n = int(h.Count)
	pg.writer = tableLength(pg.data, pg.kind)
	room := (len(pg.data) - PageHeaderSize) / ElementSize
	emptyRoot := at.root && pg.kind == FlagLeaf
	switch {
	case pg.n < pg.writer:
		w.hiddenElements(pg, at)
		return pg.n > 0 || emptyRoot
	case pg.n > pg.writer && pg.writer > 0:
		w.sink(at.fault(PageCount, pg.id, -1, pg.off+10, dec(pg.n), dec(pg.writer)+", the length of the element table"))
		pg.n = pg.writer
	case pg.n > room:
		w.hide(at, PageCount, pg.id, 10, dec(pg.n), "at most "+dec(room))
		return false
	case pg.n == 0 && !emptyRoot:
		w.hide(at, PageEmpty, pg.id, 10, "no elements", "one or more")
		return false
	case pg.n == 1 && pg.kind == FlagBranch:
		w.sink(at.fault(PageCount, pg.id, -1, pg.off+10, "1", "2 or more in a branch"))
	}
	return true
}

// tableLength is how many elements the writer put on the page, told by where the
// first key starts; 0 if that key's place is not borne out by the second's.
func tableLength(data []byte, kind PageFlags) int {
	if len(data) < PageHeaderSize+2*ElementSize {
		return 0
	}
	e := parseElement(data, kind, 0)
	if e.start%ElementSize != 0 || e.start < PageHeaderSize+ElementSize || e.end > uint64(len(data)) {
		return 0
	}
	n := int(e.start-PageHeaderSize) / ElementSize
	if n > 1 && parseElement(data, kind, 1).start != e.end {
		return 0
	}
	return n
}

// hiddenElements reports a count that is lower than the element table is long.
func (w *walker) hiddenElements(pg *page, at *place) {
	f := at.fault(PageCount, pg.id, -1, pg.off+10, dec(pg.n), dec(pg.writer)+", the length of the element table")
	f.Hidden = at.hidden()
	if e := parseElement(pg.data, pg.kind, pg.n); e.keyEnd <= uint64(len(pg.data)) {
		f.Hidden.Lo = append([]byte{}, pg.data[e.start:e.keyEnd]...)
	}
	w.sink(f)
}

// exactOverflow compares the header's overflow with what the content needs.
func (w *walker) exactOverflow(pg *page, h PageHeader, at *place) {
	ps := uint64(w.f.pageSize)
	want := (pg.used+ps-1)/ps - 1
	if pg.tight && pg.writer <= pg.n && uint64(h.Overflow) != want {
		w.sink(at.fault(PageOverflow, pg.id, -1, pg.off+12, dec(h.Overflow), dec(want)))
	}
}
