package mvccview

import (
	"io"
	"sync/atomic"
)

// ChainOptions say what a Chain judges by.
type ChainOptions struct {
	// Prelude is what the small buckets say; it must be set.
	Prelude *Prelude
	// OnFault gets every fault; false means that it wants no more, but they are
	// still counted, and the walk does not end by it. It is called from the
	// goroutines that walk, as the View's. nil: faults are counted only.
	OnFault func(Fault) bool
	// Hidden is what the walk could not read; nil: nothing is hidden. Who fills
	// it does so before the Chain gets the record that follows.
	Hidden *HiddenRanges
	// Source is the file. User keys are read from it for the faults that show
	// only when ranges are merged or at the end, since tables keep no keys. nil:
	// these faults have no key.
	Source io.ReaderAt
	// Shallow leaves out what compactions leave (M10, M16, M21) and what needs the
	// record before of the same key (M9, M14, M15, M17), and with it the table of keys:
	// the rest costs next to nothing.
	Shallow bool
}

// A Chain checks the rules about the history of a store, around C = max(F, S):
// that revisions ascend (M2) and above C are complete (M6, M7), that at or
// below a finished compaction only its keep set is left (M10, M16, M21), that
// each record fits itself (M8, M11 to M13) and the one before it of its key
// (M9, M14, M15), and that the leases of live keys exist (M17).
//
// It is a RecordAccumulator; see [Chain.Finish] for the end. It takes up to 152
// bytes a distinct key, and each range that is visited ahead 64 bytes a record.
//
// One damage is one fault as far as possible. A record that is broken itself,
// or does not fit its predecessor, is no witness against its successor. What
// is hidden or reported as missing explains a predecessor that is not there.
// What it reports, and in which order, does not depend on which ranges were
// visited ahead of their turn.
//
// What no file can show is not found: a lost end of history; the lost last
// change of a transaction that nothing later of its key needs; a lost put
// between another put and a deletion, if it was such a last change; what is
// lost at or below C, unless it is the live predecessor of a record above or
// all of main F; and changed values.
// Source: the rules are those of a store that etcd has written, see etcd 3.7
// server/storage/mvcc (kvstore_txn.go, kvstore_compaction.go, key_index.go).
type Chain struct {
	options ChainOptions
	known   bool  // C is known
	compact int64 // C
	reduced int64 // F if the records up to it are its keep set, else -1

	hidden  *HiddenRanges // what could not be read
	doubts  HiddenRanges  // what is missing or wrong
	astray  HiddenRanges  // what pages in wrong places hold
	seeds   chainSeeds
	row     row
	latest  *chainTable // the last record of each key
	spare   []*chainBatch
	atF     bool // a record with main = F was met
	stopped bool
	limit   int64       // bytes that latest may take; 0: no bound
	full    atomic.Bool // it has come to more
	result  ChainResult
}

// NewChain makes a Chain for the whole of bucket "key".
func NewChain(o ChainOptions) *Chain {
	c := &Chain{
		options: o, known: o.Prelude.MetaWhole, compact: o.Prelude.Compact(), reduced: o.Prelude.Reduced(),
		hidden: o.Hidden, seeds: newChainSeeds(), latest: newChainTable(),
	}
	if c.hidden == nil {
		c.hidden = new(HiddenRanges)
	}
	return c
}

// Step takes one record in.
func (c *Chain) Step(r *Record) {
	c.result.Records++
	c.atF = c.atF || r.Main == c.reduced
	c.stepRow(mark{r.Revision, r.Page, r.Elem, r.Off})
	switch {
	case r.Main < FirstMain:
		return // the View has said so, and its other numbers cannot be right
	case len(r.KV.Key) == 0 && !c.isMarker(r):
		// The View has said so. The record of some key is lost here.
		c.doubts.Add(r.Revision, r.Revision.next())
		return
	}
	c.stepKey(r)
}

// isMarker tells whether the record is what `etcdutl snapshot restore
// --bump-revision --mark-compacted` leaves: etcd takes it for a record of the
// empty key.
func (c *Chain) isMarker(r *Record) bool {
	return r.ValLen == 0 && r.KeyLen == RevKeyLen && r.Sub == 0 && (r.Main <= c.compact || !c.known)
}

// stepKey judges the record and goes on with the chain of its key.
func (c *Chain) stepKey(r *Record) {
	e := c.entry(r)
	key := r.KV.Key
	switch {
	case r.ValLen == 0:
		e.flags |= entryMarker
		key = []byte{}
	case c.checkLocal(r):
		e.flags |= entryLocal | entryBroken
	}
	if c.options.Shallow {
		return
	}
	if c.isSurplus(&e) {
		c.reportSurplus(&e, key)
	}
	c.add(c.seeds.hash(key), &e, key)
}

// entry is what is kept of a record.
func (c *Chain) entry(r *Record) (e chainEntry) {
	e.set(r)
	if lease := r.KV.Lease; lease != 0 && !r.Tombstone && !c.options.Prelude.HasLease(lease) {
		e.flags |= entryDangling
	}
	return e
}

// add goes on with the chain of a key. key is the user's key; nil: it is read from the
// file if it is needed.
func (c *Chain) add(h keyHash, e *chainEntry, key []byte) {
	v, fresh := c.latest.shard.insert(h)
	if fresh {
		c.link(nil, e, key)
	} else {
		c.link(v, e, key)
	}
	*v = *e
}

// Limit bounds the memory of the table of keys in bytes; 0 is no bound. The walk
// of a View ends with a *MemoryError above it.
func (c *Chain) Limit(bytes int64) { c.limit = bytes }

// Err is the *MemoryError of a table that has grown beyond its bound.
func (c *Chain) Err() error {
	if c.limit > 0 && int64(c.latest.shard.bins)*chainBinBytes > c.limit {
		return &MemoryError{Limit: c.limit}
	}
	return nil
}

// Finish judges what only the end shows, and gives the result. It is called
// once, on the Chain that has everything merged.
func (c *Chain) Finish() ChainResult {
	c.endRow()
	c.latest.each(func(_ keyHash, e *chainEntry) { c.checkLease(e) })
	c.checkAtF()
	return c.result
}

// checkLease is M17: the lease of the current record of a live key exists.
func (c *Chain) checkLease(e *chainEntry) {
	if !e.is(entryDangling) || c.lost(e.rev().next(), endOfTime) {
		return // what is lost may have replaced the record
	}
	c.report(c.place(newFault(RecordLeaseMissing, "a lease that does not exist", "a lease of bucket lease"), e, nil))
}

// checkAtF is M21. A compaction cannot remove all of main F, except that of
// older releases.
func (c *Chain) checkAtF() {
	if c.options.Shallow || c.reduced < FirstMain || c.atF || c.hidden.Overlaps(Revision{Main: c.reduced}, Revision{c.reduced, endOfTime.Sub}) {
		return
	}
	f := newFault(CompactMissingRecord, "no record at the finished compact revision "+dec(c.reduced), "one or more, if etcd 3.4.34, 3.5.16, 3.6 or later compacted")
	f.Bucket, f.Rev = BucketKey, Revision{Main: c.reduced}
	c.report(f)
}
