package mvccview

import "math"

// newest is a key's newest record, in 16 bytes. Together with the hash of the
// key an entry of the table takes 32.
type newest struct {
	main int64
	// sub is cut at 2^32-1, which only a damaged key reaches: a transaction
	// cannot have as many changes.
	sub uint32
	// val is the length of the value, cut at 2^31-1 (bbolt's own limit is one
	// byte below), shifted by one; bit 0 marks a tombstone.
	val uint32
}

func newestOf(r *Record) newest {
	n := newest{
		main: r.Main,
		sub:  uint32(min(r.Sub, math.MaxUint32)),
		val:  uint32(min(r.ValLen, math.MaxInt32)) << 1,
	}
	if r.Tombstone {
		n.val |= 1
	}
	return n
}

func (n newest) tombstone() bool { return n.val&1 != 0 }

// payload is the bytes of the record's key and value in the bucket.
func (n newest) payload() int64 {
	return RevKeyLen + int64(n.val&1) + int64(n.val>>1)
}

// before tells whether o replaces n as the newest record of a key. The answer
// does not depend on which one was met first. At one revision a tombstone is
// the later one, as in the order of the bucket.
func (n newest) before(o newest) bool {
	switch {
	case n.main != o.main:
		return n.main < o.main
	case n.sub != o.sub:
		return n.sub < o.sub
	}
	if n.tombstone() != o.tombstone() {
		return o.tombstone()
	}
	return n.val < o.val // one revision twice is damage; the answer is the same all the same
}

// A KeyTable knows the newest record of every key, up to a limit in main
// revisions. It is a RecordAccumulator; its forks share one table behind
// locks, so that more workers do not mean more tables, and ranges may be
// visited in any order. It takes up to 65 bytes for each distinct key.
type KeyTable struct {
	limit   int64
	table   *table[newest]
	records int64      // records at or below the limit
	payload int64      // bytes of their keys and values
	batch   []keyed    // records that are not in the table yet
	order   shardOrder // of the batch that goes in
	early   bool       // they stay out of it until the range is sure to count
	budget  *budget
	// moved is told that item i of what is being inserted is now the newest record of
	// its key, in place of was, which is zero if the key is fresh; nil: nobody is.
	moved func(i int, was newest, fresh bool)
	spare []*KeyTable // early forks that were merged
}

// NewKeyTable makes a table of the records with main <= limit;
// math.MaxInt64 takes them all.
func NewKeyTable(limit int64) *KeyTable {
	return &KeyTable{limit: limit, table: newTable[newest](), budget: newBudget(binBytes)}
}

// Step takes one record in.
func (t *KeyTable) Step(r *Record) {
	if r.Main > t.limit {
		return
	}
	if t.hold(r); len(t.batch) >= batchSize && !t.early {
		t.flush()
	}
}

// hold counts a record and keeps it for the next flush.
func (t *KeyTable) hold(r *Record) {
	t.records++
	t.payload += int64(r.KeyLen) + int64(r.ValLen)
	t.batch = append(t.batch, keyed{t.table.hash(r.KV.Key), newestOf(r)})
}

// final tells whether the record ends the search for the record to keep. A
// tombstone exactly at the limit closes the generation that etcd looks at;
// what the same transaction may put behind it is not looked at any more.
// (Clients cannot change a key twice in one transaction, but etcd's store can.)
// Source: etcd 3.7 server/storage/mvcc/key_index.go (doCompact).
func (t *KeyTable) final(n newest) bool {
	return n.tombstone() && n.main == t.limit
}

// replaces tells whether n takes the place of v as the record of their key. Of several
// that are final the first one counts.
func (t *KeyTable) replaces(v, n newest) bool {
	switch was, is := t.final(v), t.final(n); {
	case was && is:
		return n.before(v)
	case was || is:
		return is
	}
	return v.before(n)
}

// Fork shares the table and counts from zero.
func (t *KeyTable) Fork() RecordAccumulator {
	return &KeyTable{limit: t.limit, table: t.table, budget: t.budget}
}

// Merge adds the counts of another range; the table is shared already.
func (t *KeyTable) Merge(next RecordAccumulator) {
	n := next.(*KeyTable)
	t.absorb(n)
	if n.early {
		t.spare = append(t.spare, n)
	}
}

// absorb adds the counts of n, which then counts from zero.
func (t *KeyTable) absorb(n *KeyTable) {
	n.flush()
	t.records += n.records
	t.payload += n.payload
	n.records, n.payload = 0, 0
}

// KeyStats are the counts of a KeyTable. Bytes are those of keys and values in
// the bucket, without the elements' headers.
type KeyStats struct {
	Keys            int64 // distinct keys, alive or deleted
	Live            int64 // keys whose newest record is a put; etcdutl's totalKey
	LiveBytes       int64 // bytes of these records
	Deleted         int64 // keys whose newest record is a tombstone
	DeletedBytes    int64 // bytes of these tombstones
	Superseded      int64 // records that are not the newest of their key
	SupersededBytes int64
}

// Stats counts, in one pass over the table. No fork may be stepping meanwhile.
func (t *KeyTable) Stats() KeyStats {
	t.flush()
	var s KeyStats
	t.table.each(func(n *newest) {
		s.Keys++
		if n.tombstone() {
			s.Deleted++
			s.DeletedBytes += n.payload()
		} else {
			s.Live++
			s.LiveBytes += n.payload()
		}
	})
	s.Superseded = t.records - s.Keys
	s.SupersededBytes = t.payload - s.LiveBytes - s.DeletedBytes
	return s
}

// Survivors adds to hist the records that a compaction at revision rev leaves,
// where rev is at or above every record of the table: the newest record of
// each key if it is a put, or a tombstone exactly at rev.
// Source: etcd 3.7 server/storage/mvcc/key_index.go (compact): the tombstone
// stays since 3.4.34 and 3.5.16.
func (t *KeyTable) Survivors(rev int64, hist *SizeHist) {
	t.flush()
	t.table.each(func(n *newest) {
		if !n.tombstone() || n.main == rev {
			hist.Add(ElementOverhead + n.payload())
		}
	})
}

// keeps tells whether the record is in etcd's keep set at the limit: the
// newest of its key, and a put. Several goroutines may ask, but no fork may be
// stepping meanwhile.
// Source: etcd 3.7 server/storage/mvcc/key_index.go (keep).
func (t *KeyTable) keeps(r *Record) bool {
	v := t.newest(r.KV.Key)
	n := newestOf(r)
	return v != nil && !v.tombstone() && v.main == n.main && v.sub == n.sub
}

// newest is the newest record of a key, nil if there is none. No fork may be
// stepping meanwhile.
func (t *KeyTable) newest(key []byte) *newest {
	if len(t.batch) > 0 {
		t.flush()
	}
	h := t.table.hash(key)
	return t.table.shard(h).find(h)
}

// keepsAny tells whether any key is alive at the limit.
func (t *KeyTable) keepsAny() bool {
	t.flush()
	alive := false
	t.table.each(func(n *newest) { alive = alive || !n.tombstone() })
	return alive
}
