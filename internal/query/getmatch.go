package query

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A match is what is known of one key of the range: the newest record at or below R,
// and its neighbours in the key's history, which bear it out.
type match struct {
	key           string
	newest        spot
	version       version
	before, after neighbour // the record before the newest, and the first above R
	found, twice  bool      // there is a newest; there are two of that revision
	doubt         Doubt     // judged when all is known
}

// A version is what a record says of its place in the history of its key.
type version struct{ create, version, mod int64 }

// A neighbour is another record of the key.
type neighbour struct {
	mvccview.RevKey
	version
	found bool
}

// take notes a record, in any order.
func (m *match) take(at spot, v version, rev int64) {
	other := neighbour{at.RevKey, v, true}
	switch {
	case at.Main > rev:
		if !m.after.found || at.Compare(m.after.Revision) < 0 {
			m.after = other
		}
	case !m.found || later(m.newest.RevKey, at.RevKey):
		if m.found {
			m.twice = m.newest.Revision == at.Revision
			m.before = neighbour{m.newest.RevKey, m.version, true}
		}
		m.newest, m.version, m.found = at, v, true
	case m.newest.Revision == at.Revision:
		m.twice = true
	case !m.before.found || later(m.before.RevKey, at.RevKey):
		m.before = other
	}
}

// later tells whether b comes behind a in the order of the bucket.
func later(a, b mvccview.RevKey) bool {
	c := a.Compare(b.Revision)
	return c < 0 || c == 0 && !a.Tombstone && b.Tombstone
}

// shards is how many parts a matchTable has, each with a lock.
const shards = 64

// matchCost is what a match takes besides its key, in bytes.
const matchCost = 320

// A matchTable holds the matches of all forks.
type matchTable struct {
	seed   maphash.Seed
	limit  int64 // bytes; 0: no bound
	taken  atomic.Int64
	shards [shards]struct {
		sync.Mutex
		keys map[string]*match
	}
}

// over is the *mvccview.MemoryError of a table beyond its bound.
func (t *matchTable) over() error {
	if t.limit > 0 && t.taken.Load() > t.limit {
		return &mvccview.MemoryError{Limit: t.limit}
	}
	return nil
}

// take notes a record of a key.
func (t *matchTable) take(key []byte, at spot, v version, rev int64) {
	s := &t.shards[maphash.Bytes(t.seed, key)%shards]
	s.Lock()
	defer s.Unlock()
	m := s.keys[string(key)]
	if m == nil {
		if s.keys == nil {
			s.keys = map[string]*match{}
		}
		m = &match{key: string(key)}
		s.keys[m.key] = m
		t.taken.Add(int64(len(key)) + matchCost)
	}
	m.take(at, v, rev)
}

// A matcher collects the newest record at or below rev of each key of a range. Its
// memory is bounded by the matches, not by the file. It is a mvccview.ParallelRecords.
type matcher struct {
	keys  KeyRange
	rev   int64
	table *matchTable
	early bool
	held  []heldMatch // records that are not in the table yet
	arena []byte      // their keys
	spare []*matcher  // early forks that were merged
}

type heldMatch struct {
	keyEnd  int // in the arena; the key begins where the last one ended
	at      spot
	version version
}

// heldMost and heldBytes are how many records, and bytes of their keys, are held back
// before they fill the table.
const (
	heldMost  = 1024
	heldBytes = 256 << 10
)

// maxEarlyKeys bounds the bytes of keys that an early fork holds. Where keys are so long
// that it gives up, its range is visited in its turn.
const maxEarlyKeys = 1 << 20

func newMatcher(keys KeyRange, rev, limit int64) *matcher {
	return &matcher{keys: keys, rev: rev, table: &matchTable{seed: maphash.MakeSeed(), limit: limit}}
}

// Step takes one record in.
func (m *matcher) Step(r *mvccview.Record) {
	if !m.keys.Has(r.KV.Key) {
		return
	}
	m.arena = append(m.arena, r.KV.Key...)
	m.held = append(m.held, heldMatch{len(m.arena), spotOf(r), version{r.KV.Create, r.KV.Version, r.KV.Mod}})
	if !m.early && (len(m.held) >= heldMost || len(m.arena) >= heldBytes) {
		m.flush()
	}
}

// flush fills the table with what was held back.
func (m *matcher) flush() {
	start := 0
	for i := range m.held {
		h := &m.held[i]
		m.table.take(m.arena[start:h.keyEnd], h.at, h.version, m.rev)
		start = h.keyEnd
	}
	m.held, m.arena = m.held[:0], m.arena[:0]
}

// Fork shares the table.
func (m *matcher) Fork() mvccview.RecordAccumulator {
	return &matcher{keys: m.keys, rev: m.rev, table: m.table}
}

// ForkEarly gives a fork that keeps its records back until it settles.
func (m *matcher) ForkEarly() mvccview.RecordAccumulator {
	if n := len(m.spare); n > 0 {
		f := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return f
	}
	return &matcher{keys: m.keys, rev: m.rev, table: m.table, early: true}
}

// Settle fills the table.
func (m *matcher) Settle() error {
	m.flush()
	return m.table.over()
}

// Err is the *mvccview.MemoryError of a table that has grown beyond its bound, and of an
// early fork that holds much.
func (m *matcher) Err() error {
	if m.early && len(m.arena) > maxEarlyKeys {
		return &mvccview.MemoryError{Limit: maxEarlyKeys}
	}
	return m.table.over()
}

// Merge has nothing left to do but to keep the fork for another range.
func (m *matcher) Merge(next mvccview.RecordAccumulator) {
	n := next.(*matcher)
	n.flush()
	if n.early {
		m.spare = append(m.spare, n)
	}
}

// each visits all matches, in no order.
func (m *matcher) each(visit func(*match)) {
	m.flush()
	for i := range m.table.shards {
		for _, match := range m.table.shards[i].keys {
			visit(match)
		}
	}
}

var _ bolt.Settler = (*matcher)(nil)
