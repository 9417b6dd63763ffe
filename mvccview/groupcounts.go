package mvccview

// GroupCounts are the records of some keys. Bytes are those of keys and values in the
// bucket, without the elements' headers, as in KeyStats.
type GroupCounts struct {
	Keys         int64 // distinct keys, alive or deleted
	Records      int64 // all revisions of them
	Bytes        int64 // of all records
	Live         int64 // keys whose newest record is a put
	LiveBytes    int64 // bytes of these records
	Deleted      int64 // keys whose newest record is a tombstone
	DeletedBytes int64 // bytes of these tombstones

	last lastDeletions
}

// lastDeletions are the tombstones at the largest main revision that has any.
type lastDeletions struct{ main, records, bytes int64 }

// Superseded are the records that are not the newest of their key.
func (c *GroupCounts) Superseded() (records, bytes int64) {
	return c.Records - c.Live - c.Deleted, c.Bytes - c.LiveBytes - c.DeletedBytes
}

// Dropped is what a compaction at latest takes away, where latest is L, at or above
// every record: all but the newest record of each key, and that too if it is a
// tombstone, unless exactly at latest.
// Source: etcd 3.7 server/storage/mvcc/key_index.go (doCompact).
func (c *GroupCounts) Dropped(latest int64) (records, bytes int64) {
	records, bytes = c.Records-c.Live, c.Bytes-c.LiveBytes
	if c.last.main == latest {
		records -= c.last.records
		bytes -= c.last.bytes
	}
	return max(records, 0), max(bytes, 0)
}

// Add adds the counts of other keys, or of other records of the same.
func (c *GroupCounts) Add(o *GroupCounts) {
	c.Keys += o.Keys
	c.Records += o.Records
	c.Bytes += o.Bytes
	c.Live += o.Live
	c.LiveBytes += o.LiveBytes
	c.Deleted += o.Deleted
	c.DeletedBytes += o.DeletedBytes
	c.last.add(o.last)
}

// Take takes the counts of keys away that are among those of c.
func (c *GroupCounts) Take(o *GroupCounts) {
	c.Keys -= o.Keys
	c.Records -= o.Records
	c.Bytes -= o.Bytes
	c.Live -= o.Live
	c.LiveBytes -= o.LiveBytes
	c.Deleted -= o.Deleted
	c.DeletedBytes -= o.DeletedBytes
	if o.last.main == c.last.main {
		c.last.records -= o.last.records
		c.last.bytes -= o.last.bytes
	}
}

func (l *lastDeletions) add(o lastDeletions) {
	switch {
	case o.main > l.main:
		*l = o
	case o.main == l.main:
		l.records += o.records
		l.bytes += o.bytes
	}
}

// record counts one record.
func (c *GroupCounts) record(r *Record) {
	size := int64(r.KeyLen) + int64(r.ValLen)
	c.Records++
	c.Bytes += size
	if r.Tombstone {
		c.last.add(lastDeletions{r.Main, 1, size})
	}
}

// newest adds n times a newest record of a key.
func (c *GroupCounts) newest(v newest, n int64) {
	if v.tombstone() {
		c.Deleted += n
		c.DeletedBytes += n * v.payload()
		return
	}
	c.Live += n
	c.LiveBytes += n * v.payload()
}
