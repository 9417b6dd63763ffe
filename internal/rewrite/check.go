package rewrite

import (
	"context"
	"errors"

	"boltvet/bolt"
	"boltvet/mvccview"
	"boltvet/verify"
)

// errDamage stands for what the tally has.
var errDamage = errors.New("the source is damaged")

// check visits the whole source: structure, records and the status hash; on the way it
// feeds the source to a loader, if there is one, until that fails or something is
// damaged. Damage is errDamage, whatever the loader has met; but a loader that the disk
// fails ends the visit, for then no finding would help.
func (j *job) check(ctx context.Context, to bolt.Loader) error {
	for _, slot := range j.db.Metas() {
		for _, f := range slot.Faults {
			j.tally.Add(f)
		}
	}
	t := &tee{}
	if to != nil {
		t.feeder = *j.feeder(to)
	}
	survey, err := j.look(ctx, t)
	switch {
	case err != nil:
		return err
	case t.view.Foreign(survey.Faults):
		return mvccview.ErrNotEtcd
	}
	t.view.Check()
	if j.tally.Worst() >= verify.Damaged {
		return errDamage
	}
	j.view = t.view
	r := j.result
	r.HashBefore = t.view.Hash()
	r.Before = Size{FileBytes: j.src.FileSize, DBBytes: int64(survey.Meta.HighWater) * int64(j.db.PageSize()),
		PageSize: int64(j.db.PageSize()), Pages: int64(survey.Meta.HighWater), FreePages: survey.Pages.NotInUse()}
	if to == nil {
		return nil
	}
	err = t.feeder.finish()
	j.fed(&t.feeder)
	return err
}

// look walks the live tree with a view of what it means. Without a loader, which takes
// its input in order, that is work for every core.
func (j *job) look(ctx context.Context, t *tee) (*bolt.Survey, error) {
	vo := mvccview.ViewOptions{OnFault: func(f mvccview.Fault) bool { return j.note(t, f) }}
	if j.keep != nil {
		vo.Records = []mvccview.RecordAccumulator{j.keep.table, j.keep.below}
	}
	t.view = mvccview.NewView(vo)
	acc, workers := bolt.Accumulator(t.view), j.o.workers()
	if t.feeder.to != nil {
		acc, workers = t, 1
	}
	return j.walk(ctx, "check", acc, bolt.WalkOptions{Workers: workers, OnFault: func(f bolt.Fault) bool {
		t.view.Hides(f)
		return j.note(t, f)
	}})
}

// note counts a fault; a file with damage is not fed any further.
func (j *job) note(t *tee, fault error) bool {
	on := j.tally.Add(fault)
	if t.feeder.to != nil && j.tally.Worst() >= verify.Damaged {
		t.feeder.fail(errDamage)
	}
	return on
}

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

// A tee is an accumulator that shows each leaf to a view, and then to a feeder.
type tee struct {
	view   *mvccview.View
	feeder feeder
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

// Merge has nothing to take over.
func (t *tee) Merge(bolt.Accumulator) {}

// noDisk tells whether an error is about the output and not the source.
func noDisk(err error) bool {
	if err == nil {
		return false
	}
	var disk *bolt.WriteError
	var room *RoomError
	return errors.As(err, &disk) || errors.As(err, &room)
}
