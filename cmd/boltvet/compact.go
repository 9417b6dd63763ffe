package main

import (
	"context"
	"slices"
	"strconv"

	"boltvet/internal/datadir"
	"boltvet/internal/rewrite"
)

// compactCommand is `boltvet compact SRC DST --revision N`.
func compactCommand() *command {
	return &command{
		name: "compact", args: "SRC DST",
		short: "a new file without superseded revisions, defragmented in the same pass",
		about: `Writes SRC to the new file DST as etcd 3.7 would leave it after a compaction at a
revision, and a defragmentation: of what is at or below the revision, only the newest
record of each key that is alive stays (and a deletion exactly at it). Leases, auth,
alarms and members are not touched. SRC is verified, all layers, and a damaged one is
refused (3), for what is left of a history looks as whole as the history.

DST is for a restore. Never swap it into one member of a running cluster: that member
would answer otherwise than the others, and hash checks would call it corrupt.`,
		flags: slices.Concat([]flag{
			{name: "revision", kind: textFlag, arg: "N", usage: `compact at this revision, or "latest"`},
			{name: "retain", kind: intFlag, arg: "K", usage: "with --revision latest: keep the history of the last K revisions"},
			{name: "in-place", usage: "refused: see above"},
			sealFlag(),
		}, rewriteFlags(), workloadFlagsFor(verifyPerKey+80)),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 1, most: 2,
		inputs: rewriteInputs,
		examples: []example{
			{"boltvet compact snapshot.db small.db --revision latest", "no history at all"},
			{"boltvet compact snapshot.db small.db --revision latest --retain 10000", "with the last 10000 revisions"},
			{"boltvet compact --dry-run snapshot.db --revision 123456", "what would it drop?"},
		},
		run: runCompact,
	}
}

// runCompact reads the flags that name the revision.
func runCompact(c *call) (answer, error) {
	if c.isSet("in-place") {
		return answer{}, &refusal{"a compacted db must never be swapped into one member of a cluster: it would answer otherwise than the others",
			"name a DST and restore the cluster from it; for a running cluster, etcdctl compact"}
	}
	t, err := compactTarget(c)
	if err != nil {
		return answer{}, err
	}
	load, err := c.workload()
	if err != nil {
		return answer{}, err
	}
	a, err := runRewrite(c, func(ctx context.Context, src *datadir.Source, out rewrite.Output, o rewrite.Options) (*rewrite.Result, error) {
		o.Jobs, o.MaxTable = load.jobs, load.table
		return rewrite.Compact(ctx, src, out, t, o)
	}, false)
	if err == nil && a.code() == exitOK && !c.isSet("dry-run") {
		c.note("the new file is for a restore; never swap it into one member of a running cluster")
	}
	return a, err
}

// compactTarget is --revision with --retain.
func compactTarget(c *call) (rewrite.Target, error) {
	text, retain := c.text("revision"), c.number("retain")
	if text == "" {
		return rewrite.Target{}, c.usage("--revision is missing: a number, or latest", "--revision latest")
	}
	if text == "latest" {
		if retain < 0 {
			return rewrite.Target{}, c.usage("--retain is a number of revisions, 0 or more", "")
		}
		return rewrite.Target{Retain: retain}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return rewrite.Target{}, c.usage("--revision is a number from 1, or latest, not "+quoted(text), "--revision latest")
	}
	if c.line.IsSet("retain") {
		return rewrite.Target{}, c.usage("--retain goes with --revision latest only", "--revision latest --retain "+strconv.FormatInt(retain, 10))
	}
	return rewrite.Target{Revision: n}, nil
}
