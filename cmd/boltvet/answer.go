package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"boltvet/internal/render"
)

// An answer is what a command found out.
type answer struct {
	rows    []row
	verdict string // one word for the evidence record, "" if the command judges nothing
	// raw is printed as it is in the simple format, and in any format if there are no
	// rows: the bytes of a completion script, or those of etcdutl.
	raw []byte
	// printed: the command has written its answer to stdout itself, row by row, because
	// of its size; the rows have the exit codes alone.
	printed bool
}

// A row is the answer about one PATH.
type row struct {
	result render.Result
	code   exitCode
	failed bool // result tells of an error, not of a file
}

// code is the worst of the rows.
func (a answer) code() exitCode {
	worst := exitOK
	for _, r := range a.rows {
		worst = worse(worst, r.code)
	}
	return worst
}

// execute runs a command that the line has named: settings, record, work, output.
func (p *program) execute(cmd *command, line *cli.Context) error {
	c := &call{ctx: line.Context, cmd: cmd, root: p.root, argv: p.argv, line: line,
		in: p.std.in, out: newOutlet(p.std.out, p.env), errOut: p.std.err, env: p.env}
	err := p.std.spare(c.reads(), c.text("write-out"))
	if err != nil {
		return err
	}
	if c.set, err = readSettings(c); err != nil {
		return err
	}
	c.meter = startMeter(c)
	defer c.meter.stop()
	if c.record, err = startRecord(c); err != nil {
		return err
	}
	ans, err := cmd.run(c)
	if err != nil {
		ans.rows = append(ans.rows, c.failedRow("", err))
	}
	p.outcome = c.finish(ans)
	return nil
}

// failedRow tells about an error, on stderr at once and as a row of the document. path
// is the PATH it concerns, "" for the command as a whole.
func (c *call) failedRow(path string, err error) row {
	f := c.explain(err)
	c.complain(f)
	return row{result: errorResult(path, f), code: f.code, failed: true}
}

// explain is explain with the numbers of the command's spelling.
func (c *call) explain(err error) failure {
	f := explain(c.ctx, err)
	if c.likeEtcdutl() {
		f.code = etcdutlCode(f, err)
	}
	return f
}

// errorResult is the document's form of a failure.
func errorResult(path string, f failure) render.Result {
	return render.Result{Source: path, Failure: f.message, Fields: []render.Field{{
		Name: "error", Label: "error", Value: render.Object(
			render.Field{Name: "code", Label: "exit code", Value: render.Int(int64(f.code))},
			render.Field{Name: "message", Label: "message", Value: render.Text(f.message)},
			render.Field{Name: "try", Label: "try", Value: render.Text(f.try)},
		)}}}
}

// finish closes the record, prints the answer and returns the exit code. The record's
// look at the inputs comes first, because a changed input is part of the answer; its
// writing comes last, because the exit code is part of the record.
func (c *call) finish(a answer) exitCode {
	if err := c.record.close(c.ctx); err != nil {
		a.rows = append(a.rows, c.failedRow("", err))
	}
	c.meter.stop() // the answer may go to the terminal that the bar is on
	code := a.code()
	if err := c.print(a); err != nil {
		code = worse(code, c.complainOutput(err))
	}
	if err := c.record.write(a.verdict, code); err != nil {
		f := c.explain(err)
		c.complain(f)
		code = worse(code, f.code)
	}
	return code
}

// complainOutput judges a failure to write to stdout. A reader that went away has seen
// what it wanted (`| head`): no words, and the code stays that of the answer. A table of
// too many rows is refused before anything is printed.
func (c *call) complainOutput(err error) exitCode {
	if errors.Is(err, syscall.EPIPE) {
		return exitOK
	}
	if errors.Is(err, context.Canceled) {
		f := explainStop(c.ctx)
		c.complain(f)
		return f.code
	}
	var long *render.TooManyRowsError
	if errors.As(err, &long) {
		c.complain(failure{message: err.Error()})
		return exitRefused
	}
	c.complain(failure{message: "standard output not written: " + err.Error(), try: "make room or name another target for stdout"})
	return exitIO
}

// print writes the answer to stdout.
func (c *call) print(a answer) error {
	rows := a.rows
	if a.printed {
		rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !r.failed })
		if len(rows) == 0 {
			return c.out.Flush()
		}
	}
	if a.raw != nil && (c.set.format == "simple" || len(rows) == 0) {
		if _, err := c.out.Write(a.raw); err != nil {
			return err
		}
		return c.out.Flush()
	}
	if !errorsInDocument(c.set.format) || c.likeEtcdutl() {
		answered := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.failed })
		if len(answered) == 0 {
			return nil
		}
		if c.likeEtcdutl() || !errorsInTable(c.set.format) {
			rows = answered
		}
	}
	d := render.Document{Command: c.cmd.title(), ExitCode: int(a.code())}
	for _, r := range rows {
		d.Results = append(d.Results, r.result)
	}
	if err := render.Render(c.stoppable(), d, c.set.format, c.renderOptions()); err != nil {
		return err
	}
	return c.out.Flush()
}

// stoppable is stdout for a document, which may be long: a signal ends it. What is
// printed behind a signal says what became of the run, and comes whole.
func (c *call) stoppable() io.Writer {
	if c.ctx.Err() != nil {
		return c.out
	}
	return writerFunc(func(b []byte) (int, error) {
		if err := c.ctx.Err(); err != nil {
			return 0, err
		}
		return c.out.Write(b)
	})
}

type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// errorsInDocument says whether a failure belongs into stdout too. A script that parses
// stdout must find a document there, whatever happened; a person must not find the
// same sentence twice.
func errorsInDocument(format string) bool {
	return format == "json" || format == "ndjson" || format == "yaml"
}

// errorsInTable says whether a failure has a row among those of the PATHs that were
// answered: who reads a table of many looks for each of them there.
func errorsInTable(format string) bool { return format == "table" || format == "markdown" }

// reject ends a run that never came to its command: a usage error, as a rule.
func (p *program) reject(ctx context.Context, err error) exitCode {
	cmd := commandOf(p.root, err)
	format := guessFormat(p.argv, p.env)
	if own := new(ownInputError); !errors.As(err, &own) {
		// The line was not understood: any word of it may be an input.
		_ = p.std.spare(p.argv, format)
	}
	c := &call{ctx: ctx, cmd: cmd, root: p.root, argv: p.argv, out: newOutlet(p.std.out, p.env), errOut: p.std.err, env: p.env}
	f := c.explain(err)
	c.complain(f)
	c.set.format = format
	if errorsInDocument(c.set.format) && !c.likeEtcdutl() {
		a := answer{rows: []row{{result: errorResult("", f), code: f.code, failed: true}}}
		if err := c.print(a); err != nil {
			return worse(f.code, c.complainOutput(err))
		}
	}
	return f.code
}
