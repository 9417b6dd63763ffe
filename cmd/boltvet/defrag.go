package main

import "boltvet/internal/rewrite"

// defragCommand is `boltvet defrag SRC DST`.
func defragCommand() *command {
	return &command{
		name: "defrag", args: "SRC DST",
		short: "a new file without free pages, its content proven equal",
		about: `Writes the content of SRC, a snapshot, a db or the data dir of a stopped member, to the
new file DST (- for standard output), packed and without free pages. SRC is checked on
the way and never written to: a damaged one is refused (3). Each page of the new file is
parsed again before it goes to the disk, and the content hash of all must be that of SRC;
only then it gets its name. The answer shows both.`,
		flags: append([]flag{sealFlag()}, rewriteFlags()...),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: 2,
		inputs: rewriteInputs,
		examples: []example{
			{"boltvet defrag snapshot.db small.db", "a smaller snapshot, sealed as the old one was"},
			{"boltvet defrag --dry-run /var/lib/etcd", "what would a defragmentation give back?"},
			{"boltvet defrag snapshot.db - | zstd > small.db.zst", "to a pipe; the answer goes to stderr"},
		},
		run: func(c *call) (answer, error) { return runRewrite(c, rewrite.Defrag) },
	}
}

// rewriteInputs is SRC.
func rewriteInputs(c *call) []string { return c.args()[:1] }
