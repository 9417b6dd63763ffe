package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
	"boltvet/verify"
)

// spaceCommand is `boltvet space PATH…`.
func spaceCommand() *command {
	return &command{
		name: "space", args: "PATH…",
		short: "who fills it: bytes and revisions by prefix, resource, namespace or key",
		about: `Divides the file: live records, history that newer revisions supersede, tombstones,
overhead of pages, unused room behind large values, other buckets, free pages; the parts
add up to the size of the file. Then it divides the records by who they belong to, the
largest first, with what a compaction to the latest revision would drop of each.

Bytes of records are those of keys and values in the bucket, as in status. A prefix is
as many segments between slashes as --depth says; a key with fewer is cut at its last
slash. Lengths of values (p50, p90, p99, max) are of all revisions, the percentiles
rounded up by 3 % at most. --window counts what was written per so many revisions, as
far as the file still has it; csv then has the windows instead of the rows.

Memory: 65 bytes for each key at most; 130 with --by key; 16 KiB for each row. At most 4096 groups are told
apart; the keys of further ones are among the others, and a note says so.`,
		flags: append([]flag{
			{name: "by", kind: textFlag, arg: "WHAT", def: "prefix", usage: "prefix, resource, namespace or key", values: inspect.Groupings},
			{name: "depth", kind: intFlag, arg: "N", def: "2", usage: "segments of a prefix"},
			{name: "top", kind: intFlag, arg: "N", def: "20", usage: "rows; all others are one more"},
			{name: "no-hash", usage: `do not check the sha256 trailer; it is then "not checked"`},
			{name: "window", kind: intFlag, arg: "N", usage: "what was written per N revisions"},
		}, workloadFlags()...),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: (*call).args,
		examples: []example{
			{"boltvet space snapshot.db", "what fills it"},
			{"boltvet space snapshot.db --by resource", "of a Kubernetes cluster: events, pods, leases?"},
			{"boltvet space snapshot.db --by key --top 50", "the keys that take most"},
			{"boltvet space snapshot.db --window 1000 -w csv", "churn, for a spreadsheet"},
		},
		run: runSpace,
	}
}

// maxSpaceRows bounds --top, for the rows of an answer are held in memory.
const maxSpaceRows = 100_000

func runSpace(c *call) (answer, error) {
	o, err := c.spaceOptions()
	if err != nil {
		return answer{}, err
	}
	return answer{rows: c.eachSource(c.sourceOptions(), func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		return c.inspectSpace(ctx, src, o)
	})}, nil
}

// spaceOptions reads the flags.
func (c *call) spaceOptions() (o inspect.SpaceOptions, err error) {
	load, err := c.workload()
	if err != nil {
		return o, err
	}
	o = inspect.SpaceOptions{NoHash: c.isSet("no-hash"), Depth: 2, Top: 20, Jobs: load.jobs, MaxTable: load.table, Progress: c.meter.progress()}
	if by := c.text("by"); by != "" {
		i := slices.Index(inspect.Groupings(), by)
		if i < 0 {
			return o, c.usage("--by is one of "+strings.Join(inspect.Groupings(), ", ")+", not "+quoted(by), "")
		}
		o.By = inspect.Grouping(i)
	}
	for _, x := range []struct {
		name string
		to   *int
		most int64
	}{{"depth", &o.Depth, 100}, {"top", &o.Top, maxSpaceRows}} {
		if !c.line.IsSet(x.name) {
			continue
		}
		n := c.number(x.name)
		if n < 1 || n > x.most {
			return o, c.usage("--"+x.name+" is a number from 1 to "+strconv.FormatInt(x.most, 10), "")
		}
		*x.to = int(n)
	}
	if o.Window = c.number("window"); o.Window < 0 || o.Window == 0 && c.line.IsSet("window") {
		return o, c.usage("--window is a number of revisions, 1 or more", "--window 1000")
	}
	return o, nil
}

// spaceFits refuses rows that take more than limit bytes until they are written: all
// formats hold them at once. The tables that they were counted with are gone by then.
func spaceFits(s *inspect.Space, limit int64) error {
	held := rowBudget{limit: limit}
	for i := range s.Rows {
		// A row has more figures than one of get and history: half as much again.
		if held.add(len(s.Rows[i].Name)+rowCost/textCost/2) != nil {
			return &refusal{fmt.Sprintf("%d rows take more than --max-memory", len(s.Rows)), "a smaller --top, or more memory"}
		}
	}
	return nil
}

// inspectSpace divides one source, and says on stderr what the figures leave out.
func (c *call) inspectSpace(ctx context.Context, src *datadir.Source, o inspect.SpaceOptions) (render.Result, exitCode, error) {
	if src.File == nil {
		return render.Result{}, exitIO, &datadir.RefusedError{Path: src.Path, Kind: src.Kind, Reason: "there is no db in it", Try: "name a snapshot, a db or a data dir"}
	}
	tally := verify.NewTally(verify.ContextOf(src), 0)
	o.OnFault = tally.Add
	s, err := inspect.ReadSpace(ctx, src, o)
	if err != nil {
		return render.Result{}, exitIO, unreadable(src, err)
	}
	if s.NotEtcd {
		return render.Result{}, exitUnknown, notEtcd(src)
	}
	if err := spaceFits(s, o.MaxTable); err != nil {
		return render.Result{}, exitRefused, err
	}
	c.warnOfDamage(src.Path, tally.Codes())
	if s.Crowded {
		c.note("%s: there are more than %d groups: of those that came last all are among the others; --depth 1 makes fewer", printable(src.Path), s.Groups)
	}
	if s.Churn != nil && s.Churn.Width() != o.Window {
		c.note("%s: windows of %d revisions would be too many; they have %d", printable(src.Path), o.Window, s.Churn.Width())
	}
	return render.Space(s, tally.Codes(), c.out.width), tallyCode(tally), nil
}
