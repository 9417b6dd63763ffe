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
	loose bool // without a valid meta too
	// tally gives the tally that a finding belongs to; nil: it is about something that
	// was not asked for. Without tally, all belong to the answer.
	tally func(p verify.Place) *verify.Tally
}

// readPages maps the pages of src, grades what is wrong with its structure, and hands
// both on. The exit code tells whether any of it is damage.
func (c *call) readPages(ctx context.Context, src *datadir.Source, s pagesSettings, view pagesView) (exitCode, error) {
	if src.File == nil {
		return exitIO, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: "there is no db in it", Try: "name a snapshot, a db or a data dir"}
	}
	all := verify.NewTally(verify.ContextOf(src), 0)
	if s.tally == nil {
		s.tally = func(verify.Place) *verify.Tally { return all }
	}
	elsewhere := false
	o := inspect.PageOptions{Loose: s.loose, Progress: c.meter.progress(), OnFault: func(f bolt.Fault) bool {
		graded := verify.Grade(f, verify.ContextOf(src))
		if t := s.tally(graded.Place); t != nil {
			return t.Add(f)
		}
		elsewhere = elsewhere || graded.Severity >= verify.Damaged
		return true
	}}
	err := inspect.ReadPages(ctx, src, o, func(p *inspect.Pages) error {
		if p.Map == nil {
			c.warn("%s: neither meta page is valid: nobody can tell what is in use, and a page size of %d bytes is what most pages speak for",
				printable(src.Path), p.File.PageSize())
		}
		return view(p, all.Codes())
	})
	var many *bolt.MapTooLargeError
	if errors.As(err, &many) {
		return exitIO, &refusal{err.Error(), "boltvet status, which keeps one byte for each page"}
	}
	if err != nil {
		return exitIO, unreadable(src, err)
	}
	if elsewhere {
		c.note("%s: the file is damaged elsewhere; boltvet verify tells all", printable(src.Path))
	}
	return tallyCode(all), nil
}

// tallyCode is the exit code of what a tally holds.
func tallyCode(t *verify.Tally) exitCode {
	if t.Worst() >= verify.Damaged {
		return exitDamage
	}
	return exitOK
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
