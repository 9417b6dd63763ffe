package bolt

import (
	"bytes"
	"encoding/binary"
)

// page is a branch or leaf page that can be read, after its check.
type page struct {
	id     Pgid
	off    int64  // file offset of data[0]
	data   []byte // the image: header, elements, keys and values, slack
	kind   PageFlags
	n      int // elements that can be asked for
	writer int // elements that the writer put there, as far as the table tells; 0: unknown
	used   uint64
	tight  bool // every element starts where the one before ends
	plain  bool // a leaf without bucket elements
}

// table is where the element table ends; no key starts before.
func (pg *page) table() uint64 { return uint64(PageHeaderSize + pg.n*ElementSize) }

// key is the key of element i, aliasing the file, if the element can be read.
func (pg *page) key(i int) ([]byte, bool) {
	e := parseElement(pg.data, pg.kind, i)
	if !e.within(pg.table(), uint64(len(pg.data))) {
		return nil, false
	}
	return pg.data[e.start:e.keyEnd:e.keyEnd], true
}

// readableFrom is the first element at or behind i that can be read; n if none can.
func (pg *page) readableFrom(i int) int {
	for ; i < pg.n; i++ {
		if _, ok := pg.key(i); ok {
			break
		}
	}
	return i
}

// pageCheck holds one page's elements against the rules that bbolt's writer keeps.
// Faults go to the walker; what can be read stays readable. It lives in the walker,
// because a page without faults must not cost an allocation.
type pageCheck struct {
	w  *walker
	pg *page
	at *place

	prevKey []byte
	prevEnd uint64 // where the next key must start; 0 after an unreadable element
	ahead   int    // the next readable element, as far as it was searched for
	touched byte   // keeps the compiler from leaving touch out
}

// touch reads one byte of every key. The keys lie a value apart, so that each is a
// cache miss; asked for together, without a comparison between, the misses overlap.
// It halves the time of a walk.
func (pg *page) touch() (sum byte) {
	data, field := pg.data, 4
	if pg.kind == FlagBranch {
		field = 0
	}
	for at := PageHeaderSize; at < PageHeaderSize+pg.n*ElementSize; at += ElementSize {
		if start := uint64(at) + uint64(binary.LittleEndian.Uint32(data[at+field:])); start < uint64(len(data)) {
			sum ^= data[start]
		}
	}
	return sum
}

func (c *pageCheck) note(kind FaultKind, elem int, rel uint64, got, want string) {
	c.w.sink(c.fault(kind, elem, rel, got, want))
}

func (c *pageCheck) fault(kind FaultKind, elem int, rel uint64, got, want string) Fault {
	return c.at.fault(kind, c.pg.id, elem, c.pg.off+int64(rel), got, want)
}

// elements checks all elements of the page in one visit and fills in what the
// page's user wants to know: how much is used, and whether it is packed.
func (c *pageCheck) elements() {
	pg := c.pg
	table, size := pg.table(), uint64(len(pg.data))
	pg.used, pg.tight, pg.plain = table, true, true
	c.prevEnd = max(table, uint64(PageHeaderSize+pg.writer*ElementSize))
	c.touched = pg.touch()
	for i := range pg.n {
		e := parseElement(pg.data, pg.kind, i)
		if e.flags != 0 {
			c.elementFlags(i, e)
		}
		if !e.within(table, size) {
			c.unreadable(i, e)
			pg.tight, c.prevEnd = false, 0
			continue
		}
		if c.prevEnd != 0 && e.start != c.prevEnd {
			pg.tight = false
			c.note(PagePacking, i, e.start, "key at +"+dec(e.start), "+"+dec(c.prevEnd))
		}
		c.prevEnd = e.end
		pg.used = max(pg.used, e.end)
		c.order(i, e.start, pg.data[e.start:e.keyEnd])
	}
}

func (c *pageCheck) elementFlags(i int, e element) {
	if e.flags&elementBucket != 0 {
		c.pg.plain = false
	}
	if e.flags > elementBucket {
		c.note(PageElementFlags, i, uint64(PageHeaderSize+i*ElementSize), hex(uint64(e.flags)), "0 or 1")
	}
}

// unreadable says why key or value of an element do not lie within the page's data.
func (c *pageCheck) unreadable(i int, e element) {
	table, size := c.pg.table(), uint64(len(c.pg.data))
	kind, got, want := PageSize, "", ""
	switch {
	case e.start < table || e.start > size:
		kind, got, want = PagePosition, "key at +"+dec(e.start), "within [+"+dec(table)+", +"+dec(size)+"]"
	case e.end > size:
		got, want = "ends at +"+dec(e.end), "+"+dec(size)+" or before"
	default:
		got, want = "key of "+dec(e.keySize)+" bytes", "1 to "+dec(uint32(MaxKeySize))
	}
	f := c.fault(kind, i, uint64(PageHeaderSize+i*ElementSize), got, want)
	f.Hidden = c.gap(i)
	c.w.sink(f)
}

// gap is the range of keys that an unreadable element hides: from behind the last
// key that could be read to the next one. In a branch it hides nothing, for its
// child is visited all the same.
func (c *pageCheck) gap(i int) *KeyRange {
	if c.pg.kind == FlagBranch {
		return nil
	}
	r := c.at.hidden()
	if c.prevKey != nil {
		r.Lo = append(bytes.Clone(c.prevKey), 0)
	}
	if c.ahead <= i {
		c.ahead = c.pg.readableFrom(i + 1)
	}
	if c.ahead < c.pg.n {
		key, _ := c.pg.key(c.ahead)
		r.Hi = bytes.Clone(key)
	}
	return r
}

// order checks a key against the one before it and the bounds of the page.
func (c *pageCheck) order(i int, rel uint64, key []byte) {
	first := c.prevKey == nil
	switch {
	case !first && bytes.Compare(c.prevKey, key) >= 0:
		c.note(PageKeyOrder, i, rel, ShowSuspect(key), "greater than "+ShowSuspect(c.prevKey))
	case i == 0 && c.at.exact && !bytes.Equal(key, c.at.lo):
		c.note(PageSeparator, i, rel, ShowSuspect(key), ShowSuspect(c.at.lo)+", the key on page "+dec(c.at.parent))
	case first && c.at.lo != nil && bytes.Compare(key, c.at.lo) < 0:
		c.note(PageKeyBounds, i, rel, ShowSuspect(key), ShowSuspect(c.at.lo)+" or greater")
	}
	if c.at.hi != nil && bytes.Compare(key, c.at.hi) >= 0 {
		c.note(PageKeyBounds, i, rel, ShowSuspect(key), "below "+ShowSuspect(c.at.hi))
	}
	c.prevKey = key
}

// zeros is compared with slack.
var zeros = make([]byte, MaxPageSize)

// slack checks that nothing is left behind the last element, if it is known where
// that ends.
func (c *pageCheck) slack() {
	if c.prevEnd == 0 {
		return
	}
	from := min(c.pg.used, uint64(len(c.pg.data)))
	if i := firstNonZero(c.pg.data[from:]); i >= 0 {
		at := from + uint64(i)
		c.note(PageSlack, -1, at, hex(uint64(c.pg.data[at])), "zeros behind the last element")
	}
}

// firstNonZero is the index of the first byte that is not zero; -1 if there is none.
func firstNonZero(b []byte) int {
	for at := 0; at < len(b); at += len(zeros) {
		part := b[at:min(at+len(zeros), len(b))]
		if bytes.Equal(part, zeros[:len(part)]) {
			continue
		}
		for i, x := range part {
			if x != 0 {
				return at + i
			}
		}
	}
	return -1
}
