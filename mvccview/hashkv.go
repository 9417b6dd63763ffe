package mvccview

import (
	"errors"
	"fmt"
	"math"

	"boltvet/bolt"
)

// Why no HashKV can be had at a revision; etcd's names.
var (
	ErrCompacted = errors.New("the revision is compacted")
	ErrFutureRev = errors.New("the revision is above the latest")
)

// HashRevision is the revision that HashKV answers for: rev itself, or the
// latest one for 0. The error wraps ErrCompacted or ErrFutureRev.
// Source: etcd 3.7 server/storage/mvcc/kvstore.go (hashByRev); releases before
// 3.4.27 and 3.5.10 refuse rev = compact, too.
func HashRevision(rev, compact, latest int64) (int64, error) {
	switch {
	case rev == 0:
		return latest, nil
	case rev < 0 || rev < compact:
		return 0, fmt.Errorf("hash at %d, compacted at %d: %w", rev, compact, ErrCompacted)
	case rev > latest:
		return 0, fmt.Errorf("hash at %d, latest is %d: %w", rev, latest, ErrFutureRev)
	}
	return rev, nil
}

// hashSeed is what etcd hashes first.
const hashSeed = BucketKey

// A HashKV computes the hash that etcd's members compare: over the records up
// to revision R, leaving out those at or below the compact revision C that are
// superseded or deleted at R. So members whose compaction has got to different
// places agree, and so does a file in the middle of one. It is a
// bolt.Accumulator for a walk of its own, after the one that filled the table.
//
// The keep set is taken at R, not at C, and if no key is alive at R nothing is
// left out. A tombstone exactly at C never counts: older releases delete it
// when they compact, newer ones do not.
// Source: etcd 3.7 server/storage/mvcc/hash.go.
type HashKV struct {
	rev, compact int64
	from, to     int64     // main revisions that this part of the hash is about, inclusive
	ends         bool      // the walk may end behind to
	keep         *KeyTable // nil: leave nothing out
	hash         checksum
	bucket       *bolt.Bucket
	inKey        bool // the leaf is of bucket "key"
	kv           KeyValue
	unparsed     int64
}

// NewHashKV makes a hash at revision rev with compact revision compact (-1 if
// never compacted). table has the newest records at rev: it was made by
// NewKeyTable(rev), or with any limit if rev is at or above the last record.
func NewHashKV(rev, compact int64, table *KeyTable) *HashKV {
	h := newHashKV(rev, compact)
	if table.keepsAny() {
		h.keep = table
	}
	h.hash.write([]byte(hashSeed))
	return h
}

// newHashKV makes a hash of all up to rev, of which nothing is left out.
func newHashKV(rev, compact int64) *HashKV {
	return &HashKV{rev: rev, compact: compact, from: math.MinInt64, to: rev}
}

// NewHashAbove makes the part of a hash that needs no table: the records above compact,
// up to rev. So the walk that fills the table can see to it, and what is left for
// another are the few records at or below C: see [HashKV.Complete].
func NewHashAbove(rev, compact int64) *HashKV {
	h := newHashKV(rev, compact)
	h.from = compact + 1
	return h
}

// ErrPassed ends a walk for what a hash was to be completed with: there is no more.
var ErrPassed = errors.New("no more records at or below the compact revision")

// Complete makes of a hash that has not begun one of the same records, of which those
// above C need not be visited again: above has them. A walk with it may end early, with
// [ErrPassed], and its Sum means nothing until Append.
func (h *HashKV) Complete() { h.to, h.ends = min(h.rev, h.compact), true }

// Append joins the part above C.
func (h *HashKV) Append(above *HashKV) {
	h.hash.join(above.hash)
	h.unparsed += above.unparsed
}

// Sum is the hash.
func (h *HashKV) Sum() uint32 { return h.hash.crc }

// AllDead tells that no key is alive at R, so that nothing was left out. If a
// compaction is unfinished as well, the hash is that of the file as it is, and
// a member would give another one as soon as it has resumed the compaction:
// etcd's rule has no stable answer then.
func (h *HashKV) AllDead() bool { return h.keep == nil }

// Unparsed counts records whose key or value does not parse and which are
// therefore not part of the hash; etcd would have died of them.
func (h *HashKV) Unparsed() int64 { return h.unparsed }

// Bucket has nothing to do: a hash may begin in the middle of a bucket.
func (h *HashKV) Bucket(*bolt.Bucket) {}

// Leaf hashes one leaf.
func (h *HashKV) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if b != h.bucket {
		h.bucket, h.inKey = b, len(b.Path) == 1 && string(b.Name()) == BucketKey
	}
	if !h.inKey || l.Len() == 0 {
		return nil
	}
	payload, packed := l.Packed()
	if !packed {
		h.loose(l)
		return nil
	}
	switch lo, hi, ok := mains(l); {
	case ok && h.ends && lo > h.to:
		return ErrPassed
	case ok && hi < h.from:
	case ok && lo > h.compact && hi <= h.to: // every record counts: none need be parsed
		h.hash.write(payload)
	default:
		h.runs(l, payload)
	}
	return nil
}

// mains gives the main revisions of the first and the last record of a leaf, if they
// parse.
func mains(l bolt.Leaf) (lo, hi int64, ok bool) {
	first, _, _ := l.At(0)
	last, _, _ := l.At(l.Len() - 1)
	a, errLo := ParseRevKey(first)
	b, errHi := ParseRevKey(last)
	return a.Main, b.Main, errLo == nil && errHi == nil
}

// runs hashes the payload of a packed leaf, in as few calls as there are runs
// of records that count.
func (h *HashKV) runs(l bolt.Leaf, payload []byte) {
	start, pos := 0, 0
	for i := range l.Len() {
		key, value, _ := l.At(i)
		end := pos + len(key) + len(value)
		if !h.counts(key, value) {
			h.hash.write(payload[start:pos])
			start = end
		}
		pos = end
	}
	h.hash.write(payload[start:pos])
}

// loose hashes a leaf whose elements do not lie side by side.
func (h *HashKV) loose(l bolt.Leaf) {
	for i := range l.Len() {
		key, value, _, ok := l.Plain(i)
		if ok && h.counts(key, value) {
			h.hash.write(key)
			h.hash.write(value)
		}
	}
}

// counts tells whether a record is part of the hash.
func (h *HashKV) counts(key, value []byte) bool {
	k, err := ParseRevKey(key)
	if f, bad := err.(Fault); bad && !f.Usable() {
		h.unparsed++
		return false
	}
	switch {
	case k.Main < h.from || k.Main > h.to:
		return false
	case k.Main > h.compact:
		return true
	case k.Main == h.compact && k.Tombstone:
		return false
	case h.keep == nil:
		return true
	}
	if err := ParseKeyValue(value, &h.kv); err != nil {
		h.unparsed++
		return false
	}
	return h.keep.keeps(&Record{RevKey: k, KV: h.kv, KeyLen: len(key), ValLen: len(value)})
}

// Fork gives a hash of nothing for a later range; the table is shared.
func (h *HashKV) Fork() bolt.Accumulator {
	return &HashKV{rev: h.rev, compact: h.compact, from: h.from, to: h.to, ends: h.ends, keep: h.keep}
}

// ForkEarly is Fork, for the table does not change any more.
func (h *HashKV) ForkEarly() bolt.Accumulator { return h.Fork() }

// Merge joins the hash of the range that follows.
func (h *HashKV) Merge(next bolt.Accumulator) {
	h.Append(next.(*HashKV))
}
