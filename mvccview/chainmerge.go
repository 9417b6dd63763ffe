package mvccview

// Fork gives a Chain that begins in the middle of history: what depends on the
// records before it is left to Merge.
func (c *Chain) Fork() RecordAccumulator {
	return &Chain{
		options: c.options, known: c.known, compact: c.compact, reduced: c.reduced, fork: true,
		hidden: c.hidden, doubts: c.doubts, astray: c.astray, seeds: c.seeds, latest: newChainTable(), first: newChainTable(),
	}
}

// Merge goes on with the range that follows. What the file holds back to that
// range's end must be in Hidden by now.
func (c *Chain) Merge(next RecordAccumulator) {
	n := next.(*Chain)
	c.mergeRow(&n.row)
	c.result.add(&n.result)
	c.atF = c.atF || n.atF
	c.stopped = c.stopped || n.stopped
	n.first.each(func(h keyHash, first *chainEntry) {
		latest := n.latest.shard.find(h)
		if prev, fresh := c.latest.shard.insert(h); fresh && c.fork {
			c.adopt(n, h, first)
			*prev = *latest
		} else {
			if fresh {
				prev = nil
			}
			c.join(n, h, prev, first, latest)
		}
	})
}

// adopt takes over a key that this fork has not met: its first record still
// waits for the range before.
func (c *Chain) adopt(n *Chain, h keyHash, first *chainEntry) {
	v, _ := c.first.shard.insert(h)
	*v = *first
	if f, ok := n.withheld[h]; ok {
		c.withhold(h, f)
	}
}

// join links the first record of a key in the next range to the last one of
// this range, prev, and takes over the last one of the next.
func (c *Chain) join(n *Chain, h keyHash, prev, first, latest *chainEntry) {
	alone := latest.is(entryFirst)
	first.flags &^= entryFirst
	c.link(h, prev, first, nil)
	if f, ok := n.withheld[h]; ok && !first.is(entryBroken) {
		c.report(f)
	}
	if alone {
		latest = first
	}
	v, _ := c.latest.shard.insert(h)
	*v = *latest
}

// withhold keeps a fault until it is known whether the record that it was
// judged by, the first of its key in this fork, fits its own predecessor.
func (c *Chain) withhold(h keyHash, f Fault) {
	if c.withheld == nil {
		c.withheld = map[keyHash]Fault{}
	}
	c.withheld[h] = f
}
