package query

import (
	"context"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A ContentHash is the hash of all that a file holds: names of buckets, keys and
// values, in order. It tells whether two files have the same content, however they are
// laid out. Members of one cluster differ in it (they apply entries at their own pace),
// and so does one member from moment to moment.
type ContentHash struct {
	Source  *datadir.Source
	Trailer datadir.TrailerResult
	Hash    uint32 // CRC-32C; what `etcdutl snapshot status` prints
}

// HashContent computes the hash of src. It means nothing if the sink was given a fault
// that hides or alters content. Errors: ErrNoDB, mvccview.ErrNotEtcd, a [bolt.Fault] if no meta
// is valid, and otherwise trouble with reading.
// Source: etcd 3.7 etcdutl/snapshot/v3_snapshot.go (Status).
func HashContent(ctx context.Context, src *datadir.Source, o ReadOptions) (*ContentHash, error) {
	c, err := openContent(src, o)
	if err != nil {
		return nil, err
	}
	defer c.db.Close()
	view, _, trailer, err := c.check(ctx, mvccview.ViewOptions{})
	if err != nil {
		return nil, err
	}
	return &ContentHash{Source: src, Trailer: trailer, Hash: view.Hash()}, nil
}
