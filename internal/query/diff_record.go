package query

import (
	"bytes"
	"fmt"

	"boltvet/mvccview"
)

// A RecordProperty is something in which two records, or the states of a key, differ.
type RecordProperty uint8

// The properties. Values are compared byte by byte, though they are not shown.
const (
	PropMissing   RecordProperty = iota // there is none in one of the files
	PropTombstone                       // one is a deletion
	PropKey                             // they are about different keys
	PropRevision                        // of the last change
	PropCreate
	PropVersion
	PropValue
	PropLease
	PropEncoding // the same content, written in another way
	PropMod      // the mod revision inside, which should be that of the record
	numProps
)

var propWords = [numProps]string{"missing", "tombstone", "key", "revision", "create_revision", "version", "value", "lease", "encoding", "mod_revision"}

// String is the stable word.
func (p RecordProperty) String() string {
	if p < numProps {
		return propWords[p]
	}
	return fmt.Sprintf("RecordProperty(%d)", uint8(p))
}

// set fills in what one file has.
func (r *RecordDiff) set(side int, rev mvccview.RevKey, kv *mvccview.KeyValue, values bool) {
	s := sideOf(rev, kv, values)
	switch {
	case r.Key == nil:
		r.Key = append([]byte{}, kv.Key...)
	case !bytes.Equal(r.Key, kv.Key):
		s.OtherKey = append([]byte{}, kv.Key...)
	}
	r.Sides[side] = s
}

// sideOf copies what is told of a record.
func sideOf(rev mvccview.RevKey, kv *mvccview.KeyValue, values bool) *RecordSide {
	s := &RecordSide{Rev: rev.Revision, Tombstone: rev.Tombstone, Create: kv.Create, Version: kv.Version, Lease: kv.Lease, ValueBytes: int64(len(kv.Value))}
	if values && !rev.Tombstone {
		s.Value = append([]byte{}, kv.Value...)
	}
	return s
}

// properties lists in what two records differ, from their values in the bucket.
func properties(a, b mvccview.RevKey, rawA, rawB []byte) (what []RecordProperty) {
	var x, y mvccview.KeyValue
	if mvccview.ParseKeyValue(rawA, &x) != nil || mvccview.ParseKeyValue(rawB, &y) != nil {
		return []RecordProperty{PropEncoding}
	}
	differs := [numProps]bool{
		PropTombstone: a.Tombstone != b.Tombstone,
		PropKey:       !bytes.Equal(x.Key, y.Key),
		PropRevision:  a.Revision != b.Revision,
		PropCreate:    x.Create != y.Create,
		PropVersion:   x.Version != y.Version,
		PropValue:     !bytes.Equal(x.Value, y.Value),
		PropLease:     x.Lease != y.Lease,
		PropMod:       a.Revision == b.Revision && x.Mod != y.Mod,
	}
	if a.Tombstone != b.Tombstone { // a deletion has none of the rest
		clear(differs[PropCreate:])
	}
	for p := range numProps {
		if differs[p] {
			what = append(what, p)
		}
	}
	if what == nil { // other bytes for the same content, or another mark in the key
		what = append(what, PropEncoding)
	}
	return what
}
