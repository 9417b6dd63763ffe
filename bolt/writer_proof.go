package bolt

// pageProof reads finished page images again, with the reader's own checks, before
// they go out: what the writer made must be what the reader would accept.
type pageProof struct {
	w     walker
	first *Fault
}

func newPageProof(pageSize int) *pageProof {
	p := &pageProof{}
	p.w = walker{f: &File{pageSize: pageSize}, stats: &BucketStats{}, acc: nothing{}}
	p.w.out = func(f Fault) bool {
		if p.first == nil {
			p.first = &f
		}
		return true
	}
	return p
}

// page checks one image of bucket b, and gives what it holds. An inline image is
// as long as what is in it; it has page number 0.
func (p *pageProof) page(b *Bucket, id Pgid, data []byte) (*page, error) {
	h, _ := ParsePageHeader(data)
	ps := p.w.f.pageSize
	at := &p.w.at
	*at = place{bucket: b, parent: NoPgid, parentElem: -1, pointerOff: -1, root: b.Inline || len(b.Path) == 0}
	pg := &p.w.scratch
	*pg = page{id: id, off: int64(id) * int64(ps), data: data, kind: h.Flags}
	if p.sound(pg, h, at) {
		return pg, nil
	}
	p.first = nil
	if p.w.knownKind(pg, h, at) && p.w.count(pg, h, at) {
		p.w.elements(pg, at)
		p.w.check.slack()
		p.extent(pg, h, at)
	}
	if p.first != nil {
		return nil, *p.first
	}
	return pg, nil
}

// sound is the short way, as for pages of a file: see walker.sound.
func (p *pageProof) sound(pg *page, h PageHeader, at *place) bool {
	ps := int64(p.w.f.pageSize)
	pages := int64(h.Overflow) + 1
	switch {
	case h.ID != pg.id || h.Flags != FlagLeaf && h.Flags != FlagBranch || pages*ps != int64(len(pg.data)):
		return false
	case h.Count == 0 || h.Count == 1 && h.Flags == FlagBranch:
		return false
	}
	pg.n, pg.writer, pg.tight, pg.plain = int(h.Count), int(h.Count), true, true
	return pg.packs(&p.w.check.touched) && (int64(pg.used)+ps-1)/ps == pages && pg.ascends(at) && firstNonZero(pg.data[pg.used:]) < 0
}

// extent compares number and length of the page with where it goes.
func (p *pageProof) extent(pg *page, h PageHeader, at *place) {
	if h.ID != pg.id {
		p.w.sink(at.fault(PageID, pg.id, -1, pg.off, dec(h.ID), dec(pg.id)))
	}
	ps := int64(p.w.f.pageSize)
	if pages := pagesOf(int64(len(pg.data)), ps); int64(h.Overflow) != pages-1 {
		p.w.sink(at.fault(PageOverflow, pg.id, -1, pg.off+12, dec(h.Overflow), dec(pages-1)))
	}
	if end := uint64(len(pg.data)); at.bucket.Inline && pg.used != end {
		p.w.sink(at.fault(BucketHeader, pg.id, -1, -1, "a value with room for "+dec(end)+" bytes of page", dec(pg.used)))
	}
	p.w.exactOverflow(pg, h, at)
}

// prove checks a finished image of bucket t, and hands its leaf on.
func (w *Writer) prove(t *tree, id Pgid, data []byte) error {
	if w.proof == nil || w.out == nil {
		return nil
	}
	b := &t.bucket
	b.Inline, b.Page = id == 0, id
	pg, err := w.proof.page(b, id, data)
	if err != nil || pg.kind != FlagLeaf {
		return err
	}
	return w.o.OnLeaf(b, pg.leaf())
}
