package main

import (
	"context"
	"errors"

	"boltvet/internal/datadir"
	"boltvet/internal/rewrite"
	"boltvet/internal/swap"
)

// snapshotCommand is etcdutl's group of that name, for scripts that move over by
// changing one word.
func snapshotCommand() *command {
	return &command{
		name: "snapshot", short: "etcdutl's snapshot commands, with etcdutl's output and exit codes",
		subs: []*command{snapshotRestoreCommand(), snapshotStatusCommand()},
	}
}

// snapshotStatusCommand prints what `etcdutl snapshot status` of etcd 3.7 prints.
func snapshotStatusCommand() *command {
	return &command{
		name: "status", args: "FILE",
		short: "hash, revision, keys and size of a snapshot, as etcdutl prints them",
		about: `The same bytes on stdout as etcdutl 3.7: hash (hexadecimal in simple and table,
decimal in json and fields), revision, total keys (keys alive, as 3.6 and newer count
them; 3.5 counts the elements of all buckets), total size in bytes of the db without its
sha256 trailer (SI units in simple and table), storage version. Like etcdutl it does not
fail for a wrong sha256 trailer, but it warns on stderr. Use "boltvet status" for more.`,
		formats: []string{"simple", "table", "json", "fields"},
		etcdutl: true,
		least:   1, most: 1,
		inputs:   (*call).args,
		examples: []example{{"boltvet snapshot status snapshot.db -w table", "as with etcdutl"}},
		run:      func(c *call) (answer, error) { return runSnapshotStatus(c, inspectSnapshot) },
	}
}

// A snapshotInspector finds etcdutl's facts of one source, and what etcdutl leaves
// unsaid: warnings for stderr.
type snapshotInspector func(ctx context.Context, src *datadir.Source, m *meter) (snapshotFacts, []string, error)

// runSnapshotStatus opens the file, asks look about it and prints etcdutl's bytes.
func runSnapshotStatus(c *call, look snapshotInspector) (answer, error) {
	path := c.args()[0]
	src, err := datadir.Resolve(c.ctx, path, c.sourceOptions())
	if err != nil {
		return answer{}, err
	}
	defer src.Close()
	c.record.opened(c.ctx, path, src)
	facts, warnings, err := look(c.ctx, src, c.meter)
	if err == nil {
		err = unchanged(src)
	}
	if err != nil {
		return answer{}, err
	}
	for _, w := range warnings {
		c.warn("%s: %s", path, w)
	}
	text, err := facts.append(c.set.format)
	return answer{raw: text}, err
}

// etcdutlCode translates our exit code into etcdutl's: 128 for bad arguments, 4 for an
// output format that it lacks, 1 for every other failure. Three keep ours: "in use" (5),
// where etcdutl would wait for the lock, which we never do; an output that is an input (5),
// which etcdutl would write over; and a damaged db or member that etcdutl would defragment
// or migrate (3).
// Source: etcd v3.7.3, etcdutl/etcdutl/printer.go and pkg/cobrautl/error.go.
func etcdutlCode(f failure, err error) exitCode {
	var (
		format *formatError
		inUse  *datadir.InUseError
		held   *swap.InUseError
		maybe  *swap.UnprovenError
		own    *ownInputError
		hurt   *rewrite.DamagedError
		kept   *keptError
	)
	switch {
	case f.code.bySignal():
		return f.code
	case errors.As(err, &format):
		return 4
	case f.code == exitUsage:
		return etcdutlBadArgs
	case errors.As(err, &inUse), errors.As(err, &held), errors.As(err, &maybe), errors.As(err, &own):
		return exitRefused
	case errors.As(err, &hurt), errors.As(err, &kept):
		return exitDamage
	}
	return 1
}
