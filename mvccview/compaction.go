package mvccview

import "math"

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

// Survives tells whether a compaction at the limit of the table leaves the record:
// every record above the limit, and the newest one at or below it of each key that it
// is the newest of, if that is a put, or a tombstone exactly at the limit. The table
// must have taken in all records at or below the limit.
// Source: etcd 3.7 server/storage/mvcc/key_index.go (doCompact): the tombstone stays
// since 3.4.34 and 3.5.16; kvstore_compaction.go (scheduleCompaction): what is not
// available is deleted, by revision.
func (t *KeyTable) Survives(r *Record) bool {
	if r.Main > t.limit {
		return true
	}
	v := t.newest(r.KV.Key)
	return v != nil && v.main == r.Main && v.sub == uint32(min(r.Sub, math.MaxUint32)) &&
		(!v.tombstone() || v.main == t.limit)
}
