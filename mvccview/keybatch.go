package mvccview

import (
	"fmt"
	"slices"
	"sync/atomic"

	"boltvet/bolt"
)

// A MemoryError says that a table of keys would grow beyond what it may take. Nothing
// is spilled to disk: the table is what makes one look at a file enough.
type MemoryError struct{ Limit int64 } // bytes

// Error names the limit.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("the file has more keys than a table of %d bytes holds", e.Limit)
}

// A budget bounds the bytes of a table; forks share it.
type budget struct {
	limit int64 // 0: none
	bin   int64 // what one of the table's bins takes
	taken atomic.Int64
}

// newBudget is that of a table that is empty.
func newBudget(bin int64) *budget {
	b := &budget{bin: bin}
	b.taken.Store(bin << shardBits)
	return b
}

// err is a *MemoryError if more was taken than there is.
func (b *budget) err() error {
	if b.limit > 0 && b.taken.Load() > b.limit {
		return &MemoryError{Limit: b.limit}
	}
	return nil
}

// A hashed is what one record says of its key, on its way into a table.
type hashed[V any] struct {
	hash  keyHash
	value V
}

// A keyed is the newest record of a key as far as one leaf tells.
type keyed = hashed[newest]

// batchSize is how many records go into the table at a time: enough that the memory
// of many slots is asked for at once, few enough that they stay in the cache.
const batchSize = 1024

// fill puts up to batchSize records into the table, shard by shard: each lock is taken
// once, and the misses of the cache overlap. put gets a shard whose lock is held, and
// which records of the batch belong there. o is room for their order.
func (t *table[V]) fill(batch []hashed[V], o *shardOrder, b *budget, put func(s *shard[V], which []uint16)) {
	sortByShard(batch, o)
	for i := range t.shards {
		if which := o.of(i); len(which) > 0 {
			t.shards[i].fill(batch, which, b, put)
		}
	}
}

func (s *shard[V]) fill(batch []hashed[V], which []uint16, b *budget, put func(s *shard[V], which []uint16)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var touched uint64
	for _, i := range which {
		touched ^= s.touch(batch[i].hash)
	}
	s.touched = touched
	bins := s.bins
	put(s, which)
	if s.bins != bins {
		b.taken.Add(int64(s.bins-bins) * b.bin)
	}
}

// A shardOrder is the indexes of a batch, shard by shard.
type shardOrder struct {
	ends  [1<<shardBits + 1]uint16 // of each shard, behind that of the one before
	order [batchSize]uint16
}

// of is those that belong to a shard, in their order in the batch.
func (o *shardOrder) of(shard int) []uint16 {
	if shard == 0 {
		return o.order[:o.ends[0]]
	}
	return o.order[o.ends[shard-1]:o.ends[shard]]
}

// sortByShard orders a batch of up to batchSize.
func sortByShard[V any](batch []hashed[V], o *shardOrder) {
	clear(o.ends[:])
	for i := range batch {
		o.ends[batch[i].hash.shard()+1]++
	}
	for i := range len(o.ends) - 1 {
		o.ends[i+1] += o.ends[i]
	}
	for i := range batch {
		at := &o.ends[batch[i].hash.shard()]
		o.order[*at] = uint16(i)
		*at++
	}
}

// insert puts up to batchSize records into the table.
func (t *KeyTable) insert(batch []keyed) {
	t.table.fill(batch, &t.order, t.budget, func(s *shard[newest], which []uint16) {
		for _, i := range which {
			n := batch[i].value
			if v, fresh := s.insert(batch[i].hash); fresh || t.replaces(*v, n) {
				if t.moved != nil {
					t.moved(int(i), *v, fresh)
				}
				*v = n
			}
		}
	})
}

// flush puts what was held back into the table.
func (t *KeyTable) flush() {
	for batch := range slices.Chunk(t.batch, batchSize) {
		t.insert(batch)
	}
	t.batch = t.batch[:0]
}

// Limit bounds the memory of the table in bytes; 0 is no bound. Above it, Err and
// Settle give a *MemoryError, and the walk of a View ends with it. It is called before
// the first Step or Fork.
func (t *KeyTable) Limit(bytes int64) { t.budget.limit = bytes }

// Err is the *MemoryError of a table that has grown beyond its bound.
func (t *KeyTable) Err() error { return t.budget.err() }

// ForkEarly gives a fork that keeps its records back until it settles.
func (t *KeyTable) ForkEarly() RecordAccumulator {
	if n := len(t.spare); n > 0 {
		f := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return f
	}
	return &KeyTable{limit: t.limit, table: t.table, budget: t.budget, early: true}
}

// Settle fills the table.
func (t *KeyTable) Settle() error {
	t.flush()
	return t.Err()
}

var _ bolt.Settler = (*KeyTable)(nil)
