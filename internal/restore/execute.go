package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"boltvet/bolt"
	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// ExecuteOptions are how a plan is carried out.
type ExecuteOptions struct {
	Progress func(phase string, done, total int64) // bytes; may be nil
	Draft    *Draft                                // what Read has copied; nil: each page is written anew

	before func(step string) error // for tests: an error in place of a step
}

func (o ExecuteOptions) step(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.before == nil {
		return nil
	}
	return o.before(name)
}

// Done is what Execute made.
type Done struct {
	Written bolt.Written
	// Verdict and Boot are what verify says of the finished directories: the worst
	// verdict, and of each release whether it starts from the first voter of them.
	Verdict verify.Verdict
	Boot    []verify.BootVerdict
}

// Whole tells whether the finished directories are ones to go on with: nothing in them is
// damaged, and some release starts from them. A learner has no part in that.
func (d *Done) Whole() bool {
	starts := func(b verify.BootVerdict) bool { return b.Outcome != verify.Dies }
	return d.Verdict < verify.VerdictDamaged && (len(d.Boot) == 0 || slices.ContainsFunc(d.Boot, starts))
}

// Execute carries a plan out: everything is staged, made durable, verified, and then
// renamed into place. After an error, or when ctx ends, nothing is left. src is the
// source of the plan's facts, still open.
func Execute(ctx context.Context, p *Plan, src *datadir.Source, o ExecuteOptions) (*Done, error) {
	defer o.Draft.Abort()
	if err := p.CheckTargets(); err != nil {
		return nil, err
	}
	r := &runner{ctx: ctx, p: p, src: src, o: o, done: &Done{}}
	err := r.prepare()
	if err != nil {
		return nil, err
	}
	if p.OutDir != "" {
		err = r.all()
	} else {
		err = r.single(&p.Outputs[0])
	}
	if err != nil {
		return nil, err
	}
	return r.done, nil
}

// A runner carries one plan out.
type runner struct {
	ctx  context.Context
	p    *Plan
	src  *datadir.Source
	o    ExecuteOptions
	done *Done
	db   string // path of the db that has been written; "" before

	graft *graft // goes into the copies of the draft; nil: there are none
	next  int    // of the draft's copies
}

// prepare sees whether the copies of the draft can be used.
func (r *runner) prepare() (err error) {
	if r.o.Draft.usable() {
		r.graft, err = newGraft(r.ctx, r.p, r.o.Draft.in)
	}
	if r.graft == nil || err != nil {
		r.graft = nil
		r.o.Draft.Abort() // which makes room
		return r.ctx.Err()
	}
	r.o.Draft.in.Release() // beside what waits for the disk from now on
	return r.ctx.Err()
}

// single makes one member.
func (r *runner) single(out *Output) error {
	if err := r.o.step(r.ctx, "stage"); err != nil {
		return err
	}
	dir, prefix, err := r.stage(out)
	if err != nil {
		return err
	}
	defer dir.Abort()
	var wal *walPlace
	if out.WALDir != "" {
		if wal, err = stageWAL(out.WALDir, r.p.owner); err != nil {
			return err
		}
		defer wal.close()
	}
	if err := r.member(dir, prefix, wal, out); err != nil {
		return err
	}
	staged := datadir.Options{NoLock: true}
	if wal != nil {
		staged.WALDir = wal.dir.Path()
	}
	if err := r.verify(out, dir.Path(), staged); err != nil {
		return err
	}
	return r.place(dir, wal)
}

// stage begins the directory of one member, unless the draft has one.
func (r *runner) stage(out *Output) (*atomicfile.Dir, string, error) {
	if r.graft != nil {
		return r.o.Draft.dir, r.o.Draft.prefix, nil
	}
	return stageFor(out.DataDir, r.p.owner)
}

// stageAll begins the directory of several, unless the draft has one.
func (r *runner) stageAll() (*atomicfile.Dir, error) {
	if r.graft != nil {
		return r.o.Draft.dir, nil
	}
	return stageAll(r.p.OutDir, r.p.owner)
}

// place renames what has been staged, if the source is still what was verified: the log first, with a marker, the directory that
// makes a member of it last.
func (r *runner) place(dir *atomicfile.Dir, wal *walPlace) error {
	if err := still(r.p.seen, r.src.File); err != nil {
		return err
	}
	if wal != nil {
		if err := r.o.step(r.ctx, "place-wal"); err != nil {
			return err
		}
		if err := wal.place(); err != nil {
			return err
		}
	}
	if err := r.o.step(r.ctx, "place"); err != nil {
		return err
	}
	if err := dir.Commit(); err != nil {
		return err
	}
	if wal != nil {
		return wal.finish()
	}
	return nil
}

// all makes several members in one directory, which appears in one rename.
func (r *runner) all() error {
	if err := r.o.step(r.ctx, "stage"); err != nil {
		return err
	}
	dir, err := r.stageAll()
	if err != nil {
		return err
	}
	defer dir.Abort()
	for i := range r.p.Outputs {
		out := &r.p.Outputs[i]
		name := filepath.Base(out.DataDir)
		if err := r.member(dir, filepath.Join(name, "member"), nil, out); err != nil {
			return err
		}
		if err := writeFile(dir, name+".command", []byte(Line(out.Command)+"\n")); err != nil {
			return err
		}
		if err := r.verify(out, filepath.Join(dir.Path(), name), datadir.Options{NoLock: true}); err != nil {
			return fmt.Errorf("member %s: %w", out.Member.Name, err)
		}
	}
	return r.place(dir, nil)
}

