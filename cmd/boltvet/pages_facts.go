package main

import (
	"context"
	"errors"
	"fmt"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// A pagesView answers from the pages of a db and what was found wrong with it.
type pagesView func(p *inspect.Pages, codes []verify.CodeCount) error

// pagesSettings is how the pages of a source are read.
type pagesSettings struct {
	loose  bool                      // without a valid meta too
	counts func(p verify.Place) bool // which findings belong to the answer; nil: all
}

// readPages maps the pages of src, grades what is wrong with its structure, and hands
// both on. The exit code tells whether any of it is damage.
func (c *call) readPages(ctx context.Context, src *datadir.Source, s pagesSettings, view pagesView) (exitCode, error) {
	if src.File == nil {
		return exitIO, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: "there is no db in it", Try: "name a snapshot, a db or a data dir"}
	}
	tally := verify.NewTally(gradeContext(src), 0)
	elsewhere := 0
	o := inspect.PageOptions{Loose: s.loose, Progress: c.meter.progress(), OnFault: func(f bolt.Fault) bool {
		if graded := verify.Grade(f, gradeContext(src)); s.counts == nil || s.counts(graded.Place) {
			return tally.Add(f)
		} else if graded.Severity >= verify.Damaged {
			elsewhere++
		}
		return true
	}}
	err := inspect.ReadPages(ctx, src, o, func(p *inspect.Pages) error { return view(p, tally.Codes()) })
	var many *bolt.MapTooLargeError
	if errors.As(err, &many) {
		return exitIO, &refusal{err.Error(), "boltvet status, which keeps one byte for each page"}
	}
	if err != nil {
		return exitIO, unreadable(src, err)
	}
	if elsewhere > 0 {
		c.note("%s: the file is damaged elsewhere; boltvet verify tells all", printable(src.Path))
	}
	if tally.Worst() >= verify.Damaged {
		return exitDamage, nil
	}
	return exitOK, nil
}

// warnOfDamage tells on stderr what is wrong, for answers that have no room for it.
func (c *call) warnOfDamage(path string, codes []verify.CodeCount) {
	for _, code := range codes {
		if code.Severity >= verify.Damaged {
			c.warn("%s: %s", printable(path), code.Sample[0])
		}
	}
}

// parsePage reads a page number as it is typed.
func (c *call) parsePage(word string) (bolt.Pgid, error) {
	var id uint64
	if n, err := fmt.Sscanf(word+"\n", "%d\n", &id); err != nil || n != 1 || fmt.Sprint(id) != word {
		return 0, c.usage(quoted(word)+" is no page number", "boltvet pages PATH lists the pages")
	}
	return bolt.Pgid(id), nil
}
