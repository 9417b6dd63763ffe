package main

import (
	"context"
	"errors"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/mvccview"
	"boltvet/verify"
)

// hashCommand is `boltvet hash PATH…`.
func hashCommand() *command {
	return &command{
		name: "hash", args: "PATH…",
		short: "etcdutl's status hash: do these files have the same content?",
		about: `Prints the hash that "etcdutl snapshot status" prints: CRC-32C over all buckets, keys and
values of a file. Files of one content have one hash however they are laid out: before
and after a defragmentation, bare or with a sha256 trailer, packed or not. Several PATHs
are compared with the first; exit code 1 if they differ.

It is not comparable between the members of a cluster, nor between two moments of one
member: it covers what each member notes for itself, such as the index of the last entry
it applied. "boltvet hashkv" is what members compare.

A file whose pages, order, revisions or sha256 are damaged has no hash, for it would be
the hash of a part: exit code 3. Where other damage leaves the content whole, the hash is
printed, with a warning and exit code 3 all the same.`,
		flags: hashFlags(),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet hash snapshot.db", "the hash"},
			{"boltvet hash before.db after.db", "did the defragmentation keep everything?"},
		},
		run: runHash,
	}
}

// hashFlags are what hash and hashkv have in common; the flag has etcdutl's name.
func hashFlags() []flag {
	return append([]flag{{name: "skip-hash-check", usage: "do not check the sha256 trailer first"}}, workloadFlagsFor(verifyPerKey)...)
}

// runHash hashes each PATH and compares all with the first that has a hash.
func runHash(c *call) (answer, error) {
	load, err := c.workload()
	if err != nil {
		return answer{}, err
	}
	var hashes []*query.ContentHash
	rows := c.eachSource(c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		tally := verify.NewTally(verify.ContextOf(src), 1)
		h, err := query.HashContent(ctx, src, c.hashOptions(load, tally))
		if err = c.hashTrouble(src, tally, err); err != nil {
			return render.Result{}, exitIO, err
		}
		hashes = append(hashes, h)
		return render.Result{}, tallyCode(tally), nil
	})
	next, verdicts := 0, []query.Verdict(nil)
	for i := range rows {
		if rows[i].failed {
			continue
		}
		h, cmp := hashes[next], render.HashComparison{}
		switch {
		case len(rows) == 1:
		case next == 0:
			cmp.Verdict = query.Reference
		default:
			cmp = render.HashComparison{Verdict: query.Different, With: hashes[0].Source.Path}
			if h.Hash == hashes[0].Hash {
				cmp.Verdict = query.Equal
			}
		}
		rows[i].result, rows[i].code = render.ContentHash(h, cmp), worse(rows[i].code, comparisonCode(cmp.Verdict))
		verdicts = append(verdicts, cmp.Verdict)
		next++
	}
	return answer{rows: rows, verdict: comparisonWord(rows, verdicts)}, nil
}

// hashOptions are the flags that concern the reading of a source.
func (c *call) hashOptions(load workload, tally *verify.Tally) query.ReadOptions {
	return c.readOptions(load, tally.Add)
}

// A partialError says that a file is damaged, so that a hash of it would be that of a
// part, and must not be shown.
type partialError struct {
	path    string
	finding verify.Finding
}

func (e *partialError) Error() string {
	return e.path + ": no hash of a damaged file: " + e.finding.String()
}

// hashTrouble is why there is no hash of src: its damage, or err in the words of a
// refusal; nil if there is nothing in the way. Damage that takes nothing from the hash
// is warned of.
func (c *call) hashTrouble(src *datadir.Source, tally *verify.Tally, err error) error {
	switch {
	case errors.Is(err, query.ErrNoDB):
		return &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: err.Error(), Try: "name a snapshot, a db or a data dir"}
	case errors.Is(err, mvccview.ErrNotEtcd):
		return &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: err.Error(), Try: "name an etcd snapshot, db or data dir"}
	case err != nil:
		return unreadable(src, err)
	}
	for _, code := range tally.Codes() {
		if code.Severity < verify.Damaged {
			continue
		}
		if code.AltersHash() {
			return &partialError{src.Path, code.Sample[0]}
		}
		c.warn("%s: the hash is whole, but: %s", printable(src.Path), code.Sample[0])
	}
	return nil
}

// comparisonCode is the exit code of a verdict: all but "equal" is a no, so that a
// script that goes on after 0 knows that the files are the same.
func comparisonCode(v query.Verdict) exitCode {
	switch v {
	case query.NotCompared, query.Reference, query.Equal:
		return exitOK
	}
	return exitNo
}

// comparisonWord is the word of the evidence record for all rows together.
func comparisonWord(rows []row, verdicts []query.Verdict) string {
	word := "hashed"
	for _, v := range verdicts {
		switch {
		case v == query.Different:
			return v.String()
		case v == query.NoCommonRevision || v == query.NoVerdict:
			word = v.String()
		case v == query.Equal && word == "hashed":
			word = v.String()
		}
	}
	for _, r := range rows {
		if r.failed {
			return "not all could be hashed"
		}
	}
	return word
}
