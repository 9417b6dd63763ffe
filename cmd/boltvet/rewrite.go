package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/internal/render"
	"boltvet/internal/rewrite"
	"boltvet/mvccview"
)

// A rewriter makes a new file of a source: defrag, compact or seal.
type rewriter func(ctx context.Context, src *datadir.Source, out rewrite.Output, o rewrite.Options) (*rewrite.Result, error)

// rewriteFlags are what the commands with SRC and DST have in common.
func rewriteFlags() []flag {
	return []flag{
		{name: "force", usage: forceUsage},
		{name: "dry-run", usage: "plan only: the exact size after, what would go, the room it needs; DST may be left out"},
		ownerFlag(),
		{name: "read-back", usage: "verify the whole new file from the disk before it gets its name"},
		{name: "max-findings", kind: intFlag, arg: "N", def: "10", usage: "places listed for each code of a damaged SRC"},
	}
}

const (
	forceUsage    = "let DST take the place of an existing file, which stays until the new one is whole"
	salvagesUsage = forceUsage + "; of a damaged SRC, write what can be read, unsealed unless --seal: exit code 3"
)

// forcesDamage has --force of a list of flags say that it hands damage on, too.
func forcesDamage(flags []flag) []flag {
	for i := range flags {
		if flags[i].usage == forceUsage {
			flags[i].usage = salvagesUsage
		}
	}
	return flags
}

// sealFlag is for the commands that need not seal.
func sealFlag() flag {
	return flag{name: "seal", usage: "append the sha256 trailer that a restore checks; the default if SRC has one, --seal=false leaves it out"}
}

// runRewrite opens SRC, has do make a file of it, and gives that the name DST. force says
// that do may hand on what can be read of a damaged SRC.
func runRewrite(c *call, do rewriter, force bool) (answer, error) {
	args := c.args()
	dst := ""
	if len(args) > 1 {
		dst = args[1]
	}
	if dst == "" && !c.isSet("dry-run") {
		return answer{}, c.usage("DST is missing: name a new file, or - for standard output; usage: "+usageLine(c.cmd), "")
	}
	o, err := c.rewriteOptions()
	if err != nil {
		return answer{}, err
	}
	if _, err := c.owner(); err != nil { // before anything is opened
		return answer{}, err
	}
	if err := c.checkStream(dst); err != nil {
		return answer{}, err
	}
	var made *rewrite.Result
	r, err := c.oneSource(args[0], c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		o.Seal = c.wantsSeal(src)
		var err error
		if made, err = c.rewriteTo(ctx, src, dst, o, do, force); dst == streamPath {
			return c.shown(src, "", made, err)
		}
		return c.shown(src, dst, made, err)
	})
	if err != nil {
		r = c.failedRow(args[0], err)
	}
	a := answer{rows: []row{r}, verdict: c.rewriteVerdict(r, made)}
	if dst == streamPath && !o.DryRun && !r.failed && made != nil {
		return c.besideStream(a)
	}
	return a, nil
}

// rewriteOptions reads the flags of rewriteFlags.
func (c *call) rewriteOptions() (rewrite.Options, error) {
	samples := c.number("max-findings")
	if samples < 0 || samples > maxSamples {
		return rewrite.Options{}, c.usage("--max-findings is a number up to 100000; 0 stands for 10, the default", "")
	}
	return rewrite.Options{DryRun: c.isSet("dry-run"), ReadBack: c.isSet("read-back"), MaxFindings: int(samples), Progress: c.meter.progress()}, nil
}

// wantsSeal is --seal, or what SRC has.
func (c *call) wantsSeal(src *datadir.Source) bool {
	if c.asksSeal() {
		return c.isSet("seal")
	}
	return src.Trailer.Present
}

// asksSeal tells whether the user has said anything about a seal.
func (c *call) asksSeal() bool { return c.line.IsSet("seal") || c.env("BOLTVET_SEAL") != "" }

// rewriteVerdict is the word of the evidence record.
func (c *call) rewriteVerdict(r row, made *rewrite.Result) string {
	switch {
	case r.failed:
		return "not written"
	case made == nil:
		return "damaged source, not written"
	case c.isSet("dry-run"):
		return "planned"
	case made.Forced:
		return "written, with the damage of the source"
	}
	return "written"
}

// rewriteTo makes one output. A source that turns out to be damaged is read once more if
// that may be forced: only then it is known that nothing is to be sealed unasked.
func (c *call) rewriteTo(ctx context.Context, src *datadir.Source, dst string, o rewrite.Options, do rewriter, force bool) (*rewrite.Result, error) {
	r, err := c.output(ctx, src, dst, o, do)
	var damaged *rewrite.DamagedError
	if force && errors.As(err, &damaged) {
		c.warn("%s: the source is damaged; what can be read of it is written, as --force asks: %s", printable(src.Path), damaged.Worst())
		o.Force, o.Seal = true, c.asksSeal() && c.isSet("seal")
		r, err = c.output(ctx, src, dst, o, do)
	}
	return r, err
}

