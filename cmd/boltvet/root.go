package main

import "boltvet/internal/render"

// newRoot builds the tree of commands. It is made anew for each run: urfave/cli writes
// into what it parses, and nothing here is shared between runs.
func newRoot() *command {
	root := &command{
		name:  "boltvet",
		args:  "COMMAND [flags] PATH…",
		short: "what is in an etcd backup, without a running etcd",
		about: `boltvet reads snapshot files, bare bbolt files and etcd data directories. It opens
its inputs read-only and never changes them; only "migrate" replaces one, and "defrag" if it
is told to do so in place. PATH is a snapshot, a db file, a data dir or its member directory; gzip,
zstd and one-file zip backups are unpacked on the way, and - is standard input. Flags may
stand anywhere on the line; -- ends them.`,
		flags: globalFlags(),
		examples: []example{
			{"boltvet status snapshot.db", "what is this file, is it whole, what does it hold"},
			{"boltvet status -w json /var/lib/etcd | jq .results[0]", "the same for a data dir, for a script"},
			{"boltvet help status", "all about one command"},
		},
		subs: []*command{
			statusCommand(),
			verifyCommand(),
			spaceCommand(),
			hashCommand(),
			hashKVCommand(),
			getCommand(),
			historyCommand(),
			diffCommand(),
			bucketsCommand(),
			pagesCommand(),
			pageCommand(),
			dumpCommand(),
			restoreCommand(),
			defragCommand(),
			compactCommand(),
			sealCommand(),
			migrateCommand(),
			snapshotCommand(),
			versionCommand(),
			completionCommand(),
			helpCommand(),
			completeCommand(),
		},
	}
	return root.adopt()
}

// globalFlags are the flags that every command has.
func globalFlags() []flag {
	return []flag{
		{name: "write-out", short: "w", also: "o", kind: textFlag, arg: "FORMAT", def: "simple",
			usage: "format of the answer", values: render.Formats},
		{name: "quiet", short: "q", usage: "print errors only, no notes or warnings"},
		{name: "verbose", short: "v", kind: countFlag, usage: "explain more on stderr; twice: still more"},
		{name: "no-color", usage: "no colour, also on a terminal"},
		{name: "no-headers", usage: "no header row in table, csv and markdown"},
		{name: "no-csv-guard", usage: "csv without the apostrophe before text that begins with =, +, - or @"},
		{name: "progress", kind: textFlag, arg: "MODE", def: "auto",
			usage: "auto: a bar if stderr is a terminal; plain: a line every 10 s; none", values: progressModes},
		{name: "record", kind: textFlag, arg: "FILE",
			usage: "write an evidence record (JSON) of this run to a new file"},
		{name: "tmp-dir", kind: textFlag, arg: "DIR", def: "$TMPDIR",
			usage: "where compressed and piped input is unpacked, in files of mode 0600"},
		{name: "max-spool", kind: textFlag, arg: "SIZE", def: "16GiB",
			usage: "refuse to unpack more bytes than this"},
		{name: "help", short: "h", usage: "print this help and exit"},
		{name: "version", short: "V", usage: "print the version and exit"},
	}
}
