package mvccview

import (
	"context"
	"io"

	"boltvet/bolt"
)

// AuditOptions say how much an Audit judges, and who hears of it.
type AuditOptions struct {
	Source io.ReaderAt // the file, see [ChainOptions]
	// Shallow leaves out what takes a table of keys, see [ChainOptions], and old copies of
	// records that differ from the live ones.
	Shallow bool
	Jobs    int              // goroutines; 0 or 1: the caller's alone. What is reported, and in which order, does not depend on it
	OnFault func(Fault) bool // gets every fault of meaning; false ends the audit; nil: dropped
	// OnOther gets the faults of the tree of the other meta; false ends the audit; nil: dropped.
	OnOther func(bolt.Fault) bool
	// Breaks tells whether a fault of the live tree makes it useless to compare it with the
	// tree before. nil: whatever hides something.
	Breaks   func(bolt.Fault) bool
	MaxTable int64                                 // bytes that the table of keys may take; 0: no bound
	Progress func(phase string, done, total int64) // bytes; may be nil
}

// An Audit is what a reading of a whole db judges of its revisions, beyond what a View
// sees in one record: whether the row of revisions is complete and each record fits its
// place (see [Chain]), whether the transaction before has more than the live tree, and
// whether pages that nobody points to hold what the tree lacks. Whoever says of a db
// that it is whole has one beside its View.
//
// The order is: NewAudit; a walk whose View has Records among its records, and whose
// sinks tell Page and Meaning of every fault before the record that follows; Finish.
type Audit struct {
	Hidden     HiddenRanges // revisions that unreadable pages and records hold
	Broken     bool         // the live tree has a fault that Breaks
	LoosePages int64        // leaves with revisions that nobody points to, old copies most often

	o       AuditOptions
	f       *bolt.File
	chain   *Chain
	beyond  bool // the compact revision is above the newest record
	stopped bool
}

// NewAudit reads the small buckets of f, which tell from where on history is complete.
// It does that reading inside the Guard of f.
func NewAudit(ctx context.Context, f *bolt.File, o AuditOptions) (*Audit, error) {
	prelude, err := ReadPrelude(ctx, f, f.Live().Meta)
	if err != nil {
		return nil, err
	}
	if o.Breaks == nil {
		o.Breaks = func(x bolt.Fault) bool { return x.Hidden != nil }
	}
	a := &Audit{o: o, f: f}
	a.chain = NewChain(ChainOptions{Prelude: prelude, OnFault: a.report, Hidden: &a.Hidden, Source: o.Source, Shallow: o.Shallow})
	a.chain.Limit(o.MaxTable)
	return a, nil
}

// Records is the accumulator that the View of the walk is to have.
func (a *Audit) Records() RecordAccumulator { return a.chain }

// LiveKeys is the number of keys whose last record is a put; 0 if the audit is shallow.
func (a *Audit) LiveKeys() int64 { return a.chain.LiveKeys() }

// Page takes in a fault of the live tree.
func (a *Audit) Page(x bolt.Fault) {
	a.Hidden.Page(x)
	a.Broken = a.Broken || a.o.Breaks(x)
}

// Meaning takes in a fault of the View.
func (a *Audit) Meaning(x Fault) {
	a.Hidden.Record(x)
	a.beyond = a.beyond || x.Kind == CompactBeyondLatest
}

// report hands a fault on, until nobody wants any more.
func (a *Audit) report(x Fault) bool {
	if !a.stopped && a.o.OnFault != nil {
		a.stopped = !a.o.OnFault(x)
	}
	return !a.stopped
}

// Finish judges what needs the whole of the walk: of view, which has been checked. It ends
// early, without an error, where a sink wanted no more. The caller holds the Guard.
func (a *Audit) Finish(ctx context.Context, survey *bolt.Survey, view *View) error {
	a.chain.Finish()
	if err := a.before(ctx, survey, view); err != nil || a.stopped {
		return err
	}
	lost := !view.Has(BucketKey) && !view.Conceals(BucketKey) && view.Has(BucketMeta) || a.beyond
	if a.o.Shallow && !lost && a.chain.complete() {
		return nil // nothing that the tree must have is missing in it
	}
	pages := &lostPages{f: a.f, survey: survey, root: keyRoot(survey), compact: view.Meta.Compact(), latest: view.Latest(), lost: lost}
	var err error
	a.LoosePages, err = pages.visit(max(a.o.Jobs, 1), a.report, func(id bolt.Pgid) error {
		a.progress("free pages", int64(id)*int64(a.f.PageSize()))
		return ctx.Err()
	})
	return err
}

// keyRoot is the root page of bucket "key"; 0 if it has none of its own.
func keyRoot(survey *bolt.Survey) bolt.Pgid {
	for i := range survey.Buckets {
		if b := survey.Buckets[i].Bucket; isKeyBucket(b) {
			return b.Root
		}
	}
	return 0
}

func (a *Audit) progress(phase string, done int64) {
	if a.o.Progress != nil {
		a.o.Progress(phase, min(done, a.f.Size()), a.f.Size())
	}
}

// before walks the tree of the other meta, where that is another one, as far as it is not
// that of the live one. Its pages may have been reused since, so what is found there means
// little; but if it is whole and goes further than the live tree, that one is not the
// newest: revisions never go back.
func (a *Audit) before(ctx context.Context, survey *bolt.Survey, live *View) error {
	other := a.f.Metas()[1-a.f.LiveSlot()]
	if !other.Valid || other.Meta.Root == a.f.Live().Meta.Root {
		return nil
	}
	before := NewView(ViewOptions{NoHash: true})
	whole := true
	_, err := a.f.Walk(ctx, other.Meta, before, bolt.WalkOptions{
		Fallback: true,
		SkipPage: func(_ *bolt.Bucket, id bolt.Pgid) bool { return survey.Reached(id) },
		OnFault: func(x bolt.Fault) bool {
			switch x.Kind {
			case bolt.FileTail, bolt.FileShortTail, bolt.FileTruncated:
				return true // by another high water mark; the live one has judged the file's end
			}
			whole = false
			if a.o.OnOther == nil {
				return false // nobody hears of it, and it settles the question
			}
			a.stopped = !a.o.OnOther(x)
			return !a.stopped
		},
	})
	last := before.Totals.Last
	// Releases before 3.5.16, which leave no storage version, remove the deletions at C.
	removed := last.Main <= live.Meta.Compact() && !live.Meta.StorageVersion.Set
	if err == nil && whole && !a.Broken && !removed && last.Compare(live.Totals.Last) > 0 {
		a.report(Fault{Kind: RevisionBack, Bucket: BucketKey, Rev: last, Page: bolt.NoPgid, Elem: -1, Off: -1,
			Got: "last revision " + live.Totals.Last.String(), Want: "at least " + last.String() + ", which the transaction before had"})
	}
	return err
}
