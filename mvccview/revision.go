package mvccview

import (
	"cmp"
	"encoding/binary"
	"strconv"

	"boltvet/bolt"
)

// Lengths of a revision key in bytes, and its two fixed bytes.
// Source: etcd 3.7 server/storage/mvcc/revision.go.
const (
	RevKeyLen       = 17 // a put
	TombstoneKeyLen = 18 // a deletion, or a put with an unknown mark
	revSeparator    = '_'
	revTombstone    = 't'
	revSeparatorPos = 8
	revSubPos       = 9
	revMarkPos      = 17
)

// FirstMain is the smallest main revision of a record: a store starts at
// revision 1, which writes nothing.
// Source: etcd 3.7 server/storage/mvcc/kvstore.go (currentRev: 1).
const FirstMain = 2

// A Revision is the place of a change in the history of a store. The zero
// value is before every record.
type Revision struct {
	Main int64 // number of the transaction
	Sub  int64 // number of the change within it, from 0
}

// String is "main/sub", e.g. "12/3".
func (r Revision) String() string {
	var buf [41]byte
	b := strconv.AppendInt(buf[:0], r.Main, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, r.Sub, 10))
}

// Compare is -1, 0 or 1 as r is before, equal to or after o.
func (r Revision) Compare(o Revision) int {
	if c := cmp.Compare(r.Main, o.Main); c != 0 {
		return c
	}
	return cmp.Compare(r.Sub, o.Sub)
}

// A RevKey is a parsed key of bucket "key".
type RevKey struct {
	Revision
	Tombstone bool // the record deletes its key
}

// ParseRevKey parses a key of bucket "key" and is strict: the error is a
// [Fault] of kind RevisionLength, RevisionSeparator, RevisionNegative,
// RevisionMark or RevisionZero.
//
// With RevisionMark and RevisionZero the RevKey is usable all the same: etcd
// takes a record with an unknown 18th byte for a put, and does not mind its
// revision. With the other kinds etcd 3.6 and later panic, and the RevKey is
// zero. [Fault.Usable] tells the two apart.
// Source: etcd 3.7 server/storage/mvcc/revision.go (BytesToBucketKey).
func ParseRevKey(b []byte) (RevKey, error) {
	if len(b) != RevKeyLen && len(b) != TombstoneKeyLen {
		return RevKey{}, revFault(RevisionLength, b, "17 or 18 bytes")
	}
	if b[revSeparatorPos] != revSeparator {
		return RevKey{}, revFault(RevisionSeparator, b, "'_' at byte 8")
	}
	k := RevKey{Revision: Revision{
		Main: int64(binary.BigEndian.Uint64(b)),
		Sub:  int64(binary.BigEndian.Uint64(b[revSubPos:])),
	}}
	if k.Main < 0 || k.Sub < 0 {
		return RevKey{}, revFault(RevisionNegative, b, "main and sub of 0 or more")
	}
	if len(b) == TombstoneKeyLen {
		if b[revMarkPos] != revTombstone {
			return k, k.fault(RevisionMark, strconv.QuoteRuneToASCII(rune(b[revMarkPos])), "'t' or nothing at byte 17")
		}
		k.Tombstone = true
	}
	if k.Main < FirstMain {
		return k, k.fault(RevisionZero, k.Revision.String(), "main of 2 or more")
	}
	return k, nil
}

// AppendRevKey appends the 17 or 18 bytes of k to dst.
func AppendRevKey(dst []byte, k RevKey) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(k.Main))
	dst = append(dst, revSeparator)
	dst = binary.BigEndian.AppendUint64(dst, uint64(k.Sub))
	if k.Tombstone {
		dst = append(dst, revTombstone)
	}
	return dst
}

// fault is a Fault at the revision of k.
func (k RevKey) fault(kind FaultKind, got, want string) Fault {
	f := newFault(kind, got, want)
	f.Bucket, f.Rev = BucketKey, k.Revision
	return f
}

// revFault is a Fault of a key that has no revision. It may be the bytes of a value, so its
// length and hash are shown; as much of it as a revision has goes along, unshown.
func revFault(kind FaultKind, key []byte, want string) Fault {
	f := newFault(kind, bolt.ShowHashed(key), want)
	f.Bucket, f.Key = BucketKey, clipKey(key[:min(len(key), TombstoneKeyLen)])
	return f
}
