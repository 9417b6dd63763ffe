package mvccview

import (
	"context"
	"encoding/binary"
	"slices"

	"boltvet/bolt"
)

// A Prelude is what the small buckets say that must be known before bucket
// "key" can be judged: they come after it in the file.
type Prelude struct {
	Meta   Meta
	Leases *Leases
	// MetaWhole tells that all of bucket "meta" could be read, so that a compact
	// revision which is not there was never set. If not, C is not known.
	MetaWhole bool
	// LeasesWhole tells that all of bucket "lease" could be read, so that a lease
	// which is not there does not exist.
	LeasesWhole bool

	doubtful []int64 // leases that are there, but are damaged themselves; sorted
}

// ReadPrelude visits all buckets but "key", from meta m. Damage that it meets is
// not reported, since the walk of the whole file does, but it is kept in mind:
// see MetaWhole and LeasesWhole. It does its reading inside the Guard of f.
func ReadPrelude(ctx context.Context, f *bolt.File, m bolt.Meta) (*Prelude, error) {
	p := &Prelude{MetaWhole: true, LeasesWhole: true}
	v := NewView(ViewOptions{NoHash: true, OnFault: p.meaning})
	err := f.Guard(func() error {
		_, err := f.Walk(ctx, m, v, bolt.WalkOptions{OnFault: p.structure, Skip: isKeyBucket})
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Meta, p.Leases = v.Meta, &v.Leases
	p.MetaWhole = p.MetaWhole && v.Has(BucketMeta)
	p.LeasesWhole = p.LeasesWhole && v.Has(BucketLease)
	p.Leases.sort()
	slices.Sort(p.doubtful)
	return p, nil
}

// isKeyBucket tells whether b is bucket "key" of the top level.
func isKeyBucket(b *bolt.Bucket) bool {
	return len(b.Path) == 1 && string(b.Name()) == BucketKey
}

// structure notes where a fault of the file hides part of a bucket.
func (p *Prelude) structure(f bolt.Fault) bool {
	if f.Hidden == nil {
		return true
	}
	switch f.Bucket {
	case BucketMeta:
		p.MetaWhole = false
	case BucketLease:
		p.LeasesWhole = false
	case bucketDirectory:
		p.MetaWhole, p.LeasesWhole = false, false
	}
	return true
}

// meaning notes values that cannot be read.
func (p *Prelude) meaning(f Fault) bool {
	switch {
	case f.Kind == CompactValue:
		p.MetaWhole = false
	case f.Kind == LeaseValue || f.Kind == LeaseID:
		if len(f.Key) == 8 {
			p.doubtful = append(p.doubtful, int64(binary.BigEndian.Uint64(f.Key)))
		}
	}
	return true
}

// Compact is C, the revision up to which history is not complete; -1 if the
// store was never compacted. It means nothing unless MetaWhole.
func (p *Prelude) Compact() int64 { return p.Meta.Compact() }

// Reduced is F if the compaction to it is the last one and has ended, so that
// the records at or below it are its keep set; -1 if that cannot be said.
func (p *Prelude) Reduced() int64 {
	m := &p.Meta
	if !p.MetaWhole || !m.Finished.Set || !m.Scheduled.Set || m.Finished.Value != m.Scheduled.Value {
		return -1
	}
	return m.Finished.Value
}

// HasLease tells whether a lease exists, or may exist since a lease that has a
// fault of its own, or that cannot be read, might be it.
func (p *Prelude) HasLease(id int64) bool {
	if !p.LeasesWhole || p.Leases.Has(id) {
		return true
	}
	_, found := slices.BinarySearch(p.doubtful, id)
	return found
}
