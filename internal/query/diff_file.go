package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// A DiffFile is a source that was read once and can be compared with others. It keeps
// the source's file mapped until Close; the source must stay open as long.
type DiffFile struct {
	Source     *datadir.Source
	Trailer    datadir.TrailerResult
	Latest     int64          // L, as far as it can be read
	Compact    int64          // C
	Unfinished bool           // a compaction to C began and has not ended
	View       *mvccview.View // what the small buckets say
	Hidden     *mvccview.HiddenRanges
	Harmed     bool // a fault takes or alters content

	content      *content
	compactKnown bool
	harms        func(error) bool
	hidden       map[string]bool // buckets that cannot be read as they were written
	odd          map[string]bool // buckets with a fault of any kind: their keys may be bytes of values
}

// directoryName is how bolt shows the tree that holds the buckets.
const directoryName = "(directory)"

// OpenDiff reads src once and reports every fault. harms says whether a fault takes
// content or alters it: what lies on a page with such a fault is not compared, and a
// file that has any is never called equal. Errors: as of HashContent.
func OpenDiff(ctx context.Context, src *datadir.Source, o ReadOptions, harms func(fault error) bool) (*DiffFile, error) {
	d := &DiffFile{Source: src, Hidden: &mvccview.HiddenRanges{}, harms: harms, hidden: map[string]bool{}, odd: map[string]bool{}}
	sink := o.OnFault
	o.OnFault = func(fault error) bool {
		d.take(fault)
		return sink == nil || sink(fault)
	}
	c, err := openContent(src, o)
	if err != nil {
		return nil, err
	}
	d.content = c
	if err := d.read(ctx); err != nil {
		c.db.Close()
		return nil, err
	}
	return d, nil
}

// read is the first look at the file.
func (d *DiffFile) read(ctx context.Context) error {
	prelude, err := mvccview.ReadPrelude(ctx, d.content.db, d.content.db.Live().Meta)
	if err != nil {
		return err
	}
	d.compactKnown = prelude.MetaWhole
	view, _, trailer, err := d.content.check(ctx, mvccview.ViewOptions{NoHash: true})
	if err != nil {
		return err
	}
	if !view.Has(mvccview.BucketKey) {
		d.Hidden.All()
	}
	d.View, d.Trailer = view, trailer
	d.Latest, d.Compact, d.Unfinished = view.Latest(), view.Meta.Compact(), view.Meta.Unfinished()
	return nil
}

// take learns from a fault what cannot be compared.
func (d *DiffFile) take(fault error) {
	harm := d.harms(fault)
	d.Harmed = d.Harmed || harm
	switch f := fault.(type) {
	case bolt.Fault:
		d.odd[f.Bucket] = true
		d.Hidden.Page(f)
		if harm || f.Hidden != nil {
			d.hidden[f.Bucket] = true
		}
	case mvccview.Fault:
		d.odd[f.Bucket] = true
		d.Hidden.Record(f)
	}
}

// hides tells whether a part of a bucket cannot be read.
func (d *DiffFile) hides(bucket string) bool { return d.hidden[bucket] || d.hidden[directoryName] }

// Lost says why nothing of the file can be compared, because it is not known where it
// stands: "" if it is.
func (d *DiffFile) Lost() string {
	switch {
	case !d.compactKnown:
		return "damage hides its compact revision"
	case d.View.Totals.Records == 0 && d.Hidden.Hides(mvccview.Revision{Main: mvccview.FirstMain}):
		return "damage hides its records"
	}
	return ""
}

// A shrunkSource says which of several files could not be read to its end.
type shrunkSource struct {
	path string
	err  error
}

func (e *shrunkSource) Error() string { return e.path + ": " + e.err.Error() }
func (e *shrunkSource) Unwrap() error { return e.err }

// named adds the path to an error that says that the file shrank.
func (d *DiffFile) named(err error) error {
	var shrunk *bolt.ShrunkError
	var done *shrunkSource
	if errors.As(err, &shrunk) && !errors.As(err, &done) {
		return &shrunkSource{d.Source.Path, err}
	}
	return err
}

// guard is the Guard of the file.
func (d *DiffFile) guard(fn func() error) error { return d.named(d.content.db.Guard(fn)) }

// Close unmaps the file. The source stays open.
func (d *DiffFile) Close() error { return d.content.db.Close() }

// CommonDiffPoint is where several files are compared: rev, or if it is 0 the lowest of
// their latest revisions, and the highest of their compact revisions. ok is false if
// that is no revision which all of them can answer for.
func CommonDiffPoint(files []*DiffFile, rev int64) (p Point, ok bool) {
	for i, f := range files {
		if i == 0 || f.Latest < p.Rev {
			p.Rev = f.Latest
		}
		if i == 0 || f.Compact > p.Compact {
			p.Compact = f.Compact
		}
	}
	lowest := p.Rev
	p.Rev = cmp.Or(rev, lowest)
	return p, len(files) > 0 && p.Rev >= p.Compact && p.Rev <= lowest
}

// Reaches tells whether the file goes as far as rev, 0 being as far as it goes. The error
// is a *NoAnswerError.
func (d *DiffFile) Reaches(rev int64) error {
	if rev <= d.Latest {
		return nil
	}
	return &NoAnswerError{Path: d.Source.Path, Asked: Point{rev, d.Compact}, Compact: d.Compact, Latest: d.Latest}
}

// ApartReason says why files have no common revision.
func ApartReason(p Point) string {
	return fmt.Sprintf("the lowest latest revision is %d, the highest compact revision is %d", p.Rev, p.Compact)
}
