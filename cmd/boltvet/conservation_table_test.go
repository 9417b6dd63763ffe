package main

import (
	"slices"
	"testing"
)

// A lawKind is what the law of conservation asks of a command that is given a damaged file.
type lawKind int

const (
	lawAnswers       lawKind = iota // an answer about the content: never exit code 0
	lawSummary                      // status, space: 0 only where the chain of a key alone shows the damage, listed as not checked
	lawHashOne                      // hashkv of one file, etcdutl's spelling: 0 only where its help does not promise a refusal
	lawWrites                       // a new file: never 0 and nothing written, unless a rewrite mends all that is damaged
	lawForced                       // a new file, as the user insists: 3 if it is written, unless a rewrite mends all
	lawRestores                     // a restore: as lawWrites; what verify advises to restore for is mended too
	lawForcesRestore                // the same, as the user insists
	lawReplaces                     // the new file takes the place of SRC: as lawWrites, and the old one is kept
	lawLooks                        // pages or raw bytes: any exit code
	lawSpelled                      // etcdutl's spelling, etcdutl's exit codes; what it writes may not hide damage
	lawSpelledIn                    // the same, in place
	lawNoFile                       // takes no file
)

// A lawLine is a command line over a damaged file and what is asked of it. SRC stands for the
// file, COPY for another with the same bytes, WHOLE for a healthy file of the same past, LIVE for a
// copy that the command may replace, DIR for a member directory with the file as its db, DST for a new
// path, @ for an empty word. makes is the db that the line writes, "" if it writes none.
type lawLine struct {
	title string // the command of the tree
	line  string // "" if there is nothing to run
	kind  lawKind
	makes string
}

// lawLines is the table of the law. Each command of the tree has a row: a new command declares
// here what it does with a damaged file.
func lawLines() []lawLine {
	const restored = "DST/member/snap/db"
	return []lawLine{
		{"status", "status -w json SRC", lawSummary, ""},
		{"space", "space -w json SRC", lawSummary, ""},
		{"space", "space -w json --by key SRC", lawSummary, ""},
		{"verify", "verify -w json SRC", lawAnswers, ""},
		{"hash", "hash -w json SRC", lawAnswers, ""},
		{"hash", "hash -w json SRC COPY", lawAnswers, ""},
		{"hashkv", "hashkv -w json SRC", lawHashOne, ""},
		{"hashkv", "hashkv -w json SRC COPY", lawAnswers, ""},
		{"hashkv", "hashkv -w json WHOLE SRC", lawAnswers, ""},
		{"get", "get -w json --prefix SRC @", lawAnswers, ""},
		{"get", "get -w json --prefix --count-only SRC @", lawAnswers, ""},
		{"get", "get -w json SRC /registry/leases/node-1", lawAnswers, ""},
		{"get", "get -w json --prefix SRC @ --out-dir DST", lawAnswers, ""},
		{"history", "history -w json --prefix SRC @", lawAnswers, ""},
		{"history", "history -w json --prefix --deleted SRC @", lawAnswers, ""},
		{"history", "history -w json SRC /registry/leases/node-1", lawAnswers, ""},
		{"diff", "diff -w json SRC COPY", lawAnswers, ""},
		{"diff", "diff -w json WHOLE SRC", lawAnswers, ""},
		{"buckets", "buckets -w json SRC", lawLooks, ""},
		{"pages", "pages -w json SRC", lawLooks, ""},
		{"page", "page -w json SRC 2", lawLooks, ""},
		{"dump", "dump -w json SRC 0", lawLooks, ""},
		{"defrag", "defrag -w json SRC DST", lawWrites, "DST"},
		{"defrag", "defrag -w json --seal SRC DST", lawWrites, "DST"},
		{"defrag", "defrag -w json --dry-run SRC", lawWrites, ""},
		{"defrag", "defrag -w json SRC -", lawWrites, "-"},
		{"defrag", "defrag -w json --force SRC DST", lawForced, "DST"},
		{"defrag", "defrag -w json --in-place LIVE", lawReplaces, "LIVE"},
		{"defrag", "defrag -w json --in-place --no-backup LIVE", lawReplaces, "LIVE"},
		{"defrag", "defrag --data-dir DIR", lawSpelledIn, ""},
		{"defrag", "defrag --data-dir DIR --no-backup", lawSpelledIn, ""},
		{"compact", "compact -w json --revision latest SRC DST", lawWrites, "DST"},
		{"compact", "compact -w json --revision latest --retain 20 --seal SRC DST", lawWrites, "DST"},
		{"compact", "compact -w json --revision latest --dry-run SRC", lawWrites, ""},
		{"compact", "compact -w json --revision latest --force SRC DST", lawForced, "DST"},
		{"seal", "seal -w json SRC DST", lawWrites, "DST"},
		{"seal", "seal -w json --dry-run SRC", lawWrites, ""},
		{"seal", "seal -w json --force SRC DST", lawForced, "DST"},
		{"restore", "restore -w json SRC --data-dir DST", lawRestores, restored},
		{"restore", "restore -w json --dry-run SRC --data-dir DST", lawRestores, ""},
		{"restore", "restore -w json --force SRC --data-dir DST", lawForcesRestore, restored},
		{"migrate", "migrate --data-dir DIR --target-version 3.6", lawSpelledIn, ""},
		{"migrate", "migrate --data-dir DIR --target-version 3.6 --force --no-backup", lawSpelledIn, ""},
		{"snapshot status", "snapshot status -w json SRC", lawSpelled, ""},
		{"snapshot restore", "snapshot restore SRC --data-dir DST", lawSpelled, restored},
		{"snapshot restore", "snapshot restore --skip-hash-check SRC --data-dir DST", lawSpelled, restored},
		{"version", "", lawNoFile, ""},
		{"completion", "", lawNoFile, ""},
		{"help", "", lawNoFile, ""},
		{"__complete", "", lawNoFile, ""},
	}
}

// TestLawNamesEveryCommand: the table has each command of the tree, and no other.
func TestLawNamesEveryCommand(t *testing.T) {
	var tree, table []string
	var walk func(c *command)
	walk = func(c *command) {
		for _, sub := range c.subs {
			walk(sub)
		}
		if !c.isGroup() {
			tree = append(tree, c.title())
		}
	}
	walk(newRoot())
	for _, l := range lawLines() {
		table = append(table, l.title)
		if (l.kind == lawNoFile) != (l.line == "") {
			t.Errorf("%s: a command that takes a file has a line, and no other", l.title)
		}
	}
	for _, title := range tree {
		if !slices.Contains(table, title) {
			t.Errorf("%s has no row in lawLines: say what it does with a damaged file", title)
		}
	}
	for _, title := range table {
		if !slices.Contains(tree, title) {
			t.Errorf("lawLines has %s, which is no command", title)
		}
	}
}
