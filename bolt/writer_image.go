package bolt

import "encoding/binary"

// image collects the elements of one branch or leaf page until it is known how many
// there are, which is where its keys start.
type image struct {
	kind  PageFlags
	dry   bool   // only sizes count: values are not kept
	table []byte // the elements, with pos counted from the start of data for now
	data  []byte // keys and values in order
	used  int64  // bytes of the page: header, elements and data
}

// count is the number of elements.
func (m *image) count() int { return len(m.table) / ElementSize }

func (m *image) reset() { m.table, m.data, m.used = m.table[:0], m.data[:0], PageHeaderSize }

// slim gives back memory that a long leaf needed, before the image has to wait or is
// put aside: many buckets can be open at a time.
func (m *image) slim() {
	const keep = 64 << 10
	if cap(m.data) > keep {
		m.data = append([]byte(nil), m.data...)
	}
}

// addLeaf appends a leaf element; key and value are copied.
func (m *image) addLeaf(flags uint32, key, value []byte) {
	le := binary.LittleEndian
	m.table = le.AppendUint32(m.table, flags)
	m.table = le.AppendUint32(m.table, uint32(len(m.data)))
	m.table = le.AppendUint32(m.table, uint32(len(key)))
	m.table = le.AppendUint32(m.table, uint32(len(value)))
	m.data = append(m.data, key...)
	if !m.dry {
		m.data = append(m.data, value...)
	}
	m.used += int64(ElementSize + len(key) + len(value))
}

// addBranch appends a branch element; key is copied.
func (m *image) addBranch(key []byte, child Pgid) {
	le := binary.LittleEndian
	m.table = le.AppendUint32(m.table, uint32(len(m.data)))
	m.table = le.AppendUint32(m.table, uint32(len(key)))
	m.table = le.AppendUint64(m.table, uint64(child))
	m.data = append(m.data, key...)
	m.used += int64(ElementSize + len(key))
}

// element is element i with start counted from the start of data.
func (m *image) element(i int) element {
	return decodeElement(m.table[i*ElementSize:(i+1)*ElementSize], 0, m.kind)
}

// key is the key of element i; an alias, valid until the next change.
func (m *image) key(i int) []byte {
	e := m.element(i)
	return m.data[e.start:e.keyEnd]
}

// dropLast takes the last element off again.
func (m *image) dropLast() {
	e := m.element(m.count() - 1)
	m.used -= int64(ElementSize) + int64(e.end-e.start)
	m.table, m.data = m.table[:len(m.table)-ElementSize], m.data[:e.start]
}

// dropFirst takes the first n elements off, and those behind them move up.
func (m *image) dropFirst(n int) {
	if n == m.count() {
		m.reset()
		return
	}
	m.used -= m.size(0, n) - PageHeaderSize
	from := uint32(m.element(n).start)
	m.data = m.data[:copy(m.data, m.data[from:])]
	m.table = m.table[:copy(m.table, m.table[n*ElementSize:])]
	for i := range m.count() {
		pos := m.position(m.table, i)
		binary.LittleEndian.PutUint32(pos, binary.LittleEndian.Uint32(pos)-from)
	}
}

// position is where element i of a table has its pos.
func (m *image) position(table []byte, i int) []byte {
	if m.kind == FlagBranch {
		return table[i*ElementSize:]
	}
	return table[i*ElementSize+4:]
}

// size is the bytes of a page that holds the elements from lo up to hi.
func (m *image) size(lo, hi int) int64 {
	if lo == 0 && hi == m.count() {
		return m.used
	}
	if !m.dry {
		from, to := m.span(lo, hi)
		return PageHeaderSize + int64((hi-lo)*ElementSize+to-from)
	}
	size := int64(PageHeaderSize)
	for i := lo; i < hi; i++ {
		e := m.element(i)
		size += ElementSize + int64(e.end-e.start)
	}
	return size
}

// span is where the data of the elements from lo up to hi lies.
func (m *image) span(lo, hi int) (from, to int) {
	to = len(m.data)
	if lo < hi {
		from = int(m.element(lo).start)
	}
	if hi < m.count() {
		to = int(m.element(hi).start)
	}
	return from, to
}

// encode fills page with the image of a page that holds the elements from lo up to
// hi. page is exactly as long as the page with its overflow; every byte is set.
func (m *image) encode(page []byte, id Pgid, overflow uint32, lo, hi int) {
	n := hi - lo
	putPageHeader(page, PageHeader{ID: id, Flags: m.kind, Count: uint16(n), Overflow: overflow})
	table := page[PageHeaderSize : PageHeaderSize+n*ElementSize]
	copy(table, m.table[lo*ElementSize:])
	from, to := m.span(lo, hi)
	for i := range n {
		pos := m.position(table, i)
		start := int(binary.LittleEndian.Uint32(pos)) - from
		binary.LittleEndian.PutUint32(pos, uint32((n-i)*ElementSize+start))
	}
	end := PageHeaderSize + len(table)
	end += copy(page[end:], m.data[from:to])
	clear(page[end:])
}

// putPageHeader encodes h into the first 16 bytes of b.
func putPageHeader(b []byte, h PageHeader) {
	le := binary.LittleEndian
	le.PutUint64(b, uint64(h.ID))
	le.PutUint16(b[8:], uint16(h.Flags))
	le.PutUint16(b[10:], h.Count)
	le.PutUint32(b[12:], h.Overflow)
}
