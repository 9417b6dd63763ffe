package bolt

import "sync/atomic"

// owner says what a page was found to be; each is one bit of the page's byte.
type owner uint32

const (
	ownerMeta     owner = 1 << iota
	ownerTree           // the first page of a branch or leaf
	ownerOverflow       // a further page of one
	ownerFreelist
	ownerFree
	ownerOpen   // beside ownerTree: a branch whose children are being visited
	ownerShared // beside another: somebody else asked for the page, too
)

// pageTable has one byte for every page that the file really has below the high
// water mark, and one for a page that the end of the file cuts. Four share a word,
// so that workers can claim pages without a lock.
type pageTable struct {
	words []atomic.Uint32
	pages Pgid // whole pages
}

// perWord is how many pages have their bytes in one word.
const perWord = 4

func newPageTable(pages Pgid) *pageTable {
	return &pageTable{words: make([]atomic.Uint32, pages/perWord+1), pages: pages}
}

// claim marks a page; it is false, and changes nothing, if somebody has it already.
// A page that the file does not have belongs to whoever asks.
func (t *pageTable) claim(id Pgid, o owner) bool {
	if id > t.pages {
		return true
	}
	word, shift := &t.words[id/perWord], uint(id%perWord)*8
	for {
		old := word.Load()
		if old>>shift&0xff != 0 {
			return false
		}
		if word.CompareAndSwap(old, old|uint32(o)<<shift) {
			return true
		}
	}
}

// release takes back a claim of a visit that does not count.
func (t *pageTable) release(id Pgid) {
	if id <= t.pages {
		t.words[id/perWord].And(^(uint32(0xff) << (uint(id%perWord) * 8)))
	}
}

// open marks a claimed branch as an ancestor of what is visited next; shut ends that.
func (t *pageTable) open(id Pgid) {
	if id <= t.pages {
		t.words[id/perWord].Or(uint32(ownerOpen) << (uint(id%perWord) * 8))
	}
}

func (t *pageTable) shut(id Pgid) {
	if id <= t.pages {
		t.words[id/perWord].And(^(uint32(ownerOpen) << (uint(id%perWord) * 8)))
	}
}

// share marks a claimed page as one that somebody else asked for.
func (t *pageTable) share(id Pgid) {
	if id <= t.pages {
		t.words[id/perWord].Or(uint32(ownerShared) << (uint(id%perWord) * 8))
	}
}

// at tells who has a page; 0 is nobody.
func (t *pageTable) at(id Pgid) owner {
	if id > t.pages {
		return 0
	}
	return owner(t.words[id/perWord].Load() >> (uint(id%perWord) * 8) & 0xff)
}

// census counts the whole pages by who has them.
func (t *pageTable) census() (sum [1 << 8]int64) {
	var n [perWord][1 << 8]int64 // neighbours are of one kind: one counter would wait for itself
	id := Pgid(0)
	for ; id+perWord <= t.pages; id += perWord {
		word := t.words[id/perWord].Load()
		n[0][word&0xff]++
		n[1][word>>8&0xff]++
		n[2][word>>16&0xff]++
		n[3][word>>24]++
	}
	for ; id < t.pages; id++ {
		n[0][t.at(id)&0xff]++
	}
	for i := range n {
		for o, k := range n[i] {
			sum[o] += k
		}
	}
	return sum
}
