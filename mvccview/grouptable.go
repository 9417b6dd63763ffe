package mvccview

import (
	"math"

	"boltvet/bolt"
)

// A GroupFunc appends the name of the group that a user's key belongs to. Several
// goroutines call it.
type GroupFunc func(name, key []byte) []byte

// A GroupTable counts records by groups of keys, with what is live of them and what is
// superseded. It is a RecordAccumulator: which record of a key is the newest is known
// by a [KeyTable], and whenever a record takes that place from another one, the two
// change sides in the counts of their group, which is the same for both. So the table
// needs no room for groups, and groups no room for keys.
//
// It takes up to 65 bytes for each distinct key, and less than a KiB for each group
// but for its value lengths, see [ValueHist]. The first groups that it meets have
// counts of their own, as many as it was made for; all further ones share one.
type GroupTable struct {
	of     GroupFunc
	most   int // groups
	fork   bool
	keys   *KeyTable
	names  groupNames
	counts []GroupCounts // by number; 0 is for keys whose group has no number
	values []ValueHist   // by number; forks keep lengths instead
	held   []groupLength // in forks
	batch  []uint32      // numbers, one for each record of keys.batch
	base   int           // of batch, where the run that is being inserted begins
	name   []byte        // reused
	remap  []uint32      // reused
	spare  []*GroupTable // early forks that were merged
}

type groupLength struct {
	group  uint32
	length int64
}

// A Group is what is counted of one group. Values has the lengths of the users' values
// of all puts.
type Group struct {
	Name []byte // as GroupFunc gave it; nil: all groups without counts of their own
	GroupCounts
	Values ValueHist
}

// NewGroupTable makes a table for up to most groups.
func NewGroupTable(of GroupFunc, most int) *GroupTable {
	t := &GroupTable{of: of, most: most, names: newGroupNames(), counts: make([]GroupCounts, 1), values: make([]ValueHist, 1)}
	t.keys = NewKeyTable(math.MaxInt64)
	t.keys.moved = t.moved
	return t
}

// Step takes one record in.
func (t *GroupTable) Step(r *Record) {
	t.name = t.of(t.name[:0], r.KV.Key)
	g := t.number(t.name)
	t.counts[g].record(r)
	if !r.Tombstone {
		t.addLength(g, int64(len(r.KV.Value)))
	}
	t.keys.hold(r)
	if t.batch = append(t.batch, g); len(t.batch) >= batchSize && !t.keys.early {
		t.flush()
	}
}

// number is the number of a group that has counts by then.
func (t *GroupTable) number(name []byte) uint32 {
	g := t.names.number(name, t.most)
	if int(g) == len(t.counts) {
		t.counts = append(t.counts, GroupCounts{})
		if !t.fork {
			t.values = append(t.values, ValueHist{})
		}
	}
	return g
}

func (t *GroupTable) addLength(g uint32, length int64) {
	if t.fork {
		t.held = append(t.held, groupLength{g, length})
		return
	}
	t.values[g].Add(length)
}

// flush puts what was held back into the table of keys.
func (t *GroupTable) flush() {
	all := t.keys.batch
	for t.base = 0; t.base < len(all); t.base += batchSize {
		t.keys.insert(all[t.base:min(t.base+batchSize, len(all))])
	}
	t.keys.batch, t.batch = all[:0], t.batch[:0]
}

// moved counts a record that became the newest of its key. Which records do on the way
// depends on who comes first, but the sum of all changes does not.
func (t *GroupTable) moved(i int, was newest, fresh bool) {
	c := &t.counts[t.batch[t.base+i]]
	if fresh {
		c.Keys++
	} else {
		c.newest(was, -1)
	}
	c.newest(t.keys.batch[t.base+i].value, 1)
}

// Groups gives the groups in the order of their first record, and what all others come
// to. The table must not be used afterwards.
func (t *GroupTable) Groups() (list []Group, others Group) {
	t.flush()
	list = make([]Group, t.names.len())
	for i := range list {
		g := uint32(i + 1)
		list[i] = Group{Name: t.names.at(g), GroupCounts: t.counts[g], Values: t.values[g]}
	}
	return list, Group{GroupCounts: t.counts[0], Values: t.values[0]}
}

// Limit bounds the memory of the table of keys in bytes; 0 is no bound. See
// [KeyTable.Limit].
func (t *GroupTable) Limit(bytes int64) { t.keys.Limit(bytes) }

// Err is the *MemoryError of a table that has grown beyond its bound.
func (t *GroupTable) Err() error { return t.keys.Err() }

// Settle fills the table of keys.
func (t *GroupTable) Settle() error {
	t.flush()
	return t.Err()
}

// Fork shares the table of keys and counts from zero, in groups of its own: a range has
// no more than it has records.
func (t *GroupTable) Fork() RecordAccumulator { return t.newFork(false) }

// ForkEarly gives a fork that keeps its records back until it settles.
func (t *GroupTable) ForkEarly() RecordAccumulator {
	if n := len(t.spare); n > 0 {
		f := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return f
	}
	return t.newFork(true)
}

func (t *GroupTable) newFork(early bool) *GroupTable {
	f := &GroupTable{of: t.of, most: math.MaxInt32, fork: true, names: newGroupNames(), counts: make([]GroupCounts, 1)}
	f.keys = &KeyTable{limit: t.keys.limit, table: t.keys.table, budget: t.keys.budget, early: early, moved: f.moved}
	return f
}

// Merge adds the groups of the range that follows, in the order in which it met them.
func (t *GroupTable) Merge(next RecordAccumulator) {
	n := next.(*GroupTable)
	n.flush()
	t.remap = append(t.remap[:0], 0)
	for i := uint32(1); int(i) <= n.names.len(); i++ {
		g := t.number(n.names.at(i))
		t.remap = append(t.remap, g)
		t.counts[g].Add(&n.counts[i])
	}
	for _, l := range n.held {
		t.addLength(t.remap[l.group], l.length)
	}
	t.keys.absorb(n.keys)
	n.names.reset()
	clear(n.counts)
	n.counts, n.held = n.counts[:1], n.held[:0]
	if n.keys.early {
		t.spare = append(t.spare, n)
	}
}

var _ bolt.Settler = (*GroupTable)(nil)
