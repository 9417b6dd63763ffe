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
)

// pageTable has one byte for every page that the file really has below the high
// water mark. Four share a word, so that workers can claim pages without a lock.
type pageTable struct {
	words []atomic.Uint32
	pages Pgid
}

func newPageTable(pages Pgid) *pageTable {
	return &pageTable{words: make([]atomic.Uint32, (pages+3)/4), pages: pages}
}

// claim marks a page; it is false if somebody has it already. A page that the file
// does not have belongs to whoever asks.
func (t *pageTable) claim(id Pgid, o owner) bool {
	if id >= t.pages {
		return true
	}
	shift := uint(id%4) * 8
	old := t.words[id/4].Or(uint32(o) << shift)
	return old>>shift&0xff == 0
}

// at tells who has a page; 0 is nobody.
func (t *pageTable) at(id Pgid) owner {
	if id >= t.pages {
		return 0
	}
	return owner(t.words[id/4].Load() >> (uint(id%4) * 8) & 0xff)
}
