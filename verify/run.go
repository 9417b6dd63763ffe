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

	// What else is done in the same reading, by who hands the file on.
	Tally     *Tally                       // gets the findings; nil: Run makes one
	NoTrailer bool                         // the sha256 trailer is somebody else's business
	NoMember  bool                         // the log and the directory around the db are not concerned
	Records   []mvccview.RecordAccumulator // see the records of bucket key, too
	// Beside gives the accumulator of the walk, which shows the view every leaf; nil: the
	// view alone.
	Beside func(view *mvccview.View) bolt.Accumulator
}

// run carries one verification.
type run struct {
	ctx    context.Context
	src    *datadir.Source
	o      Options
	tally  *Tally
	report *Report
	noted  memberFacts // of a member's db: the faults that decide whether etcd starts
	broken bool        // the tree of the live meta is damaged
	tail   *bolt.Fault // data behind the high water mark, until the trailer has been looked at
}

// Run checks src layer by layer and judges it. The error is trouble with reading;
// damage of any kind is in the report. src stays the caller's.
func Run(ctx context.Context, src *datadir.Source, o Options) (*Report, error) {
	if o.Tally == nil {
		o.Tally = NewTally(ContextOf(src), o.MaxFindings)
	}
	r := &run{ctx: ctx, src: src, o: o, tally: o.Tally, report: &Report{Source: src, Level: o.Level}}
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
	wait := r.src.BesideTrailerOf(ctx, f, r.o.Bytes, r.o.NoTrailer, func(n int64) { r.progress("sha256", n, r.src.FileSize) })
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
		_, err := r.walk(f, nil, r.onBolt)
		return err
	}
	r.ok(dbLayers[2:]...)
	if r.o.Proven != nil {
		return r.changed(f)
	}
	return r.full(f)
}

// onBolt takes faults of the live tree in.
func (r *run) onBolt(x bolt.Fault) bool {
	if x.Kind == bolt.FileTail {
		r.tail = &x
		return true
	}
	if r.breaks(x) {
		r.broken = true
		r.noted.noteDB(x)
	}
	return r.add(x)
}

// breaks tells whether a fault of the live tree is damage of what it holds.
func (r *run) breaks(x bolt.Fault) bool {
	g := Grade(x, r.tally.ctx)
	return g.Severity >= Damaged && g.Layer != LayerFreelist
}

// walk visits the live tree and shows how far it is.
func (r *run) walk(f *bolt.File, acc bolt.Accumulator, sink func(bolt.Fault) bool) (*bolt.Survey, error) {
	var done int64
	return f.Walk(r.ctx, f.Live().Meta, acc, bolt.WalkOptions{
		OnFault: sink,
		Workers: cmp.Or(r.o.Jobs, runtime.NumCPU()),
		Whole:   acc != nil, // the content hash reads it all
		Progress: func(pages int64) {
			done += pages * int64(f.PageSize())
			r.progress("pages", done, f.Size())
		},
	})
}

// full walks the live tree once for structure and meaning, then looks at what lies
// beside it: the other meta's tree and the pages that nobody uses.
func (r *run) full(f *bolt.File) error {
	audit, err := mvccview.NewAudit(r.ctx, f, mvccview.AuditOptions{Source: r.src.File, Jobs: r.jobs(), OnFault: r.onMVCC, MaxTable: r.o.MaxTable,
		OnOther: func(x bolt.Fault) bool { return r.add(x) }, Breaks: r.breaks, Progress: r.progress})
	if err != nil {
		return err
	}
	view := mvccview.NewView(mvccview.ViewOptions{Records: append([]mvccview.RecordAccumulator{audit.Records()}, r.o.Records...), NoHash: r.o.NoHash,
		OnFault: func(x mvccview.Fault) bool {
			audit.Meaning(x)
			return r.onMVCC(x)
		}})
	acc := bolt.Accumulator(view)
	if r.o.Beside != nil {
		acc = r.o.Beside(view)
	}
	survey, err := r.walk(f, acc, func(x bolt.Fault) bool {
		view.Hides(x)
		audit.Page(x)
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
	err = audit.Finish(r.ctx, survey, view)
	r.report.LiveKeys, r.report.LoosePages = audit.LiveKeys(), audit.LoosePages
	return err
}

// jobs is how many goroutines read.
func (r *run) jobs() int { return cmp.Or(r.o.Jobs, runtime.NumCPU()) }

// onMVCC takes faults of meaning in.
func (r *run) onMVCC(x mvccview.Fault) bool {
	r.noted.noteDB(x)
	return r.add(x)
}

// member checks the log and the directory around the db, and says whether etcd would
// start from them.
func (r *run) member() error {
	reason := ""
	switch {
	case r.src.Member == nil:
		reason = "no member directory"
	case r.o.NoMember:
		reason = "the db alone is concerned"
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
