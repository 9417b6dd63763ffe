package inspect

import (
	"cmp"
	"context"
	"math"
	"runtime"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// Options change what Run does; the zero value checks everything.
type Options struct {
	NoHash   bool                                  // leave the sha256 trailer unchecked
	Jobs     int                                   // goroutines that read one file; 0: one for each core. Results do not depend on it
	MaxTable int64                                 // bytes that the table of keys may take, else Run gives a *mvccview.MemoryError; 0: no bound
	OnFault  func(fault error) bool                // gets every fault, possibly from two goroutines at once; nil: dropped
	Progress func(phase string, done, total int64) // bytes; may be nil

	cutEveryLeaf bool // for tests: every leaf is a range of its own
}

// Status is all that `boltvet status` says of one source. DB is nil for a log
// directory without a db, and WAL is nil where there is no log.
type Status struct {
	Source  *datadir.Source
	Trailer datadir.TrailerResult
	DB      *DB
	WAL     *WAL
}

// DB is what the bolt file holds.
type DB struct {
	File      FileFacts
	Survey    *bolt.Survey
	View      *mvccview.View
	Keys      mvccview.KeyStats
	Forecast  Forecast
	Releases  Releases
	Survivors Survivors
	NotEtcd   bool // a bolt file of another program
	Whole     bool // nothing of any tree is hidden: the hash and the forecast speak of all of it
}

// FileFacts are the facts of the format.
type FileFacts struct {
	Size     int64 // bytes, without the trailer
	PageSize int
	Metas    [2]bolt.MetaSlot
	Live     int
	Choice   string
}

// Survivors is what a compaction to the latest revision would leave.
type Survivors struct {
	Records int64
	Bytes   int64 // of keys and values in the bucket
}

// Run gathers the facts about src. Faults go to o.OnFault and do not end it; the
// error is a [bolt.Fault] if no meta is valid, and otherwise trouble with reading.
// src stays the caller's.
func Run(ctx context.Context, src *datadir.Source, o Options) (*Status, error) {
	s := &Status{Source: src}
	if o.OnFault == nil {
		o.OnFault = func(error) bool { return true }
	}
	for _, f := range src.Faults {
		o.OnFault(f)
	}
	if src.File != nil {
		if err := s.readDB(ctx, o); err != nil {
			return nil, err
		}
	}
	if src.Member != nil {
		if err := s.readMember(ctx, o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// readDB walks the pages and, beside it, checks the trailer: the two read the same
// bytes at different paces, and each needs a core of its own.
func (s *Status) readDB(ctx context.Context, o Options) error {
	f, err := bolt.Open(s.Source.File, s.Source.DBSize)
	if err != nil {
		return err
	}
	defer f.Close()
	s.Trailer, err = besideTrailer(ctx, s.Source, f, o.NoHash, o.progress, func(ctx context.Context) error { return s.walk(ctx, f, o) })
	if err != nil {
		return err
	}
	for _, x := range s.Trailer.Faults {
		o.OnFault(x)
	}
	return nil
}

// besideTrailer walks under the guard of f while the sha256 of the file is checked.
func besideTrailer(ctx context.Context, src *datadir.Source, f *bolt.File, skip bool, progress func(string, int64, int64), walk func(context.Context) error) (datadir.TrailerResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	trailer := src.BesideTrailer(ctx, f, skip, func(n int64) { progress("sha256", n, src.FileSize) })
	err := f.Guard(func() error { return walk(ctx) })
	if err != nil {
		cancel() // the reader beside must be gone before the file is closed
	}
	t, terr := trailer()
	return t, cmp.Or(err, terr)
}

func (s *Status) walk(ctx context.Context, f *bolt.File, o Options) error {
	s.DB = &DB{File: FileFacts{Size: f.Size(), PageSize: f.PageSize(), Metas: f.Metas(), Live: f.LiveSlot(), Choice: f.Choice()}, Whole: true}
	for _, slot := range s.DB.File.Metas {
		for _, x := range slot.Faults {
			o.OnFault(x)
		}
	}
	table := mvccview.NewKeyTable(math.MaxInt64)
	table.Limit(o.MaxTable)
	nodes := newSplitter(f.PageSize())
	nodes.own = bolt.NewPacking(f.PageSize())
	audit, err := newAudit(ctx, s.Source, f, o.Jobs, o.OnFault, o.progress)
	if err != nil {
		return err
	}
	view := mvccview.NewView(mvccview.ViewOptions{
		Records: []mvccview.RecordAccumulator{audit.Records(), table, nodes},
		OnFault: func(x mvccview.Fault) bool {
			audit.Meaning(x)
			return o.OnFault(x)
		},
	})
	var done int64
	survey, err := f.Walk(ctx, f.Live().Meta, view, bolt.WalkOptions{
		OnFault: func(x bolt.Fault) bool {
			view.Hides(x)
			audit.Page(x)
			s.DB.Whole = s.DB.Whole && x.Hidden == nil
			return o.OnFault(x)
		},
		Workers:      cmp.Or(o.Jobs, runtime.NumCPU()),
		Whole:        true,
		CutEveryLeaf: o.cutEveryLeaf,
		Progress: func(pages int64) {
			done += pages * int64(f.PageSize())
			o.progress("pages", done, f.Size())
		},
	})
	if err != nil {
		return err
	}
	s.DB.finish(survey, view, table, nodes)
	if s.DB.NotEtcd {
		return nil
	}
	return audit.Finish(ctx, survey, view)
}

// newAudit judges of the revisions what takes no table of keys; the rest is for verify.
func newAudit(ctx context.Context, src *datadir.Source, f *bolt.File, jobs int, sink func(error) bool, progress func(string, int64, int64)) (*mvccview.Audit, error) {
	return mvccview.NewAudit(ctx, f, mvccview.AuditOptions{Source: src.File, Shallow: true, Jobs: cmp.Or(jobs, runtime.NumCPU()),
		OnFault: func(x mvccview.Fault) bool { return sink(x) }, Progress: progress})
}

func (o Options) progress(phase string, done, total int64) {
	if o.Progress != nil {
		o.Progress(phase, min(done, total), total)
	}
}

// finish computes what needs the whole of the walk.
func (d *DB) finish(survey *bolt.Survey, view *mvccview.View, table *mvccview.KeyTable, nodes *splitter) {
	d.Survey, d.View, d.Keys = survey, view, table.Stats()
	d.NotEtcd = view.Foreign(survey.Faults)
	if !d.NotEtcd {
		view.Check()
	}
	// Four pages are what a packed run grows to: up to there sizes must be exact.
	left := mvccview.NewSizeHist(4 * d.File.PageSize)
	table.Survivors(view.Latest(), left)
	d.Survivors = Survivors{Records: left.Count(), Bytes: left.Bytes() - left.Count()*mvccview.ElementOverhead}
	d.Forecast = forecaster{pageSize: d.File.PageSize, others: d.otherBytes()}.forecast(nodes, left)
	d.Releases = releasesOf(view)
}

// otherBytes is what the trees other than "key" use.
func (d *DB) otherBytes() (n int64) {
	for i := range d.Survey.Buckets {
		b := &d.Survey.Buckets[i]
		if !b.Bucket.Inline && b.Bucket.String() != mvccview.BucketKey {
			n += b.LeafInUse + b.BranchInUse
		}
	}
	return n
}

// Revision is the last main revision of a record: what `etcdutl snapshot status`
// prints. 0 if there is none.
func (d *DB) Revision() int64 { return d.View.Totals.Last.Main }

// TotalKeys is the number of keys alive, as `etcdutl snapshot status` of 3.6 and
// newer counts them. 3.5 and older count the elements of all buckets instead.
func (d *DB) TotalKeys() int64 { return d.Keys.Live }

// TotalSize is high water mark × page size: the size that etcdutl prints.
func (d *DB) TotalSize() int64 {
	return int64(d.Survey.Meta.HighWater) * int64(d.File.PageSize)
}

// FreeRatio is the share of the pages below the high water mark that nothing uses.
func (d *DB) FreeRatio() float64 {
	p := d.Survey.Pages
	return float64(p.NotInUse()) / float64(max(p.InUse()+p.NotInUse(), 1))
}

// Fill is the share of the tree's pages that headers, elements, keys and values take.
func (d *DB) Fill() float64 {
	p, t := d.Survey.Pages, d.Survey.Total()
	var inline int64
	for i := range d.Survey.Buckets {
		if b := &d.Survey.Buckets[i]; b.Bucket.Inline {
			inline += b.LeafInUse // lies within the directory's leaf, which counts it
		}
	}
	return float64(t.LeafInUse+t.BranchInUse-inline) / float64(max((p.Branch+p.Leaf+p.Overflow)*p.PageSize, 1))
}
