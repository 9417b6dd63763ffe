package mvccview

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"boltvet/bolt"
)

// bucketDirectory is how bolt shows the tree that holds the buckets.
const bucketDirectory = "(directory)"

// maxHidden bounds the ranges of a set, which is 2 MiB. A ruin with more holes
// gets its last ones joined, so that more is taken for hidden, never less.
const maxHidden = 1 << 16

// endOfTime is behind every revision.
var endOfTime = Revision{math.MaxInt64, math.MaxInt64}

// A revRange is the revisions from lo up to but not including hi.
type revRange struct{ lo, hi Revision }

// HiddenRanges are the revisions that a walk could not read: behind damaged
// pages and in records that do not parse. What is lost there is explained, so
// that rules which need whole history do not report it once more.
//
// It is safe for concurrent use. A fault must be taken in before the next
// record of the same worker is stepped, which is so if the sinks of the walk
// and of the View feed it.
type HiddenRanges struct {
	mu     sync.Mutex
	ranges []revRange // sorted, not touching each other
}

// Page takes in what a fault of the file hides of bucket "key".
func (h *HiddenRanges) Page(f bolt.Fault) {
	if f.Hidden == nil {
		return
	}
	switch f.Bucket {
	case BucketKey:
		hi := endOfTime
		if f.Hidden.Hi != nil {
			hi = revisionBound(f.Hidden.Hi)
		}
		h.Add(revisionBound(f.Hidden.Lo), hi)
	case bucketDirectory:
		h.Add(Revision{}, endOfTime)
	}
}

// Record takes in a fault of a record that accumulators do not get to see. Of
// a damaged revision key, what can be read of it is believed.
func (h *HiddenRanges) Record(f Fault) {
	switch f.Kind {
	case ValueUnparseable:
		h.Add(f.Rev, f.Rev.next())
	case RevisionSeparator:
		rev := revisionBound(f.Key)
		h.Add(rev, rev.next())
	case RevisionNegative:
		if len(f.Key) < RevKeyLen {
			return
		}
		rev := Revision{
			Main: int64(binary.BigEndian.Uint64(f.Key) & math.MaxInt64),
			Sub:  int64(binary.BigEndian.Uint64(f.Key[revSubPos:]) & math.MaxInt64),
		}
		h.Add(rev, rev.next())
	case RevisionLength:
		if main := revisionBound(f.Key).Main; len(f.Key) >= 8 && main < math.MaxInt64 {
			h.Add(Revision{Main: main}, Revision{Main: main + 1})
		}
	}
}

// Add takes in the revisions from lo up to but not including hi.
func (h *HiddenRanges) Add(lo, hi Revision) {
	if lo.Compare(hi) >= 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.from(lo)
	j := i
	for j < len(h.ranges) && h.ranges[j].lo.Compare(hi) <= 0 {
		lo, hi = earlier(lo, h.ranges[j].lo), later(hi, h.ranges[j].hi)
		j++
	}
	if i == j && len(h.ranges) >= maxHidden {
		h.join(max(i, 1)-1, lo, hi)
		return
	}
	h.ranges = slices.Replace(h.ranges, i, j, revRange{lo, hi})
}

// join widens range i to a new one, which lies between it and the next, or
// before it.
func (h *HiddenRanges) join(i int, lo, hi Revision) {
	r := &h.ranges[i]
	r.lo, r.hi = earlier(r.lo, lo), later(r.hi, hi)
}

// from is the first range that ends at or behind rev.
func (h *HiddenRanges) from(rev Revision) int {
	i, _ := slices.BinarySearchFunc(h.ranges, rev, func(r revRange, rev Revision) int { return r.hi.Compare(rev) })
	return i
}

// Overlaps tells whether any revision from lo up to but not including hi is
// hidden.
func (h *HiddenRanges) Overlaps(lo, hi Revision) bool {
	overlap := false
	h.visit(lo, hi, func(revRange) { overlap = true })
	return overlap
}

// Each shows the hidden parts of [lo, hi) in order, each from its first revision up to
// but not including its last, until show returns false.
func (h *HiddenRanges) Each(lo, hi Revision, show func(lo, hi Revision) bool) {
	var parts []revRange
	h.visit(lo, hi, func(r revRange) { parts = append(parts, r) })
	for _, p := range parts { // not under the lock
		if !show(p.lo, p.hi) {
			return
		}
	}
}

// visit shows the hidden parts of [lo, hi), in order.
func (h *HiddenRanges) visit(lo, hi Revision, show func(revRange)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := h.from(lo); i < len(h.ranges) && h.ranges[i].lo.Compare(hi) < 0; i++ {
		if part := (revRange{later(lo, h.ranges[i].lo), earlier(hi, h.ranges[i].hi)}); part.lo.Compare(part.hi) < 0 {
			show(part)
		}
	}
}

// rest shows the parts of [lo, hi) that are not hidden, in order.
func (h *HiddenRanges) rest(lo, hi Revision, show func(revRange)) {
	var parts []revRange
	h.visit(lo, hi, func(r revRange) {
		if lo.Compare(r.lo) < 0 {
			parts = append(parts, revRange{lo, r.lo})
		}
		lo = r.hi
	})
	if lo.Compare(hi) < 0 {
		parts = append(parts, revRange{lo, hi})
	}
	for _, p := range parts { // not under the lock
		show(p)
	}
}

// revisionBound is the revision that begins with the bytes of b, as far as
// they go: for keys that bound a range, damaged or not.
func revisionBound(b []byte) Revision {
	var full [RevKeyLen]byte
	copy(full[:], b)
	rev := Revision{
		Main: int64(binary.BigEndian.Uint64(full[:])),
		Sub:  int64(binary.BigEndian.Uint64(full[revSubPos:])),
	}
	if rev.Main < 0 {
		return endOfTime
	}
	if rev.Sub < 0 {
		rev.Sub = math.MaxInt64
	}
	if behind := b[min(len(b), RevKeyLen):]; len(behind) > 1 || len(behind) == 1 && behind[0] == 0 {
		rev = rev.next() // not a tombstone's own key, but a bound behind a record
	}
	return rev
}

// Next is the revision that directly follows r; the last one is its own.
func (r Revision) Next() Revision { return r.next() }

// next is the revision that directly follows r.
func (r Revision) next() Revision {
	switch {
	case r.Sub < math.MaxInt64:
		return Revision{r.Main, r.Sub + 1}
	case r.Main < math.MaxInt64:
		return Revision{r.Main + 1, 0}
	}
	return r
}

func earlier(a, b Revision) Revision {
	if a.Compare(b) <= 0 {
		return a
	}
	return b
}

func later(a, b Revision) Revision {
	if a.Compare(b) >= 0 {
		return a
	}
	return b
}
