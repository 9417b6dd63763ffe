package main

import (
	"errors"
	"slices"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/mvccview"
	"boltvet/verify"
)

// diffedFiles are the PATHs of one diff and what became of them. All stay open till the
// end: where they are compared is known only when each was read once.
type diffedFiles struct {
	c      *call
	ask    diffRequest
	rows   []row
	opened []*query.DiffFile
	files  []*query.DiffFile            // of these, the ones that can be compared
	at     []int                        // the row of each of them
	codes  map[*query.DiffFile]exitCode // exitDamage: the file is damaged

	verdicts []query.Verdict
}

// runDiff opens all PATHs and compares those that could be opened.
func runDiff(c *call) (answer, error) {
	r, err := readDiffRequest(c)
	if err != nil {
		return answer{}, err
	}
	d := &diffedFiles{c: c, ask: r, codes: map[*query.DiffFile]exitCode{}}
	defer d.close()
	if d.open() {
		if err := errors.Join(d.compare(), d.steady()); err != nil {
			return answer{}, err
		}
	}
	rows := slices.DeleteFunc(d.rows, func(r row) bool { return !r.failed && r.result.Source == "" })
	return answer{rows: rows, verdict: d.word()}, nil
}

func (d *diffedFiles) close() {
	for _, f := range d.opened {
		f.Close()
		f.Source.Close()
	}
}

// open reads each PATH once; false if a signal ended that.
func (d *diffedFiles) open() bool {
	for i, path := range d.c.args() {
		d.rows = append(d.rows, row{})
		f, err := d.openOne(path)
		if err == nil {
			d.opened = append(d.opened, f)
			if why := f.Lost(); why != "" {
				d.show(i, render.DiffRow{File: f, Verdict: query.NoVerdict, Reason: why, Odd: render.Null()}, false)
				continue
			}
			err = f.Reaches(d.ask.rev)
		}
		if err != nil {
			if d.rows[i] = d.c.failedRow(path, err); d.c.ctx.Err() != nil {
				return false
			}
			continue
		}
		d.files, d.at = append(d.files, f), append(d.at, i)
	}
	return true
}

func (d *diffedFiles) openOne(path string) (*query.DiffFile, error) {
	c := d.c
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	src, err := c.openSource(path, c.sourceOptions())
	if err != nil {
		return nil, err
	}
	grading := verify.ContextOf(src)
	tally := verify.NewTally(grading, 1)
	harms := func(fault error) bool { return verify.Grade(fault, grading).AltersHash() }
	f, err := query.OpenDiff(c.ctx, src, c.hashOptions(d.ask.load, tally), harms)
	if err != nil {
		src.Close()
		return nil, diffTrouble(src, err)
	}
	d.warnOf(src, tally)
	d.codes[f] = tallyCode(tally)
	if src.Member != nil {
		c.note("%s: the db alone is compared; entries of the log that it has not applied are not part of it", printable(path))
	}
	return f, nil
}

// diffTrouble is why a source cannot be compared, in the words of a refusal.
func diffTrouble(src *datadir.Source, err error) error {
	switch {
	case errors.Is(err, query.ErrNoDB):
		return &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: err.Error(), Try: "name a snapshot, a db or a data dir"}
	case errors.Is(err, mvccview.ErrNotEtcd):
		return notEtcd(src)
	}
	return unreadable(src, err)
}

// warnOf tells of each kind of damage once.
func (d *diffedFiles) warnOf(src *datadir.Source, tally *verify.Tally) {
	for _, code := range tally.Codes() {
		if code.Severity < verify.Damaged {
			continue
		}
		what := "the keys are whole, but"
		if code.AltersHash() {
			what = "damaged"
		}
		d.c.warn("%s: %s: %s", printable(src.Path), what, code.Sample[0])
	}
}

// compare fills the rows of the files that could be opened.
func (d *diffedFiles) compare() error {
	if len(d.files) < 2 {
		for i, f := range d.files {
			d.show(d.at[i], render.DiffRow{File: f, Odd: render.Null()}, false)
		}
		return nil
	}
	p, ok := query.CommonDiffPoint(d.files, d.ask.rev)
	if !ok {
		reason := query.ApartReason(p)
		d.c.warn("no common revision: %s", reason)
		for i, f := range d.files {
			d.show(d.at[i], render.DiffRow{File: f, Verdict: query.NoCommonRevision, Reason: reason, Odd: render.Null()}, false)
		}
		return nil
	}
	all, err := query.CompareAll(d.c.ctx, d.files, p, d.ask.o)
	if err != nil {
		return err
	}
	perKey := d.c.set.verbose > 0 && slices.ContainsFunc(all.Diffs, func(x *query.Difference) bool { return x != nil && len(x.Changes) > 0 })
	for i, x := range all.Diffs {
		r := render.DiffRow{File: d.files[i], Verdict: query.Reference, Point: &p, Difference: x, Odd: render.Null(), Behind: all.MostLatest() - d.files[i].Latest, Values: d.ask.o.Values}
		if all.Majority {
			r.Odd = render.Bool(all.Odd[i])
		}
		if x != nil {
			r.Verdict, r.Reason, r.With = x.Verdict, x.Reason, d.files[all.Reference].Source.Path
		}
		d.show(d.at[i], r, perKey)
	}
	return nil
}

// steady tells that a file was written to meanwhile: then the others were compared with
// something that it may never have been.
func (d *diffedFiles) steady() error {
	var sources []*datadir.Source
	for _, f := range d.opened {
		sources = append(sources, f.Source)
	}
	return unchanged(sources...)
}

// show makes row i.
func (d *diffedFiles) show(i int, r render.DiffRow, perKey bool) {
	code := worse(d.codes[r.File], comparisonCode(r.Verdict))
	if r.File.Harmed || r.Verdict == query.NoVerdict {
		code = worse(code, exitDamage)
	}
	d.rows[i] = row{result: render.Diff(r, perKey), code: code}
	d.verdicts = append(d.verdicts, r.Verdict)
}

// word is the verdict of the evidence record.
func (d *diffedFiles) word() string {
	for _, v := range []query.Verdict{query.Different, query.NoCommonRevision, query.NoVerdict} {
		if slices.Contains(d.verdicts, v) {
			return v.String()
		}
	}
	if slices.ContainsFunc(d.rows, func(r row) bool { return r.failed }) {
		return "not all could be compared"
	}
	return query.Equal.String()
}
