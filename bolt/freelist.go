package bolt

import "encoding/binary"

// manyFree is the count that says: the real one is the first word of the list.
// Source: bbolt v1.5.0, internal/common/page.go FreelistPageCount.
const manyFree = 0xFFFF

// freelist reads the persisted freelist, if there is one, and marks the pages it
// lists. The tree was walked before, so that a page in use shows up.
func (w *walker) freelist(s *Survey) error {
	id := w.meta.Freelist
	if !w.meta.FreelistPersisted() || id < 2 || id >= w.hwm {
		return nil // the meta's own check has reported a wild one
	}
	off := w.f.offset(id)
	note := func(kind FaultKind, rel int64, got, want string) { w.sink(fault(kind, id, off+rel, got, want)) }
	head, err := w.f.bytesAt(off, PageHeaderSize)
	if err != nil {
		return err
	}
	h, ok := ParsePageHeader(head)
	switch {
	case !ok:
		w.missing = true
		note(FreelistPage, 0, "the end of the file", "the freelist")
		return nil
	case h.Flags != FlagFreelist:
		note(FreelistPage, 8, "flags "+h.Flags.String(), "flags freelist")
		return nil
	case h.ID != id:
		note(PageID, 0, dec(h.ID), dec(id))
	}
	data, err := w.freelistData(s, h)
	if err != nil {
		return err
	}
	ids := data[min(PageHeaderSize, len(data)):]
	n := uint64(h.Count)
	if h.Count == manyFree && len(ids) >= 8 {
		n, ids = binary.LittleEndian.Uint64(ids), ids[8:]
	}
	if room := min(uint64(len(ids)/8), uint64(w.hwm)); n > room {
		note(FreelistCount, 10, dec(n)+" free pages", "at most "+dec(room))
		return nil // it is not known which of the words are page numbers
	}
	w.listed = true
	w.freelistOverflow(h, n, off)
	w.freePages(s, ids[:8*n], off+int64(len(data)-len(ids)))
	return nil
}

// freelistOverflow compares the overflow with the length of the list. bbolt sizes the
// page for the list as it is before the page itself is taken from it, which can be
// one page more than the list needs in the end.
// Source: bbolt v1.5.0, tx.go commitFreelist, freelist EstimatedWritePageSize.
func (w *walker) freelistOverflow(h PageHeader, n uint64, off int64) {
	least := freelistPages(n, w.f.pageSize)
	most := freelistPages(n+least+2, w.f.pageSize)
	if got := uint64(h.Overflow); got < least || got > most {
		w.sink(fault(PageOverflow, w.meta.Freelist, off+12, dec(h.Overflow), dec(least)))
	}
}

// freelistPages is the overflow that bbolt gives a list of n pages.
func freelistPages(n uint64, pageSize int) uint64 {
	if n >= manyFree {
		n++ // the first word is the count
	}
	return (PageHeaderSize + 8*n) / uint64(pageSize)
}

// freelistData claims the freelist's pages and gives their bytes.
func (w *walker) freelistData(s *Survey, h PageHeader) ([]byte, error) {
	id := w.meta.Freelist
	pages := min(int64(h.Overflow)+1, int64(w.hwm-id), w.left(id))
	for i := range pages {
		if !s.table.claim(id+Pgid(i), ownerFreelist) {
			w.sink(fault(FreelistReachable, id, w.f.offset(id), "page "+dec(id+Pgid(i))+" of the freelist is in use by a tree", "pages of its own"))
			pages = i
			break
		}
	}
	return w.f.bytesAt(w.f.offset(id), pages*int64(w.f.pageSize))
}

// freePages judges each page number of the list and marks the page as free.
// bbolt sorts the list when it reads it and checks nothing.
func (w *walker) freePages(s *Survey, ids []byte, off int64) {
	prev := Pgid(0)
	for i := 0; i < len(ids); i += 8 {
		id := Pgid(binary.LittleEndian.Uint64(ids[i:]))
		note := func(kind FaultKind, got, want string) {
			f := fault(kind, w.meta.Freelist, off+int64(i), got, want)
			f.Elem = i / 8
			w.sink(f)
		}
		switch {
		case id < 2 || id >= w.hwm:
			note(FreelistRange, "page "+dec(id), "a page in [2, "+dec(w.hwm)+")")
			continue
		case id < prev:
			note(FreelistOrder, "page "+dec(id), "greater than "+dec(prev))
		}
		prev = id
		if id >= s.table.pages {
			continue // a missing page may well be free
		}
		switch o := s.table.at(id); {
		case o == ownerFree:
			note(FreelistDuplicate, "page "+dec(id)+" a second time", "each page once")
		case o != 0:
			note(FreelistReachable, "page "+dec(id)+", which is in use", "pages that nobody uses")
		default:
			s.table.claim(id, ownerFree)
		}
	}
}
