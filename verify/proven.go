package verify

import (
	"errors"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// A ProofError says that the bucket which was proven in another file does not stand in
// this one where it stood there.
type ProofError struct{ Root, Want bolt.Pgid }

// Error tells what was expected.
func (e *ProofError) Error() string { return "bucket key does not stand where it was proven" }

// KeyRoot is the root page of bucket key of the live tree; 0 if it has none of its own.
func (r *Report) KeyRoot() bolt.Pgid {
	if r.Survey == nil {
		return 0
	}
	for _, b := range r.Survey.Buckets {
		if isKey(b.Bucket) {
			return b.Bucket.Root
		}
	}
	return 0
}

func isKey(b *bolt.Bucket) bool {
	return len(b.Path) == 1 && string(b.Name()) == mvccview.BucketKey
}

// changed is full for a file that has bucket key from another one, which was checked:
// everything else is read and judged, with what is known of key. Free pages are not
// looked at, for they are those of the other file, or nobody's.
func (r *run) changed(f *bolt.File) error {
	proven := r.o.Proven
	root, found := proven.KeyRoot(), bolt.Pgid(0)
	view := mvccview.NewView(mvccview.ViewOptions{NoHash: true, OnFault: r.onMVCC})
	_, err := f.Walk(r.ctx, f.Live().Meta, view, bolt.WalkOptions{
		OnFault: func(x bolt.Fault) bool {
			view.Hides(x)
			return r.onBolt(x)
		},
		Skip: func(b *bolt.Bucket) bool {
			if isKey(b) {
				found = b.Root
			}
			return isKey(b) && b.Root == root
		},
	})
	switch {
	case errors.Is(err, mvccview.ErrStopped) || r.report.Stopped:
		return nil
	case err != nil:
		return err
	case root == 0 || found != root:
		return &ProofError{Root: found, Want: root}
	}
	view.Adopt(proven.View)
	r.report.View, r.report.LiveKeys = view, proven.LiveKeys
	view.Check()
	return nil
}
