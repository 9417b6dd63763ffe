package query

import (
	"math"

	"boltvet/mvccview"
)

// A Doubt is a reason why an answer about one key may not be what etcd would have
// said: only damage gives rise to one.
type Doubt uint8

// The doubts, from harmless to serious.
const (
	Sure       Doubt = iota
	MaybeNewer       // a newer record of the key may lie in revisions that cannot be read
	Astray           // records are not where they belong, so that a newer one may have been overwritten
	Misfit           // the record does not fit the others of its key: one is damaged, or one between is lost
)

// doubtWords are the stable words.
var doubtWords = [...]string{"", "a newer record may be lost", "records are out of order", "does not fit the key's other records"}

// String is the doubt in words; "" for Sure.
func (d Doubt) String() string {
	if int(d) < len(doubtWords) {
		return doubtWords[d]
	}
	return "unknown"
}

// doubt judges the newest record of a key at or below rev, which may be a tombstone.
func (s *keyScan) doubt(m *match, rev int64) Doubt {
	if m.twice || !s.fits(m) {
		return Misfit
	}
	if s.hidden.Overlaps(m.newest.Next(), behind(rev)) {
		return MaybeNewer
	}
	if s.astray.Load() {
		return Astray
	}
	return Sure
}

// fits holds the newest record against its neighbours, as far as history is complete.
func (s *keyScan) fits(m *match) bool {
	n := neighbour{m.newest.RevKey, m.version, true}
	if !coherent(n) || s.complete(n.RevKey) && !follows(m.before, n) {
		return false
	}
	return !m.after.found || !s.complete(m.after.RevKey) || follows(n, m.after)
}

// complete tells whether all that happened to the key of a record just before it must
// be in the file.
func (s *keyScan) complete(at mvccview.RevKey) bool { return s.cKnown && at.Main > s.compact }

// coherent tells whether a record says of itself what its place says. A tombstone that
// says more than its key is a put that was marked.
func coherent(n neighbour) bool {
	if n.Tombstone {
		return n.version == version{}
	}
	return n.mod == n.Main
}

// follows tells whether next can be the record behind last (if there is one) in the
// history of a key.
// Source: etcd 3.7 server/storage/mvcc/kvstore_txn.go (put, delete).
func follows(last, next neighbour) bool {
	switch alive := last.found && !last.Tombstone; {
	case next.Tombstone:
		return alive
	case alive:
		return next.version.version == last.version.version+1 && next.create == last.create
	}
	return next.version.version == 1 && next.create == next.Main
}

// lost tells whether a key of which no record at or below R is there must have been
// alive: the first record above R says so.
func (s *keyScan) lost(m *match) bool {
	return s.cKnown && m.after.Main > s.compact && !follows(neighbour{}, m.after)
}

// behind is the revision that follows all of main revision rev.
func behind(rev int64) mvccview.Revision {
	return mvccview.Revision{Main: rev, Sub: math.MaxInt64}.Next()
}
