package mvccview

// NewSettledHashKV makes a hash of what is left of a store once its compaction to
// compact has ended, whether this file's has or not: records at or below compact count
// only if kept has them as the newest of their key, and as puts. kept was made by
// NewKeyTable(compact).
//
// It is for the one case in which etcd's own rule has no answer that is the same for
// files of one content (see HashKV.AllDead): no key is alive at rev. Then etcd leaves
// nothing out, and a file shows how far its compaction has got. Where a key is alive
// NewHashKV has the number that members report.
// Source: etcd 3.7 server/storage/mvcc/kvstore_compaction.go (scheduleCompaction).
func NewSettledHashKV(rev, compact int64, kept *KeyTable) *HashKV {
	kept.flush()
	h := newHashKV(rev, compact)
	h.keep = kept
	h.hash.write([]byte(hashSeed))
	return h
}
