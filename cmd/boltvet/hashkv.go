package main

import (
	"cmp"

	"boltvet/internal/query"
)

// hashKVCommand is `boltvet hashkv PATH…`.
func hashKVCommand() *command {
	return &command{
		name: "hashkv", args: "PATH…",
		short: "the hash that members compare; several files are compared",
		about: `Prints the hash of all keys, values and history up to a revision (CRC-32C) that members
report to "etcdctl endpoint hashkv" and compare in etcd's corruption checks. Two hashes
are comparable only if both their revision and their compact revision are the same.

One PATH without --against: the bytes of "etcdutl hashkv" 3.7 in simple, table, json and
fields: hash (decimal), revision, compact revision (-1: never compacted). Unlike etcdutl,
nothing is written to the file.

Several PATHs are compared with the first at the lowest of their latest revisions and the
highest of their compact revisions, or where --rev and --compact-rev say. Each is hashed
as if it were compacted there, so files of one history are equal wherever their
compactions have got to. Exit code 1: they differ, or have no common revision.

--against holds each PATH against a number read from a live member with "etcdctl endpoint
hashkv -w json": hash, hash_revision (where 3.5 and older do not say it: the revision that
was asked for, else that of the header) and compact_revision. There is no verdict, and
exit code 1, if the compact revisions differ. Mind that a member also answers from a cache
of its last compaction hashes, which carry an older compact revision and cannot be
recomputed from the compacted file.

A revision that a file cannot answer for is exit code 1. A damaged file has no hash, for
it would be the hash of a part: exit code 3. In a data dir the db alone is hashed: what
the log has beyond it is not.`,
		flags: append([]flag{
			{name: "rev", kind: intFlag, arg: "N", def: "latest", usage: "last revision to hash, inclusive"},
			{name: "compact-rev", kind: intFlag, arg: "M", def: "that of the file", usage: "hash as if compacted at revision M, at or above the file's own"},
			{name: "against", kind: textFlag, arg: "HASH:REV:COMPACT_REV", usage: "compare with this number; HASH is decimal, or hexadecimal behind 0x"},
		}, hashFlags()...),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet hashkv snapshot.db -w json", "as with etcdutl"},
			{"boltvet hashkv m1.db m2.db m3.db", "do three members agree?"},
			{"boltvet hashkv snapshot.db --against 1277364195:234:134", "does it agree with a live member?"},
		},
		run: runHashKV,
	}
}

// A hashRequest is what the flags of hashkv ask for.
type hashRequest struct {
	rev        int64 // 0: the latest
	compact    int64 // if hasCompact
	hasCompact bool
	against    *query.Known // nil: nothing
	load       workload
}

// readHashRequest reads and checks the flags.
func readHashRequest(c *call) (hashRequest, error) {
	load, err := c.workload()
	r := hashRequest{rev: c.number("rev"), compact: c.number("compact-rev"), hasCompact: c.line.IsSet("compact-rev"), load: load}
	if err != nil {
		return r, err
	}
	if r.rev < 0 {
		return r, c.usage("--rev is a revision: 1 or more, or 0 for the latest", "")
	}
	if r.hasCompact && r.compact < -1 {
		return r, c.usage("--compact-rev is a revision, or -1 for a file that was never compacted", "")
	}
	if r.rev > 0 && r.compact > r.rev {
		return r, c.usage("--compact-rev is above --rev: no member answers for a compacted revision", "")
	}
	text := c.text("against")
	if text == "" {
		return r, nil
	}
	known, err := query.ParseKnown(text)
	if err != nil {
		return r, c.usage("--against: "+err.Error(), "etcdctl endpoint hashkv -w json prints the three numbers")
	}
	if r.rev != 0 && r.rev != known.Rev {
		return r, c.usage("--rev is not the revision of --against", "leave --rev out")
	}
	r.rev, r.against = known.Rev, &known
	return r, nil
}

// comparesFiles tells whether the PATHs are compared with each other.
func (r hashRequest) comparesFiles(c *call) bool { return r.against == nil && len(c.args()) > 1 }

// point is where a single file is asked.
func (r hashRequest) point(k *query.KVFile) query.Point {
	if r.hasCompact {
		return query.Point{Rev: r.rev, Compact: r.compact}
	}
	return query.Point{Rev: r.rev, Compact: k.Compact}
}

// common is where several files are compared; ok is false if there is no such place.
func (r hashRequest) common(files []*query.KVFile) (p query.Point, ok bool) {
	p, _ = query.CommonPoint(files)
	p.Rev = cmp.Or(r.rev, p.Rev)
	if r.hasCompact {
		p.Compact = r.compact
	}
	return p, p.Rev >= p.Compact
}

// runHashKV reads the flags and takes one of the three ways.
func runHashKV(c *call) (answer, error) {
	r, err := readHashRequest(c)
	if err != nil {
		return answer{}, err
	}
	files := newHashedFiles(c, r)
	defer files.close()
	if r.comparesFiles(c) {
		files.open()
		files.compare()
	} else {
		files.each()
	}
	if one := files.single; one != nil && etcdutlPrints(c.set.format) {
		text, err := newHashKVFacts(*one).append(c.set.format)
		return answer{raw: text, verdict: "hashed"}, err
	}
	return files.answer(), nil
}
