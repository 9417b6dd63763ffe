package mvccview

import (
	"cmp"
	"math"
	"slices"
)

// maxWindows bounds how many windows are kept: 32 bytes each.
const maxWindows = 4096

// A Churn counts records by windows of revisions: what was written when, as far as the
// file still has it. At or below a compaction, that is what the compaction left. It is
// a RecordAccumulator, and does not depend on the order of records.
//
// Where there would be more than 4096 windows with records, windows are doubled until
// there are not.
type Churn struct {
	begin  int64 // width that was asked for
	width  int64
	list   []Window // in order, those with records only
	at     int      // the window of the last record
	spared []*Churn // early forks that were merged
}

// A Window counts the records of some revisions.
type Window struct {
	number     int64
	Records    int64 // puts and tombstones
	Tombstones int64
	Bytes      int64 // of keys and values in the bucket
}

// NewChurn makes windows of width main revisions, 1 or more: 1 to width, width+1 to
// 2 × width, and so on.
func NewChurn(width int64) *Churn { return &Churn{begin: max(width, 1), width: max(width, 1)} }

// Width is the number of revisions in a window, at least what was asked for.
func (c *Churn) Width() int64 { return c.width }

// Windows are the windows with records, in order.
func (c *Churn) Windows() []Window { return c.list }

// Range is the first and the last main revision of a window, both inclusive.
func (c *Churn) Range(w Window) (first, last int64) {
	first = w.number*c.width + 1
	if first > math.MaxInt64-c.width {
		return first, math.MaxInt64
	}
	return first, first + c.width - 1
}

// Step counts one record.
func (c *Churn) Step(r *Record) {
	w := Window{number: max(r.Main-1, 0) / c.width, Records: 1, Bytes: int64(r.KeyLen) + int64(r.ValLen)}
	if r.Tombstone {
		w.Tombstones = 1
	}
	c.add(w)
}

// add counts records of a window of c's width.
func (c *Churn) add(w Window) {
	if c.at >= len(c.list) || c.list[c.at].number != w.number {
		i, found := slices.BinarySearchFunc(c.list, w.number, func(x Window, n int64) int { return cmp.Compare(x.number, n) })
		if c.at = i; !found {
			c.list = slices.Insert(c.list, i, w)
			for len(c.list) > maxWindows {
				c.widen()
			}
			return
		}
	}
	c.list[c.at].count(w)
}

func (w *Window) count(o Window) {
	w.Records += o.Records
	w.Tombstones += o.Tombstones
	w.Bytes += o.Bytes
}

// widen makes windows twice as wide. Two to the 51st is enough for 4096 windows of all
// revisions, so nothing overflows.
func (c *Churn) widen() {
	c.width *= 2
	wide := c.list[:0]
	for _, w := range c.list {
		w.number /= 2
		if n := len(wide); n > 0 && wide[n-1].number == w.number {
			wide[n-1].count(w)
		} else {
			wide = append(wide, w)
		}
	}
	c.list, c.at = wide, len(wide)
}

// Fork gives an empty Churn of the same width.
func (c *Churn) Fork() RecordAccumulator { return NewChurn(c.begin) }

// ForkEarly is Fork, with the memory of forks that were merged.
func (c *Churn) ForkEarly() RecordAccumulator {
	n := len(c.spared)
	if n == 0 {
		return c.Fork()
	}
	f := c.spared[n-1]
	c.spared = c.spared[:n-1]
	return f
}

// Merge adds the windows of another range. How wide windows become depends on which
// ones there are, not on who met them.
func (c *Churn) Merge(next RecordAccumulator) {
	n := next.(*Churn)
	for c.width < n.width {
		c.widen()
	}
	for _, w := range n.list {
		for width := n.width; width < c.width; width *= 2 {
			w.number /= 2
		}
		c.add(w)
	}
	n.list, n.width, n.at = n.list[:0], n.begin, 0
	c.spared = append(c.spared, n)
}
