package bolt

import (
	"bytes"
	"encoding/binary"
)

// sound reads the page id that at points to, if nothing at all is odd about it; nil if
// anything is, and then the long way has to say what. It adds no rule: a page that it
// takes is one in which the long way finds no fault. But nearly every page of any file
// is such a page, and without places for faults one loop does for it what the long way
// does in many steps: a walk of pages in the cache takes less than half the time.
func (w *walker) sound(id Pgid, at *place) (*page, error) {
	head, err := w.f.bytesAt(w.f.offset(id), PageHeaderSize)
	if err != nil {
		return nil, err
	}
	h, ok := ParsePageHeader(head)
	switch {
	case !ok || h.ID != id || h.Flags != FlagLeaf && h.Flags != FlagBranch:
		return nil, nil
	case h.Count == 0 || h.Count == 1 && h.Flags == FlagBranch:
		return nil, nil
	case id+Pgid(h.Overflow) >= w.table.pages:
		return nil, nil
	}
	pg := &w.scratch
	*pg = page{id: id, off: w.f.offset(id), kind: h.Flags, n: int(h.Count), writer: int(h.Count), tight: true, plain: true}
	pages := int64(h.Overflow) + 1
	for i := Pgid(1); i < Pgid(pages); i++ {
		if w.table.at(id+i) != 0 {
			return nil, nil
		}
	}
	ps := int64(w.f.pageSize)
	if pg.data, err = w.f.bytesAt(pg.off, pages*ps); err != nil {
		return nil, err
	}
	if w.whole {
		w.check.touched = touchAll(pg.data)
	}
	if !pg.packs(&w.check.touched) || (int64(pg.used)+ps-1)/ps != pages {
		return nil, nil
	}
	if known := w.checked && pg.kind == FlagLeaf; !known && (firstNonZero(pg.data[pg.used:]) >= 0 || !pg.ascends(at)) {
		return nil, nil
	}
	if w.claimOverflow(pg, pages, at) != pages {
		return nil, nil
	}
	return pg, nil
}

// packs tells whether keys and values follow each other from the end of the element
// table on, without a bucket among them, and sets used to where they end.
func (pg *page) packs(touched *byte) bool {
	data, table := pg.data, pg.n*ElementSize
	if PageHeaderSize+table > len(data) {
		return false
	}
	end := PageHeaderSize + uint64(table)
	sum := byte(0)
	for rest := data[PageHeaderSize:][:table]; len(rest) >= ElementSize; rest = rest[ElementSize:] {
		// The end of the table is table bytes behind the element where the rest begins.
		at := PageHeaderSize + uint64(table-len(rest))
		x, y := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		flags, pos, keySize, valueSize := uint32(x), x>>32, uint32(y), y>>32
		if pg.kind == FlagBranch {
			flags, pos, keySize, valueSize = 0, x&0xffffffff, uint32(x>>32), 0
		}
		start := at + pos
		if start != end || keySize-1 >= MaxKeySize || flags != 0 {
			return false
		}
		if end += uint64(keySize) + valueSize; end > uint64(len(data)) {
			return false
		}
		sum ^= data[start] // see touch
	}
	*touched = sum
	pg.used = end
	return true
}

// touchAll reads one byte of every line of memory. Whoever reads them one behind the
// other, as a checksum does, waits for each; asked for before, they come side by side: a
// core then sums up 10 instead of 7 GB/s of a mapped file.
func touchAll(b []byte) (sum byte) {
	const line = 64
	for i := 0; i < len(b); i += line {
		sum ^= b[i]
	}
	return sum
}

// ascends tells whether the keys of a page that packs are in order and within what the
// parent promises.
func (pg *page) ascends(at *place) bool {
	pos := PageHeaderSize + pg.n*ElementSize
	var last []byte
	for i := range pg.n {
		size, skip := pg.sizes(i)
		key := pg.data[pos : pos+size : pos+size]
		switch {
		case i > 0:
			if !less(last, key) {
				return false
			}
		case at.exact:
			if !bytes.Equal(key, at.lo) {
				return false
			}
		case at.lo != nil && bytes.Compare(key, at.lo) < 0:
			return false
		}
		last, pos = key, pos+size+skip
	}
	return at.hi == nil || less(last, at.hi)
}

// sizes are the lengths of key and value of element i.
func (pg *page) sizes(i int) (key, value int) {
	e := pg.data[PageHeaderSize+i*ElementSize:][:ElementSize]
	if pg.kind == FlagBranch {
		return int(binary.LittleEndian.Uint32(e[4:])), 0
	}
	return int(binary.LittleEndian.Uint32(e[8:])), int(binary.LittleEndian.Uint32(e[12:]))
}

// less tells whether a is before b. The first eight bytes mostly decide, as those of
// revisions do, and comparing them as a number saves a call.
func less(a, b []byte) bool {
	if len(a) >= 8 && len(b) >= 8 {
		if x, y := binary.BigEndian.Uint64(a), binary.BigEndian.Uint64(b); x != y {
			return x < y
		}
	}
	return bytes.Compare(a, b) < 0
}
