package bolt

// inlineBucket visits a bucket whose only leaf lies in its own value. bbolt never
// checks these, though most of etcd's buckets are of this kind.
func (w *walker) inlineBucket(b *Bucket) error {
	w.at = place{bucket: b, parent: b.Page, parentElem: b.Elem, pointerOff: b.Off, root: true}
	at, pg := &w.at, &w.scratch
	*pg = page{id: b.Page, off: b.Off + BucketHeaderSize, data: b.image, kind: FlagLeaf}
	b.image = nil                    // b outlives the mapping
	h, _ := ParsePageHeader(pg.data) // child made sure that there is a header
	note := func(kind FaultKind, rel int64, got, want string, hidden *KeyRange) {
		f := at.fault(kind, b.Page, b.Elem, pg.off+rel, got, want)
		f.Hidden = hidden
		w.sink(f)
	}
	if h.Flags != FlagLeaf {
		note(BucketInline, 8, "flags "+h.Flags.String(), "flags leaf", at.hidden())
		return nil
	}
	if h.ID != 0 {
		note(BucketInline, 0, "id "+dec(h.ID), "id 0", nil)
	}
	if h.Overflow != 0 {
		note(BucketInline, 12, "overflow "+dec(h.Overflow), "overflow 0", nil)
	}
	if !w.count(pg, h, at) {
		return nil
	}
	w.elements(pg, at)
	if end := uint64(len(pg.data)); pg.tight && pg.writer <= pg.n && pg.used != end {
		note(BucketHeader, 0, "a value with room for "+dec(end)+" bytes of page", dec(pg.used), nil)
	}
	w.stats.Depth = 1
	w.stats.Keys += int64(pg.n)
	w.stats.LeafInUse += int64(pg.used)
	return w.leaf(pg.leaf(), at)
}
