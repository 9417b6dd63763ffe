package rewrite

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A job is one rewrite on its way.
type job struct {
	src    *datadir.Source
	db     *bolt.File
	out    Output
	o      Options
	tally  *verify.Tally
	begun  time.Time
	result *Result

	readers atomic.Int32 // who still reads the db: the writing, and the sha256 beside it

	keep   *selection // nil: everything stays
	stamp  *stamp     // nil: bucket meta stays, but for what keep changes
	view   *mvccview.View
	chosen uint32 // content hash of what was to be written, if that is not what the source has
	proved uint32 // content hash of the pages that went to the output
}

// begin opens the source. The job is to be closed.
func begin(src *datadir.Source, out Output, o Options) (*job, error) {
	if src.File == nil {
		return nil, ErrNoDB
	}
	j := &job{src: src, out: out, o: o, begun: time.Now(), result: &Result{Source: src, DryRun: o.DryRun},
		tally: verify.NewTally(verify.ContextOf(src), o.MaxFindings)}
	db, err := bolt.Open(src.File, src.DBSize)
	var fault bolt.Fault
	if errors.As(err, &fault) {
		j.tally.Add(fault)
		return nil, &DamagedError{Path: src.Path, Codes: j.tally.Codes()}
	}
	if err != nil {
		return nil, err
	}
	j.db = db
	return j, nil
}

func (j *job) close() { j.db.Close() }

// leave tells that a reader of the db has done; the last one lets it go, for that takes time
// which the disk may need anyway.
func (j *job) leave() {
	if j.readers.Add(-1) == 0 {
		j.db.Release()
	}
}

// damaged is the refusal of the source, nil if nothing stands against handing it on.
func (j *job) damaged() error {
	if !j.refused() {
		return nil
	}
	return &DamagedError{Path: j.src.Path, Codes: j.tally.Codes()}
}

// live is the meta that counts.
func (j *job) live() bolt.Meta { return j.db.Live().Meta }

// run does everything from the look at the source to the proof.
func (j *job) run(ctx context.Context) (*Result, error) {
	if err := j.besideTrailer(ctx, j.make); err != nil {
		return nil, err
	}
	return j.finish(ctx)
}

// besideTrailer does something that checks the source while the sha256 of the source
// runs in a goroutine of its own. Damage is a DamagedError, with all of the findings.
func (j *job) besideTrailer(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j.readers.Store(2)
	wait := j.src.BesideTrailer(ctx, j.db, false, func(n int64) { j.o.progress("sha256", n, j.src.FileSize) })
	var (
		trailer datadir.TrailerResult
		terr    error
		beside  sync.WaitGroup
	)
	beside.Go(func() {
		trailer, terr = wait()
		j.leave()
	})
	err := do(ctx)
	if err != nil && err != errDamage {
		cancel() // the reader beside must be gone before the file is closed
	}
	beside.Wait()
	switch {
	case err != nil && err != errDamage:
		return err
	case terr != nil:
		return terr
	}
	for _, f := range trailer.Faults {
		j.tally.Add(f)
	}
	j.result.Trailer = trailer
	return j.damaged()
}

// make checks the source and writes the output, in one visit if that is possible: not
// if the exact size must be known first, for a seal, a forecast or for want of room; nor
// for a compaction, which has to know the newest revision of each key.
func (j *job) make(ctx context.Context) error {
	ample, err := j.room()
	switch {
	case err != nil:
		return err
	case ample && j.keep == nil:
		return j.write(ctx, nil, j.check)
	}
	plan, err := j.plan(ctx, ample)
	if err != nil || j.o.DryRun {
		return err
	}
	return j.write(ctx, plan, j.feed)
}

// finish compares what was written with what was read.
func (j *job) finish(ctx context.Context) (*Result, error) {
	r := j.result
	if j.keep == nil {
		r.Records.Kept, r.Records.KeptBytes = j.view.Totals.Records+j.view.Unparsed, j.view.Totals.KeyBytes+j.view.Totals.ValueBytes
	}
	if err := errors.Join(j.src.Unchanged(), j.proveResult()); err != nil {
		return nil, err
	}
	if j.o.ReadBack && !j.o.DryRun {
		if err := j.readBack(ctx); err != nil {
			return nil, err
		}
	}
	r.Codes, r.Forced = j.tally.Codes(), j.tally.Refused()
	r.Elapsed = time.Since(j.begun)
	return r, nil
}

// proveResult holds the records and the hash of the output against the source.
func (j *job) proveResult() error {
	r := j.result
	if j.keep != nil {
		if err := j.keep.outcome(&j.view.Totals, r); err != nil {
			return err
		}
	}
	if j.o.DryRun {
		return nil
	}
	r.HashAfter = j.proved
	switch { // pages has compared it with that of what was to be written
	case j.stamp != nil:
		return proof("status hash of what was read to be written", "%x", j.stamp.read, r.HashBefore)
	case j.keep == nil:
		return proof("status hash", "%x", r.HashAfter, r.HashBefore)
	}
	return nil
}
