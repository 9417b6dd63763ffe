package mvccview

// This file: the rules about a record and the one before it of the same key:
// M9, M14, M15 above C, M10 and M16 at or below it.

// link judges entry e of a key by the one before it, prev, nil if there is
// none; e's flags tell afterwards whether it can be a witness of the next.
// key is the user's key; if it is nil, it is read from the file when needed.
//
// A record that does not fit is reported once: the one behind it is not
// judged by it. So one changed or lost record is one fault.
func (c *Chain) link(prev, e *chainEntry, key []byte) {
	c.checkReduced(prev, e, key)
	if !c.known || e.main <= c.compact || prev != nil && prev.rev().Compare(e.rev()) >= 0 {
		return
	}
	how, explainable := compare(prev, e)
	if how == fits {
		return
	}
	from := Revision{}
	if prev != nil {
		from = prev.rev().next()
	}
	if explainable && c.lost(from, e.rev()) {
		if !e.is(entryLocal) {
			c.result.Explained++
		}
		return
	}
	e.flags |= entryBroken
	if !e.is(entryLocal) && (prev == nil || !prev.is(entryBroken)) {
		c.report(c.place(how.fault(prev, e), e, key))
	}
}

// A misfit is how a record does not fit its predecessor.
type misfit uint8

const (
	fits         misfit = iota
	orphan              // M9: a deletion of what is not alive
	notFirst            // M14: a later version of what is not alive
	otherCreate         // M15: not of the generation that is alive
	otherVersion        // M15: not the next version
)

// compare tells whether a record fits its predecessor (M9, M14, M15), and if
// not, whether records that are lost between the two could be the reason.
// Source: etcd 3.7 server/storage/mvcc/kvstore_txn.go (put, delete).
func compare(prev, e *chainEntry) (m misfit, explainable bool) {
	alive := prev != nil && prev.is(entryLive)
	switch {
	case !e.is(entryLive) && alive, !alive && e.version == 1 && e.create == e.main:
		return fits, false
	case !e.is(entryLive):
		return orphan, true
	case !alive:
		return notFirst, prev == nil || e.create > prev.main
	case e.create != prev.create:
		return otherCreate, e.create > prev.main
	case e.version != prev.version+1:
		return otherVersion, e.version > prev.version
	}
	return fits, false
}

// fault states the misfit of e behind prev.
func (m misfit) fault(prev, e *chainEntry) Fault {
	got := versionText(e.version, e.create)
	switch m {
	case orphan:
		return newFault(RecordTombstoneOrphan, "a deletion", "a live key before it, not "+before(prev))
	case notFirst:
		return newFault(RecordVersion, got, versionText(1, e.main)+", as the key was not alive: "+before(prev))
	case otherCreate:
		return newFault(RecordCreateRevision, got, versionText(prev.version+1, prev.create)+", after "+before(prev))
	default:
		return newFault(RecordVersion, got, versionText(prev.version+1, prev.create)+", after "+before(prev))
	}
}

// before tells of the predecessor.
func before(prev *chainEntry) string {
	switch {
	case prev == nil:
		return "no record"
	case prev.is(entryLive):
		return "the put at " + prev.rev().String()
	}
	return "the deletion at " + prev.rev().String()
}

// lost tells whether a record of [from, to) may be hidden or missing.
func (c *Chain) lost(from, to Revision) bool {
	return c.hidden.Overlaps(from, to) || c.doubts.Overlaps(from, to)
}

// checkReduced is M10 and M16: a finished compaction to F has removed what a
// later record at or below F supersedes. A tombstone at F itself ends the
// search, so nothing is said of what stands before it in the same main.
func (c *Chain) checkReduced(prev, e *chainEntry, key []byte) {
	if prev == nil || e.main > c.reduced || prev.rev().Compare(e.rev()) >= 0 || prev.is(entrySurplus) {
		return
	}
	if prev.main == c.reduced && !prev.is(entryLive) {
		return
	}
	if key == nil {
		key = c.readKey(e) // which is that of prev
	}
	got := "superseded at " + e.rev().String()
	c.report(c.place(newFault(RecordBelowCompact, got, "removed by the compaction to "+dec(c.reduced)), prev, key))
}

// isSurplus is the other half of M10: tombstones are removed, unless they
// stand at F (kept since etcd 3.4.34 and 3.5.16).
// Source: etcd 3.7 server/storage/mvcc/key_index.go (compact).
func (c *Chain) isSurplus(e *chainEntry) bool { return !e.is(entryLive) && e.main < c.reduced }

// reportSurplus reports a deletion that isSurplus.
func (c *Chain) reportSurplus(e *chainEntry, key []byte) {
	e.flags |= entrySurplus
	c.report(c.place(newFault(RecordBelowCompact, "a deletion", "removed by the compaction to "+dec(c.reduced)), e, key))
}
