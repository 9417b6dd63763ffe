package restore

import (
	"context"
	"errors"
	"hash/maphash"

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
// these only, each by a hash of 128 bits with seeds of its own, so that a key takes the
// same few bytes however long it is: less than the verification, which is over by then,
// has for each key.
type leaseholder struct {
	keyBucket
	seeds [2]maphash.Seed
	held  map[keyHash]int64 // lease of the newest record
}

type keyHash [2]uint64

func newLeaseholder() *leaseholder {
	return &leaseholder{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, held: map[keyHash]int64{}}
}

func (l *leaseholder) hash(key []byte) keyHash {
	return keyHash{maphash.Bytes(l.seeds[0], key), maphash.Bytes(l.seeds[1], key)}
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
		delete(l.held, l.hash(kv.Key))
		return nil
	}
	l.held[l.hash(kv.Key)] = kv.Lease
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
	l := newLeaseholder()
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
