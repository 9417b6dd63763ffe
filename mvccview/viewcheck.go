package mvccview

import (
	"slices"
	"strconv"

	"boltvet/bolt"
)

// Check reports the facts that only the buckets together show. It is called
// once, after the walk, on a View that has everything merged; it must not be
// called if the walk did not reach every bucket, for then it would miss what
// it could not see.
func (v *View) Check() {
	for _, name := range BucketNames() {
		if !v.seen.has(name) && !v.hidden.has(name) {
			f := newFault(BucketMissing, "no bucket "+name, "a bucket that etcd creates at boot")
			f.Bucket = name
			v.report(f)
		}
	}
	v.checkMarkers()
	v.checkCompact()
	v.checkIndex()
	v.checkMembers()
	if !v.hidden.has(BucketAuth) && !v.hidden.has(BucketAuthRoles) && !v.hidden.has(BucketAuthUsers) {
		v.Auth.check(v.report)
	}
}

// Hides takes in a fault of the file. What it hides of a bucket is then not called
// missing by Check: the page's own fault says why it cannot be seen.
func (v *View) Hides(f bolt.Fault) {
	switch {
	case f.Hidden == nil || f.Fallback:
	case f.Bucket == bucketDirectory:
		v.hidden.all()
	default:
		v.hidden.add(f.Bucket)
	}
}

// Conceals tells whether a fault of the file hides a bucket, in whole or in part: what
// the View says of it is then only what could be read.
func (v *View) Conceals(bucket string) bool { return v.hidden.has(bucket) }

// Foreign tells that the file holds no bucket of etcd, though nothing in it is
// damaged: it belongs to another program. faults are those of the walk.
func (v *View) Foreign(faults int64) bool {
	return faults == 0 && v.Buckets == v.UnknownBuckets
}

// checkMarkers reports the empty records that are above C.
func (v *View) checkMarkers() {
	c := v.Meta.Compact()
	for i := range v.markers {
		if v.markers[i].Main > c {
			v.reportEmpty(&v.markers[i])
		}
	}
}

// checkCompact compares the compact revisions with each other and with the
// last record.
func (v *View) checkCompact() {
	m := &v.Meta
	s, f, last := m.Scheduled.Value, m.Finished.Value, v.Totals.Last.Main
	switch {
	case m.Finished.Set && f > s:
		v.reportMeta(metaFinished, CompactOrder, strconv.FormatInt(f, 10), "at most the scheduled one, "+strconv.FormatInt(s, 10))
	case m.Unfinished():
		v.reportMeta(metaScheduled, CompactUnfinished, strconv.FormatInt(s, 10), "finished, not "+strconv.FormatInt(f, 10))
	}
	// A store may be compacted at revision 1, before its first record. Without
	// bucket key, that is what is wrong, and not the compact revision. Releases before
	// 3.5.16, which leave no storage version, remove the deletions at the revision that
	// they compact at, and with them perhaps the last record.
	if c := m.Compact(); c > max(last, 1) && m.StorageVersion.Set && v.seen.has(BucketKey) && !v.hidden.has(BucketKey) {
		v.reportMeta(metaScheduled, CompactBeyondLatest, strconv.FormatInt(c, 10), "at most the last record, "+strconv.FormatInt(last, 10))
	}
}

// checkIndex looks at what must be in meta. A file that etcd has served always
// has a consistent index.
func (v *View) checkIndex() {
	if !v.seen.has(BucketMeta) || v.hidden.has(BucketMeta) {
		return
	}
	switch m := &v.Meta; {
	case !m.present.index:
		v.reportMeta(metaIndex, IndexMissing, "no "+metaIndex, "8 bytes")
	case m.ConsistentIndex.Set && m.ConsistentIndex.Value == 0 && v.Totals.Records > 0:
		v.reportMeta(metaIndex, IndexMissing, "0", "the index of the last applied entry")
	}
	// 3.4 and older write none; with the marks of a newer release it was lost.
	if !v.Meta.present.term && (v.Meta.StorageVersion.Set || v.Meta.ConfState.Set) {
		v.reportMeta(metaTerm, TermMissing, "no "+metaTerm, "8 bytes, since etcd 3.5")
	}
}

// checkMembers compares the members with the removed ones and with confState.
func (v *View) checkMembers() {
	m := &v.Members
	removed := slices.Sorted(slices.Values(m.Removed))
	for i := range m.List {
		if _, found := slices.BinarySearch(removed, m.List[i].ID); found {
			id := strconv.FormatUint(m.List[i].ID, 16)
			f := newFault(MemberRemoved, "member "+id, "not among the removed members")
			f.Bucket, f.Key = BucketMembers, []byte(id)
			v.report(f)
		}
	}
	if v.hidden.has(BucketMembers) {
		return
	}
	if v.seen.has(BucketMembers) && m.Count == 0 && m.unread == 0 {
		f := newFault(MemberNone, "no member", "one or more")
		f.Bucket = BucketMembers
		v.report(f)
	}
	if c := v.Meta.ConfState; c.Set && m.Count > 0 && !c.Value.matches(m) {
		v.reportMeta(metaConfState, MemberConfState, strconv.Itoa(len(c.Value.Voters))+" voters", "the members of bucket members")
	}
}

func (v *View) reportMeta(key string, kind FaultKind, got, want string) {
	f := newFault(kind, got, want)
	f.Bucket, f.Key = BucketMeta, []byte(key)
	v.report(f)
}
