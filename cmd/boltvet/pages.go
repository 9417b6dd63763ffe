package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// pagesCommand is `boltvet pages PATH…`.
func pagesCommand() *command {
	return &command{
		name: "pages", args: "PATH…",
		short: "the file page by page, and the page map as a picture",
		about: `Lists every page: what it is to the live tree, which bucket has it, how much of it is in
use, who points to it, and what its own header says. Kinds are meta, freelist, branch,
leaf, overflow, damaged (in use, but cannot be read), free, unreachable (leaked),
free_or_leaked (etcd persists no freelist that could tell), missing (beyond the end of
the file) and tail (behind the high water mark); the last two are one row each.

-w csv and -w ndjson write one row a page as they come, for files of any size. --map
draws the pages as cells: how full by the glyph, what by colour, damage as X. --png
writes a picture with one pixel a page: blue the largest bucket, light blue the others,
green branches, purple metas and freelist, grey free, orange unreachable, red damaged,
black missing; paler is emptier.`,
		flags: []flag{
			{name: "kind", kind: listFlag, arg: "KIND", usage: "pages of this kind only; may be repeated", values: pageKinds},
			{name: "from", kind: intFlag, arg: "N", usage: "begin with page N"},
			{name: "limit", kind: intFlag, arg: "N", usage: "at most N rows"},
			{name: "map", usage: "the page map instead of the list"},
			{name: "width", kind: intFlag, arg: "N", def: "the terminal's", usage: "columns of the map"},
			{name: "png", kind: textFlag, arg: "FILE", usage: "write the page map as a picture to a new file"},
		},
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet pages snapshot.db --map", "where is what"},
			{"boltvet pages snapshot.db --png map.png", "the same with one pixel a page"},
			{"boltvet pages snapshot.db --kind damaged --kind missing", "what is broken"},
			{"boltvet pages /var/lib/etcd -w csv", "all pages, for a spreadsheet"},
		},
		run: runPages,
	}
}

func pageKinds() []string {
	var names []string
	for _, class := range bolt.PageClasses() {
		names = append(names, class.String())
	}
	return names
}

// A pageFilter says which pages are listed.
type pageFilter struct {
	kinds []string // empty: all
	from  bolt.Pgid
	limit int64 // rows
}

// maxListedPages bounds what is listed in formats that hold the whole list at once.
const maxListedPages = 200_000

func runPages(c *call) (answer, error) {
	filter := pageFilter{kinds: c.list("kind"), limit: math.MaxInt64}
	for _, kind := range filter.kinds {
		if !slices.Contains(pageKinds(), kind) {
			return answer{}, c.usage("--kind is one of "+strings.Join(pageKinds(), ", ")+", not "+quoted(kind), "")
		}
	}
	if c.number("from") < 0 || c.number("limit") < 0 || c.number("width") < 0 {
		return answer{}, c.usage("--from, --limit and --width are not negative", "")
	}
	filter.from = bolt.Pgid(c.number("from"))
	if n := c.number("limit"); n > 0 {
		filter.limit = n
	}
	if c.text("png") != "" && len(c.args()) > 1 {
		return answer{}, c.usage("--png draws one PATH", "")
	}
	if err := c.checkPicture(); err != nil {
		return answer{}, err
	}
	if c.isSet("map") || c.text("png") != "" {
		return c.runPageMap()
	}
	stream := slices.Contains(render.StreamFormats(), c.set.format)
	header := c.renderOptions()
	rows := c.eachSource(c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (r render.Result, code exitCode, err error) {
		code, err = c.readPages(ctx, src, pagesSettings{}, func(p *inspect.Pages, codes []verify.CodeCount) (err error) {
			c.warnOfDamage(src.Path, codes)
			if stream {
				err = c.streamPages(ctx, p, filter, header)
				header.NoHeaders = true
				return err
			}
			r, err = listPages(p, filter, codes)
			return err
		})
		return r, code, err
	})
	return answer{rows: rows, printed: stream}, nil
}

// each gives the pages that the filter lets through.
func (f pageFilter) each(p *inspect.Pages, visit func(bolt.PageInfo) error) error {
	left := f.limit
	for i, err := range p.Map.All(f.from) {
		if err != nil {
			return err
		}
		if len(f.kinds) > 0 && !slices.Contains(f.kinds, i.Class.String()) {
			continue
		}
		if left == 0 {
			return nil
		}
		left--
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// listPages collects the rows for a format that needs them all.
func listPages(p *inspect.Pages, filter pageFilter, codes []verify.CodeCount) (render.Result, error) {
	var rows []bolt.PageInfo
	err := filter.each(p, func(i bolt.PageInfo) error {
		if len(rows) == maxListedPages {
			return &refusal{fmt.Sprintf("more than %d pages for a format that holds them all at once", maxListedPages), "-w csv or -w ndjson, or --kind, --from and --limit"}
		}
		rows = append(rows, i)
		return nil
	})
	if err != nil {
		return render.Result{}, err
	}
	return render.Pages(p, rows, codes), nil
}

// lookUpRows is how many rows are written between two looks at the signal.
const lookUpRows = 1 << 12

// streamPages writes the rows as they come. An error of writing stays in c.out, whose
// last flush gives it; here it ends the list.
func (c *call) streamPages(ctx context.Context, p *inspect.Pages, filter pageFilter, o render.Options) error {
	c.meter.stop() // the answer may go to the terminal that the bar is on
	w := render.NewRowWriter(c.out, c.set.format, c.cmd.title(), p.Source.Path, o)
	n, failed := 0, error(nil)
	err := filter.each(p, func(i bolt.PageInfo) error {
		if n++; n%lookUpRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		failed = w.Write(render.PageFields(i, p.File.PageSize()))
		return failed
	})
	if failed == nil {
		failed = w.Flush()
	}
	if failed != nil {
		return nil
	}
	return err
}
