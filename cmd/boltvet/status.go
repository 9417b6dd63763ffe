package main

import (
	"context"
	"errors"

	"boltvet/internal/datadir"
	"boltvet/internal/render"
)

// A statusInspector finds the facts of `status` for one source. It is the seam between
// the command line and the package that knows the facts.
type statusInspector func(ctx context.Context, src *datadir.Source, o statusOptions) (render.Result, exitCode, error)

// statusOptions are the flags of status that concern the facts.
type statusOptions struct {
	noHash bool // do not check the sha256 trailer
	load   workload
	meter  *meter // where progress goes; nil is fine
}

// statusCommand is `boltvet status PATH…`.
func statusCommand() *command {
	return &command{
		name: "status", args: "PATH…",
		short: "what is in this file, is it whole at first sight, what would shrink it",
		about: `Names the kind of file, checks its sha256 trailer and its structure, and prints the
revisions it holds, how much of it is live, history, tombstones and free, and what
compaction and defragmentation would give back. Several PATHs give one row each. Damage
is exit code 3; what is left to "boltvet verify" stands under "not checked".

--fail-if compares a numeric field of the JSON output: FIELD OP NUMBER[unit], where
OP is one of > >= < <= == != and the unit is %, KiB, MiB, GiB, KB, MB, GB, s, m or h.
It gives exit code 1 when it holds for any PATH. -w fields lists the names.`,
		flags: append([]flag{
			{name: "no-hash", usage: `do not check the sha256 trailer; it is then "not checked"`},
			{name: "fail-if", kind: listFlag, arg: "EXPR", usage: "exit 1 when this holds, such as free_ratio>0.5"},
			{name: "wal-dir", kind: textFlag, arg: "DIR", usage: "the WAL, when etcd ran with --wal-dir"},
		}, workloadFlags()...),
		codes: []exitCode{exitNo, exitDamage, exitUnknown, exitRefused},
		least: 1, most: -1,
		inputs: statusInputs,
		examples: []example{
			{"boltvet status snapshot.db", "one snapshot"},
			{"boltvet status -w table *.db", "several, one row each"},
			{"boltvet status --fail-if 'free_ratio>50%' /var/lib/etcd", "is a defragmentation due?"},
			{"aws s3 cp s3://bucket/snapshot.db.gz - | boltvet status -", "from a pipe"},
		},
		run: func(c *call) (answer, error) { return runStatus(c, inspectStatus) },
	}
}

// statusInputs are the PATHs, and the log if it lies elsewhere.
func statusInputs(c *call) []string {
	paths := c.args()
	if wal := c.text("wal-dir"); wal != "" {
		paths = append(paths, wal)
	}
	return paths
}

// runStatus reads the flags of status, asks look about each PATH and judges the
// thresholds.
func runStatus(c *call, look statusInspector) (answer, error) {
	limits, err := readThresholds(c)
	if err != nil {
		return answer{}, err
	}
	load, err := c.workload()
	if err != nil {
		return answer{}, err
	}
	so := statusOptions{noHash: c.isSet("no-hash"), load: load, meter: c.meter}
	o := c.sourceOptions()
	o.WALDir = c.text("wal-dir")
	rows := c.eachSource(o, func(ctx context.Context, src *datadir.Source) (render.Result, exitCode, error) {
		return look(ctx, src, so)
	})
	if err := c.judge(rows, limits); err != nil {
		return answer{}, err
	}
	a := answer{rows: rows}
	a.verdict = statusVerdict(a.code())
	return a, nil
}

// readThresholds parses the --fail-if flags.
func readThresholds(c *call) ([]render.Condition, error) {
	var limits []render.Condition
	for _, text := range c.list("fail-if") {
		limit, err := render.ParseCondition(text)
		if err != nil {
			return nil, c.usage("--fail-if: "+err.Error(), "--fail-if 'free_ratio>0.5'")
		}
		limits = append(limits, limit)
	}
	return limits, nil
}

// judge applies the thresholds to every row that has facts. A field that no row has is
// a usage error: a misspelt threshold would never hold, a silent "all is well".
func (c *call) judge(rows []row, limits []render.Condition) error {
	for _, limit := range limits {
		var unanswered error
		answered := false
		for i := range rows {
			if rows[i].failed {
				continue
			}
			holds, err := limit.Eval(rows[i].result)
			var why *render.ConditionError
			switch {
			case errors.As(err, &why) && why.Unknown:
				answered = true
				c.note("%s: --fail-if: %s", printable(rows[i].result.Source), why.Reason)
			case err != nil:
				unanswered = err
			default:
				answered = true
			}
			if holds {
				rows[i].code = worse(rows[i].code, exitNo)
				c.note("%s: --fail-if: %s: %s", printable(rows[i].result.Source), limit, limit.Found(rows[i].result))
			}
		}
		if unanswered != nil && !answered {
			return c.usage("--fail-if: "+unanswered.Error(), "boltvet status -w fields PATH shows the fields")
		}
	}
	return nil
}

// statusVerdict is the word of the evidence record.
func statusVerdict(code exitCode) string {
	switch code {
	case exitOK:
		return "no damage found"
	case exitNo:
		return "threshold crossed"
	case exitDamage:
		return "damaged"
	}
	return "not examined"
}
