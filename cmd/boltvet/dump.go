package main

import (
	"context"
	"crypto/sha256"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// dumpCommand is `boltvet dump PATH N`.
func dumpCommand() *command {
	return &command{
		name: "dump", args: "PATH N",
		short: "the raw bytes of a page, for another program",
		about: `Writes a page as it lies in the file to stdout, with its overflow pages unless --single.
An overflow page is written by itself. The bytes have keys and values in them, secrets
too, and are not made for a terminal: that is refused. In formats other than simple it
tells where the bytes lie and their sha256.`,
		flags: []flag{{name: "single", usage: "this page alone, without its overflow"}},
		codes: []exitCode{exitUnknown, exitRefused},
		least: 2, most: 2,
		inputs: firstArg,
		examples: []example{
			{"boltvet dump snapshot.db 17 > page17", "to a file"},
			{"boltvet dump snapshot.db 17 | xxd", "in hex"},
		},
		run: runDump,
	}
}

func runDump(c *call) (answer, error) {
	id, err := c.parsePage(c.args()[1])
	if err != nil {
		return answer{}, err
	}
	raw := c.set.format == "simple"
	if raw && c.out.terminal {
		return answer{}, &refusal{"raw bytes are not for a terminal", "boltvet page shows the page; or redirect stdout"}
	}
	path := c.args()[0]
	r, err := c.oneSource(path, c.sourceOptions(), steadily(func(ctx context.Context, src *datadir.Source) (r render.Result, code exitCode, err error) {
		code, err = c.readPages(ctx, src, pagesSettings{loose: true, tally: ignored}, func(p *inspect.Pages, _ []verify.CodeCount) error {
			r, err = c.dumpPage(p, id, raw)
			return err
		})
		return r, code, err
	}))
	if err != nil {
		r = c.failedRow(path, err)
	}
	return answer{rows: []row{r}, printed: raw}, nil
}

// ignored takes no finding for the answer: bytes are bytes.
func ignored(verify.Place) *verify.Tally { return nil }

// dumpPage writes the bytes, or tells of them.
func (c *call) dumpPage(p *inspect.Pages, id bolt.Pgid, raw bool) (render.Result, error) {
	if id >= bolt.Pgid(p.PageCount()) && int64(id) != p.PageCount() {
		return render.Result{}, c.noPage(id, p.PageCount())
	}
	d, err := p.Detail(id)
	if err != nil {
		return render.Result{}, err
	}
	if at := d.Description; at.Bytes == 0 {
		return render.Result{}, c.noPage(id, p.PageCount())
	} else if c.isSet("single") {
		at.Clip(at.Off, int64(p.File.PageSize()))
	}
	sum := sha256.New()
	for _, region := range d.Description.Regions {
		sum.Write(region.Data)
		if raw {
			if _, err := c.out.Write(region.Data); err != nil {
				break // it stays in c.out, whose last flush gives it
			}
		}
	}
	return render.RawPage(p.Source.Path, id, d.Description.Off, d.Description.Bytes, sum.Sum(nil)), nil
}
