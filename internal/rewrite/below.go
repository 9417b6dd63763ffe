package rewrite

import (
	"math"
	"sync/atomic"

	"boltvet/mvccview"
)

// belowTable counts, while the source is checked, all records at or below a compaction's
// revision by prefix: less those that stay, these are the dropped ones, which nobody has
// to see again. Where there are too many prefixes for that it gives up. It is a
// [mvccview.ParallelRecords].
type belowTable struct {
	rev     int64
	records int64 // also of a table that has given up
	far     int64 // of records, with a sub that mvccview.CutSub does not tell from others
	table   prefixTable
	full    *atomic.Bool  // it has given up; forks share it
	spare   []*belowTable // early forks that were merged
}

func newBelowTable(rev int64) *belowTable { return &belowTable{rev: rev, full: &atomic.Bool{}} }

// Step counts one record.
func (t *belowTable) Step(r *mvccview.Record) {
	if r.Main > t.rev {
		return
	}
	t.records++
	if r.Sub >= math.MaxUint32 {
		t.far++
	}
	if !t.full.Load() {
		t.table.add(mvccview.UserKey(r.Raw), int64(r.KeyLen)+int64(r.ValLen))
		t.bound()
	}
}

// bound gives up on a table that has not told all of its prefixes apart.
func (t *belowTable) bound() {
	if t.table.other.Records > 0 {
		t.full.Store(true)
		t.table = prefixTable{}
	}
}

// Fork counts a range.
func (t *belowTable) Fork() mvccview.RecordAccumulator {
	return &belowTable{rev: t.rev, full: t.full, table: prefixTable{unbounded: true}}
}

// ForkEarly is Fork.
func (t *belowTable) ForkEarly() mvccview.RecordAccumulator {
	if n := len(t.spare); n > 0 {
		f := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return f
	}
	return t.Fork()
}

// Merge adds a range.
func (t *belowTable) Merge(next mvccview.RecordAccumulator) {
	n := next.(*belowTable)
	t.records += n.records
	t.far += n.far
	n.records, n.far = 0, 0
	if !t.full.Load() {
		t.table.merge(&n.table)
		t.bound()
	}
	n.table.clear()
	t.spare = append(t.spare, n)
}
