package rewrite

import (
	"cmp"
	"context"
	"errors"

	"boltvet/bolt"
	"boltvet/mvccview"
)

// check reads the source once: structure, records and the status hash, with the sha256
// beside. Damage is a DamagedError, with all of the findings.
func (j *job) check(ctx context.Context) error {
	for _, slot := range j.db.Metas() {
		for _, f := range slot.Faults {
			j.tally.Add(f)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wait := j.src.BesideTrailer(ctx, j.db, false, func(n int64) { j.o.progress("sha256", n, j.src.FileSize) })
	survey, view, err := j.look(ctx)
	if err != nil {
		cancel() // the reader beside must be gone before the file is closed
	}
	trailer, terr := wait()
	if err != nil || terr != nil {
		return cmp.Or(err, terr)
	}
	for _, f := range trailer.Faults {
		j.tally.Add(f)
	}
	if survey.Faults == 0 && view.Buckets == view.UnknownBuckets {
		return ErrNotEtcd
	}
	view.Check()
	if err := j.damaged(); err != nil {
		return err
	}
	j.view = view
	r := j.result
	r.Trailer, r.HashBefore = trailer, view.Hash()
	r.Before = Size{FileBytes: j.src.FileSize, DBBytes: int64(survey.Meta.HighWater) * int64(j.db.PageSize()),
		PageSize: int64(j.db.PageSize()), Pages: int64(survey.Meta.HighWater), FreePages: survey.Pages.NotInUse()}
	return nil
}

// look walks the live tree with a view of what it means.
func (j *job) look(ctx context.Context) (*bolt.Survey, *mvccview.View, error) {
	vo := mvccview.ViewOptions{OnFault: func(f mvccview.Fault) bool { return j.tally.Add(f) }}
	if j.keep != nil {
		vo.Records = []mvccview.RecordAccumulator{j.keep.table}
	}
	view := mvccview.NewView(vo)
	survey, err := j.walk(ctx, "check", view, bolt.WalkOptions{Workers: j.o.workers(j.keep == nil), OnFault: func(f bolt.Fault) bool {
		view.Hides(f)
		return j.tally.Add(f)
	}})
	return survey, view, err
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

// besideCheck makes the output while the source is checked by another reader. Damage
// that the check finds is the answer, whatever the maker has met; but where the disk
// does not take the output, no finding would help.
func (j *job) besideCheck(ctx context.Context, maker func(context.Context) error) error {
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	writing, stopWriting := context.WithCancel(ctx)
	defer stopWriting()
	made := make(chan error, 1)
	go func() {
		err := maker(writing)
		if noDisk(err) {
			stopReading()
		}
		made <- err
	}()
	err := j.check(reading)
	if err != nil {
		stopWriting()
	}
	if merr := <-made; err == nil || noDisk(merr) {
		return merr
	}
	return err
}

// noDisk tells whether an error is about the output and not the source.
func noDisk(err error) bool {
	var disk *bolt.WriteError
	var room *RoomError
	return errors.As(err, &disk) || errors.As(err, &room)
}
