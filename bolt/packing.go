package bolt

// Packing decides, size by size, where a bulk-loaded tree starts a new leaf. The
// writer follows it, and a forecast can ask it what a file would come to.
//
// A leaf that needs overflow pages for a large value is filled up with the entries
// that follow; and rather than waste more than 8 % of a run of pages, a run grows,
// to four pages at most. bbolt itself splits at a fill percent and never looks back,
// which leaves the rest of every overflow run empty.
type Packing struct {
	pageSize int64
	used     int64 // bytes of the open leaf, its header included; 0: none is open
	count    int64 // its elements
	room     int64 // bytes of its pages

	Leaves  int64 // leaves so far, the open one included
	Pages   int64 // their pages, overflow included
	Payload int64 // bytes of headers, elements, keys and values
}

const (
	maxRunPages    = 4
	wastePercent   = 8
	maxPageEntries = 0xFFFE
)

// NewPacking starts an empty tree of leaves.
func NewPacking(pageSize int) *Packing { return &Packing{pageSize: int64(pageSize)} }

// Add takes the next element of size bytes: 16 + key + value. It reports whether
// the element starts a new leaf, and how many pages its leaf has by now.
func (p *Packing) Add(size int64) (fresh bool, pages int64) {
	if p.used == 0 || !p.fits(size) {
		p.used, p.count, p.room = PageHeaderSize, 0, 0
		p.Leaves++
		p.Payload += PageHeaderSize
		fresh = true
	}
	p.used += size
	p.count++
	p.Payload += size
	if p.used > p.room {
		grown := (p.used + p.pageSize - 1) / p.pageSize * p.pageSize
		p.Pages += (grown - p.room) / p.pageSize
		p.room = grown
	}
	return fresh, p.room / p.pageSize
}

// fits tells whether the open leaf takes the element: it has room, or closing it
// would waste too much and it may still grow.
func (p *Packing) fits(size int64) bool {
	if p.count == maxPageEntries {
		return false
	}
	if p.used+size <= p.room {
		return true
	}
	waste := p.room - p.used
	return waste*100 > p.room*wastePercent && p.used+size <= maxRunPages*p.pageSize
}
