package mvccview

import (
	"encoding/binary"
	"slices"
	"strconv"

	"boltvet/bolt"
)

// leaseKeyLen is the length of a key of bucket "lease": the ID, big-endian.
const leaseKeyLen = 8

// A Lease is one lease of bucket "lease".
// Source: etcd 3.7 server/lease/leasepb/lease.proto.
type Lease struct {
	ID        int64
	TTL       int64 // seconds granted
	Remaining int64 // seconds left at the last checkpoint, 0 if never checkpointed
}

// ParseLease parses the value of a lease, accepting what proto.Unmarshal
// accepts. The error is a [Fault] of kind LeaseValue.
func ParseLease(b []byte) (Lease, error) {
	var l Lease
	err := walkFields(b, func(f wireField) error {
		switch {
		case f.isVarint(1):
			l.ID = int64(f.Num)
		case f.isVarint(2):
			l.TTL = int64(f.Num)
		case f.isVarint(3):
			l.Remaining = int64(f.Num)
		}
		return nil
	})
	if err != nil {
		return Lease{}, unparseable(LeaseValue, len(b), "a leasepb.Lease", err)
	}
	return l, nil
}

// Leases is what bucket "lease" says. A store may have many leases, so only
// their IDs are kept, 8 bytes each.
type Leases struct {
	Count  int64 // leases that parse
	MinTTL int64 // seconds; 0 if there is none
	MaxTTL int64 // seconds; 0 if there is none
	ids    []int64
	sorted bool
}

// Has tells whether the lease exists, by the ID that etcd would go by: the one
// in the value, not the key.
func (l *Leases) Has(id int64) bool {
	l.sort()
	_, found := slices.BinarySearch(l.ids, id)
	return found
}

// IDs are the IDs in ascending order; the slice belongs to l.
func (l *Leases) IDs() []int64 {
	l.sort()
	return l.ids
}

// sort orders the IDs when they are first asked for: keys are in unsigned
// order and may lie, so the order of the bucket does not do.
func (l *Leases) sort() {
	if !l.sorted {
		slices.Sort(l.ids)
		l.sorted = true
	}
}

// parse takes one element of the bucket in.
func (l *Leases) parse(e *entry) {
	lease, err := ParseLease(e.value)
	if f, ok := err.(Fault); ok {
		e.fault(LeaseValue, f.Got, f.Want)
		return
	}
	switch {
	case len(e.key) != leaseKeyLen:
		e.fault(LeaseKey, bolt.ShowHashed(e.key), "8 bytes")
	case int64(binary.BigEndian.Uint64(e.key)) != lease.ID:
		e.fault(LeaseID, leaseHex(lease.ID), "the key, "+leaseHex(int64(binary.BigEndian.Uint64(e.key))))
	}
	if lease.TTL <= 0 {
		e.fault(LeaseTTL, strconv.FormatInt(lease.TTL, 10)+" s", "1 s or more")
	}
	l.add(lease)
}

func (l *Leases) add(lease Lease) {
	if l.Count == 0 {
		l.MinTTL, l.MaxTTL = lease.TTL, lease.TTL
	}
	l.Count++
	l.MinTTL, l.MaxTTL = min(l.MinTTL, lease.TTL), max(l.MaxTTL, lease.TTL)
	l.ids, l.sorted = append(l.ids, lease.ID), false
}

func (l *Leases) merge(o *Leases) {
	if o.Count == 0 {
		return
	}
	if l.Count == 0 {
		l.MinTTL, l.MaxTTL = o.MinTTL, o.MaxTTL
	}
	l.Count += o.Count
	l.MinTTL, l.MaxTTL = min(l.MinTTL, o.MinTTL), max(l.MaxTTL, o.MaxTTL)
	l.ids, l.sorted = append(l.ids, o.ids...), false
}

// leaseHex is a lease ID as etcdctl prints it.
func leaseHex(id int64) string {
	return strconv.FormatUint(uint64(id), 16)
}
