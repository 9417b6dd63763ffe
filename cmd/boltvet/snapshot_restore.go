package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"boltvet/internal/datadir"
	"boltvet/internal/restore"
)

// snapshotRestoreCommand does what `etcdutl snapshot restore` of etcd 3.7 does.
func snapshotRestoreCommand() *command {
	return &command{
		name: "restore", args: "FILE",
		short: "a new data directory for one member, as etcdutl makes it",
		about: `The flags, defaults, log lines and exit codes of etcdutl 3.7, and the same ids, log and
content, and --owner besides. It is staged and renamed: after a failure there is no data directory, and the
next try just works. Like etcdutl it takes nothing out of the content and looks at nothing
but the sha256; what a full verify finds is warned of on stderr, and a file whose
structure is damaged is not restored. Use "boltvet restore" for more.`,
		flags: []flag{
			{name: "data-dir", kind: textFlag, arg: "DIR", blank: true, def: "NAME.etcd", usage: "Path to the output data directory"},
			{name: "wal-dir", kind: textFlag, arg: "DIR", blank: true, usage: "Path to the WAL directory (use --data-dir if none given)"},
			{name: "initial-cluster", kind: textFlag, arg: "LIST", def: defaultMemberName + "=" + defaultPeerURLs, usage: "Initial cluster configuration for restore bootstrap"},
			{name: "initial-cluster-token", kind: textFlag, arg: "TOKEN", def: defaultToken, usage: "Initial cluster token for the etcd cluster during restore bootstrap"},
			{name: "initial-advertise-peer-urls", kind: textFlag, arg: "URLS", def: defaultPeerURLs, usage: "List of this member's peer URLs to advertise to the rest of the cluster"},
			{name: "name", kind: textFlag, arg: "NAME", def: defaultMemberName, usage: "Human-readable name for this member"},
			{name: "skip-hash-check", usage: "Ignore snapshot integrity hash value (required if copied from data directory)"},
			{name: "initial-memory-map-size", kind: textFlag, arg: "BYTES", usage: "accepted and without effect: nothing is mapped for writing"},
			{name: "bump-revision", kind: textFlag, arg: "N", def: "0", usage: "How much to increase the latest revision after restore"},
			{name: "mark-compacted", usage: "Mark the latest revision after restore as the point of scheduled compaction (required if --bump-revision > 0, disallowed otherwise)"},
			ownerFlag(),
		},
		formats: []string{"simple", "table", "json", "fields"},
		etcdutl: true,
		least:   1, most: 1,
		inputs:   (*call).args,
		examples: []example{{"boltvet snapshot restore snapshot.db --data-dir /var/lib/etcd", "as with etcdutl"}},
		run:      runSnapshotRestore,
	}
}

// runSnapshotRestore restores in etcdutl's way.
func runSnapshotRestore(c *call) (answer, error) {
	o, err := etcdutlRestoreOptions(c)
	if err != nil {
		return answer{}, err
	}
	path := c.args()[0]
	src, err := datadir.Resolve(c.ctx, path, c.sourceOptions())
	if err != nil {
		return answer{}, err
	}
	defer src.Close()
	c.record.opened(c.ctx, path, src)
	out := o.Outputs[0]
	fields := []logField{{"path", path}, {"wal-dir", cmp.Or(out.WALDir, out.DataDir+"/member/wal")},
		{"data-dir", out.DataDir}, {"snap-dir", out.DataDir + "/member/snap"}}
	c.logLine("restoring snapshot", fields)
	draft := c.restoreDraft(src, o)
	defer draft.Abort()
	facts, err := restore.Read(c.ctx, src, restore.ReadOptions{Progress: c.meter.progress(), Draft: draft})
	if err != nil {
		return answer{}, err
	}
	plan, err := restore.NewPlan(facts, o)
	if err != nil {
		return answer{}, err
	}
	for _, w := range plan.Warnings {
		c.warn("%s", w) // where etcdutl says nothing, and in no document
	}
	if plan.Revision.Bump > 0 {
		c.logLine("bumping latest revision", []logField{{"latest-revision", plan.Revision.Before},
			{"bump-amount", plan.Revision.Bump}, {"new-latest-revision", plan.Revision.After}})
		c.logLine("marking revision compacted", []logField{{"revision", plan.Revision.After}})
	}
	if _, err := c.carryOut(plan, src, draft); err != nil {
		return answer{}, err
	}
	for _, m := range plan.Cluster.Members {
		c.logLine("added member", []logField{{"cluster-id", hexID(plan.Cluster.ID)}, {"local-member-id", "0"},
			{"added-peer-id", hexID(m.ID)}, {"added-peer-peer-urls", m.PeerURLs}, {"added-peer-is-learner", m.Learner}})
	}
	c.logLine("restored snapshot", fields)
	return answer{}, nil
}

// etcdutlRestoreOptions reads the flags as etcdutl does: what it calls bad arguments is
// a usage error, and wrong members are failures.
func etcdutlRestoreOptions(c *call) (restore.Options, error) {
	o := restore.Options{LikeEtcdutl: true, SkipHashCheck: c.isSet("skip-hash-check")}
	var err error
	if o.Owner, err = c.owner(); err != nil {
		return o, err
	}
	bump, err := strconv.ParseUint(cmp.Or(c.text("bump-revision"), "0"), 10, 63)
	if err != nil {
		return o, c.usage("--bump-revision is a number of revisions", "")
	}
	if _, err := strconv.ParseUint(cmp.Or(c.text("initial-memory-map-size"), "0"), 10, 64); err != nil {
		return o, c.usage("--initial-memory-map-size is a number of bytes", "")
	}
	if bump > 0 != c.isSet("mark-compacted") {
		return o, c.usage("--mark-compacted required if --revision-bump > 0", "")
	}
	o.Bump = int64(bump)
	name := cmp.Or(c.text("name"), defaultMemberName)
	cluster, err := restore.NewCluster(cmp.Or(c.text("initial-cluster"), defaultMemberName+"="+defaultPeerURLs),
		cmp.Or(c.text("initial-cluster-token"), defaultToken), nil)
	if err != nil {
		return o, errors.New(err.Error())
	}
	urls, err := restore.ParsePeerURLs(commaList(cmp.Or(c.text("initial-advertise-peer-urls"), defaultPeerURLs)))
	if err != nil {
		return o, errors.New(err.Error())
	}
	if err := cluster.CheckLocal(name, urls); err != nil {
		return o, errors.New(err.Error())
	}
	o.Cluster = cluster
	o.Outputs = []restore.Target{singleTarget(c, name)}
	return o, nil
}

// A logField is a named value of a log line.
type logField struct {
	name  string
	value any
}

// logLine is logAt of a line that tells of a success.
func (c *call) logLine(message string, fields []logField) { c.logAt("info", message, fields) }

// logAt prints a line on stderr as etcdutl's logger does: time, level, place, message
// and, if there are any, fields.
func (c *call) logAt(level, message string, fields []logField) {
	if c.set.quiet {
		return
	}
	c.meter.clear()
	text := ""
	for i, f := range fields {
		value, err := json.Marshal(f.value)
		if err != nil {
			continue // a value of ours that JSON has no form for: there is none
		}
		if i > 0 {
			text += ", "
		}
		text += strconv.Quote(f.name) + ": " + string(value)
	}
	if len(fields) > 0 {
		message += "\t{" + text + "}"
	}
	fmt.Fprintf(c.errOut, "%s\t%s\tboltvet\t%s\n", time.Now().UTC().Format("2006-01-02T15:04:05Z"), level, message)
}

func hexID(id uint64) string { return strconv.FormatUint(id, 16) }
