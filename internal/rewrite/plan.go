package rewrite

import (
	"context"

	"boltvet/bolt"
	"boltvet/internal/atomicfile"
)

// slack is what an output may be larger than its source, which is never so by more than
// a page for each small bucket: what is free must be more than both for a run without a
// plan.
const slack = 1 << 20

// trailerBytes is the length of the sha256 trailer.
const trailerBytes = 32

// plan finds out what the output comes to, if that has to be known, and whether there
// is room for it. nil: it was not needed.
func (j *job) plan(ctx context.Context) (*bolt.Written, error) {
	r := &j.result.Room
	if j.out.Dir != "" {
		free, err := atomicfile.Room(j.out.Dir)
		if err != nil {
			return nil, err
		}
		r.Free, r.Known = free, true
	}
	r.Need = j.src.DBSize + slack
	if !j.o.DryRun && !j.o.Seal && r.Free >= r.Need {
		return nil, nil
	}
	w, err := bolt.NewPlanner(bolt.WriterOptions{PageSize: j.db.PageSize()})
	if err != nil {
		return nil, err
	}
	if err := j.feed(ctx, "plan", w, nil); err != nil {
		return nil, err
	}
	plan, err := w.Finish()
	if err != nil {
		return nil, err
	}
	j.sized(plan)
	if r.Known && r.Free < r.Need && !j.o.DryRun {
		return nil, &RoomError{Dir: j.out.Dir, Need: r.Need, Free: r.Free}
	}
	return &plan, nil
}

// sized notes what the output comes to.
func (j *job) sized(w bolt.Written) {
	r := j.result
	r.After = Size{FileBytes: w.Bytes, DBBytes: w.Bytes, PageSize: int64(w.PageSize), Pages: int64(w.HighWater)}
	if j.o.Seal {
		r.Sealed = true
		r.After.FileBytes += trailerBytes
	}
	r.Room.Need = r.After.FileBytes
}

// feed hands the whole source, without what is dropped, to a loader.
func (j *job) feed(ctx context.Context, phase string, to bolt.Loader, hash *contentHash) error {
	f := &feeder{to: to, keep: j.keep, hash: hash}
	_, err := j.walk(ctx, phase, f, bolt.WalkOptions{}) // faults are the check's business
	if err == nil {
		err = f.finish()
	}
	if err == nil && j.keep != nil {
		if j.keep.changed || j.keep.next != j.keep.decided {
			err = errChanged
		}
		j.keep.again()
	}
	return err
}
