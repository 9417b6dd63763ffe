package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// pageCommand is `boltvet page PATH N…`.
func pageCommand() *command {
	return &command{
		name: "page", args: "PATH N…",
		short: "one page, taken apart byte by byte",
		about: `Shows each page as named regions that cover it exactly: header, element table, keys,
values, the pages of inline buckets, and what belongs to nothing. Any page can be looked
at: damaged, free, or pointed to by nobody. An overflow page shows its part of the page
that it belongs to. Without a valid meta the page size is what most pages speak for.

Values, and bytes that may be what is left of one, are not shown without --values;
--format redacted shows their length and hash instead. Exit code 3: this page is damaged,
or no meta is valid.`,
		flags: []flag{
			{name: "format", kind: textFlag, arg: "FORMAT", def: "auto", usage: "of keys and values: " + strings.Join(render.ByteFormats(), ", "), values: render.ByteFormats},
			{name: "values", usage: "show values, too"},
		},
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 2, most: -1,
		inputs: firstArg,
		examples: []example{
			{"boltvet page snapshot.db 0 1", "both metas"},
			{"boltvet page snapshot.db 17 --format hex --values", "everything on a page, in hex"},
		},
		run: runPage,
	}
}

// firstArg is the PATH of a command whose other arguments are none.
func firstArg(c *call) []string { return c.args()[:min(1, len(c.args()))] }

// noPage says that the file has no page of that number.
func (c *call) noPage(id bolt.Pgid, pages int64) error {
	return c.usage(fmt.Sprintf("there is no page %d; the pages are 0 to %d", id, pages-1), "boltvet pages PATH lists the pages")
}

func runPage(c *call) (answer, error) {
	o := render.PageOptions{Format: cmp.Or(c.text("format"), "auto"), Values: c.isSet("values")}
	if !slices.Contains(render.ByteFormats(), o.Format) {
		return answer{}, c.usage("--format is one of "+strings.Join(render.ByteFormats(), ", ")+", not "+quoted(o.Format), "")
	}
	var ids []bolt.Pgid
	for _, word := range c.args()[1:] {
		id, err := c.parsePage(word)
		if err != nil {
			return answer{}, err
		}
		ids = append(ids, id)
	}
	path, rows := c.args()[0], []row(nil)
	_, err := c.oneSource(path, c.sourceOptions(), steadily(func(ctx context.Context, src *datadir.Source) (r render.Result, code exitCode, err error) {
		rows, err = c.showPages(ctx, src, ids, o)
		return r, code, err
	}))
	if err != nil {
		rows = append(rows, c.failedRow(path, err))
	}
	return answer{rows: rows}, nil
}

// showPages takes the pages apart in one reading of the file. What is wrong with
// another page is no part of the answer.
func (c *call) showPages(ctx context.Context, src *datadir.Source, ids []bolt.Pgid, o render.PageOptions) (rows []row, err error) {
	tallies := map[int64]*verify.Tally{}
	for _, id := range ids {
		tallies[int64(id)] = verify.NewTally(verify.ContextOf(src), 0)
	}
	s := pagesSettings{loose: true, tally: func(p verify.Place) *verify.Tally { return tallies[p.Page] }}
	_, err = c.readPages(ctx, src, s, func(p *inspect.Pages, _ []verify.CodeCount) error {
		for _, id := range ids {
			tally := tallies[int64(id)]
			r, err := c.showPage(p, id, o, tally.Codes())
			if err != nil {
				return err
			}
			code := tallyCode(tally)
			if p.Map == nil {
				code = exitDamage
			}
			rows = append(rows, row{result: r, code: code})
		}
		return nil
	})
	return rows, err
}

// showPage takes apart one page that there is.
func (c *call) showPage(p *inspect.Pages, id bolt.Pgid, o render.PageOptions, codes []verify.CodeCount) (render.Result, error) {
	pages := p.PageCount()
	if p.Map != nil {
		pages = max(pages, int64(min(p.Map.Survey.Meta.HighWater, 1<<51)))
	}
	if uint64(id) >= uint64(pages) {
		return render.Result{}, c.noPage(id, pages)
	}
	d, err := p.Detail(id)
	if err != nil {
		return render.Result{}, err
	}
	return render.Page(p, d, o, codes), nil
}
