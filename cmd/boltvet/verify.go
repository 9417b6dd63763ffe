package main

import (
	"cmp"
	"context"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/internal/upstream"
	"boltvet/verify"
)

// verifyCommand is `boltvet verify PATH…`.
func verifyCommand() *command {
	return &command{
		name: "verify", args: "PATH…",
		short: "can I trust this backup, and can I restore it?",
		about: `Checks every layer: file and sha256, metas, freelist, pages, order, buckets,
revisions, meanings, and for a data dir the log and whether etcd would start from it.
Nothing is written. The verdict is healthy, worn (odd, but restorable), damaged (part
can be read; what is lost is listed) or unreadable.

--level quick looks at file, metas, freelist and sha256; tree adds pages, order and
buckets; full, the default, is everything.`,
		flags: append([]flag{
			{name: "level", kind: textFlag, arg: "LEVEL", def: "full", usage: "quick, tree or full"},
			{name: "strict", usage: "exit 3 for worn files too"},
			{name: "exit-on-first", usage: "stop at the first finding"},
			{name: "max-findings", kind: intFlag, arg: "N", def: "10", usage: "places listed for each code; the counts are exact whatever it is"},
			{name: "upstream", usage: "ask bbolt's and etcd's own code as well, on a private copy in a child process"},
			{name: "wal-dir", kind: textFlag, arg: "DIR", usage: "the WAL, when etcd ran with --wal-dir"},
		}, workloadFlagsFor(verifyPerKey)...),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: statusInputs,
		examples: []example{
			{"boltvet verify snapshot.db", "everything"},
			{"boltvet verify --level quick *.db", "a first look at many"},
			{"boltvet verify -w json /var/lib/etcd", "a stopped member, for a program"},
		},
		run: runVerify,
	}
}

// verifyPerKey is what the history of a key takes at most, in bytes: 64 in a table whose
// bins are half empty at worst. See [mvccview.Chain].
const verifyPerKey = 160

// runVerify reads the flags of verify and asks for each PATH.
func runVerify(c *call) (answer, error) {
	level, ok := verify.ParseLevel(cmp.Or(c.text("level"), verify.Full.String()))
	if !ok {
		return answer{}, c.usage("--level is quick, tree or full", "")
	}
	samples := c.number("max-findings")
	if samples < 0 || samples > maxSamples {
		return answer{}, c.usage("--max-findings is a number up to 100000; 0 stands for 10, the default", "")
	}
	load, err := c.workload()
	if err != nil {
		return answer{}, err
	}
	vo := verify.Options{Level: level, Jobs: load.jobs, MaxTable: load.table, ExitOnFirst: c.isSet("exit-on-first"), MaxFindings: int(samples), Progress: c.meter.progress()}
	o := c.sourceOptions()
	o.WALDir = c.text("wal-dir")
	strict, ask := c.isSet("strict"), c.isSet("upstream")
	var second upstream.Asker
	if ask {
		if second, err = secondOpinion(c); err != nil {
			return answer{}, err
		}
	}
	var verdicts []string
	rows := c.eachSource(o, func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		r, err := verify.Run(ctx, src, vo)
		if err != nil {
			return render.Result{}, exitIO, unreadable(src, err)
		}
		if ask {
			if err := r.SecondOpinion(ctx, second, ownHashKV(ctx, src, r)); err != nil {
				return render.Result{}, exitIO, err
			}
		}
		verdicts = append(verdicts, r.Verdict.String())
		return render.Verify(r), verdictCode(r.Verdict, strict), nil
	})
	return answer{rows: rows, verdict: strings.Join(verdicts, ", ")}, nil
}

// ownHashKV is our HashKV at the latest revision, for the comparison with etcd's; nil
// where a damaged file, or a revision that cannot be hashed, gives none.
func ownHashKV(ctx context.Context, src *datadir.Source, r *verify.Report) *upstream.Hash {
	if r.Verdict >= verify.VerdictDamaged {
		return nil
	}
	file, err := query.OpenKV(ctx, src, 0, query.ReadOptions{SkipTrailer: true})
	if err != nil {
		return nil
	}
	defer file.Close()
	h, err := file.Hash(ctx, 0)
	if err != nil {
		return nil
	}
	return &upstream.Hash{Hash: h.Hash, Revision: h.Rev, CompactRevision: h.Compact}
}

// maxSamples bounds --max-findings, for each sample is kept in memory.
const maxSamples = 100000

// verdictCode is the exit code of a verdict.
func verdictCode(v verify.Verdict, strict bool) exitCode {
	switch {
	case v == verify.VerdictUnreadable:
		return exitUnknown
	case v == verify.VerdictDamaged, v == verify.VerdictWorn && strict:
		return exitDamage
	}
	return exitOK
}
