package bolt

// Packing decides, size by size, where a bulk-loaded bucket starts a new leaf. The
// [Writer] follows it, and a forecast can ask it what a bucket would come to.
//
// A leaf that needs overflow pages for a large value is filled up with the entries
// that follow; and rather than waste more than 3 % of a run of pages, a run grows, to
// four pages at most. Where growing does not help, it is cut where it wasted least on
// the way, and the entries behind the cut start the next leaf. bbolt itself splits at
// a fill percent and never looks back, which leaves the rest of every overflow run
// empty.
//
// Two things keep a leaf from filling up. Over 1 MiB it takes nothing more, because
// its tail is no longer worth holding it in memory for. And the last leaf of a
// bucket is where etcd goes on appending: see [Packing.End].
type Packing struct {
	pageSize int64
	sizes    []uint32 // of the elements that no finished leaf has
	n        int      // how many of them the open leaf has: all, but within Add
	used     int64    // bytes of the open leaf, its header included
	room     int64    // bytes of its pages
	best     cut
	done     []int // the result of Add or End

	Leaves int64 // leaves that are finished
	Pages  int64 // their pages, overflow included
}

// cut is a place where the open leaf may end.
type cut struct {
	n          int // elements before it; 0: there is none
	used, room int64
}

const (
	maxRunPages  = 4
	wastePercent = 3
	// maxOpenRun is how long a leaf may be, in bytes, to take a further element. It
	// also keeps every page far below the 65,535 elements that its header can count.
	maxOpenRun = 1 << 20
	// lastFill is how full the last leaf of a bucket is left, in percent of a page.
	// Source: etcd v3.7.3 server/storage/backend/batch_tx.go (FillPercent 0.9).
	lastFill = 90
	// minSplit is the least number of elements on either side of a split.
	// Source: bbolt v1.5.0 internal/common/page.go (MinKeysPerPage).
	minSplit = 2
)

// NewPacking starts an empty bucket.
func NewPacking(pageSize int) *Packing { return &Packing{pageSize: int64(pageSize)} }

// Add takes the next element of size bytes: 16 + key + value. It reports the leaves
// that are finished by that, by how many elements each has of those before; mostly
// there is none, and the new element is never among them. What they leave over is in
// the open leaf, before the new element. The result is valid until the next call.
func (p *Packing) Add(size int64) []int {
	p.sizes = append(p.sizes, uint32(size))
	if p.hasRoom(size) {
		p.n++
		p.used += size
		return nil
	}
	p.done = p.done[:0]
	for p.n < len(p.sizes) {
		next := int64(p.sizes[p.n])
		if p.n > 0 && !p.fits(next) {
			p.done = append(p.done, p.best.n)
			p.finish(p.best)
			continue
		}
		if p.n == 0 {
			p.used = PageHeaderSize
		}
		p.n++
		if p.used += next; p.used > p.room {
			p.room = pagesOf(p.used, p.pageSize) * p.pageSize
		}
	}
	return p.done
}

// hasRoom tells whether the element costs the open leaf no page.
func (p *Packing) hasRoom(size int64) bool { return p.used+size <= p.room && p.room <= maxOpenRun }

// fits tells whether the open leaf takes the element: it has room, or closing it
// would waste too much and it may still grow. In the latter case the leaf might yet
// have done better to end here, and this is remembered.
func (p *Packing) fits(size int64) bool {
	if p.hasRoom(size) {
		return true
	}
	here := cut{p.n, p.used, p.room}
	if !p.best.better(here) {
		p.best = here
	}
	return here.wasteful() && p.used+size <= maxRunPages*p.pageSize
}

// wasteful tells whether a leaf should rather grow than end here.
func (c cut) wasteful() bool { return (c.room-c.used)*100 > c.room*wastePercent }

// better tells whether c wastes less of its pages than a later cut does.
func (c cut) better(later cut) bool {
	return c.n > 0 && (c.room-c.used)*later.room < (later.room-later.used)*c.room
}

// finish makes a leaf of what is before the cut; what is behind it has no leaf then.
func (p *Packing) finish(c cut) {
	p.Leaves++
	p.Pages += c.room / p.pageSize
	p.sizes = append(p.sizes[:0], p.sizes[c.n:]...)
	p.n, p.used, p.room, p.best = 0, 0, 0, cut{}
}

// Close finishes the open leaf, if there is one: the next element starts a new one.
func (p *Packing) Close() {
	if p.n > 0 {
		p.finish(cut{p.n, p.used, p.room})
	}
}

// long tells whether the open leaf is longer than a run that grew to fill up.
func (p *Packing) long() bool { return p.room > maxRunPages*p.pageSize }

// reset forgets everything but the memory it has.
func (p *Packing) reset() {
	p.Close()
	p.Leaves, p.Pages = 0, 0
}

// End finishes the bucket and reports how many of the open leaf's elements go to each
// of the leaves that it becomes: itself, or several. etcd appends behind the last
// leaf, and a full one would have to be split at the first write; so it is split
// here as etcd splits it, at 0.9 of a page. A lone leaf stays as it is, for two
// pages and a branch instead of one would be a poor bargain for a small bucket.
// The result is valid until the next call.
func (p *Packing) End() []int {
	p.done = p.done[:0]
	split := p.Leaves > 0 && !p.long()
	for p.n > 0 {
		c := cut{p.n, p.used, p.room}
		if split {
			c.n, c.used = p.lastPart(p.sizes)
			c.room = pagesOf(c.used, p.pageSize) * p.pageSize
		}
		p.done = append(p.done, c.n)
		p.finish(c)
		p.n = len(p.sizes)
	}
	return p.done
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
