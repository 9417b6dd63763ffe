package rewrite

import (
	"slices"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A portion is what is to be handed on of one range of bucket "key", all of it or what a
// compaction leaves, chosen ahead of its turn: most of the work of a feeder is to fetch each record from memory, which
// several goroutines can do at a time.
type portion struct {
	keep  *selection // nil: everything stays
	begun bool
	calls []loaderCall
	bytes int // of keys and values in calls
}

// maxPortion bounds the bytes of a portion: they are in memory where the file is not
// mapped. A range with more has its values far apart, and is as fast in its turn.
const maxPortion = 8 << 20

// ForkEarly gives a portion; nil if what comes is to be summed up as it comes.
func (f *feeder) ForkEarly() bolt.Accumulator {
	if f.stamp != nil {
		return nil
	}
	if n := len(f.spare); n > 0 {
		p := f.spare[n-1]
		f.spare = f.spare[:n-1]
		return p
	}
	p := &portion{}
	if f.keep != nil {
		p.keep = f.keep.fork()
	}
	return p
}

// Merge feeds what a portion has chosen.
func (f *feeder) Merge(next bolt.Accumulator) {
	p, ok := next.(*portion)
	if !ok {
		return
	}
	if p.begun && p.keep != nil {
		f.keep.merge(p.keep)
	}
	for i := range p.calls {
		if f.err != nil {
			break
		}
		f.put(p.calls[i].key, p.calls[i].value)
	}
	clear(p.calls)
	p.calls, p.begun, p.bytes = p.calls[:0], false, 0
	f.spare = append(f.spare, p)
}

// Leaf chooses from one leaf; what is not as simple as that waits for its turn.
func (p *portion) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if !isHistory(b) {
		return errInTurn
	}
	for i := range l.Len() {
		key, value, ok := l.At(i)
		if !ok || l.IsBucket(i) {
			return errInTurn
		}
		if p.keep != nil && !p.begun && !p.keep.seek(key) {
			return errInTurn
		}
		p.begun = true
		if p.keep != nil && !p.keep.keeps(key, value) {
			continue
		}
		p.calls = append(p.calls, loaderCall{key: key, value: value})
		if p.bytes += len(key) + len(value); p.bytes > maxPortion {
			return errInTurn
		}
	}
	return nil
}

// Wants leaves out the pages of which nothing stays.
func (p *portion) Wants(b *bolt.Bucket, lo, hi []byte) bool {
	return p.keep == nil || !isHistory(b) || p.keep.wants(lo, hi)
}

// Wants leaves out the pages of which nothing stays.
func (f *feeder) Wants(b *bolt.Bucket, lo, hi []byte) bool {
	return f.keep == nil || f.stamp != nil || !isHistory(b) || f.keep.wants(lo, hi)
}

// isHistory tells whether b is bucket "key".
func isHistory(b *bolt.Bucket) bool {
	return len(b.Path) == 1 && string(b.Path[0]) == mvccview.BucketKey
}

// Bucket is never called.
func (p *portion) Bucket(*bolt.Bucket) {}

// Fork and Merge are never called: a portion is not cut any further.
func (p *portion) Fork() bolt.Accumulator { return notInTurn{} }

// Merge has nothing to take over.
func (p *portion) Merge(bolt.Accumulator) {}

// fork is a selection from a range.
func (s *selection) fork() *selection {
	return &selection{rev: s.rev, list: s.list, counted: s.counted, all: s.all, prefixes: prefixTable{unbounded: true}}
}

// seek starts a fork anew at the first record of its range, and tells whether that is a
// record.
func (s *selection) seek(key []byte) bool {
	k, err := mvccview.ParseRevKey(key)
	s.next, _ = slices.BinarySearchFunc(s.list, mvccview.CutSub(k.Revision), mvccview.Revision.Compare)
	s.first, s.met, s.changed = s.next, false, false
	s.count, s.above, s.tombstones = Records{}, 0, 0
	s.prefixes.clear()
	return usable(err)
}

// merge takes the run of a fork over, which has to begin where this one is.
func (s *selection) merge(o *selection) {
	if s.met && o.first == s.next+1 {
		s.next++
	}
	s.changed = s.changed || o.changed || o.first != s.next
	s.next, s.met = o.next, o.met
	if s.counted {
		return
	}
	s.count.Kept += o.count.Kept
	s.count.KeptBytes += o.count.KeptBytes
	s.above += o.above
	s.tombstones += o.tombstones
	s.prefixes.merge(&o.prefixes)
}
