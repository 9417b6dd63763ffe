package mvccview

import (
	"fmt"
	"strconv"
	"strings"

	"boltvet/bolt"
)

// maxFaultKey bounds the copy of a key that a Fault carries, so that a list of
// faults about huge keys stays small.
const maxFaultKey = 256

// A Fault is one fact about the meaning of the database that should not be
// so. It implements error. It never shows bytes of a value: values are
// secrets.
type Fault struct {
	Kind      FaultKind
	Bucket    string    // name of the bucket, "" for the database as a whole
	Rev       Revision  // revision of the record, zero if it has none
	Key       []byte    // a copy, cut at 256 bytes: the user's key in bucket "key" if known, else the bucket's key; see KeySuspect
	Page      bolt.Pgid // page of the element, bolt.NoPgid if not about one element
	Elem      int       // element on the page, -1 if not about one element
	Off       int64     // offset of the element's key in the file, -1 unknown
	Got, Want string    // short and printable
}

// Error is one line: the code, the place, what was found and what was expected.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Kind.String())
	if f.Page != bolt.NoPgid {
		fmt.Fprintf(&b, ": page %d elem %d", f.Page, f.Elem)
	}
	if f.Bucket != "" {
		fmt.Fprintf(&b, ": bucket %s", strconv.QuoteToASCII(f.Bucket))
	}
	if f.Rev != (Revision{}) {
		fmt.Fprintf(&b, " revision %s", f.Rev)
	}
	if f.Key != nil && !f.KeySuspect() {
		fmt.Fprintf(&b, " key %s", strconv.QuoteToASCII(string(f.Key)))
	}
	if f.Got != "" {
		fmt.Fprintf(&b, ": got %s", f.Got)
	}
	if f.Want != "" {
		fmt.Fprintf(&b, ", want %s", f.Want)
	}
	return b.String()
}

// Usable tells whether the value that came with the Fault can be worked with
// all the same: etcd itself accepts what the Fault describes.
func (f Fault) Usable() bool {
	return f.Kind == RevisionMark || f.Kind == RevisionZero
}

// KeySuspect tells whether Key may be the bytes of a value, because the element that it
// is of has a key such as its bucket has none of, or a value that does not parse. It is
// then not for showing; its length and hash are in Got.
func (f Fault) KeySuspect() bool {
	switch f.Kind {
	case RevisionLength, RevisionSeparator, RevisionNegative, MemberKey, AlarmKey, AuthName:
		return true
	case SchemaUnknownKey, ClusterUnknownKey, AuthUnknownKey, BucketUnknown, BucketNested:
		return !isName(f.Key) && !bolt.Numbered(f.Key)
	case AuthValue:
		return f.Bucket != BucketAuth
	}
	return f.Bucket == BucketLease && f.Key != nil && len(f.Key) != leaseKeyLen
}

// maxName bounds what is taken for a name of the kind that etcd gives to buckets and settings.
const maxName = 32

// isName tells whether a key that no release writes looks like one that a release might
// write. The buckets with such keys hold no secrets.
func isName(key []byte) bool {
	for _, c := range key {
		if c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(key) <= maxName
}

// newFault is a Fault that has no place yet.
func newFault(kind FaultKind, got, want string) Fault {
	return Fault{Kind: kind, Page: bolt.NoPgid, Elem: -1, Off: -1, Got: got, Want: want}
}

// clipKey copies at most maxFaultKey bytes of key; an empty key gives an empty
// slice that is not nil, for "the empty key" is a place and nil is none.
func clipKey(key []byte) []byte {
	return append([]byte{}, key[:min(len(key), maxFaultKey)]...)
}
