package main

import (
	"errors"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/internal/render"
	"boltvet/internal/restore"
)

// restoreCommand is `boltvet restore SNAPSHOT`.
func restoreCommand() *command {
	return &command{
		name: "restore", args: "SNAPSHOT",
		short: "new data directories for one member or a whole cluster",
		about: `Makes the data directory of a member of a new cluster out of a snapshot, a db or a
data dir: planned, staged beside the target, verified, and renamed into place, so that it
is there whole or not at all. --dry-run shows the plan: ids, files, what is taken out,
warnings, and the command that starts etcd.

With --all or --plan every member is made in one run, as DIR/NAME with DIR/NAME.command
beside it. Every member of a cluster must be restored from the same snapshot.

The snapshot is verified in full first. A wrong sha256, damage, a CORRUPT alarm, writes
that only the log beside the db has, and a release that cannot read the db are refused;
each has its own flag. What is restored with damage all the same, or has lost writes, is 3,
and so is a directory that no release starts from. NOSPACE alarms are cleared.
Everything of the users in the new db is the same, byte for byte, on the same pages; defrag
the snapshot first for a smaller one.`,
		flags: restoreFlags(),
		codes: []exitCode{exitDamage, exitUnknown, exitRefused},
		least: 1, most: 1,
		inputs: func(c *call) []string { return append(c.args(), c.list("from")...) },
		examples: []example{
			{"boltvet restore snapshot.db --name m1 --data-dir /var/lib/etcd --initial-cluster m1=https://10.0.0.1:2380", "a cluster of one"},
			{"boltvet restore snapshot.db --all --out /srv/restored --initial-cluster a=https://10.0.0.1:2380,b=https://10.0.0.2:2380,c=https://10.0.0.3:2380", "all members at once"},
			{"boltvet restore snapshot.db --plan plan.yaml --out /srv/restored --dry-run -w json", "what would be done"},
			{"boltvet restore snapshot.db --bump-revision auto --mark-compacted --from /var/lib/etcd-old", "under Kubernetes, with what is left of a member"},
		},
		run: runRestore,
	}
}

func restoreFlags() []flag {
	return []flag{
		{name: "data-dir", kind: textFlag, arg: "DIR", def: "NAME.etcd", usage: "the data directory to make; it must not exist, or be empty"},
		{name: "wal-dir", kind: textFlag, arg: "DIR", usage: "a separate directory for the log; it must not exist"},
		{name: "name", kind: textFlag, arg: "NAME", def: "default", usage: "the member to restore"},
		{name: "initial-cluster", kind: textFlag, arg: "NAME=URL,…", usage: "all members of the new cluster; without it the one named"},
		{name: "initial-cluster-token", kind: textFlag, arg: "TOKEN", def: "etcd-cluster", usage: "token of the new cluster, the same for all members"},
		{name: "initial-advertise-peer-urls", kind: textFlag, arg: "URL,…", usage: "this member's peer URLs, checked against --initial-cluster"},
		{name: "learner", kind: listFlag, arg: "NAME", usage: "a member that does not vote"},
		{name: "max-learners", kind: intFlag, arg: "N", def: "1", usage: "learners that etcd will be told to allow with its flag of that name; more are refused"},
		{name: "all", usage: "every member of --initial-cluster, below --out"},
		{name: "plan", kind: textFlag, arg: "FILE", reads: true, usage: "the new cluster from a YAML file, every member of it"},
		{name: "out", kind: textFlag, arg: "DIR", usage: "the directory that --all and --plan make"},
		{name: "bump-revision", kind: textFlag, arg: "N", usage: "raise the revision by N, or auto with --from; needs --mark-compacted"},
		{name: "mark-compacted", usage: "mark the bumped revision as compacted"},
		{name: "from", kind: listFlag, arg: "PATH", usage: "a surviving member's data dir, for --bump-revision auto"},
		{name: "target-version", kind: textFlag, arg: "X.Y", usage: "refuse what etcd X.Y cannot start from", values: restore.Versions},
		{name: "skip-hash-check", usage: "restore although the sha256 is wrong, if all else is whole"},
		{name: "force", usage: "restore although the source is damaged, if its structure is whole"},
		{name: "accept-loss", usage: "restore although the log beside the db has more writes"},
		{name: "keep-alarms", usage: "leave NOSPACE alarms in"},
		{name: "clear-corrupt-alarm", usage: "restore although a CORRUPT alarm is in the source, and clear it"},
		{name: "drop-leases", usage: "leave the leases out; their keys become permanent"},
		{name: "disable-auth", usage: "turn authentication off; users and roles stay"},
		ownerFlag(),
		{name: "dry-run", usage: "show the plan and write nothing"},
	}
}

