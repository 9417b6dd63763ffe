package bolt

import "bytes"

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

// pageCheck holds one page's elements against the rules that bbolt's writer keeps.
// Faults go to sink; what can be read stays readable.
type pageCheck struct {
	pg     *page
	at     *place
	inline bool
	sink   func(Fault)

	prevKey []byte
	prevEnd uint64 // where the next key must start; 0 after an unreadable element
}

func (c *pageCheck) note(kind FaultKind, elem int, rel uint64, got, want string) {
	c.sink(c.at.fault(kind, c.pg.id, elem, c.pg.off+int64(rel), got, want))
}

// elements checks all elements of the page in one visit and fills in what the
// page's user wants to know: how much is used, and whether it is packed.
func (c *pageCheck) elements() {
	pg := c.pg
	table := uint64(PageHeaderSize + pg.n*ElementSize)
	pg.used, pg.tight, pg.plain = table, true, true
	c.prevEnd = max(table, uint64(PageHeaderSize+pg.writer*ElementSize))
	for i := range pg.n {
		e := parseElement(pg.data, pg.kind, i)
		if e.flags != 0 {
			c.elementFlags(i, e)
		}
		if !c.inBounds(i, e, table) {
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

// inBounds tells whether key and value lie within the page's data.
func (c *pageCheck) inBounds(i int, e element, table uint64) bool {
	size := uint64(len(c.pg.data))
	rel := uint64(PageHeaderSize + i*ElementSize)
	switch {
	case e.start < table || e.start > size:
		c.note(PagePosition, i, rel, "key at +"+dec(e.start), "within [+"+dec(table)+", +"+dec(size)+"]")
	case e.end > size:
		c.note(PageSize, i, rel, "ends at +"+dec(e.end), "+"+dec(size)+" or before")
	case e.keySize == 0 || e.keySize > MaxKeySize:
		c.note(PageSize, i, rel, "key of "+dec(e.keySize)+" bytes", "1 to "+dec(uint32(MaxKeySize)))
	default:
		return true
	}
	return false
}

// order checks a key against the one before it and the bounds of the page.
func (c *pageCheck) order(i int, rel uint64, key []byte) {
	first := c.prevKey == nil
	switch {
	case !first && bytes.Compare(c.prevKey, key) >= 0:
		c.note(PageKeyOrder, i, rel, ShowKey(key), "greater than "+ShowKey(c.prevKey))
	case first && c.at.exact && !bytes.Equal(key, c.at.lo):
		c.note(PageSeparator, i, rel, ShowKey(key), ShowKey(c.at.lo)+", the key on page "+dec(c.at.parent))
	case first && c.at.lo != nil && bytes.Compare(key, c.at.lo) < 0:
		c.note(PageKeyBounds, i, rel, ShowKey(key), ShowKey(c.at.lo)+" or greater")
	}
	if c.at.hi != nil && bytes.Compare(key, c.at.hi) >= 0 {
		c.note(PageKeyBounds, i, rel, ShowKey(key), "below "+ShowKey(c.at.hi))
	}
	c.prevKey = key
}

// zeros is compared with slack.
var zeros = make([]byte, MaxPageSize)

// slack checks that nothing is left behind the last element.
func (c *pageCheck) slack() {
	rest := c.pg.data[min(c.pg.used, uint64(len(c.pg.data))):]
	for at := c.pg.used; len(rest) > 0; {
		n := min(len(rest), len(zeros))
		if !bytes.Equal(rest[:n], zeros[:n]) {
			for i, b := range rest[:n] {
				if b != 0 {
					c.note(PageSlack, -1, at+uint64(i), hex(uint64(b)), "zeros behind the last element")
					return
				}
			}
		}
		rest, at = rest[n:], at+uint64(n)
	}
}
