package mvccview

// Totals counts the records of bucket "key" and their bytes. It is a
// RecordAccumulator.
type Totals struct {
	Records        int64 // puts and tombstones
	Puts           int64
	Tombstones     int64
	KeyBytes       int64    // bytes of the bucket's keys, 17 or 18 each
	ValueBytes     int64    // bytes of the bucket's values: encoded KeyValues
	UserKeyBytes   int64    // bytes of the user's keys within
	UserValueBytes int64    // bytes of the user's values within
	First, Last    Revision // of the first and last record; zero if there is none
}

// Step counts one record.
func (t *Totals) Step(r *Record) {
	if t.Records == 0 {
		t.First = r.Revision
	}
	t.Last = r.Revision
	t.Records++
	if r.Tombstone {
		t.Tombstones++
	} else {
		t.Puts++
	}
	t.KeyBytes += int64(r.KeyLen)
	t.ValueBytes += int64(r.ValLen)
	t.UserKeyBytes += int64(len(r.KV.Key))
	t.UserValueBytes += int64(len(r.KV.Value))
}

// Fork gives empty Totals.
func (t *Totals) Fork() RecordAccumulator { return new(Totals) }

// ForkEarly is Fork.
func (t *Totals) ForkEarly() RecordAccumulator { return t.Fork() }

// Merge adds the Totals of the range that follows.
func (t *Totals) Merge(next RecordAccumulator) { t.add(next.(*Totals)) }

func (t *Totals) add(n *Totals) {
	if n.Records == 0 {
		return
	}
	if t.Records == 0 {
		t.First = n.First
	}
	t.Last = n.Last
	t.Records += n.Records
	t.Puts += n.Puts
	t.Tombstones += n.Tombstones
	t.KeyBytes += n.KeyBytes
	t.ValueBytes += n.ValueBytes
	t.UserKeyBytes += n.UserKeyBytes
	t.UserValueBytes += n.UserValueBytes
}
