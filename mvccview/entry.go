package mvccview

import (
	"strconv"
	"strings"

	"boltvet/bolt"
)

// An entry is one element of a small bucket on its way to the parser of that
// bucket. Key and value alias the mapping and are valid during the call only.
type entry struct {
	bucket     string
	key, value []byte
	page       bolt.Pgid
	elem       int
	off        int64
	report     func(Fault)
}

// fault reports a fact about the entry. got must hold no byte of a value. A suspect key
// is added to it by length and hash.
func (e *entry) fault(kind FaultKind, got, want string) {
	f := newFault(kind, got, want)
	f.Bucket, f.Key = e.bucket, clipKey(e.key)
	f.Page, f.Elem, f.Off = e.page, e.elem, e.off
	if shown := bolt.ShowHashed(e.key); f.KeySuspect() && got != shown {
		f.Got = strings.TrimPrefix(got+", key of "+shown, ", ")
	}
	e.report(f)
}

// unparseable is the Fault of n bytes that are not a message of type what. It
// tells the length only, for the bytes may be a secret.
func unparseable(kind FaultKind, n int, what string, err error) Fault {
	return newFault(kind, strconv.Itoa(n)+" bytes: "+err.Error(), what)
}
