package verify

import (
	"errors"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// Proven is what is known of bucket key of a file: it is that of another one, which was
// verified, byte for byte and on the same pages.
type Proven struct {
	Report *Report // of the other file
	// Leaves are the bucket's leaves in that file, in order, if it has other branches here
	// and more leaves behind those; the zero value if it has the same root.
	Leaves bolt.PageSum
}

// A ProofError says that the bucket which was proven in another file does not stand in
// this one where it stood there.
type ProofError struct{}

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

// A keyProof leaves the proven pages of bucket key out of a walk, and sees whether they
// are all there.
type keyProof struct {
	*Proven
	whole bool         // the bucket has its root
	found bolt.PageSum // leaves, if it has another one
}

// skip adds to the options of the walk.
func (p *keyProof) skip(o *bolt.WalkOptions) {
	root, hwm := p.Report.KeyRoot(), p.Report.Survey.Meta.HighWater
	if p.Leaves.Pages == 0 {
		o.Skip = func(b *bolt.Bucket) bool {
			same := isKey(b) && root != 0 && b.Root == root
			p.whole = p.whole || same
			return same
		}
		return
	}
	o.SkipPage = func(b *bolt.Bucket, id bolt.Pgid) bool {
		old := isKey(b) && id < hwm
		if old {
			p.found.Add(id)
		}
		return old
	}
}

// complete tells whether everything that was proven was there, in its order.
func (p *keyProof) complete() bool {
	return p.found == p.Leaves && (p.whole || p.found.Pages > 0)
}

// changed is full for a file that has bucket key from another one: everything else is
// read and judged, with what is known of key. Free pages are not looked at, for they are
// those of the other file, or nobody's.
func (r *run) changed(f *bolt.File) error {
	proof := &keyProof{Proven: r.o.Proven}
	view := mvccview.NewView(mvccview.ViewOptions{NoHash: true, OnFault: r.onMVCC})
	o := bolt.WalkOptions{OnFault: func(x bolt.Fault) bool {
		view.Hides(x)
		return r.onBolt(x)
	}}
	proof.skip(&o)
	_, err := f.Walk(r.ctx, f.Live().Meta, view, o)
	switch {
	case errors.Is(err, mvccview.ErrStopped) || r.report.Stopped:
		return nil
	case err != nil:
		return err
	case !proof.complete():
		return &ProofError{}
	}
	view.Adopt(proof.Report.View)
	r.report.View, r.report.LiveKeys = view, proof.Report.LiveKeys
	view.Check()
	return nil
}
