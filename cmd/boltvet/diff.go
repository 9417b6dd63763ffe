package main

import (
	"cmp"
	"slices"

	"boltvet/internal/query"
)

// diffCommand is `boltvet diff PATH PATH…`.
func diffCommand() *command {
	return &command{
		name: "diff", args: "PATH PATH…",
		short: "do files hold the same history; where do they part, and in which keys?",
		about: `Compares keys and their history, record by record, and says at which revision two files
part, which records differ there and in what (value, lease, version, deletion), and which
keys are added, removed or changed at the end. Each PATH is compared with the first one.
Of three or more the odd one out is named: the file that parts from more than half of the
others at the first difference; then those are compared with one of the majority.

Files are compared at the lowest of their latest revisions (or --rev) as if all were
compacted at the highest of their compact revisions, so a file that lags behind is equal
up to where it has got to, and what another one has compacted away is no difference. Of
the records at or below that compact revision, those count that a compaction leaves:
stricter than "hashkv", which passes over what is superseded later.

Leases, members, auth, alarms and the cluster version are compared too. They count if both
files had applied the same entries of the log (equal consistent index); if not, they are
shown and not judged. Consistent index, term, raft configuration and storage version are
each member's own: shown by -v, never a difference.

With -v the keys that differ are listed with what each file has of them: revision, size,
version, lease. Values are shown with --values only.

Exit code 0: equal. 1: different, or no common revision. 3: damage; what can be read is
compared and the differences named are real, but a damaged file is never called equal.`,
		flags: append([]flag{
			{name: "rev", kind: intFlag, arg: "N", def: "the lowest latest", usage: "last revision to compare, inclusive"},
			{name: "depth", kind: intFlag, arg: "N", def: "2", usage: "count by the first N parts of a key, divided by /; 0: do not count by prefix"},
			{name: "limit", kind: intFlag, arg: "N", def: "20; 1000 with -v", usage: "name at most N of the keys that differ, the first by revision"},
			{name: "values", usage: "show the values of keys that differ"},
		}, diffFlags()...),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 2, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet diff m1/data m2/data m3/data", "which member differs, and since when?"},
			{"boltvet diff -v --values old.db new.db", "what was changed between two snapshots' common past"},
			{"boltvet diff a.db b.db -w json | jq .results[1].first_difference", "for a script"},
		},
		run: runDiff,
	}
}

// diffFlags are those of hashkv, with what memory is taken for.
func diffFlags() []flag {
	flags := hashFlags()
	i := slices.IndexFunc(flags, func(f flag) bool { return f.name == "max-memory" })
	flags[i].usage = "exit 5 instead of taking more memory; 24 MiB, 160 bytes for each key of a file and 256 for each that may differ are enough; if need be, fewer keys are named"
	return flags
}

// A diffRequest is what the flags ask for.
type diffRequest struct {
	rev  int64 // 0: the lowest latest
	o    query.DiffOptions
	load workload
}

// How many keys and prefixes are told apart.
const (
	diffKeys        = 20
	diffKeysVerbose = 1000
	diffPrefixes    = 20
	diffDepth       = 2
	maxDiffKeys     = 1 << 20
	maxDiffHeld     = 2 << 30 // bytes of what is named
)

func readDiffRequest(c *call) (diffRequest, error) {
	load, err := c.workload()
	if err != nil {
		return diffRequest{}, err
	}
	r := diffRequest{rev: c.number("rev"), load: load, o: query.DiffOptions{
		MaxKeys: diffKeys, Values: c.isSet("values"), Depth: diffDepth, Prefixes: diffPrefixes,
		MaxHeld: cmp.Or(load.table, maxDiffHeld), MaxTable: load.table}}
	if c.set.verbose > 0 {
		r.o.MaxKeys = diffKeysVerbose
	}
	if r.rev < 0 {
		return r, c.usage("--rev is a revision: 1 or more, or 0 for the lowest latest", "")
	}
	if n := c.number("limit"); c.line.IsSet("limit") {
		if n < 0 || n > maxDiffKeys {
			return r, c.usage("--limit is a number from 0 to 1048576", "")
		}
		r.o.MaxKeys = int(n)
	}
	if n := c.number("depth"); c.line.IsSet("depth") {
		if n < 0 || n > 64 {
			return r, c.usage("--depth is a number from 0 to 64", "")
		}
		r.o.Depth = int(n)
	}
	return r, nil
}
