package mvccview

import (
	"math"
	"slices"
)

// Keys of bucket "meta" that a compaction writes; see AppendCompactRev for the values.
const (
	MetaFinishedCompactRev  = metaFinished
	MetaScheduledCompactRev = metaScheduled
)

// AppendCompactRev appends the 17 bytes that etcd stores under MetaFinishedCompactRev
// and MetaScheduledCompactRev for a compaction at main revision rev.
// Source: etcd 3.7 server/storage/mvcc/store.go (UnsafeSetScheduledCompact,
// UnsafeSetFinishedCompact).
func AppendCompactRev(dst []byte, rev int64) []byte {
	return AppendRevKey(dst, RevKey{Revision: Revision{Main: rev}})
}

// SurvivingRevisions lists, ascending, what a compaction at the limit of the table leaves of the
// records at or below it: of each key the newest one, if that is a put, or a tombstone
// exactly at the limit. The table must have taken in all of them. A Sub is cut at 2^32-1,
// which only a damaged record reaches: see [CutSub].
// Source: etcd 3.7 server/storage/mvcc/key_index.go (doCompact): the tombstone stays
// since 3.4.34 and 3.5.16; kvstore_compaction.go (scheduleCompaction): what is not
// available is deleted, by revision.
func (t *KeyTable) SurvivingRevisions() []Revision {
	t.flush()
	n := 0
	t.table.each(func(v *newest) {
		if v.stays(t.limit) {
			n++
		}
	})
	list := make([]Revision, 0, n)
	t.table.each(func(v *newest) {
		if v.stays(t.limit) {
			list = append(list, Revision{Main: v.main, Sub: int64(v.sub)})
		}
	})
	slices.SortFunc(list, Revision.Compare)
	return slices.Clip(list)
}

// CutSub is r as a table of keys knows it.
func CutSub(r Revision) Revision {
	return Revision{Main: r.Main, Sub: min(r.Sub, math.MaxUint32)}
}

// stays tells whether a compaction at limit leaves the newest record of a key.
func (n newest) stays(limit int64) bool { return !n.tombstone() || n.main == limit }