// member writes the files of one member below prefix, its log into wal if that is not nil.
func (r *runner) member(dir *atomicfile.Dir, prefix string, wal *walPlace, out *Output) error {
	if err := r.database(dir, dbPath(prefix)); err != nil {
		return err
	}
	if err := r.o.step(r.ctx, "snap"); err != nil {
		return err
	}
	snap, err := encodeSnap(r.p.Cluster)
	if err != nil {
		return err
	}
	if err := writeFile(dir, filepath.Join(prefix, "snap", snapName(len(r.p.Cluster.Members))), snap); err != nil {
		return err
	}
	if err := r.o.step(r.ctx, "wal"); err != nil {
		return err
	}
	log, err := encodeWAL(r.p.Cluster, out.Member)
	if err != nil {
		return err
	}
	if wal != nil {
		return writeSegment(wal.dir, firstSegment, log)
	}
	return writeSegment(dir, filepath.Join(prefix, "wal", firstSegment), log)
}

// database writes the db: from the source the first time, then as a copy, which shares
// its blocks with the first where the file system can; or it completes what the draft has
// copied. The db of a restored member has nothing of its own in it.
func (r *runner) database(dir *atomicfile.Dir, rel string) error {
	if err := r.o.step(r.ctx, "db"); err != nil {
		return err
	}
	if r.graft != nil {
		f := r.o.Draft.dbs[r.next]
		r.next++
		r.done.Written = r.graft.written
		return r.graft.apply(f)
	}
	f, err := dir.Create(rel)
	if err != nil {
		return err
	}
	defer f.Close()
	if r.db != "" {
		return r.copyDatabase(f)
	}
	if r.done.Written, err = writeDatabase(r.ctx, r.p, r.src, f); err != nil {
		return damaged(err)
	}
	r.db = f.Name()
	return f.Close()
}

func (r *runner) copyDatabase(f *os.File) error {
	from, err := os.Open(r.db)
	if err != nil {
		return err
	}
	defer from.Close()
	n, err := io.Copy(f, from)
	if err != nil {
		return err
	}
	if n != r.done.Written.Bytes {
		return fmt.Errorf("copy of the db has %d of %d bytes", n, r.done.Written.Bytes)
	}
	return f.Close()
}

// damaged turns a fault of the source into a [DamageError].
func damaged(err error) error {
	var (
		fault bolt.Fault
		order *bolt.OrderError // a bump does not come behind all there is
		size  *bolt.SizeError
	)
	if !errors.As(err, &fault) && !errors.As(err, &order) && !errors.As(err, &size) {
		return err
	}
	return &DamageError{Reason: "the structure of the source is damaged, which no restore gets past", Finding: err.Error(),
		Try: "boltvet verify tells all; take another backup"}
}

// verify looks at a staged member as at any other and stops if it is not what it has to be.
func (r *runner) verify(out *Output, path string, o datadir.Options) error {
	if err := r.o.step(r.ctx, "verify"); err != nil {
		return err
	}
	src, err := datadir.Resolve(r.ctx, path, o)
	if err != nil {
		return fmt.Errorf("open what was written: %w", err)
	}
	defer src.Close()
	report, err := verify.Run(r.ctx, src, verify.Options{Progress: r.o.Progress, Proven: r.proven()})
	if err != nil {
		return fmt.Errorf("verify what was written: %w", err)
	}
	if r.graft != nil {
		r.done.Written.Keys = report.View.Elements
	}
	r.done.Verdict = max(r.done.Verdict, report.Verdict)
	if r.done.Boot == nil && !out.Member.Learner {
		r.done.Boot = report.Boot
	}
	if report.Verdict >= verify.VerdictDamaged && !r.p.tolerant {
		return &DamageError{Reason: "what was written does not pass verification; nothing was kept",
			Finding: firstFinding(report, func(c verify.CodeCount) bool { return c.Severity >= verify.Damaged })}
	}
	return r.checkBoot(out, report.Boot)
}

// proven is what need not be read again of bucket key, nil for nothing: what was found in
// it holds no longer if leases are gone that it names.
func (r *runner) proven() *verify.Proven {
	if r.graft == nil || r.o.Draft.report.KeyRoot() == 0 || r.p.Scrub.LeasedKeys > 0 {
		return nil
	}
	return &verify.Proven{Report: r.o.Draft.report, Leaves: r.graft.kept}
}

// checkBoot stops if the release that the user named would not start. A learner takes
// no writes, whatever the release.
func (r *runner) checkBoot(out *Output, boot []verify.BootVerdict) error {
	for _, b := range boot {
		bad := b.Outcome == verify.Dies || b.Outcome == verify.AcceptsNoWrites && !out.Member.Learner
		if b.Release == r.p.TargetVersion && bad {
			return &RefusedError{fmt.Sprintf("etcd %s would not serve from it: %s %s %s", b.Release, b.Outcome, b.Message, b.Why), "run another release; nothing was kept"}
		}
	}
	return nil
}

// writeFile makes a small file inside the staged directory.
func writeFile(dir *atomicfile.Dir, rel string, b []byte) error {
	f, err := dir.Create(rel)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// writeSegment makes a log segment of full size that begins with log.
func writeSegment(dir *atomicfile.Dir, rel string, log []byte) error {
	f, err := dir.Create(rel)
	if err != nil {
		return err
	}
	if err = allocate(f, segmentBytes); err != nil {
		err = fmt.Errorf("make room for the log %s: %w", f.Name(), err)
	} else {
		_, err = f.WriteAt(log, 0)
	}
	return errors.Join(err, f.Close())
}
