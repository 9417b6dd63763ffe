package rewrite

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// write makes the output: its pages, each proven, and the trailer; and has it on the
// disk when it returns. feed hands the source to a loader. plan may be nil, unless a
// trailer is wanted.
func (j *job) write(ctx context.Context, plan *bolt.Written, feed func(context.Context, bolt.Loader) error) (err error) {
	so := bolt.FileSinkOptions{}
	if plan != nil {
		so.Size = plan.Bytes
	}
	var sum hash.Hash
	if j.o.Seal {
		sum = sha256.New()
		so.Hash = sum
	}
	out, err := j.o.sink(j.out.File, so)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := out.Close(); err == nil {
			err = cerr
		}
	}()
	written, err := j.pages(ctx, out, plan, feed)
	if err != nil {
		return err
	}
	j.sized(written)
	if j.o.Seal {
		if err := j.seal(out); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return j.settle(written, 2)
}

// pages feeds the source to a writer, which proves each page.
func (j *job) pages(ctx context.Context, out sink, plan *bolt.Written, feed func(context.Context, bolt.Loader) error) (bolt.Written, error) {
	seen := &contentHash{}
	w, err := bolt.NewWriter(out, bolt.WriterOptions{PageSize: j.db.PageSize(), Plan: plan, OnLeaf: seen.leaf})
	if err != nil {
		return bolt.Written{}, err
	}
	r := newRelay(w, j.db.Guard)
	err = feed(ctx, r)
	if rerr := r.close(); err == nil || noDisk(rerr) {
		err = rerr
	}
	if err != nil {
		return bolt.Written{}, err
	}
	j.leave()
	written, err := w.Finish()
	j.proved = seen.sum
	if err == nil && j.changes() {
		err = proof("status hash", "%x", j.proved, j.chosen)
	}
	return written, err
}

// seal appends the sha256 of everything before it.
func (j *job) seal(out sink) error {
	sum, ok, err := out.Sum()
	if err != nil {
		return err
	}
	if !ok {
		return &ProofError{What: "the running sha256", Got: "lost", Want: "that of all bytes"}
	}
	j.result.SHA256 = [32]byte(sum)
	_, err = out.Write(sum)
	return err
}

// settle has the output on the disk and reads its metas, of which so many must be
// valid, and its size again.
func (j *job) settle(w bolt.Written, metas int) error {
	if err := j.o.toDisk(j.out.File); err != nil {
		return fmt.Errorf("sync %s: %w", j.out.File.Name(), err)
	}
	size, err := j.out.File.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if err := proof("size in bytes", "%d", size, j.result.After.FileBytes); err != nil {
		return err
	}
	f, err := bolt.OpenPositioned(j.out.File, w.Bytes)
	if err != nil {
		return err
	}
	defer f.Close()
	valid := 0
	for _, m := range f.Metas() {
		if m.Valid {
			valid++
		}
	}
	if err := proof("number of valid metas", "%d", valid, metas); err != nil {
		return err
	}
	live := f.Live().Meta
	got := bolt.Written{Root: live.Root, Freelist: live.Freelist, HighWater: live.HighWater, Txid: live.Txid, PageSize: int(live.PageSize)}
	return proof("the meta", "%+v", got, bolt.Written{Root: w.Root, Freelist: w.Freelist, HighWater: w.HighWater, Txid: w.Txid, PageSize: w.PageSize})
}

// readBack verifies the whole output from the disk: every layer.
func (j *job) readBack(ctx context.Context) error {
	path := j.out.File.Name()
	src, err := datadir.Resolve(ctx, path, datadir.Options{NoLock: true})
	if err != nil {
		return err
	}
	defer src.Close()
	src.Member = nil // the directory around it is not what is read back
	report, err := verify.Run(ctx, src, verify.Options{Progress: j.o.Progress})
	if err != nil {
		return err
	}
	if report.Verdict >= verify.VerdictDamaged && !j.tally.Refused() {
		return &ProofError{What: "the verdict on the file read back", Got: fmt.Sprint(report.Verdict, ": ", worstOf(report)), Want: "healthy, or worn as the source is"}
	}
	j.result.ReadBack = true
	return proof("status hash read back", "%x", report.View.Hash(), j.result.HashAfter)
}

func worstOf(r *verify.Report) string {
	if len(r.Codes) == 0 {
		return ""
	}
	return r.Codes[0].Sample[0].String()
}
