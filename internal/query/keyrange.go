package query

import "bytes"

// A KeyRange selects user keys as etcd does: Start alone if End is nil; all from Start
// on if End is empty but not nil; else from Start up to but not including End.
// Source: etcd 3.7 server/etcdserver/txn/range.go (mkGteRange), with nil and empty as
// package mvcc takes them.
type KeyRange struct {
	Start, End []byte
	// Only narrows the range to the keys for which it is true; nil: all of them. It
	// is called by several goroutines, and keeps nothing of a key.
	Only func(key []byte) bool
}

// OneKey selects a key.
func OneKey(key []byte) KeyRange { return KeyRange{Start: key} }

// FromKey selects a key and all that follow.
func FromKey(key []byte) KeyRange {
	if len(key) == 0 {
		key = []byte{0}
	}
	return KeyRange{Start: key, End: []byte{}}
}

// Prefix selects the keys that begin with prefix; an empty one selects all keys.
// Source: etcd 3.7 client/v3/op.go (WithPrefix).
func Prefix(prefix []byte) KeyRange {
	if len(prefix) == 0 {
		return FromKey(nil)
	}
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return KeyRange{Start: prefix, End: end[:i+1]}
		}
	}
	return FromKey(prefix)
}

// Has tells whether the range selects a key.
func (r KeyRange) Has(key []byte) bool {
	if r.Only != nil && !r.Only(key) {
		return false
	}
	switch {
	case r.End == nil:
		return bytes.Equal(key, r.Start)
	case bytes.Compare(key, r.Start) < 0:
		return false
	}
	return len(r.End) == 0 || bytes.Compare(key, r.End) < 0
}