// runRestore reads, plans, and unless it is a dry run executes.
func runRestore(c *call) (answer, error) {
	o, err := restoreOptions(c)
	if err != nil {
		return c.restoreFailed(err)
	}
	path := c.args()[0]
	src, err := c.openSource(path, c.sourceOptions())
	if err != nil {
		return answer{}, err
	}
	defer src.Close()
	draft := c.restoreDraft(src, o)
	defer draft.Abort()
	facts, err := restore.Read(c.ctx, src, restore.ReadOptions{Progress: c.meter.progress(), Draft: draft, Leased: o.DropLeases})
	if err != nil {
		return answer{}, unreadable(src, err)
	}
	if c.text("bump-revision") == "auto" {
		if o.Bump, o.BumpWhy, err = c.autoBump(facts); err != nil {
			return c.restoreFailed(err)
		}
	}
	plan, err := restore.NewPlan(facts, o)
	if err != nil {
		return c.restoreFailed(err)
	}
	done, err := c.carryOut(plan, src, draft)
	if err != nil {
		return c.restoreFailed(err)
	}
	code := exitOK
	if plan.Beyond.Lost() || plan.Carries || done != nil && !done.Whole() {
		code = exitDamage
	}
	return answer{rows: []row{{result: render.Restore(plan, done), code: code}}, verdict: facts.Report.Verdict.String()}, nil
}

// restoreDraft begins to copy what will be verified, unless that would be for nothing.
func (c *call) restoreDraft(src *datadir.Source, o restore.Options) *restore.Draft {
	if c.isSet("dry-run") {
		return nil
	}
	c.forLine()
	return restore.NewDraft(c.ctx, src, o)
}

// carryOut executes the plan, or only looks at its targets; done is nil then.
func (c *call) carryOut(plan *restore.Plan, src *datadir.Source, draft *restore.Draft) (*restore.Done, error) {
	if err := plan.CheckTargets(); err != nil || c.isSet("dry-run") {
		return nil, err
	}
	done, err := restore.Execute(c.ctx, plan, src, restore.ExecuteOptions{Progress: c.meter.progress(), Draft: draft})
	if err != nil {
		return nil, err
	}
	c.made()
	for _, o := range plan.Outputs {
		for _, f := range o.Files {
			c.record.wrote(f.Path)
		}
	}
	return done, nil
}

// restoreFailed gives the errors of package restore their exit codes.
func (c *call) restoreFailed(err error) (answer, error) {
	var (
		refused *restore.RefusedError
		damage  *restore.DamageError
		config  *restore.ConfigError
	)
	switch {
	case errors.As(err, &refused):
		return answer{}, &refusal{err.Error(), refused.Try}
	case errors.As(err, &config):
		return answer{}, c.usage(err.Error(), "")
	case errors.As(err, &damage):
		f := failure{code: exitDamage, message: err.Error(), try: damage.Try}
		c.complain(f)
		path := ""
		if len(c.args()) > 0 {
			path = c.args()[0]
		}
		return answer{rows: []row{{result: errorResult(path, f), code: f.code, failed: true}}, verdict: "damaged"}, nil
	}
	return answer{}, err
}

// autoBump computes a bump from the members of --from.
func (c *call) autoBump(facts *restore.Facts) (bump int64, why string, err error) {
	var survivors []restore.Survivor
	for _, path := range c.list("from") {
		s, err := c.survivor(path)
		if err != nil {
			return 0, "", err
		}
		survivors = append(survivors, s)
	}
	if facts.Report.View == nil {
		return 0, "", nil // NewPlan says why there is nothing to bump
	}
	bump, why, err = restore.AutoBump(facts.Report.View.Latest(), survivors)
	if err == nil {
		c.note("--bump-revision %d: %s", bump, why)
	}
	return bump, why, err
}

func (c *call) survivor(path string) (restore.Survivor, error) {
	src, err := datadir.Resolve(c.ctx, path, c.sourceOptions())
	if err != nil {
		return restore.Survivor{}, err
	}
	defer src.Close()
	facts, err := restore.Read(c.ctx, src, restore.ReadOptions{Progress: c.meter.progress()})
	if err != nil {
		return restore.Survivor{}, unreadable(src, err)
	}
	return restore.NewSurvivor(facts)
}

// commaList splits a value at commas, as etcd does with URLs.
func commaList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
