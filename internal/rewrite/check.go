package rewrite

import (
	"context"
	"errors"
	"sync/atomic"

	"boltvet/bolt"
	"boltvet/mvccview"
	"boltvet/verify"
)

// errDamage stands for what the tally has.
var errDamage = errors.New("the source is damaged")

// check has verify judge the whole source, as far as it can without the sha256, which
// runs beside; on the way it feeds the source to a loader, if there is one, until that
// fails or something is damaged. Damage is errDamage, whatever the loader has met; but a
// loader that the disk fails ends the visit, for then no finding would help.
func (j *job) check(ctx context.Context, to bolt.Loader) error {
	t := &tee{job: j}
	if to != nil {
		t.feeder = *j.feeder(to)
	}
	report, err := verify.Run(ctx, j.src, j.checks(t))
	switch {
	case err != nil:
		return err
	case j.refused():
		return errDamage
	case report.View == nil: // nothing can be read, whatever was forced
		return &DamagedError{Path: j.src.Path, Codes: report.Codes}
	}
	j.view = report.View
	m, pages := report.Survey.Meta, &report.Survey.Pages
	j.result.HashBefore = j.view.Hash()
	j.result.Before = Size{FileBytes: j.src.FileSize, DBBytes: int64(m.HighWater) * pages.PageSize,
		PageSize: pages.PageSize, Pages: int64(m.HighWater), FreePages: pages.NotInUse()}
	if to == nil {
		return nil
	}
	err = t.feeder.finish()
	j.fed(&t.feeder)
	return err
}

// checks is how verify reads the source. Without a loader, which takes its input in order,
// that is work for every core. The log beside a member's db is as good or bad afterwards as
// before, but a new storage version has to fit it.
func (j *job) checks(t *tee) verify.Options {
	o := verify.Options{Jobs: j.o.Jobs, MaxTable: j.o.MaxTable, DB: j.db, Tally: j.tally, NoTrailer: true, NoMember: j.stamp == nil, Progress: j.o.Progress}
	if j.keep != nil {
		o.Records = []mvccview.RecordAccumulator{j.keep.table, j.keep.below}
		o.MaxTable = j.o.MaxTable - j.o.MaxTable/keyTableShare // the other table has its share
	}
	if t.feeder.to != nil {
		o.Beside = func(view *mvccview.View) bolt.Accumulator {
			t.view = view
			return t
		}
	}
	return o
}

// refused tells whether the source has damage that must not be handed on.
func (j *job) refused() bool { return j.tally.Refused() && !j.o.Force }

// walk visits the live tree under a guard of its own.
func (j *job) walk(ctx context.Context, phase string, acc bolt.Accumulator, o bolt.WalkOptions) (survey *bolt.Survey, err error) {
	var done int64
	o.Progress = func(pages int64) {
		done += pages * int64(j.db.PageSize())
		j.o.progress(phase, done, j.db.Size())
	}
	err = j.db.Guard(func() error {
		survey, err = j.db.Walk(ctx, j.live(), acc, o)
		return err
	})
	return survey, err
}

// A tee is an accumulator that shows each leaf to a view, and then to a feeder, unless
// the source is damaged.
type tee struct {
	job    *job
	view   *mvccview.View
	feeder feeder
	failed atomic.Bool // the feeder has
}

// Bucket tells both.
func (t *tee) Bucket(b *bolt.Bucket) {
	t.view.Bucket(b)
	if t.feeder.err == nil {
		t.feeder.Bucket(b)
	}
}

// Leaf goes on without the feeder when that has failed, unless the disk is to blame.
func (t *tee) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if err := t.view.Leaf(b, l); err != nil {
		return err
	}
	if t.job.refused() {
		t.feeder.fail(errDamage)
	}
	if t.feeder.err == nil {
		_ = t.feeder.Leaf(b, l) // it remembers the error
	}
	if noDisk(t.feeder.err) {
		return t.feeder.err
	}
	return nil
}

// Fork gives an accumulator that takes no leaf, so that each comes in its turn.
func (t *tee) Fork() bolt.Accumulator { return notInTurn{} }

// A teeFork is a range that is seen ahead of its turn, by a fork of the view and one of the
// feeder.
type teeFork struct {
	*mvccview.View
	fed    bolt.Accumulator
	failed *atomic.Bool
}

// ForkEarly gives a range to both; nil if the feeder wants to see everything in its turn.
func (t *tee) ForkEarly() bolt.Accumulator {
	view, ok := t.view.ForkEarly().(*mvccview.View)
	fed := t.feeder.ForkEarly()
	if !ok || fed == nil {
		return nil
	}
	return &teeFork{view, fed, &t.failed}
}

// Leaf shows a leaf to both. Once the feeder has failed there is no hurry any more.
func (f *teeFork) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if f.failed.Load() {
		return errInTurn
	}
	if err := f.View.Leaf(b, l); err != nil {
		return err
	}
	return f.fed.Leaf(b, l)
}

// Merge takes over what the range has given.
func (t *tee) Merge(next bolt.Accumulator) {
	f := next.(*teeFork)
	t.view.Merge(f.View)
	if t.job.refused() {
		t.feeder.fail(errDamage)
	}
	t.feeder.Merge(f.fed)
	t.failed.Store(t.feeder.err != nil)
}

// noDisk tells whether an error is about the output and not the source.
func noDisk(err error) bool {
	if err == nil {
		return false
	}
	var disk *bolt.WriteError
	var room *RoomError
	return errors.As(err, &disk) || errors.As(err, &room)
}
