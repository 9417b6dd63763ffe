package rewrite

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"boltvet/bolt"
	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Seal copies the db of src to out, byte for byte up to its high water mark, and
// appends the sha256 of these bytes, so that a restore accepts the file without being
// told to skip the check. The source is verified first, all layers.
//
// The seal proves that the file has not changed since; it cannot prove that what a
// source without a seal says was ever what the cluster meant.
//
// Errors are those of [Defrag], and *[UnfitError].
func Seal(ctx context.Context, src *datadir.Source, out Output, o Options) (*Result, error) {
	o.Seal = true
	j, err := begin(src, out, o)
	if err != nil {
		return nil, err
	}
	defer j.close()
	report, err := j.verified(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.roomForCopy(); err != nil {
		return nil, err
	}
	if !o.DryRun {
		err = j.copy(ctx, report.Trailer.Check)
	}
	if err == nil {
		err = j.src.Unchanged()
	}
	if err == nil && o.ReadBack && !o.DryRun {
		err = j.readBack(ctx)
	}
	if err != nil {
		return nil, err
	}
	j.result.Elapsed = time.Since(j.begun)
	return j.result, nil
}

// verified runs every check of verify on the source, and notes its facts.
func (j *job) verified(ctx context.Context) (*verify.Report, error) {
	report, err := verify.Run(ctx, j.src, verify.Options{Tally: j.tally, Jobs: j.o.Jobs, Progress: j.o.Progress})
	switch {
	case err != nil:
		return nil, err
	case report.Verdict >= verify.VerdictDamaged && (!j.o.Force || report.View == nil): // a copy mends nothing
		return nil, &DamagedError{Path: j.src.Path, Codes: report.Codes}
	case report.View == nil || report.View.Buckets == report.View.UnknownBuckets:
		return nil, mvccview.ErrNotEtcd
	}
	m, ps := j.live(), int64(j.db.PageSize())
	bytes := int64(m.HighWater) * ps
	if bytes > j.src.DBSize {
		return nil, &UnfitError{Path: j.src.Path, Reason: "the file ends before its last page, so there is no whole file to seal",
			Try: "boltvet defrag --seal makes a whole one"}
	}
	r := j.result
	r.Trailer, r.Codes, r.Forced = report.Trailer, report.Codes, report.Verdict >= verify.VerdictDamaged
	r.Sealed = true
	r.Before = Size{FileBytes: j.src.FileSize, DBBytes: bytes, PageSize: ps, Pages: int64(m.HighWater)}
	r.HashBefore = report.View.Hash()
	r.HashAfter = r.HashBefore // of the very same pages, which the copy is held against
	r.Records = Records{Kept: report.View.Totals.Records, KeptBytes: report.View.Totals.KeyBytes + report.View.Totals.ValueBytes}
	r.Before.FreePages = report.Survey.Pages.NotInUse()
	r.After = r.Before
	r.After.FileBytes = bytes + trailerBytes
	return report, nil
}

func (j *job) roomForCopy() error {
	r := &j.result.Room
	r.Need = j.result.After.FileBytes
	if j.out.Dir == "" {
		return nil
	}
	free, err := atomicfile.Room(j.out.Dir)
	r.Free, r.Known = free, true
	if err == nil && free < r.Need && !j.o.DryRun {
		err = &RoomError{Dir: j.out.Dir, Need: r.Need, Free: free}
	}
	return err
}

// copy copies the pages and appends their sum, which must be the one that verify has
// seen, where it has summed up the same bytes; elsewhere the content hash of the copy is
// held against that of the source.
func (j *job) copy(ctx context.Context, seen datadir.TrailerCheck) (err error) {
	bytes := j.result.Before.DBBytes
	out, err := j.o.sink(j.out.File, bolt.FileSinkOptions{Size: bytes, Hash: sha256.New()})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	if err := j.copyBytes(ctx, out, bytes); err != nil {
		return err
	}
	if err := j.seal(out); err != nil {
		return err
	}
	summed := seen.Present && j.src.DBSize == bytes
	if summed && seen.Computed != j.result.SHA256 {
		return datadir.ErrChanged
	}
	if err := out.Close(); err != nil {
		return err
	}
	if err := j.settleCopy(bytes); err != nil || summed {
		return err
	}
	return j.proveCopy(ctx)
}

// settleCopy has the copy on the disk.
func (j *job) settleCopy(bytes int64) error {
	m, valid := j.live(), 0
	for _, slot := range j.db.Metas() {
		if slot.Valid {
			valid++
		}
	}
	return j.settle(bolt.Written{Root: m.Root, Freelist: m.Freelist, HighWater: m.HighWater, Txid: m.Txid,
		PageSize: int(m.PageSize), Bytes: bytes}, valid)
}

// proveCopy reads the content of the copy.
func (j *job) proveCopy(ctx context.Context) error {
	db, err := bolt.Open(j.out.File, j.result.After.DBBytes)
	if err != nil {
		return err
	}
	defer db.Close()
	view := mvccview.NewView(mvccview.ViewOptions{})
	err = db.Guard(func() error {
		_, err := db.Walk(ctx, db.Live().Meta, view, bolt.WalkOptions{Workers: j.o.workers(),
			OnFault: func(bolt.Fault) bool { return true }}) // what is odd is so in the source, too
		return err
	})
	if err != nil {
		return err
	}
	j.result.HashAfter = view.Hash()
	return proof("status hash", "%x", j.result.HashAfter, j.result.HashBefore)
}

func (j *job) copyBytes(ctx context.Context, out sink, n int64) error {
	const piece = 1 << 20
	buf := make([]byte, min(piece, n))
	for off := int64(0); off < n; {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := j.src.File.ReadAt(buf[:min(piece, n-off)], off)
		if _, werr := out.Write(buf[:got]); werr != nil {
			return werr
		}
		off += int64(got)
		j.o.progress("write", off, n)
		if got == 0 && err != nil {
			if err == io.EOF {
				err = datadir.ErrChanged
			}
			return err
		}
	}
	return nil
}
