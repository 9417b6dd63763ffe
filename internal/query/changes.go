package query

import (
	"cmp"
	"slices"
	"sync/atomic"

	"boltvet/mvccview"
)

// MaxOthers bounds the keys of a transaction that are named beside a change.
const MaxOthers = 8

// A txn is what is known of one transaction that changed a key of the range.
type txn struct {
	main    int64
	changes int64  // all of them
	first   []spot // the first MaxOthers+1 changes, those of the range too; nil if there is but one
}

// An openTxn is a transaction whose last record has not come yet.
type openTxn struct {
	main    int64
	changes int64
	matched bool // one of the changes is of the range
	n       int
	spots   [MaxOthers + 1]spot // the first n
}

func (o *openTxn) reset(main int64) { o.main, o.changes, o.matched, o.n = main, 0, false, 0 }

// note keeps where a change lies, if it is one of the first.
func (o *openTxn) note(at spot) {
	if o.n < len(o.spots) {
		o.spots[o.n] = at
		o.n++
	}
}

// absorb adds the changes of the same transaction that lie in the range behind.
func (o *openTxn) absorb(next *openTxn) {
	o.changes += next.changes
	o.matched = o.matched || next.matched
	for _, at := range next.spots[:next.n] {
		o.note(at)
	}
}

// closed is the transaction as it is kept.
func (o *openTxn) closed() txn {
	t := txn{main: o.main, changes: o.changes}
	if o.changes > 1 {
		t.first = slices.Clone(o.spots[:o.n])
	}
	return t
}

// An entry is one record of a key of the range.
type entry struct {
	key int32 // its number
	at  spot
	version
}

// What an entry, a key and a noted change of a transaction take at most, in bytes, with
// what sorting needs.
const (
	entryCost = 300
	keyCost   = 120
	spotCost  = 48
)

// changes collects the records of a key range and the transactions that they belong to.
// Its memory is bounded by the matches: forks, which may be thrown away, count nothing
// and give up before they hold much. It is a mvccview.ParallelRecords.
type changes struct {
	keys  KeyRange
	limit int64        // bytes; 0: no bound
	taken int64        // bytes
	full  *atomic.Bool // of all forks: what was merged is beyond the limit
	fork  bool
	early bool // a fork whose range can be visited again

	entries []entry
	arena   []byte   // of a fork: the keys of the entries
	ends    []int    // in the arena
	names   []string // not of a fork: the keys by number
	numbers map[string]int32

	first, last openTxn // of a fork: the first transaction, which may have begun before
	count       int64   // transactions so far
	txns        []txn
}

func newChanges(keys KeyRange, limit int64) *changes {
	return &changes{keys: keys, limit: limit, full: new(atomic.Bool), numbers: map[string]int32{}}
}

// Step takes one record in.
func (c *changes) Step(r *mvccview.Record) {
	if c.count == 0 || r.Main != c.last.main {
		c.next(r.Main)
	}
	at := spotOf(r)
	c.last.changes++
	c.last.note(at)
	if !c.keys.Has(r.KV.Key) {
		return
	}
	c.last.matched = true
	e := entry{at: at, version: version{r.KV.Create, r.KV.Version, r.KV.Mod}}
	c.taken += entryCost
	if c.fork {
		c.arena = append(c.arena, r.KV.Key...)
		c.ends = append(c.ends, len(c.arena))
	} else {
		e.key = c.number(r.KV.Key)
	}
	c.entries = append(c.entries, e)
}

// number is the number of a key.
func (c *changes) number(key []byte) int32 {
	n, known := c.numbers[string(key)]
	if !known {
		n = int32(len(c.names))
		name := string(key)
		c.names = append(c.names, name)
		c.numbers[name] = n
		c.taken += int64(len(key)) + keyCost
	}
	return n
}

// next closes the last transaction and begins another.
func (c *changes) next(main int64) {
	c.closeLast()
	c.last.reset(main)
	c.count++
}

// closeLast keeps the last transaction if it changed a key of the range. The first one
// of a fork is left to the range before.
func (c *changes) closeLast() {
	switch {
	case c.fork && c.count == 1:
		c.first = c.last
	case c.count > 0 && c.last.matched:
		t := c.last.closed()
		c.taken += int64(len(t.first)) * spotCost
		c.txns = append(c.txns, t)
	}
}

// Fork gives an empty one for a later range.
func (c *changes) Fork() mvccview.RecordAccumulator {
	return &changes{keys: c.keys, full: c.full, fork: true}
}

// ForkEarly is Fork, for nothing is shared, but the fork gives up where keys are long.
func (c *changes) ForkEarly() mvccview.RecordAccumulator {
	return &changes{keys: c.keys, limit: c.limit, full: c.full, fork: true, early: true}
}

// Merge goes on with the range that follows.
func (c *changes) Merge(next mvccview.RecordAccumulator) {
	n := next.(*changes)
	if n.count == 0 {
		return
	}
	c.taken += n.taken
	c.mergeEntries(n)
	first := &n.first
	if n.count == 1 {
		first = &n.last
	}
	if c.count == 0 || c.last.main != first.main {
		c.next(first.main)
	}
	c.last.absorb(first)
	if n.count > 1 {
		c.closeLast()
		c.txns = append(c.txns, n.txns...)
		c.count += n.count - 1
		c.last = n.last
	}
	if !c.fork && c.over() {
		c.full.Store(true)
	}
}

// over tells whether more was taken than there is.
func (c *changes) over() bool { return c.limit > 0 && c.taken > c.limit }

func (c *changes) mergeEntries(n *changes) {
	start := 0
	for i, e := range n.entries {
		key := n.arena[start:n.ends[i]]
		start = n.ends[i]
		if c.fork {
			c.arena = append(c.arena, key...)
			c.ends = append(c.ends, len(c.arena))
		} else {
			e.key = c.number(key)
		}
		c.entries = append(c.entries, e)
	}
}

// Err is the *mvccview.MemoryError of a collection beyond its bound, and of an early
// fork that holds much.
func (c *changes) Err() error {
	if c.over() || c.early && (len(c.arena) > maxEarlyKeys || c.full.Load()) {
		return &mvccview.MemoryError{Limit: c.limit}
	}
	return nil
}

// finish closes what is open, and sorts entries by key and revision, transactions by
// revision.
func (c *changes) finish() {
	c.closeLast()
	c.last.matched = false
	slices.SortStableFunc(c.txns, func(a, b txn) int { return cmp.Compare(a.main, b.main) })
	order := make([]int32, len(c.names)) // number to place
	sorted := slices.Sorted(slices.Values(c.names))
	for i, name := range sorted {
		order[c.numbers[name]] = int32(i)
	}
	for i := range c.entries {
		c.entries[i].key = order[c.entries[i].key]
	}
	c.names, c.numbers = sorted, nil
	slices.SortStableFunc(c.entries, func(a, b entry) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		switch {
		case later(a.at.RevKey, b.at.RevKey):
			return -1
		case later(b.at.RevKey, a.at.RevKey):
			return 1
		}
		return 0
	})
}

// txn finds a transaction; nil if it is not there.
func (c *changes) txn(main int64) *txn {
	i, ok := slices.BinarySearchFunc(c.txns, main, func(t txn, main int64) int { return cmp.Compare(t.main, main) })
	if !ok {
		return nil
	}
	return &c.txns[i]
}
