package main

import (
	"context"
	"errors"

	"boltvet/internal/datadir"
	"boltvet/internal/render"
)

// An inspectFunc answers for one source: a result, and the exit code that belongs to
// what it found (exitOK or exitDamage, say). An error means that there is no result.
type inspectFunc func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error)

// eachSource opens the PATHs in their order, one at a time, and asks f about each. A
// PATH that fails has a row of its own and does not keep the others from being
// looked at; a signal does.
func (c *call) eachSource(o datadir.Options, f inspectFunc) []row {
	var rows []row
	for _, path := range c.args() {
		if err := c.ctx.Err(); err != nil {
			return append(rows, c.failedRow(path, err))
		}
		r, err := c.oneSource(path, o, steadily(f))
		if err != nil {
			r = c.failedRow(path, err)
		}
		rows = append(rows, r)
		if errors.Is(err, context.Canceled) {
			return rows
		}
	}
	return rows
}

// oneSource opens one PATH, asks f about it and closes it.
func (c *call) oneSource(path string, o datadir.Options, f inspectFunc) (row, error) {
	src, err := c.openSource(path, o)
	if err != nil {
		return row{}, err
	}
	defer src.Close()
	result, code, err := f(c.ctx, src)
	return row{result: result, code: code}, err
}

// steadily is f for a file that nobody may write to meanwhile: else what f found of it is of no
// use, and was perhaps never true.
func steadily(f inspectFunc) inspectFunc {
	return func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		result, code, err := f(ctx, src)
		if err == nil {
			err = unchanged(src)
		}
		return result, code, err
	}
}

// unchanged is a *changedError if one of the files that are still open was written to.
func unchanged(sources ...*datadir.Source) error {
	var paths []string
	for _, src := range sources {
		switch err := src.Unchanged(); {
		case errors.Is(err, datadir.ErrChanged):
			paths = append(paths, src.Path)
		case err != nil:
			return unreadable(src, err)
		}
	}
	if len(paths) > 0 {
		return &changedError{paths}
	}
	return nil
}

// openSource opens a PATH, enters it in the evidence record, and says on stderr what is
// odd about it. The caller closes it.
func (c *call) openSource(path string, o datadir.Options) (*datadir.Source, error) {
	src, err := datadir.Resolve(c.ctx, path, o)
	if err != nil {
		return nil, err
	}
	c.record.opened(c.ctx, path, src)
	c.explainSource(path, src)
	for _, n := range src.Notes {
		c.note("%s: %s", printable(path), n)
	}
	return src, nil
}

// explainSource tells with --verbose what a PATH turned out to be.
func (c *call) explainSource(path string, src *datadir.Source) {
	if c.set.verbose == 0 {
		return
	}
	what := src.Kind.String()
	if src.Compression != "" {
		what += ", unpacked from " + src.Compression
	}
	if src.DBPath != "" && src.DBPath != path {
		what += ", db " + src.DBPath
	}
	what += ", lock " + src.Lock.Use.String()
	if src.Lock.Reason != "" {
		what += " (" + src.Lock.Reason + ")"
	}
	c.note("%s: %s", path, what)
}
