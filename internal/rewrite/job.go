package rewrite

import (
	"context"
	"errors"
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

	keep   *selection // nil: everything stays
	view   *mvccview.View
	proved uint32 // content hash of the pages that went to the output
}

// begin opens the source. The job is to be closed.
func begin(src *datadir.Source, out Output, o Options) (*job, error) {
	if src.File == nil {
		return nil, ErrNoDB
	}
	j := &job{src: src, out: out, o: o, begun: time.Now(), result: &Result{Source: src, DryRun: o.DryRun},
		tally: verify.NewTally(verify.Context{Member: src.Member != nil}, o.MaxFindings)}
	for _, f := range src.Faults {
		j.tally.Add(f)
	}
	db, err := bolt.Open(src.File, src.DBSize)
	var fault bolt.Fault
	if errors.As(err, &fault) {
		j.tally.Add(fault)
		return nil, j.damaged()
	}
	if err != nil {
		return nil, err
	}
	j.db = db
	return j, nil
}

func (j *job) close() { j.db.Close() }

// damaged is the refusal of the source, nil if nothing is wrong with it.
func (j *job) damaged() error {
	if j.tally.Worst() < verify.Damaged {
		return nil
	}
	return &DamagedError{Path: j.src.Path, Codes: j.tally.Codes()}
}

// live is the meta that counts.
func (j *job) live() bolt.Meta { return j.db.Live().Meta }

// run does everything from the plan to the proof. beside tells that the check of the
// source runs beside the writing, and not before.
func (j *job) run(ctx context.Context, beside bool) (*Result, error) {
	var err error
	if beside {
		err = j.besideCheck(ctx, j.make)
	} else if err = j.check(ctx); err == nil {
		if j.keep != nil {
			j.keep.keys = j.keep.table.Stats()
		}
		err = j.make(ctx)
	}
	if err != nil {
		return nil, err
	}
	return j.finish(ctx)
}

// make plans the output, if need be, and writes it.
func (j *job) make(ctx context.Context) error {
	plan, err := j.plan(ctx)
	if err != nil || j.o.DryRun {
		return err
	}
	return j.write(ctx, plan)
}

// finish compares what was written with what was read.
func (j *job) finish(ctx context.Context) (*Result, error) {
	r := j.result
	if j.keep == nil {
		r.Records.Kept, r.Records.KeptBytes = j.view.Totals.Records+j.view.Unparsed, j.view.Totals.KeyBytes+j.view.Totals.ValueBytes
	} else {
		r.Records = j.keep.count
		r.Compaction.KeptTombstones = j.keep.tombstones
		r.Compaction.Prefixes, r.Compaction.OtherPrefixes = j.keep.prefixes.top()
	}
	if err := j.proveResult(); err != nil {
		return nil, err
	}
	if j.o.ReadBack && !j.o.DryRun {
		if err := j.readBack(ctx); err != nil {
			return nil, err
		}
	}
	r.Codes = j.tally.Codes()
	r.Elapsed = time.Since(j.begun)
	return r, nil
}

// proveResult holds the records and the hash of the output against the source.
func (j *job) proveResult() error {
	r := j.result
	source := j.view.Totals.Records + j.view.Unparsed
	if err := proof("kept and dropped records", "%d", r.Records.Kept+r.Records.Dropped, source); err != nil {
		return err
	}
	if j.keep != nil {
		want := j.keep.keys.Live + j.keep.tombstones
		if err := proof("records of keys alive at the revision", "%d", j.keep.below, want); err != nil {
			return err
		}
	}
	if j.o.DryRun {
		return nil
	}
	r.HashAfter = j.proved
	if j.keep == nil {
		return proof("status hash", "%x", r.HashAfter, r.HashBefore)
	}
	return nil // pages has compared it with that of the chosen records
}
