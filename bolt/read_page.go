package bolt

// readPage reads the page id that at points to and checks its header and elements.
// It gives nil if the page cannot be read; the faults, which say why, go to the sink.
func (w *walker) readPage(id Pgid, at *place) (*page, error) {
	if !w.careful {
		if pg, err := w.sound(id, at); err != nil || pg != nil {
			return pg, err
		}
	}
	return w.examine(id, at)
}

// examine is the long way to read a page, which tells what is odd about it.
func (w *walker) examine(id Pgid, at *place) (*page, error) {
	head, err := w.f.bytesAt(w.f.offset(id), PageHeaderSize)
	if err != nil {
		return nil, err
	}
	pg := &w.scratch
	*pg = page{id: id, off: w.f.offset(id)}
	h, ok := ParsePageHeader(head)
	if !ok {
		w.hide(at, pg, PageMissing, 0, "the file ends at byte "+dec(w.f.size), "a page")
		return nil, nil
	}
	if !w.knownKind(pg, h, at) {
		return nil, nil
	}
	pg.kind = h.Flags
	if err := w.extent(pg, h, at); err != nil {
		return nil, err
	}
	if !w.count(pg, h, at) {
		return nil, nil
	}
	before := w.found
	w.elements(pg, at)
	if pg.writer <= pg.n {
		w.check.slack() // otherwise it is the hidden elements that lie there
	}
	w.exactOverflow(pg, h, at)
	if h.ID != id {
		return w.foreign(pg, h, at, w.found > before), nil
	}
	return pg, nil
}

// elements runs the walker's check over a page, unless an earlier walk did.
func (w *walker) elements(pg *page, at *place) {
	w.check = pageCheck{w: w, pg: pg, at: at}
	if w.checked && pg.kind == FlagLeaf {
		w.check.touched = pg.touch()
		return
	}
	w.check.elements()
}

// hide states that a page cannot be read, and which keys that hides. rel is the
// byte within the page that is to blame.
func (w *walker) hide(at *place, pg *page, kind FaultKind, rel int64, got, want string) {
	f := at.fault(kind, pg.id, -1, pg.off+rel, got, want)
	f.Hidden = at.hidden()
	w.sink(f)
}

// knownKind judges the header as far as the page's kind goes.
func (w *walker) knownKind(pg *page, h PageHeader, at *place) bool {
	switch {
	case h.Flags == FlagLeaf || h.Flags == FlagBranch:
		return true
	case h == PageHeader{}:
		w.hide(at, pg, PageZeroed, 0, "zeros", "a page header")
	case h.ID != pg.id:
		w.hide(at, pg, PageID, 0, "id "+dec(h.ID)+", flags "+h.Flags.String(), "id "+dec(pg.id)+", a branch or leaf")
	default:
		w.hide(at, pg, PageKind, 8, h.Flags.String(), "branch or leaf")
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
		w.hide(at, pg, PageCount, 10, dec(pg.n), "at most "+dec(room))
		return false
	case pg.n == 0 && !emptyRoot:
		w.hide(at, pg, PageEmpty, 10, "no elements", "one or more")
		return false
	case pg.n == 1 && pg.kind == FlagBranch:
		w.sink(at.fault(PageCount, pg.id, -1, pg.off+10, "1", "2 or more in a branch"))
	}
	return true
}

// tableLength is how many elements the writer put on the page, told by where the
// first key starts; 0 if nothing bears that out. The witness is the second element,
// which follows the first, or that nothing at all follows a lone one.
func tableLength(data []byte, kind PageFlags) int {
	if len(data) < PageHeaderSize+ElementSize {
		return 0
	}
	e := parseElement(data, kind, 0)
	n := int(e.start-PageHeaderSize) / ElementSize
	switch {
	case e.start%ElementSize != 0 || n == 0 || !e.within(e.start, uint64(len(data))):
		return 0
	case n == 1 && firstNonZero(data[e.end:]) >= 0:
		return 0
	case n > 1 && parseElement(data, kind, 1).start != e.end:
		return 0
	}
	return n
}

// hiddenElements reports a count that is lower than the element table is long.
func (w *walker) hiddenElements(pg *page, at *place) {
	f := at.fault(PageCount, pg.id, -1, pg.off+10, dec(pg.n), dec(pg.writer)+", the length of the element table")
	f.Hidden = at.hidden()
	if e := parseElement(pg.data, pg.kind, pg.n); e.within(pg.table(), uint64(len(pg.data))) {
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
