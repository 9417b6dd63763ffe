package bolt

import "encoding/binary"

// describer cuts a page image into regions, from front to back.
type describer struct {
	data    []byte
	off     int64 // of data in the file
	pos     int   // up to here it is described
	regions []Region
}

// emit describes n bytes at rel; what lies between is filled. Bytes that are described
// already, or not there, are left alone.
func (d *describer) emit(kind RegionKind, rel, n int, name, value, note string) {
	if rel < d.pos || n <= 0 || rel > len(d.data) || n > len(d.data)-rel {
		return
	}
	d.fill(rel)
	d.regions = append(d.regions, Region{Off: d.off + int64(rel), Kind: kind, Name: name, Value: value, Note: note,
		Data: d.data[rel : rel+n : rel+n]})
	d.pos = rel + n
}

// fill describes the bytes up to rel as what they are when nothing points to them.
func (d *describer) fill(rel int) {
	if rel <= d.pos {
		return
	}
	kind, from, data := RegionUnused, d.pos, d.data[d.pos:rel:rel]
	if firstNonZero(data) >= 0 {
		kind = RegionUnknown
	}
	d.pos = rel
	d.regions = append(d.regions, Region{Off: d.off + int64(from), Kind: kind, Name: kind.String(), Data: data})
}

func (d *describer) field(rel, n int, name, value, note string) {
	d.emit(RegionField, rel, n, name, value, note)
}

// page describes a page by its header and tells as what.
func (d *describer) page(id Pgid, h PageHeader) PageFlags {
	note := ""
	if h.ID != id {
		note = "this is page " + dec(id)
	}
	d.header("", 0, h, note)
	switch {
	case id < 2 || h.Flags == FlagMeta:
		d.meta()
		return FlagMeta
	case h.Flags == FlagFreelist:
		d.freelist(h)
		return FlagFreelist
	case h.Flags == FlagBranch || h.Flags == FlagLeaf:
		d.elements("", 0, len(d.data), h, 0)
		return h.Flags
	}
	return 0
}

// header describes the 16 bytes of a page header.
func (d *describer) header(prefix string, at int, h PageHeader, note string) {
	d.field(at, 8, prefix+"header id", dec(h.ID), note)
	flags := hex(uint64(h.Flags))
	if name := h.Flags.String(); name != flags {
		flags += " " + name
	}
	d.field(at+8, 2, prefix+"header flags", flags, "")
	d.field(at+10, 2, prefix+"header count", dec(h.Count), "")
	d.field(at+12, 4, prefix+"header overflow", dec(h.Overflow), "")
}

// meta describes a meta behind the header.
func (d *describer) meta() {
	m, ok := ParseMeta(d.data[min(PageHeaderSize, len(d.data)):])
	if !ok {
		return
	}
	freelist, sum := dec(m.Freelist), ""
	if !m.FreelistPersisted() {
		freelist = "none (not persisted)"
	}
	if want := m.Sum(); want != m.Checksum {
		sum = "the fields ask for " + hex(want)
	}
	for _, f := range []struct {
		at, n             int
		name, value, note string
	}{
		{0, 4, "magic", hex(uint64(m.Magic)), unless(m.Magic == Magic, "bbolt's is "+hex(Magic))},
		{4, 4, "version", dec(m.Version), unless(m.Version == Version, "the only one is 2")},
		{8, 4, "page size", dec(m.PageSize), ""},
		{12, 4, "flags", hex(uint64(m.Flags)), ""},
		{16, 8, "root page", dec(m.Root), ""},
		{24, 8, "root sequence", dec(m.Sequence), ""},
		{32, 8, "freelist page", freelist, ""},
		{40, 8, "high water mark", dec(m.HighWater), ""},
		{48, 8, "txid", dec(m.Txid), ""},
		{56, 8, "checksum", hex(m.Checksum), sum},
	} {
		d.field(PageHeaderSize+f.at, f.n, "meta "+f.name, f.value, f.note)
	}
}

func unless(ok bool, note string) string {
	if ok {
		return ""
	}
	return note
}

// maxListed bounds the regions of a freelist; its rest is one region.
const maxListed = 1 << 16

// freelist describes the list: the long count if there is one, then runs of numbers
// that follow each other.
func (d *describer) freelist(h PageHeader) {
	at, n := PageHeaderSize, uint64(h.Count)
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(d.data[at:]) }
	if h.Count == manyFree && len(d.data) >= at+8 {
		n = word(at)
		d.field(at, 8, "free page count", dec(n), "")
		at += 8
	}
	end := at + 8*int(min(n, uint64(max(len(d.data)-at, 0)/8)))
	for i := 0; at < end; i++ {
		if i == maxListed {
			d.field(at, end-at, "more free pages", dec((end-at)/8)+" numbers", "not listed")
			return
		}
		first, next := word(at), at+8
		for next < end && word(next) == word(next-8)+1 {
			next += 8
		}
		if next == at+8 {
			d.field(at, 8, "free page", dec(first), "")
		} else {
			d.field(at, next-at, "free pages", dec(first)+" to "+dec(word(next-8)), "")
		}
		at = next
	}
}
