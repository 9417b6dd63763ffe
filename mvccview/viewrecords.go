package mvccview

import "boltvet/bolt"

// stepRecords parses the records of one leaf of bucket "key", each once, and
// hands them to the accumulators.
func (v *View) stepRecords(l bolt.Leaf) error {
	r := &v.record
	r.Page = l.Page()
	for i := range l.Len() {
		key, value, off, ok := l.Plain(i)
		if !ok {
			continue // told by bolt, and by Bucket
		}
		r.Elem, r.Off = i, off
		r.KeyLen, r.ValLen, r.Raw = len(key), len(value), value
		if v.parseRecord(r, key) {
			v.Totals.Step(r)
			for _, a := range v.options.Records {
				a.Step(r)
			}
		}
		if v.stopped {
			return ErrStopped
		}
	}
	return nil
}

// parseRecord fills r from the bucket's key and r.Raw, and tells whether the
// record can be worked with.
func (v *View) parseRecord(r *Record, key []byte) bool {
	var err error
	if r.RevKey, err = ParseRevKey(key); err != nil {
		if ParseKeyValue(r.Raw, &r.KV) != nil { // for the fault; else it would name the key of the record before
			r.KV = KeyValue{}
		}
		if !v.tolerate(r, err) {
			return false
		}
	}
	if err := ParseKeyValue(r.Raw, &r.KV); err != nil && !v.tolerate(r, err) {
		return false
	}
	switch {
	case len(r.Raw) == 0:
		v.sawEmpty(r)
	case len(r.KV.Key) == 0:
		v.reportRecord(r, newFault(ValueKeyEmpty, "an empty key", "a key"))
	}
	return true
}

// tolerate reports err and tells whether to go on with the record.
func (v *View) tolerate(r *Record, err error) bool {
	f, ok := err.(Fault)
	if !ok {
		return false
	}
	v.reportRecord(r, f)
	if !f.Usable() {
		v.Unparsed++
	}
	return f.Usable()
}

// reportRecord adds the place of the record to f and reports it.
func (v *View) reportRecord(r *Record, f Fault) {
	f.Bucket, f.Page, f.Elem, f.Off = BucketKey, r.Page, r.Elem, r.Off
	if f.Kind != ValueUnparseable {
		f.Key = orKey(f.Key, r.KV.Key)
	}
	if f.Rev == (Revision{}) {
		f.Rev = r.Revision
	}
	v.report(f)
}

// orKey keeps the key that a fault has, or takes a copy of the record's.
func orKey(has, key []byte) []byte {
	if has != nil || len(key) == 0 {
		return has
	}
	return clipKey(key)
}

// maxMarkers bounds the empty records that are kept until C is known. Each
// `restore --bump-revision` leaves one, and the next compaction removes the
// older ones.
const maxMarkers = 64

// markerList are records with an empty value that may be markers of
// `restore --bump-revision`: C, which they must not be above, stands in a
// bucket that comes later.
type markerList []Record

// sawEmpty keeps a candidate, or reports what cannot be a marker: a tombstone,
// a sub other than 0, or one of too many. An early fork leaves them to the View
// that knows how many there are.
func (v *View) sawEmpty(r *Record) {
	if r.Tombstone || r.Sub != 0 || r.KeyLen != RevKeyLen || len(v.markers) >= maxMarkers || v.early {
		v.reportEmpty(r)
		return
	}
	kept := *r
	kept.KV, kept.Raw = KeyValue{}, nil
	v.markers = append(v.markers, kept)
}

func (v *View) reportEmpty(r *Record) {
	v.reportRecord(r, newFault(ValueEmpty, "an empty value", "a KeyValue"))
}

// BumpMarkers counts the empty records that `etcdutl snapshot restore
// --bump-revision --mark-compacted` leaves: etcd keeps them for ever, and they
// count as one key. Valid after the walk.
func (v *View) BumpMarkers() int64 {
	n, c := int64(0), v.Meta.Compact()
	for i := range v.markers {
		if v.markers[i].Main <= c {
			n++
		}
	}
	return n
}
