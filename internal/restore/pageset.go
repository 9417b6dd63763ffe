package restore

// A pageSet is a set of page numbers below a bound; one bit each.
type pageSet struct {
	words []uint64
	n     int64
}

func newPageSet(n int64) *pageSet { return &pageSet{words: make([]uint64, n/64+1), n: n} }

// add takes in the pages from lo up to hi; those behind the bound are left out.
func (s *pageSet) add(lo, hi int64) {
	for id := lo; id < min(hi, s.n); id++ {
		s.words[id/64] |= 1 << (id % 64)
	}
}

func (s *pageSet) has(id int64) bool { return id < s.n && s.words[id/64]>>(id%64)&1 != 0 }
