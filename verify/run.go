package verify

import (
	"cmp"
	"context"
	"errors"
	"runtime"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// Options change what Run does; the zero value checks everything.
type Options struct {
	Level       Level
	Jobs        int                                   // goroutines that read one file at level tree; 0: one for each core. The report does not depend on it
	MaxTable    int64                                 // bytes that the table of keys may take, else Run gives a *mvccview.MemoryError; 0: no bound
	ExitOnFirst bool                                  // end at the first finding that is worn or worse
	MaxFindings int                                   // sample of each code; 0: ten
	Progress    func(phase string, done, total int64) // bytes; may be nil
	Bytes       datadir.Windows                       // of src.File, if somebody else reads it as well: the sha256 is taken from there
	DB          *bolt.File                            // the db of src, if it is open already; it stays the caller's
	NoHash      bool                                  // the report's view has no status hash
	Proven      *Proven                               // what is known of bucket key, which then is not read again
}

// run carries one verification.
type run struct {
	ctx    context.Context
	src    *datadir.Source
	o      Options
	tally  *Tally
	report *Report
	hidden mvccview.HiddenRanges // revisions that unreadable pages and records hold
	noted  memberFacts           // of a member's db: the faults that decide whether etcd starts
	broken bool                  // the tree of the live meta is damaged

	keyMissing bool        // there is no bucket key
	tail       *bolt.Fault // data behind the high water mark, until the trailer has been looked at
}

// Run checks src layer by layer and judges it. The error is trouble with reading;
// damage of any kind is in the report. src stays the caller's.
func Run(ctx context.Context, src *datadir.Source, o Options) (*Report, error) {
	r := &run{ctx: ctx, src: src, o: o, tally: NewTally(Context{Member: src.Member != nil}, o.MaxFindings),
		report: &Report{Source: src, Level: o.Level}}
	for _, f := range src.Faults {
		r.add(f)
	}
	if err := r.database(); err != nil {
		return nil, err
	}
	if err := r.member(); err != nil {
		return nil, err
	}
	// With an impossible compact revision, that no record fits it says nothing. A run that
	// stopped at such a record keeps it: it is all that the run has found.
	if !r.report.Stopped && r.noted.has(mvccview.CompactBeyondLatest) {
		r.tally.Forget(mvccview.RecordBelowCompact.String())
	}
	r.report.conclude(r.tally)
	return r.report, nil
}

// add takes a fault in; false asks the reader to stop.
func (r *run) add(fault error) bool {
	r.tally.Add(fault)
	if r.o.ExitOnFirst && r.tally.Worst() >= Worn {
		r.report.Stopped = true
	}
	return !r.report.Stopped
}

func (r *run) ok(layers ...Layer) {
	for _, l := range layers {
		r.report.Layers = append(r.report.Layers, LayerResult{Layer: l})
	}
}

func (r *run) skip(reason string, layers ...Layer) {
	for _, l := range layers {
		r.report.Layers = append(r.report.Layers, LayerResult{Layer: l, Status: Skipped, Reason: reason})
	}
}

func (r *run) progress(phase string, done, total int64) {
	if r.o.Progress != nil {
		r.o.Progress(phase, min(done, total), total)
	}
}

// dbLayers are the layers of the bolt file; the first two need no tree.
var dbLayers = []Layer{LayerFile, LayerMeta, LayerFreelist, LayerPages, LayerOrder, LayerBuckets, LayerRevisions, LayerMeanings}

// database checks the bolt file, with the trailer's sha256 beside it.
func (r *run) database() error {
	if r.src.File == nil {
		r.skip("there is no db", dbLayers...)
		return nil
	}
	f, err := r.open()
	if err != nil {
		return r.noMeta(err)
	}
	if f != r.o.DB {
		defer f.Close()
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	wait := r.src.BesideTrailerOf(ctx, f, r.o.Bytes, false, func(n int64) { r.progress("sha256", n, r.src.FileSize) })
	r.ok(LayerFile)
	err = f.Guard(func() error { return r.layers(f) })
	if err != nil || r.report.Stopped {
		cancel() // the reader beside must be gone before the file is closed
	}
	trailer, terr := wait()
	if r.report.Stopped && errors.Is(terr, context.Canceled) && r.ctx.Err() == nil {
		return err
	}
	if err != nil || terr != nil {
		return cmp.Or(err, terr)
	}
	r.report.Trailer = trailer
	for _, x := range trailer.Faults {
		r.add(x)
	}
	if r.tail != nil && trailer.State != datadir.TrailerDamaged {
		r.add(*r.tail) // what is left of a trailer is no data
	}
	return nil
}

// open gives the db, which may be open already.
func (r *run) open() (*bolt.File, error) {
	if r.o.DB != nil {
		return r.o.DB, nil
	}
	return bolt.Open(r.src.File, r.src.DBSize)
}

// noMeta ends the check of a file whose root is not known.
func (r *run) noMeta(err error) error {
	var f bolt.Fault
	if !errors.As(err, &f) {
		return err
	}
	r.add(f)
	r.ok(LayerFile, LayerMeta)
	r.skip("no valid meta names a root", dbLayers[2:]...)
	return nil
}

// layers checks the metas and what they lead to.
func (r *run) layers(f *bolt.File) error {
	r.ok(LayerMeta)
	for _, slot := range f.Metas() {
		for _, x := range slot.Faults {
			r.add(x)
		}
	}
	switch r.o.Level {
	case Quick:
		r.ok(LayerFreelist)
		r.skip("--level quick", dbLayers[3:]...)
		return f.CheckFrame(r.ctx, f.Live().Meta, r.onBolt)
	case Tree:
		r.ok(dbLayers[2:6]...)
		r.skip("--level tree", dbLayers[6:]...)
		_, err := r.walk(f, f.Live().Meta, nil, r.onBolt)
		return err
	}
	r.ok(dbLayers[2:]...)
	if r.o.Proven != nil {
		return r.changed(f)
	}
	return r.full(f)
}

// onBolt takes faults of the live tree in and remembers the revisions that they hide.
func (r *run) onBolt(x bolt.Fault) bool {
	if x.Kind == bolt.FileTail {
		r.tail = &x
		return true
	}
	r.hidden.Page(x)
	if g := Grade(x, r.tally.ctx); g.Severity >= Damaged && g.Layer != LayerFreelist {
		r.broken = true
		r.noted.noteDB(x)
	}
	return r.add(x)
}

// walk visits one tree and shows how far it is.
func (r *run) walk(f *bolt.File, m bolt.Meta, acc bolt.Accumulator, sink func(bolt.Fault) bool) (*bolt.Survey, error) {
	var done int64
	return f.Walk(r.ctx, m, acc, bolt.WalkOptions{
		OnFault:  sink,
		Workers:  cmp.Or(r.o.Jobs, runtime.NumCPU()),
		Fallback: m != f.Live().Meta,
		Whole:    m == f.Live().Meta && acc != nil, // the content hash reads it all
		Progress: func(pages int64) {
			done += pages * int64(f.PageSize())
			r.progress("pages", done, f.Size())
		},
	})
}

// full walks the live tree once for structure and meaning, then looks at what lies
// beside it: the other meta's tree and the pages that nobody uses.
func (r *run) full(f *bolt.File) error {
	live := f.Live().Meta
	prelude, err := mvccview.ReadPrelude(r.ctx, f, live)
	if err != nil {
		return err
	}
	chain := mvccview.NewChain(mvccview.ChainOptions{Prelude: prelude, OnFault: r.onMVCC, Hidden: &r.hidden, Source: r.src.File})
	chain.Limit(r.o.MaxTable)
	view := mvccview.NewView(mvccview.ViewOptions{Records: []mvccview.RecordAccumulator{chain}, OnFault: r.onMVCC, NoHash: r.o.NoHash})
	survey, err := r.walk(f, live, view, func(x bolt.Fault) bool {
		view.Hides(x)
		return r.onBolt(x)
	})
	if errors.Is(err, mvccview.ErrStopped) || r.report.Stopped {
		return nil
	}
	if err != nil {
		return err
	}
	if view.Foreign(survey.Faults) {
		return mvccview.ErrNotEtcd
	}
	r.report.View, r.report.Survey = view, survey
	view.Check()
	chain.Finish()
	r.report.LiveKeys = chain.LiveKeys()
	if err := r.fallback(f, view); err != nil {
		return err
	}
	return r.orphans(f, survey, view)
}

// onMVCC takes faults of meaning in and remembers the revisions that they hide.
func (r *run) onMVCC(x mvccview.Fault) bool {
	r.keyMissing = r.keyMissing || x.Kind == mvccview.BucketMissing && x.Bucket == mvccview.BucketKey
	r.hidden.Record(x)
	r.noted.noteDB(x)
	return r.add(x)
}

// fallback walks the tree of the other meta, where that is another one. Its pages
// may have been reused since, so what is found there are notes; but if it is whole and
// goes further than the live tree, that one is not the newest: revisions never go back.
func (r *run) fallback(f *bolt.File, live *mvccview.View) error {
	other := f.Metas()[1-f.LiveSlot()]
	if !other.Valid || other.Meta.Root == f.Live().Meta.Root {
		return nil
	}
	before := mvccview.NewView(mvccview.ViewOptions{NoHash: true})
	whole := true
	_, err := r.walk(f, other.Meta, before, func(x bolt.Fault) bool {
		switch x.Kind {
		case bolt.FileTail, bolt.FileShortTail, bolt.FileTruncated:
			return true // by another high water mark; the live one has judged the file's end
		}
		whole = false
		return r.add(x)
	})
	if last := before.Totals.Last; err == nil && whole && !r.broken && last.Compare(live.Totals.Last) > 0 {
		r.add(mvccview.Fault{Kind: mvccview.RevisionBack, Bucket: mvccview.BucketKey, Rev: last, Page: bolt.NoPgid, Elem: -1, Off: -1,
			Got: "last revision " + live.Totals.Last.String(), Want: "at least " + last.String() + ", which the transaction before had"})
	}
	return err
}

// member checks the log and the directory around the db, and says whether etcd would
// start from them.
func (r *run) member() error {
	reason := ""
	switch {
	case r.src.Member == nil:
		reason = "no member directory"
	case r.o.Level != Full:
		reason = "--level " + r.o.Level.String()
	case r.report.Stopped:
		reason = "stopped at the first finding"
	}
	if reason != "" {
		r.skip(reason, LayerWAL, LayerMember)
		return nil
	}
	if len(r.src.Member.Segments) == 0 {
		r.skip("there is no log", LayerWAL)
	} else {
		r.ok(LayerWAL)
	}
	r.ok(LayerMember)
	facts := &r.noted
	if err := facts.read(r.ctx, r.src, r.report.View, r.broken, r.add); err != nil {
		return err
	}
	r.report.LogBeyond = facts.mayHoldMore()
	if !r.report.Stopped && r.src.Member.Dir != "" {
		r.report.Boot = bootVerdicts(facts)
	}
	return nil
}
