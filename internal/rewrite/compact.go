package rewrite

import (
	"context"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// Target is where a compaction cuts the history.
type Target struct {
	Revision int64 // N: what is at or below it and superseded goes; 0: the latest revision less Retain
	Retain   int64 // revisions to keep below the latest one
}

// Compact writes src to out as etcd 3.7 would leave it after a compaction at the
// target, and a defragmentation: only bucket "key" and the two compact revisions in
// bucket "meta" differ from the source. The output is for a restore: swapped into one
// member of a running cluster it would make that member answer otherwise than the rest.
//
// Errors are those of [Defrag], *[RevisionError], *[UnfitError] and *[mvccview.MemoryError].
// Source: etcd 3.7 server/storage/mvcc/kvstore.go (updateCompactRev) and
// kvstore_compaction.go (scheduleCompaction).
func Compact(ctx context.Context, src *datadir.Source, out Output, t Target, o Options) (*Result, error) {
	j, err := begin(src, out, o)
	if err != nil {
		return nil, err
	}
	defer j.close()
	limits, err := j.limits(ctx)
	if err != nil {
		return nil, err
	}
	if limits == nil { // what cannot be read is damage, most likely; the check tells
		if err := j.besideTrailer(ctx, func(ctx context.Context) error { return j.check(ctx, nil) }); err != nil {
			return nil, err
		}
		return nil, datadir.ErrChanged
	}
	rev, err := t.within(limits)
	if err != nil {
		return nil, err
	}
	j.keep = &selection{rev: rev, table: mvccview.NewKeyTable(rev), below: newBelowTable(rev)}
	j.keep.table.Limit(o.MaxTable / keyTableShare)
	j.result.Compaction = Compaction{Revision: rev, Previous: limits.Compact, Latest: limits.Latest}
	r, err := j.run(ctx)
	if err == nil && (j.view.Latest() != limits.Latest || j.view.Meta.Compact() != limits.Compact) {
		return nil, datadir.ErrChanged
	}
	return r, err
}

// keyTableShare is which part of MaxTable the table of the newest records may take; the
// rest is for the history of each key, which takes twice as much.
const keyTableShare = 3

// within is the revision to compact at. The error is limits with that revision.
func (t Target) within(limits *RevisionError) (int64, error) {
	rev := t.Revision
	if rev == 0 {
		rev = limits.Latest - t.Retain
	}
	if rev <= limits.Compact || rev < 1 || rev > limits.Latest {
		limits.Revision = rev
		return 0, limits
	}
	return rev, nil
}

// limits finds C and L from a few pages; nil if they cannot be read.
func (j *job) limits(ctx context.Context) (*RevisionError, error) {
	prelude, err := mvccview.ReadPrelude(ctx, j.db, j.live())
	if err != nil {
		return nil, err
	}
	if !prelude.MetaWhole {
		return nil, nil
	}
	last, ok, err := j.last(ctx)
	if err != nil || !ok {
		return nil, err
	}
	m := &prelude.Meta
	return &RevisionError{Compact: m.Compact(), Latest: m.Latest(last), Unfinished: m.Unfinished()}, nil
}

// last is the main revision of the last record, 0 if there is none.
func (j *job) last(ctx context.Context) (main int64, ok bool, err error) {
	var key *bolt.Bucket
	err = j.db.Guard(func() error {
		_, err := j.db.Walk(ctx, j.live(), nil, bolt.WalkOptions{Skip: func(b *bolt.Bucket) bool {
			if len(b.Path) == 1 && string(b.Name()) == mvccview.BucketKey {
				key = b
			}
			return true
		}})
		if err != nil || key == nil || key.Inline {
			return err
		}
		l, found, err := j.db.Find(key.Root, j.live().HighWater, []byte{0xff})
		if err != nil || !found || l.Len() == 0 {
			return err
		}
		if name, _, readable := l.At(l.Len() - 1); readable {
			k, err := mvccview.ParseRevKey(name)
			main, ok = k.Main, usable(err)
		}
		return nil
	})
	if err != nil || key == nil || !key.Inline {
		return main, ok, err
	}
	return j.lastInline(ctx, key)
}

// lastInline reads a bucket "key" of a few records.
func (j *job) lastInline(ctx context.Context, key *bolt.Bucket) (int64, bool, error) {
	view := mvccview.NewView(mvccview.ViewOptions{NoHash: true})
	err := j.db.Guard(func() error {
		_, err := j.db.Walk(ctx, j.live(), view, bolt.WalkOptions{Skip: func(b *bolt.Bucket) bool {
			return string(b.Name()) != string(key.Name())
		}})
		return err
	})
	return view.Totals.Last.Main, err == nil, err
}
