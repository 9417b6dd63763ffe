package main

import (
	"bytes"
	"context"
	"errors"
	"image/png"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// plainWidth is the width of a map that goes to no terminal.
const plainWidth = 80

// checkPicture refuses a target before any work is done for it.
func (c *call) checkPicture() error {
	target := c.text("png")
	if target == "" {
		return nil
	}
	f, err := atomicfile.Create(target, atomicfile.Options{})
	if err != nil {
		return err
	}
	f.Abort()
	return nil
}

// runPageMap draws the map of each PATH: in the terminal, and as a picture.
func (c *call) runPageMap() (answer, error) {
	o := c.renderOptions()
	if o.Width <= 0 {
		o.Width = plainWidth
	}
	if n := c.number("width"); n > 0 {
		o.Width = int(min(n, 10_000))
	}
	var drawn bytes.Buffer
	rows := c.eachSource(c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (r render.Result, code exitCode, err error) {
		code, err = c.readPages(ctx, src, pagesSettings{}, func(p *inspect.Pages, codes []verify.CodeCount) error {
			c.warnOfDamage(src.Path, codes)
			per := p.PagesPerCell(render.PageMapCells(o.Width, p.Map.Pages()))
			cells, err := p.Cells(per)
			if err != nil {
				return err
			}
			if drawn.Len() > 0 {
				drawn.WriteByte('\n')
			}
			if err := render.DrawPageMap(&drawn, p, cells, per, o); err != nil {
				return err
			}
			r = render.PageMap(p, cells, per, codes)
			return c.paint(p)
		})
		return r, code, err
	})
	return answer{rows: rows, raw: drawn.Bytes()}, nil
}

// paint writes the picture, if one was asked for.
func (c *call) paint(p *inspect.Pages) error {
	target := c.text("png")
	if target == "" {
		return nil
	}
	img, err := render.PagePicture(p)
	var large *render.TooLargePictureError
	if errors.As(err, &large) {
		return &refusal{err.Error(), "--map, which puts many pages into a cell"}
	}
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(target, atomicfile.Options{})
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	c.made(f.Target())
	return nil
}