// shown is the answer about a rewrite that went well, or met damage; target is the new
// file, "" if there is none.
func (c *call) shown(src *datadir.Source, target string, r *rewrite.Result, err error) (render.Result, exitCode, error) {
	var damaged *rewrite.DamagedError
	switch {
	case errors.As(err, &damaged):
		c.complain(failure{message: err.Error(), try: "boltvet verify " + printable(src.Path) + " tells all; use another backup"})
		return render.Unwritten(src, damaged.Codes), exitDamage, nil
	case errors.Is(err, rewrite.ErrNoDB) || errors.Is(err, mvccview.ErrNotEtcd):
		return render.Result{}, exitIO, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: err.Error(), Try: "name an etcd snapshot, db or data dir"}
	case err != nil:
		return render.Result{}, exitIO, err
	}
	if r.Forced {
		return render.Rewrite(r, target), exitDamage, nil
	}
	return render.Rewrite(r, target), exitOK, nil
}

// output makes the file behind dst, whole or not at all.
func (c *call) output(ctx context.Context, src *datadir.Source, dst string, o rewrite.Options, do rewriter) (*rewrite.Result, error) {
	owner, err := c.owner()
	if err != nil {
		return nil, err
	}
	target, ao := dst, atomicfile.Options{Overwrite: c.isSet("force"), Owner: owner}
	if dst == streamPath {
		target = filepath.Join(c.spoolDir(), "boltvet-output.db")
		ao.Overwrite, ao.Owner = true, nil // it never gets that name
	}
	if err := checkTarget(src, dst); err != nil {
		return nil, err
	}
	if o.DryRun {
		out := rewrite.Output{}
		if dst != "" {
			if err := atomicfile.Check(target, ao); err != nil {
				return nil, err
			}
			out.Dir = filepath.Dir(target)
		}
		return do(ctx, src, out, o)
	}
	f, err := atomicfile.Create(target, ao)
	if err != nil {
		return nil, err
	}
	defer f.Abort()
	r, err := do(ctx, src, rewrite.Output{File: f.File(), Dir: filepath.Dir(f.Name())}, o)
	if err != nil {
		return nil, err
	}
	if dst == streamPath {
		return r, c.stream(f.File())
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := f.Commit(); err != nil {
		return nil, err
	}
	c.made(dst)
	return r, nil
}

// checkTarget refuses an output that is the source, under whatever name, or that lies
// among the files of a source directory.
func checkTarget(src *datadir.Source, dst string) error {
	if dst == "" || dst == streamPath {
		return nil
	}
	const try = "name a new file outside of the source"
	if readsFile(src, dst) {
		return &refusal{"DST is the source: " + printable(dst), try}
	}
	for _, in := range []string{src.Path, src.DBPath} {
		if in == "" || in == streamPath {
			continue
		}
		if inside(dst, in) {
			return &refusal{"DST lies inside of the source " + printable(in) + ": " + printable(dst), try}
		}
	}
	return nil
}

// spoolDir is where private files of a run go.
func (c *call) spoolDir() string {
	if c.set.tmpDir != "" {
		return c.set.tmpDir
	}
	return os.TempDir()
}

// streamPath is standard output as DST, and standard input as SRC.
const streamPath = "-"

// checkStream refuses to write a db to a terminal.
func (c *call) checkStream(dst string) error {
	if dst == streamPath && c.out.terminal {
		return &refusal{"DST is a terminal", "redirect standard output, or name a file"}
	}
	return nil
}

// stream copies a finished file to standard output.
func (c *call) stream(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(c.out, &interruptible{c.ctx, f}); err != nil {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	c.made()
	return nil
}

// An interruptible reader ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (r *interruptible) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// besideStream shows the answer on stderr, for stdout has the file.
func (c *call) besideStream(a answer) (answer, error) {
	if !c.set.quiet {
		c.meter.clear()
		d := render.Document{Command: c.cmd.title(), ExitCode: int(a.code()), Results: []render.Result{a.rows[0].result}}
		if err := render.Render(c.errOut, d, c.set.format, c.renderOptions()); err != nil {
			return answer{}, err
		}
	}
	return answer{raw: []byte{}, verdict: a.verdict}, nil
}

// explainRewrite gives the errors of package rewrite their exit codes; ok is false for
// all others.
func explainRewrite(err error) (f failure, ok bool) {
	f.message = err.Error()
	var (
		revision *rewrite.RevisionError
		room     *rewrite.RoomError
		unfit    *rewrite.UnfitError
		wrong    *rewrite.ProofError
		damaged  *rewrite.DamagedError
		kept     *keptError
	)
	switch {
	case errors.As(err, &damaged):
		f.code, f.try = exitDamage, "boltvet verify "+printable(damaged.Path)+" tells all; use another backup"
	case errors.As(err, &kept):
		f.code, f.try = exitDamage, "leave --no-backup out"
	case errors.As(err, &revision):
		f.code, f.try = exitNo, "name a revision in that range, or latest; boltvet status shows them"
	case errors.As(err, &room):
		f.code, f.try = exitRefused, "make room, or name a DST on another filesystem"
	case errors.As(err, &unfit):
		f.code, f.try = exitRefused, unfit.Try
	case errors.As(err, &wrong):
		f.code, f.try = exitIO, "nothing was kept; check memory and disk of this machine, and report it"
	default:
		return failure{}, false
	}
	return f, true
}
