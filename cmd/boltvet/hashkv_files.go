package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/verify"
)

// hashedFiles are the PATHs of one hashkv and what became of them. Several that are
// compared stay open together, because where they are compared is known only when all
// of them were read once: so it is the same bytes that are hashed, and the locks of
// data dirs are held all along.
type hashedFiles struct {
	c      *call
	ask    hashRequest
	rows   []row
	files  []openedKV
	single *query.HashKV // of the only PATH, if etcdutl could have printed it

	verdicts []query.Verdict
}

// An openedKV is a file that can be hashed, and its row.
type openedKV struct {
	kv   *query.KVFile
	row  int
	code exitCode // exitDamage: its damage leaves the records whole
}

func newHashedFiles(c *call, r hashRequest) *hashedFiles { return &hashedFiles{c: c, ask: r} }

// close closes what is still open.
func (h *hashedFiles) close() {
	for _, f := range h.files {
		f.kv.Close()
		f.kv.Source.Close()
	}
	h.files = nil
}

// fail makes err the answer for the PATH of row i, and tells whether to go on.
func (h *hashedFiles) fail(i int, path string, err error) bool {
	h.rows[i], h.single = h.c.failedRow(path, err), nil
	return !errors.Is(err, context.Canceled)
}

// each asks the PATHs one after the other, each closed before the next is opened.
func (h *hashedFiles) each() {
	for i, path := range h.c.args() {
		h.rows = append(h.rows, row{})
		f, err := h.openOne(path, h.ask.rev)
		if err == nil {
			f.row = i
			h.files = append(h.files, f)
			err = h.alone(f)
			if err == nil {
				err = unchanged(f.kv.Source)
			}
			h.close()
		}
		if err != nil && !h.fail(i, path, err) {
			return
		}
	}
}

// open opens and reads all PATHs.
func (h *hashedFiles) open() {
	for i, path := range h.c.args() {
		h.rows = append(h.rows, row{})
		f, err := h.openOne(path, -1)
		if err == nil {
			f.row = i
			h.files = append(h.files, f)
		} else if !h.fail(i, path, err) {
			return
		}
	}
}

// openOne opens one PATH and reads it once; a damaged one is an error.
func (h *hashedFiles) openOne(path string, rev int64) (f openedKV, err error) {
	c := h.c
	if err := c.ctx.Err(); err != nil {
		return f, err
	}
	src, err := c.openSource(path, c.sourceOptions())
	if err != nil {
		return f, err
	}
	tally := verify.NewTally(verify.ContextOf(src), 1)
	o := c.hashOptions(h.ask.load, tally)
	o.Deep = h.ask.against != nil || h.ask.comparesFiles(c) // a number alone is no verdict
	kv, err := query.OpenKV(c.ctx, src, rev, o)
	if err = c.hashTrouble(src, tally, err); err != nil {
		if kv != nil {
			kv.Close()
		}
		src.Close()
		return f, err
	}
	f.kv = kv
	if o.Deep { // a lone number is as etcdutl prints it
		f.code = tallyCode(tally)
	}
	return f, nil
}

// alone hashes a file for itself, and holds it against --against.
func (h *hashedFiles) alone(f openedKV) error {
	kv := f.kv
	p := h.ask.point(kv)
	var (
		sum query.HashKV
		err error
	)
	if p.Compact == kv.Compact && !h.ask.hasCompact {
		sum, err = kv.Hash(h.c.ctx, p.Rev)
	} else {
		sum, err = kv.HashAt(h.c.ctx, p)
	}
	if err != nil {
		return hashFailure(kv, err)
	}
	h.explain(kv, sum)
	cmp := render.HashComparison{Against: h.ask.against}
	if h.ask.against == nil {
		if len(h.c.args()) == 1 && f.code == exitOK {
			h.single = &sum
		}
	} else {
		cmp.With = h.c.text("against")
		cmp.Verdict, cmp.Reason = h.ask.against.Judge(sum)
	}
	h.show(f, &sum, cmp)
	return nil
}

// hashFailure adds the path where the error does not have it.
func hashFailure(kv *query.KVFile, err error) error {
	var without *query.NoAnswerError
	if errors.As(err, &without) {
		return err
	}
	return fmt.Errorf("%s: %w", kv.Source.Path, err)
}

// explain notes on stderr what a number leaves unsaid.
func (h *hashedFiles) explain(kv *query.KVFile, sum query.HashKV) {
	path := printable(kv.Source.Path)
	switch {
	case sum.Unsettled:
		h.c.note("%s: no key is alive at revision %d and a compaction to %d is unfinished: a member gives another hash once it has ended (--compact-rev %d prints that one)",
			path, sum.Rev, kv.Compact, kv.Compact)
	case kv.Unfinished:
		h.c.note("%s: a compaction to %d is unfinished; the hash is the same before and after", path, kv.Compact)
	}
	if kv.Source.Member != nil {
		h.c.note("%s: the db alone is hashed; entries of the log that it has not applied are not part of it", path)
	}
}

// compare hashes all files at one point and holds them against the first.
func (h *hashedFiles) compare() {
	if len(h.files) == 0 || h.c.ctx.Err() != nil {
		return
	}
	defer h.steady()
	var list []*query.KVFile
	for _, f := range h.files {
		list = append(list, f.kv)
	}
	p, ok := h.ask.common(list)
	if !ok {
		h.apart(p)
		return
	}
	var first *query.HashKV
	for _, f := range h.files {
		sum, err := f.kv.HashAt(h.c.ctx, p)
		if err != nil {
			if !h.fail(f.row, f.kv.Source.Path, hashFailure(f.kv, err)) {
				return
			}
			continue
		}
		h.explain(f.kv, sum)
		cmp := render.HashComparison{Verdict: query.Reference}
		if first == nil {
			first = &sum
			list[0] = f.kv
		} else {
			cmp = render.HashComparison{Verdict: query.Judge(*first, sum), With: list[0].Source.Path}
		}
		h.show(f, &sum, cmp)
	}
}

// steady takes all comparisons back if one of the files was written to meanwhile.
func (h *hashedFiles) steady() {
	var sources []*datadir.Source
	for _, f := range h.files {
		sources = append(sources, f.kv.Source)
	}
	if err := unchanged(sources...); err != nil {
		for _, f := range h.files {
			h.fail(f.row, f.kv.Source.Path, err)
		}
	}
}

// apart is the answer for files whose ranges do not meet.
func (h *hashedFiles) apart(p query.Point) {
	reason := fmt.Sprintf("the lowest latest revision is %d, the highest compact revision is %d", p.Rev, p.Compact)
	h.c.warn("no common revision: %s", reason)
	for _, f := range h.files {
		cmp := render.HashComparison{Verdict: query.NoCommonRevision, Reason: reason}
		h.show(f, nil, cmp)
	}
}

// show makes the row of a file that was hashed, or held against others in vain.
func (h *hashedFiles) show(f openedKV, sum *query.HashKV, cmp render.HashComparison) {
	h.rows[f.row] = row{result: render.HashKV(f.kv, sum, cmp), code: worse(f.code, comparisonCode(cmp.Verdict))}
	h.verdicts = append(h.verdicts, cmp.Verdict)
}

// answer has the rows that were come to: a signal leaves files that were opened and
// never hashed.
func (h *hashedFiles) answer() answer {
	rows := slices.DeleteFunc(h.rows, func(r row) bool { return !r.failed && r.result.Source == "" })
	return answer{rows: rows, verdict: comparisonWord(rows, h.verdicts)}
}
