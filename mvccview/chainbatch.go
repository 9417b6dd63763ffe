package mvccview

import "errors"

// A chainBatch is a range of bucket "key" that was visited ahead of its turn: what a
// Chain needs of each record, in order. It judges what a record and its neighbours show
// by themselves, and takes nothing in that would have to be reported: then the range is
// visited by the Chain itself, in its turn. So the Chain, which alone knows the history
// before the range, goes through healthy ranges without touching the file again, and
// what it reports does not depend on who visited what.
type chainBatch struct {
	chain   *Chain // its options, read only
	pages   []batchPage
	entries []hashed[chainEntry] // of all pages, in order; none if the Chain is shallow
	records int64
	atF     bool // a record with main = F was met
	odd     bool // the range has to be visited in its turn
}

// A batchPage is a page of ascending records without gaps that can be told.
type batchPage struct {
	span
	end int // of its entries
}

// ForkEarly gives a batch for a range that may not count in the end.
func (c *Chain) ForkEarly() RecordAccumulator {
	if n := len(c.spare); n > 0 {
		b := c.spare[n-1]
		c.spare = c.spare[:n-1]
		return b
	}
	return &chainBatch{chain: c}
}

// Merge goes on with the range that follows. What the file holds back to that range's
// end must be in Hidden by now.
func (c *Chain) Merge(next RecordAccumulator) {
	b := next.(*chainBatch)
	c.result.Records += b.records
	c.atF = c.atF || b.atF
	at := 0
	for i := range b.pages {
		p := &b.pages[i]
		c.closePage()
		c.openPage(p.span)
		c.row.page, c.row.inside = p.span, steps{ascends: true}
		c.addAll(b.entries[at:p.end])
		at = p.end
	}
	*b = chainBatch{chain: c, pages: b.pages[:0], entries: b.entries[:0]}
	c.spare = append(c.spare, b)
	if c.Err() != nil {
		c.full.Store(true) // the next range is visited in its turn, and the walk ends
	}
}

// addAll goes on with the chains of the keys of some records.
func (c *Chain) addAll(entries []hashed[chainEntry]) {
	var touched uint64
	for i := range entries {
		touched ^= c.latest.shard.touch(entries[i].hash)
	}
	c.latest.shard.touched = touched
	for i := range entries {
		c.add(entries[i].hash, &entries[i].value, nil)
	}
}

// Step takes one record in.
func (b *chainBatch) Step(r *Record) {
	if b.odd = b.odd || b.isOdd(r); b.odd {
		return
	}
	b.records++
	b.atF = b.atF || r.Main == b.chain.reduced
	if !b.stepRow(mark{r.Revision, r.Page, r.Elem, r.Off}) {
		b.odd = true
		return
	}
	if !b.chain.options.Shallow {
		b.entries = append(b.entries, hashed[chainEntry]{b.chain.seeds.hash(r.KV.Key), b.chain.entry(r)})
	}
	b.pages[len(b.pages)-1].end = len(b.entries)
}

// isOdd tells whether something would have to be said of the record alone, or whether it
// is not what an entry can stand for: one whose key is not where etcd puts it, so that it
// could not be found again, or whose sub does not fit in.
func (b *chainBatch) isOdd(r *Record) bool {
	if r.Main < FirstMain || len(r.KV.Key) == 0 || !localFits(r) || r.Sub >= 1<<32-1 ||
		!r.Tombstone && r.ValLen != canonicalSize(&r.KV) || r.Raw[0] != keyTag {
		return true
	}
	return r.Tombstone && r.Main < b.chain.reduced && !b.chain.options.Shallow // see Chain.isSurplus
}

// stepRow goes on with the row of revisions within a page; false if the step does not
// ascend or leaves something out. Steps between pages are for the Chain.
func (b *chainBatch) stepRow(m mark) bool {
	n := len(b.pages)
	if n == 0 || b.pages[n-1].first.page != m.page {
		b.pages = append(b.pages, batchPage{span: span{m, m}})
		return true
	}
	p := &b.pages[n-1]
	g := b.chain.between(p.last, m)
	fits := g.empty() && p.last.rev.Compare(m.rev) < 0
	p.last = m
	return fits
}

// Err has an odd range visited in its turn, as well as what would not find room.
func (b *chainBatch) Err() error {
	if b.odd || b.chain.full.Load() {
		return errInTurn
	}
	return nil
}

// Fork is for who cuts at every leaf.
func (c *Chain) Fork() RecordAccumulator { return c.ForkEarly() }

// Fork and Merge are never called: a batch is not cut any further.
func (b *chainBatch) Fork() RecordAccumulator { return b.chain.ForkEarly() }

// Merge has nothing to take over.
func (b *chainBatch) Merge(RecordAccumulator) {}

// errInTurn ends an early visit of a range.
var errInTurn = errors.New("to be visited in its turn")
