package mvccview

import (
	"slices"

	"boltvet/bolt"
)

// keySpace is what a key takes, in 40 bytes: with the hash of the key, an entry of the
// table takes 56.
type keySpace struct {
	newest
	off     int64 // of the newest record's key in the file
	bytes   int64 // of keys and values of all records
	records int64
}

// before tells whether o replaces s as the newest record, whichever was met first.
func (s *keySpace) before(o *keySpace) bool {
	if s.newest == o.newest {
		return o.off < s.off
	}
	return s.newest.before(o.newest)
}

// counts is s as counts of one key.
func (s *keySpace) counts() GroupCounts {
	c := GroupCounts{Keys: 1, Records: s.records, Bytes: s.bytes}
	c.newest(s.newest, 1)
	if s.tombstone() {
		c.last = lastDeletions{s.main, 1, s.payload()}
	}
	return c
}

// keySpaceBinBytes is what a bin of entries takes, as Go allocates it.
const keySpaceBinBytes = 8192

// KeySpaces knows what each key takes. It is a RecordAccumulator; its forks share one
// table behind locks. It keeps no keys but where to read them, and takes up to 130
// bytes for each distinct key.
type KeySpaces struct {
	table  *table[keySpace]
	batch  []hashed[keySpace] // one record each, not in the table yet
	order  shardOrder         // of the batch that goes in
	budget *budget
	early  bool
	fork   bool
	held   []int64 // in forks: lengths of values
	values ValueHist
	spare  []*KeySpaces // early forks that were merged
}

// NewKeySpaces makes an empty table.
func NewKeySpaces() *KeySpaces {
	return &KeySpaces{table: newTable[keySpace](), budget: newBudget(keySpaceBinBytes)}
}

// Step takes one record in.
func (t *KeySpaces) Step(r *Record) {
	n := newestOf(r)
	one := keySpace{newest: n, off: r.Off, bytes: int64(r.KeyLen) + int64(r.ValLen), records: 1}
	if !r.Tombstone {
		if length := int64(len(r.KV.Value)); t.fork {
			t.held = append(t.held, length)
		} else {
			t.values.Add(length)
		}
	}
	if t.batch = append(t.batch, hashed[keySpace]{t.table.hash(r.KV.Key), one}); len(t.batch) >= batchSize && !t.early {
		t.flush()
	}
}

// flush puts what was held back into the table.
func (t *KeySpaces) flush() {
	for batch := range slices.Chunk(t.batch, batchSize) {
		t.insert(batch)
	}
	t.batch = t.batch[:0]
}

// insert puts up to batchSize records into the table.
func (t *KeySpaces) insert(batch []hashed[keySpace]) {
	t.table.fill(batch, &t.order, t.budget, func(s *shard[keySpace], which []uint16) {
		for _, i := range which {
			one := batch[i].value
			v, fresh := s.insert(batch[i].hash)
			if fresh || v.before(&one) {
				v.newest, v.off = one.newest, one.off
			}
			v.bytes += one.bytes
			v.records++
		}
	})
}

// Total is the sum of all keys, and Values the lengths of the values of all puts.
func (t *KeySpaces) Total() (sum GroupCounts) {
	t.flush()
	t.table.each(func(s *keySpace) {
		c := s.counts()
		sum.Add(&c)
	})
	return sum
}

// Values are the lengths of the users' values of all puts.
func (t *KeySpaces) Values() *ValueHist { return &t.values }

// Limit bounds the memory of the table in bytes; 0 is no bound. See [KeyTable.Limit].
func (t *KeySpaces) Limit(bytes int64) { t.budget.limit = bytes }

// Err is the *MemoryError of a table that has grown beyond its bound.
func (t *KeySpaces) Err() error { return t.budget.err() }

// Settle fills the table.
func (t *KeySpaces) Settle() error {
	t.flush()
	return t.Err()
}

// Fork shares the table.
func (t *KeySpaces) Fork() RecordAccumulator {
	return &KeySpaces{table: t.table, budget: t.budget, fork: true}
}

// ForkEarly gives a fork that keeps its records back until it settles.
func (t *KeySpaces) ForkEarly() RecordAccumulator {
	if n := len(t.spare); n > 0 {
		f := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return f
	}
	return &KeySpaces{table: t.table, budget: t.budget, fork: true, early: true}
}

// Merge adds the lengths of another range; the table is shared already.
func (t *KeySpaces) Merge(next RecordAccumulator) {
	n := next.(*KeySpaces)
	n.flush()
	for _, length := range n.held {
		if t.fork {
			t.held = append(t.held, length)
		} else {
			t.values.Add(length)
		}
	}
	n.held = n.held[:0]
	if n.early {
		t.spare = append(t.spare, n)
	}
}

var _ bolt.Settler = (*KeySpaces)(nil)
