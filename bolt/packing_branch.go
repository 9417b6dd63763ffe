package bolt

// branchPacking decides where a level of branches starts a new page. Branches are few
// and their elements small, so that a full page wastes next to nothing: a page grows
// only where keys are long, and is never cut as a leaf is.
type branchPacking struct {
	pageSize int64
	n        int   // elements of the open page; 0: none is open
	used     int64 // its bytes, the header included
	room     int64 // bytes of its pages
}

// branchWastePercent is what a run of branch pages may waste rather than grow.
const branchWastePercent = 8

// add takes the next element of size bytes, 16 + key, and reports whether it starts a
// new page.
func (p *branchPacking) add(size int64) (fresh bool) {
	if p.n == 0 || !p.fits(size) {
		p.close()
		p.used = PageHeaderSize
		fresh = true
	}
	p.n++
	p.used += size
	p.room = max(p.room, pagesOf(p.used, p.pageSize)*p.pageSize)
	return fresh
}

// fits tells whether the open page takes the element. It takes two in any case, for
// that is what a branch has at least.
func (p *branchPacking) fits(size int64) bool {
	switch {
	case p.n < minSplit:
		return true
	case p.room > maxOpenRun:
		return false
	case p.used+size <= p.room:
		return true
	}
	waste := p.room - p.used
	return waste*100 > p.room*branchWastePercent && p.used+size <= maxRunPages*p.pageSize
}

// close makes the next element start a new page.
func (p *branchPacking) close() { p.n, p.used, p.room = 0, 0, 0 }
