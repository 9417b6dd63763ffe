package main

import "boltvet/internal/rewrite"

// defragCommand is `boltvet defrag SRC DST`.
func defragCommand() *command {
	return &command{
		name: "defrag", args: "SRC [DST]",
		short: "a new file without free pages, its content proven equal",
		about: `Writes the content of SRC, a snapshot, a db or the data dir of a stopped member, to the
new file DST (- for standard output), packed and without free pages. SRC is verified on
the way, all layers, and never written to: a damaged one is refused (3), for the new file
would look whole and hide that something is missing; only a damaged freelist, which is
made anew, is no obstacle. Each page of the new file is parsed again before it
goes to the disk, and the content hash of all must be that of SRC; only then it gets its
name. The answer shows both.

--in-place puts the new file in the place of SRC, and --data-dir DIR does so with the
log lines and exit codes of etcdutl, but for damage (3); the old file is kept as db.bak,
and a damaged one is never dropped. etcd must be stopped: one that runs, or starts meanwhile, is refused (5), and goes on undisturbed.`,
		flags: append(append([]flag{sealFlag()}, forcesDamage(rewriteFlags())...), swapFlags()...),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 0, most: 2,
		inputs: defragInputs,
		examples: []example{
			{"boltvet defrag snapshot.db small.db", "a smaller snapshot, sealed as the old one was"},
			{"boltvet defrag --dry-run /var/lib/etcd", "what would a defragmentation give back?"},
			{"boltvet defrag snapshot.db - | zstd > small.db.zst", "to a pipe; the answer goes to stderr"},
			{"boltvet defrag --in-place /var/lib/etcd", "of a stopped member; the old db stays as db.bak"},
			{"boltvet defrag --data-dir /var/lib/etcd", "the same, for scripts that called etcdutl"},
		},
		run: runDefrag,
	}
}

// runDefrag tells a DST from a replacement of SRC.
func runDefrag(c *call) (answer, error) {
	c.forLine()
	p, err := c.replacement()
	switch {
	case err != nil:
		return answer{}, err
	case p != nil:
		return runReplacement(c, p)
	case len(c.args()) == 0:
		return answer{}, c.usage("SRC is missing; usage: "+usageLine(c.cmd), "")
	}
	return runRewrite(c, rewrite.Defrag, c.isSet("force"))
}

// defragInputs is SRC, whether it is replaced or not.
func defragInputs(c *call) []string {
	if dir := c.text("data-dir"); dir != "" {
		return []string{dir}
	}
	return c.args()[:min(1, len(c.args()))]
}

// rewriteInputs is SRC.
func rewriteInputs(c *call) []string { return c.args()[:1] }
