package rewrite

import (
	"context"

	"boltvet/bolt"
	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
)

// slack is what an output may be larger than its source, which is never so by more than
// a page for each small bucket: what is free must be more than both for a run without a
// plan.
const slack = 1 << 20

// trailerBytes is the length of the sha256 trailer.
const trailerBytes = 32

// room looks at the disk, and tells whether there is so much that nobody has to know how
// much exactly the output needs.
func (j *job) room() (ample bool, err error) {
	r := &j.result.Room
	if j.out.Dir != "" {
		free, err := atomicfile.Room(j.out.Dir)
		if err != nil {
			return false, err
		}
		r.Free, r.Known = free, true
	}
	r.Need = j.src.DBSize + slack
	return !j.o.DryRun && !j.o.Seal && r.Free >= r.Need, nil
}

// plan checks the source and finds out what the output comes to, and whether there is
// room for it. nil: nobody has to know.
func (j *job) plan(ctx context.Context, ample bool) (*bolt.Written, error) {
	w, err := bolt.NewPlanner(bolt.WriterOptions{PageSize: j.db.PageSize()})
	if err != nil {
		return nil, err
	}
	if j.keep == nil {
		err = j.check(ctx, w)
	} else if err = j.check(ctx, nil); err == nil {
		if j.keep.below.far > 1 {
			return nil, &UnfitError{Path: j.src.Path, Reason: "several records have a sub-revision of 2^32-1 or more, which etcd never writes and a compaction does not tell apart",
				Try: "boltvet defrag keeps all of them"}
		}
		j.keep.decide()
		if ample {
			return nil, nil
		}
		err = j.visit(ctx, "plan", &feeder{to: w, keep: j.keep})
	}
	if err != nil {
		return nil, err
	}
	plan, err := w.Finish()
	if err != nil {
		return nil, err
	}
	j.sized(plan)
	if r := &j.result.Room; r.Known && r.Free < r.Need && !j.o.DryRun {
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

// feed hands the source, once it is checked, without what is dropped, to a loader.
func (j *job) feed(ctx context.Context, to bolt.Loader) error {
	f := j.feeder(to)
	err := j.visit(ctx, "write", f)
	j.fed(f)
	return err
}

// feeder hands on to a loader what the output is to have.
func (j *job) feeder(to bolt.Loader) *feeder {
	f := &feeder{to: to, keep: j.keep, stamp: j.stamp}
	if j.changes() {
		f.hash = &contentHash{}
	}
	return f
}

// changes tells whether the output has other content than the source.
func (j *job) changes() bool { return j.keep != nil || j.stamp != nil }

// fed notes what a feeder has seen.
func (j *job) fed(f *feeder) {
	if f.hash != nil {
		j.chosen = f.hash.sum
	}
	if f.stamp != nil {
		f.stamp.read = f.came.sum
	}
}

// visit has a feeder see all of the source, once it is checked.
func (j *job) visit(ctx context.Context, phase string, f *feeder) error {
	_, err := j.walk(ctx, phase, f, bolt.WalkOptions{Checked: true, Workers: j.o.workers()})
	if err == nil {
		err = f.finish()
	}
	if err == nil && f.keep != nil && !f.keep.end() {
		err = datadir.ErrChanged
	}
	return err
}
