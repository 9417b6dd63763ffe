package bolt

// Packing decides, size by size, where a bulk-loaded tree starts a new leaf. The
// [Writer] follows it, and a forecast can ask it what a bucket would come to.
//
// A leaf that needs overflow pages for a large value is filled up with the entries
// that follow; and rather than waste more than 8 % of a run of pages, a run grows,
// to four pages at most. bbolt itself splits at a fill percent and never looks back,
// which leaves the rest of every overflow run empty.
//
// Two things keep a leaf from filling up. Over 1 MiB it takes nothing more, because
// its tail is no longer worth holding it in memory for. And the last leaf of a
// bucket is where etcd goes on appending: see [Packing.End].
type Packing struct {
	pageSize int64
	least    int      // elements that a page takes in any case: a branch has two children or more
	used     int64    // bytes of the open leaf, its header included; 0: none is open
	room     int64    // bytes of its pages
	sizes    []uint32 // its elements'

	Leaves  int64 // leaves so far, the open one included
	Pages   int64 // their pages, overflow included
	Payload int64 // bytes of headers, elements, keys and values
}

const (
	maxRunPages    = 4
	wastePercent   = 8
	maxPageEntries = 0xFFFE
	// maxOpenRun is how long a leaf may be, in bytes, to take a further element. It
	// also keeps every leaf below maxPageEntries.
	maxOpenRun = 1 << 20
	// lastFill is how full the last leaf of a bucket is left, in percent of a page.
	// Source: etcd v3.7.3 server/storage/backend/batch_tx.go (FillPercent 0.9).
	lastFill = 90
	// minSplit is the least number of elements on either side of a split.
	// Source: bbolt v1.5.0 internal/common/page.go (MinKeysPerPage).
	minSplit = 2
)

// NewPacking starts an empty tree of leaves.
func NewPacking(pageSize int) *Packing { return &Packing{pageSize: int64(pageSize), least: 1} }

// newBranchPacking starts an empty level of branches.
func newBranchPacking(pageSize int) Packing {
	return Packing{pageSize: int64(pageSize), least: minSplit}
}

// Add takes the next element of size bytes: 16 + key + value. It reports whether
// the element starts a new leaf, and how many pages its leaf has by now.
func (p *Packing) Add(size int64) (fresh bool, pages int64) {
	if p.used == 0 || !p.fits(size) {
		p.Close()
		p.used = PageHeaderSize
		p.Leaves++
		p.Payload += PageHeaderSize
		fresh = true
	}
	p.used += size
	p.sizes = append(p.sizes, uint32(size))
	p.Payload += size
	if p.used > p.room {
		grown := pagesOf(p.used, p.pageSize) * p.pageSize
		p.Pages += (grown - p.room) / p.pageSize
		p.room = grown
	}
	return fresh, p.room / p.pageSize
}

// fits tells whether the open leaf takes the element: it has room, or closing it
// would waste too much and it may still grow.
func (p *Packing) fits(size int64) bool {
	switch {
	case len(p.sizes) == maxPageEntries:
		return false
	case len(p.sizes) < p.least:
		return true
	case p.room > maxOpenRun:
		return false
	case p.used+size <= p.room:
		return true
	}
	waste := p.room - p.used
	return waste*100 > p.room*wastePercent && p.used+size <= maxRunPages*p.pageSize
}

// Close makes the next element start a new leaf.
func (p *Packing) Close() { p.used, p.room, p.sizes = 0, 0, p.sizes[:0] }

// long tells whether the open leaf is longer than a run that grew to fill up.
func (p *Packing) long() bool { return p.room > maxRunPages*p.pageSize }

// reset forgets everything but the memory it has.
func (p *Packing) reset() {
	p.Close()
	p.Leaves, p.Pages, p.Payload = 0, 0, 0
}

// End closes the bucket and reports how many of the open leaf's elements go to each
// of the leaves that it becomes: itself, or several. etcd appends behind the last
// leaf, and a full one would have to be split at the first write; so it is split
// here as etcd splits it, at 0.9 of a page. A lone leaf stays as it is, for two
// pages and a branch instead of one would be a poor bargain for a small bucket.
// The result is valid until the next call.
func (p *Packing) End(parts []int) []int {
	defer p.Close()
	if p.used == 0 {
		return parts
	}
	rest := p.sizes
	if p.Leaves > 1 && !p.long() {
		p.Leaves--
		p.Pages -= p.room / p.pageSize
		p.Payload -= PageHeaderSize
		for len(rest) > 0 {
			n, used := p.lastPart(rest)
			parts, rest = append(parts, n), rest[n:]
			p.Leaves++
			p.Pages += pagesOf(used, p.pageSize)
			p.Payload += PageHeaderSize
		}
		return parts
	}
	return append(parts, len(rest))
}

// lastPart is how many of the last elements of a bucket share a leaf, and its bytes.
func (p *Packing) lastPart(rest []uint32) (n int, used int64) {
	limit := p.pageSize * lastFill / 100
	used = PageHeaderSize
	whole := used
	for _, size := range rest {
		whole += int64(size)
	}
	if len(rest) <= 2*minSplit || whole <= limit {
		return len(rest), whole
	}
	for n < len(rest)-minSplit && (n < minSplit || used+int64(rest[n]) <= limit) {
		used += int64(rest[n])
		n++
	}
	return n, used
}

// pagesOf is the number of pages that hold n bytes.
func pagesOf(n, pageSize int64) int64 { return (n + pageSize - 1) / pageSize }
