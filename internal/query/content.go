package query

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// ErrNoDB says that a source has nothing that could be read.
var ErrNoDB = errors.New("there is no db in it")

// ReadOptions change how a source is read, whatever is asked of it; the zero value checks
// everything.
type ReadOptions struct {
	Jobs     int   // goroutines that read one file; 0: one for each core. Results do not depend on it
	MaxTable int64 // bytes that the table of keys may take, else the error is a *mvccview.MemoryError; 0: no bound
	// Deep judges the history of each key as well, which takes a table of keys. Without it a
	// reading has the checks of the revisions that cost next to nothing.
	Deep        bool
	SkipTrailer bool                                  // leave the sha256 trailer unchecked; a file without one has nothing to check
	OnFault     func(fault error) bool                // gets every fault; false ends the reading with mvccview.ErrStopped; nil: dropped
	Progress    func(phase string, done, total int64) // bytes; called from two goroutines at once; may be nil
}

// A content is one db while questions are asked of it.
type content struct {
	src     *datadir.Source
	db      *bolt.File
	o       ReadOptions
	stopped atomic.Bool // the sink wants no more
}

// openContent opens the db of src, which must stay open. The error is ErrNoDB, or a
// [bolt.Fault] if no meta is valid.
func openContent(src *datadir.Source, o ReadOptions) (*content, error) {
	if src.File == nil {
		return nil, ErrNoDB
	}
	db, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return nil, err
	}
	if o.OnFault == nil {
		o.OnFault = func(error) bool { return true }
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	return &content{src: src, db: db, o: o}, nil
}

// report hands a fault to the sink, unless that has had enough.
func (c *content) report(fault error) bool {
	if !c.stopped.Load() && !c.o.OnFault(fault) {
		c.stopped.Store(true)
	}
	return !c.stopped.Load()
}

// check reads the whole db once, with the trailer beside it, and reports every fault.
// Besides the view it gives the number of faults of the file's structure.
func (c *content) check(ctx context.Context, vo mvccview.ViewOptions) (*mvccview.View, int64, datadir.TrailerResult, error) {
	return c.checkAndHash(ctx, vo, nil)
}

// checkAndHash is check with a hash that sees the leaves as well; nil: none.
func (c *content) checkAndHash(ctx context.Context, vo mvccview.ViewOptions, above *mvccview.HashKV) (*mvccview.View, int64, datadir.TrailerResult, error) {
	for _, f := range c.src.Faults {
		c.report(f)
	}
	for _, slot := range c.db.Metas() {
		for _, f := range slot.Faults {
			c.report(f)
		}
	}
	audit, err := mvccview.NewAudit(ctx, c.db, mvccview.AuditOptions{Source: c.src.File, Shallow: !c.o.Deep, Jobs: cmp.Or(c.o.Jobs, runtime.NumCPU()), MaxTable: c.o.MaxTable,
		OnFault: func(f mvccview.Fault) bool { return c.report(f) }, Progress: c.o.Progress})
	if err != nil {
		return nil, 0, datadir.TrailerResult{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Without a trailer there is nothing that the bytes could be held against: whether one
	// was lost says nothing of them, and the sum of a large file takes its time.
	skip := c.o.SkipTrailer || !c.src.Trailer.Present
	wait := c.src.BesideTrailer(ctx, c.db, skip, func(n int64) { c.o.Progress("sha256", n, c.src.FileSize) })
	vo.Records = append(vo.Records, audit.Records())
	vo.OnFault = func(f mvccview.Fault) bool {
		audit.Meaning(f)
		return c.report(f)
	}
	view := mvccview.NewView(vo)
	var acc bolt.Parallel = view
	if above != nil {
		acc = bolt.Both(above, view)
	}
	survey, err := c.walk(ctx, "pages", acc, bolt.WalkOptions{
		OnFault: func(f bolt.Fault) bool {
			view.Hides(f)
			audit.Page(f)
			return c.report(f)
		},
		Whole: above != nil || !vo.NoHash,
	})
	if err != nil {
		cancel() // the reader beside must be gone before the file is closed
	}
	trailer, terr := wait()
	if err != nil || terr != nil {
		return nil, 0, trailer, cmp.Or(err, terr)
	}
	for _, f := range trailer.Faults {
		c.report(f)
	}
	if view.Foreign(survey.Faults) {
		return nil, 0, trailer, mvccview.ErrNotEtcd
	}
	view.Check()
	err = c.db.Guard(func() error { return audit.Finish(ctx, survey, view) })
	if err != nil {
		return nil, 0, trailer, err
	}
	if c.stopped.Load() {
		return nil, 0, trailer, mvccview.ErrStopped
	}
	return view, survey.Faults, trailer, nil
}

// walk visits the live tree under the guard, with the workers that were asked for.
func (c *content) walk(ctx context.Context, phase string, acc bolt.Accumulator, o bolt.WalkOptions) (survey *bolt.Survey, err error) {
	var done int64
	o.Workers = cmp.Or(c.o.Jobs, runtime.NumCPU())
	o.Progress = func(pages int64) {
		done += pages * int64(c.db.PageSize())
		c.o.Progress(phase, min(done, c.db.Size()), c.db.Size())
	}
	err = c.db.Guard(func() error {
		survey, err = c.db.Walk(ctx, c.db.Live().Meta, acc, o)
		return err
	})
	return survey, err
}
