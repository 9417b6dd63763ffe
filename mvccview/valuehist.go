package mvccview

// A ValueHist counts lengths: exactly below 32 bytes, and above in classes that are 3 %
// wide. It takes 8 bytes for each class between the smallest and the largest length it
// has met, less than 7 KiB for all that a file can hold.
type ValueHist struct {
	first  int // class of counts[0]
	counts []int64
	n      int64
	max    int64
}

// Add counts one length, in bytes.
func (h *ValueHist) Add(size int64) {
	c := lengthClass(size)
	if i := c - h.first; i < 0 || i >= len(h.counts) {
		h.reach(c)
	}
	h.counts[c-h.first]++
	h.n++
	h.max = max(h.max, size)
}

// Merge adds what another histogram has counted.
func (h *ValueHist) Merge(o *ValueHist) {
	if o.n == 0 {
		return
	}
	h.reach(o.first)
	h.reach(o.first + len(o.counts) - 1)
	for i, n := range o.counts {
		h.counts[o.first+i-h.first] += n
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// Count is how many lengths there are.
func (h *ValueHist) Count() int64 { return h.n }

// Max is the largest length, 0 if there is none.
func (h *ValueHist) Max() int64 { return h.max }

// Percentile is a length that p of 100 are at or below: the smallest such length,
// rounded up to the end of its class and so by 3 % at most, and never above Max. 0 if
// there is nothing.
func (h *ValueHist) Percentile(p int64) int64 {
	rank := h.n/100*p + (h.n%100*p+99)/100
	for i, n := range h.counts {
		if rank -= n; rank <= 0 && n > 0 {
			return min(lengthEnd(h.first+i), h.max)
		}
	}
	return h.max
}

// reach makes room for class c.
func (h *ValueHist) reach(c int) {
	switch {
	case len(h.counts) == 0:
		h.first, h.counts = c, make([]int64, 1, 4)
	case c < h.first:
		wider := make([]int64, h.first-c+len(h.counts))
		copy(wider[h.first-c:], h.counts)
		h.first, h.counts = c, wider
	default:
		for h.first+len(h.counts) <= c {
			h.counts = append(h.counts, 0)
		}
	}
}

// lengthClass is the class of a length, and lengthEnd the largest length of a class.
func lengthClass(size int64) int {
	if size < 1<<classBits {
		return int(max(size, 0))
	}
	return 1<<classBits + classOf(size)
}

func lengthEnd(c int) int64 {
	if c < 1<<classBits {
		return int64(c)
	}
	_, end := classRange(c - 1<<classBits)
	return end
}
