package mvccview

import "math/bits"

// classBits is the number of bits that tell large sizes apart within an
// octave: 32 classes from one power of two to the next, so that sizes of one
// class differ by 3 % at most.
const classBits = 5

// A SizeClass is a group of records of about the same size. Bytes is their
// exact sum; sizes below the histogram's limit have a class each, with
// Min = Max.
type SizeClass struct {
	Min, Max int64 // smallest and largest size of the class, in bytes
	Count    int64
	Bytes    int64
}

// A SizeHist counts records by size (16 + key + value): exactly below a limit,
// and by classes with exact sums of bytes above. It does not depend on the
// order of records.
type SizeHist struct {
	limit int64
	exact []int64 // count by size, as far as there were any
	large []struct{ count, bytes int64 }
	count int64
	bytes int64
}

// NewSizeHist makes a histogram that is exact below limit bytes; four pages
// serve the packing forecast. It takes up to 8 × limit bytes.
func NewSizeHist(limit int) *SizeHist {
	return &SizeHist{limit: int64(max(limit, 1<<classBits))}
}

// Add counts one record of size bytes.
func (h *SizeHist) Add(size int64) {
	h.count++
	h.bytes += size
	if size < int64(len(h.exact)) {
		h.exact[size]++
		return
	}
	if size < h.limit {
		h.growTo(size)
		h.exact[size]++
		return
	}
	c := classOf(size)
	for len(h.large) <= c {
		h.large = append(h.large, struct{ count, bytes int64 }{})
	}
	h.large[c].count++
	h.large[c].bytes += size
}

// growTo makes room for a size below the limit, and for some more.
func (h *SizeHist) growTo(size int64) {
	const step = 1024
	room := min((size/step+1)*step, h.limit)
	h.exact = append(h.exact, make([]int64, room-int64(len(h.exact)))...)
}

// classOf numbers the classes of all sizes of 32 or more: the octave, then the
// five bits behind the leading one.
func classOf(size int64) int {
	octave := bits.Len64(uint64(size)) - 1 - classBits
	return octave<<classBits | int(uint64(size)>>octave)&(1<<classBits-1)
}

// classRange is the reverse: the smallest and the largest size of a class.
func classRange(c int) (lo, hi int64) {
	octave := c >> classBits
	lo = int64(1<<classBits|c&(1<<classBits-1)) << octave
	return lo, lo + 1<<octave - 1
}

// Count is the number of records.
func (h *SizeHist) Count() int64 { return h.count }

// Bytes is the sum of their sizes.
func (h *SizeHist) Bytes() int64 { return h.bytes }

// Limit is the size in bytes below which each size has its own class.
func (h *SizeHist) Limit() int64 { return h.limit }

// Each visits the classes that have records, in ascending order of size.
func (h *SizeHist) Each(visit func(SizeClass)) {
	for size, n := range h.exact {
		if n > 0 {
			visit(SizeClass{Min: int64(size), Max: int64(size), Count: n, Bytes: n * int64(size)})
		}
	}
	for c, l := range h.large {
		if l.count > 0 {
			lo, hi := classRange(c)
			visit(SizeClass{Min: max(lo, h.Limit()), Max: hi, Count: l.count, Bytes: l.bytes})
		}
	}
}
