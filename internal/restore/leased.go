package restore

import (
	"context"
	"errors"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A keyBucket is the part of a [bolt.Loader] that knows whether bucket key is open.
type keyBucket struct {
	depth int
	open  bool
}

// Begin opens a bucket.
func (k *keyBucket) Begin(name []byte, _ uint64) error {
	k.open = k.depth == 0 && string(name) == mvccview.BucketKey
	k.depth++
	return nil
}

// End closes it.
func (k *keyBucket) End() error {
	k.depth--
	return nil
}

// A leaseholder is a [bolt.Loader] that follows which keys a lease holds. It remembers
// these keys only.
type leaseholder struct {
	keyBucket
	held map[string]int64 // lease of the newest record, by key
}

// Put takes one record in; they come in the order of their revisions.
func (l *leaseholder) Put(key, value []byte) error {
	if !l.open {
		return nil
	}
	var kv mvccview.KeyValue
	rev, err := mvccview.ParseRevKey(key)
	if err != nil || mvccview.ParseKeyValue(value, &kv) != nil {
		return nil // told by verify
	}
	if rev.Tombstone || kv.Lease == 0 {
		delete(l.held, string(kv.Key))
		return nil
	}
	l.held[string(kv.Key)] = kv.Lease
	return nil
}

// countLeased counts the keys that are alive and have a lease that exists: without it
// they become permanent. Of a damaged source it counts what comes before the damage.
func countLeased(ctx context.Context, src *datadir.Source, r *verify.Report) (int64, error) {
	if src.File == nil || r.View == nil || r.View.Leases.Count == 0 {
		return 0, nil
	}
	f, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return 0, nil // told by verify
	}
	defer f.Close()
	l := &leaseholder{held: map[string]int64{}}
	err = f.Guard(func() error { return f.Feed(ctx, f.Live().Meta, l) })
	if damage := (bolt.Fault{}); err != nil && !errors.As(err, &damage) {
		return 0, err
	}
	n := int64(0)
	for _, lease := range l.held {
		if r.View.Leases.Has(lease) {
			n++
		}
	}
	return n, nil
}
