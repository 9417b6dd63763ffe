package mvccview

import (
	"hash/maphash"
	"sync"
)

// This file: a table from keys to small values that keeps no key. A key is
// known by 128 bits of seeded hash, which no file can aim collisions at.
//
// It grows by extendible hashing: entries lie in bins of fixed size, a
// directory finds the bin by the first bits of the hash, and a bin that is
// full splits in two. So growing leaves no garbage behind and never holds two
// copies of the table, which keeps memory below 80 bytes a key for values of
// 16 bytes.

const (
	shardBits = 6    // 64 shards, each with a lock of its own
	binBytes  = 4096 // of a bin whose values have 16 bytes, as Go allocates it
	binSlots  = 127  // entries of a bin
	binLimit  = 107  // a bin with this many entries splits
)

// A keyHash stands for a key. The zero value means an empty slot.
type keyHash struct{ hi, lo uint64 }

// A slot holds one key's value.
type slot[V any] struct {
	hash  keyHash
	value V
}

// A bin is a small open-addressing table. Its keys agree in the first depth
// bits after those that choose the shard.
type bin[V any] struct {
	slots [binSlots]slot[V]
	used  uint32
	depth uint32
}

// A shard is a directory of 1<<depth bins; a bin that is less deep than the
// directory stands in it several times.
type shard[V any] struct {
	mu    sync.Mutex
	depth uint32
	dir   []*bin[V]
	bins  int // different ones in dir

	touched uint64 // keeps the compiler from leaving touch out
}

// A table maps keys to values of V, which should hold no pointers. Its shards
// may be worked on by several goroutines.
type table[V any] struct {
	seeds  [2]maphash.Seed
	shards [1 << shardBits]shard[V]
}

func newTable[V any]() *table[V] {
	t := &table[V]{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	for i := range t.shards {
		t.shards[i].dir = []*bin[V]{newBin[V](0)}
	}
	return t
}

func newBin[V any](depth uint32) *bin[V] { return &bin[V]{depth: depth} }

// hash is the key's stand-in, never zero.
func (t *table[V]) hash(key []byte) keyHash {
	return keyHash{hi: maphash.Bytes(t.seeds[0], key), lo: maphash.Bytes(t.seeds[1], key) | 1}
}

// shard is where the hash belongs.
func (t *table[V]) shard(h keyHash) *shard[V] {
	return &t.shards[h.shard()]
}

func (h keyHash) shard() uint64 { return h.hi >> (64 - shardBits) }

// each visits every value. No goroutine may change the table meanwhile.
func (t *table[V]) each(visit func(*V)) {
	for i := range t.shards {
		s := &t.shards[i]
		for j, b := range s.dir {
			if j > 0 && s.dir[j-1] == b {
				continue // all places of a bin lie side by side
			}
			for k := range b.slots {
				if b.slots[k].hash != (keyHash{}) {
					visit(&b.slots[k].value)
				}
			}
		}
	}
}

// bin is the bin of the hash. Shifting by 64 gives 0 in Go, the only index of
// a directory of depth 0.
func (s *shard[V]) bin(h keyHash) *bin[V] {
	return s.dir[h.hi<<shardBits>>(64-s.depth)]
}

// find returns the value of the hash, nil if there is none. The caller holds
// the lock as long as it uses the value.
func (s *shard[V]) find(h keyHash) *V {
	b := s.bin(h)
	if sl := b.probe(h); sl.hash == h {
		return &sl.value
	}
	return nil
}

// insert returns the value of the hash; fresh tells that it was not there and
// is zero. The caller holds the lock as long as it uses the value.
func (s *shard[V]) insert(h keyHash) (v *V, fresh bool) {
	b := s.bin(h)
	sl := b.probe(h)
	if sl.hash == h {
		return &sl.value, false
	}
	for b.used >= binLimit {
		s.split(b, h)
		b = s.bin(h)
		sl = b.probe(h)
	}
	sl.hash = h
	b.used++
	return &sl.value, true
}

// probe finds the slot of the hash, or the empty one where it would go. There
// always is an empty one, since a bin splits before it is full.
func (b *bin[V]) probe(h keyHash) *slot[V] {
	i := h.slot()
	for {
		if sl := &b.slots[i]; sl.hash == h || sl.hash == (keyHash{}) {
			return sl
		}
		if i++; i == binSlots {
			i = 0
		}
	}
}

// slot is where the search for the hash begins.
func (h keyHash) slot() uint64 { return h.lo >> 32 * binSlots >> 32 }

// touch asks the memory for the hash's slot and does not wait for it. The slots of
// many keys, asked for one behind the other, come side by side.
func (s *shard[V]) touch(h keyHash) uint64 { return s.bin(h).slots[h.slot()].hash.lo }

// split moves the entries of b whose next bit is 1 to a new bin. h is any hash
// that belongs to b.
func (s *shard[V]) split(b *bin[V], h keyHash) {
	if b.depth == s.depth {
		s.double()
	}
	// The places of b in the directory are a run; its second half gets the new bin.
	run := 1 << (s.depth - b.depth)
	first := int(h.hi<<shardBits>>(64-s.depth)) &^ (run - 1)
	b.depth++
	upper := newBin[V](b.depth)
	s.bins++
	for i := first + run/2; i < first+run; i++ {
		s.dir[i] = upper
	}
	old := b.slots
	clear(b.slots[:])
	b.used = 0
	for i := range old {
		if old[i].hash == (keyHash{}) {
			continue
		}
		to := s.bin(old[i].hash)
		*to.probe(old[i].hash) = old[i]
		to.used++
	}
}

// double makes the directory one bit deeper; every bin then stands in it twice
// as often.
func (s *shard[V]) double() {
	dir := make([]*bin[V], 2*len(s.dir))
	for i, b := range s.dir {
		dir[2*i], dir[2*i+1] = b, b
	}
	s.dir = dir
	s.depth++
}
