package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"boltvet/internal/restore"
)

// What etcdutl takes when a flag is not given.
// Source: etcd v3.7.3 etcdutl/etcdutl/snapshot_command.go.
const (
	defaultMemberName = "default"
	defaultToken      = "etcd-cluster"
	defaultPeerURLs   = "http://localhost:2380"
)

// restoreOptions reads the flags of restore.
func restoreOptions(c *call) (restore.Options, error) {
	o := restore.Options{
		TargetVersion: c.text("target-version"),
		SkipHashCheck: c.isSet("skip-hash-check"),
		Force:         c.isSet("force"),
		AcceptLoss:    c.isSet("accept-loss"),
		KeepAlarms:    c.isSet("keep-alarms"),
		ClearCorrupt:  c.isSet("clear-corrupt-alarm"),
		DropLeases:    c.isSet("drop-leases"),
		DisableAuth:   c.isSet("disable-auth"),
	}
	var err error
	if o.Owner, err = c.owner(); err != nil {
		return o, err
	}
	if o.Bump, err = readBump(c); err != nil {
		return o, err
	}
	learners := c.number("max-learners")
	if learners < 0 || learners > math.MaxInt32 {
		return o, c.usage("--max-learners is a number of members", "")
	}
	o.MaxLearners = int(learners)
	switch {
	case c.isSet("all") || c.text("plan") != "":
		err = wholeCluster(c, &o)
		return o, err
	case c.text("out") != "":
		return o, c.usage("--out goes with --all or --plan; a single member is made at --data-dir", "")
	}
	err = singleMember(c, &o)
	return o, err
}

// readBump reads --bump-revision and what goes with it; 0 for auto, which is computed
// later.
func readBump(c *call) (int64, error) {
	text := c.text("bump-revision")
	auto := text == "auto"
	bump := int64(0)
	if text != "" && !auto {
		var err error
		if bump, err = strconv.ParseInt(text, 10, 64); err != nil || bump < 0 {
			return 0, c.usage("--bump-revision is a number of revisions, or auto", "")
		}
	}
	switch {
	case auto && len(c.list("from")) == 0:
		return 0, c.usage("--bump-revision auto needs --from PATH, the data dir of a member that is left", "")
	case !auto && len(c.list("from")) > 0:
		return 0, c.usage("--from goes with --bump-revision auto", "")
	case (bump > 0 || auto) != c.isSet("mark-compacted"):
		return 0, c.usage("--bump-revision and --mark-compacted go together: clients must not find the gap between the revisions", "")
	}
	return bump, nil
}

// singleMember is one member at --data-dir.
func singleMember(c *call, o *restore.Options) error {
	name := cmp.Or(c.text("name"), defaultMemberName)
	advertised := c.text("initial-advertise-peer-urls")
	initial := c.text("initial-cluster")
	if initial == "" {
		for i, u := range commaList(cmp.Or(advertised, defaultPeerURLs)) {
			if i > 0 {
				initial += ","
			}
			initial += name + "=" + u
		}
	}
	cluster, err := restore.NewCluster(initial, cmp.Or(c.text("initial-cluster-token"), defaultToken), c.list("learner"))
	if err != nil {
		return err
	}
	o.Cluster = cluster
	o.Outputs = []restore.Target{singleTarget(c, name)}
	var urls []string
	if m := cluster.Find(name); m != nil {
		urls = m.PeerURLs
	}
	if advertised != "" {
		if urls, err = restore.ParsePeerURLs(commaList(advertised)); err != nil {
			return err
		}
	}
	return cluster.CheckLocal(name, urls)
}

// singleTarget is where one member goes. A log that is named where it lies anyway is
// not a separate one.
func singleTarget(c *call, name string) restore.Target {
	t := restore.Target{Name: name, DataDir: cmp.Or(c.text("data-dir"), name+".etcd"), WALDir: c.text("wal-dir")}
	if t.WALDir != "" && filepath.Clean(t.WALDir) == filepath.Join(t.DataDir, "member", "wal") {
		t.WALDir = ""
	}
	return t
}

// wholeCluster is every member, below --out.
func wholeCluster(c *call, o *restore.Options) error {
	for _, other := range []string{"data-dir", "wal-dir", "name", "initial-advertise-peer-urls"} {
		if c.text(other) != "" {
			return c.usage("--"+other+" is for a single member; --all and --plan make all of them below --out", "")
		}
	}
	if c.text("out") == "" {
		return c.usage("--all and --plan need --out DIR", "")
	}
	initial, token, learners := c.text("initial-cluster"), cmp.Or(c.text("initial-cluster-token"), defaultToken), c.list("learner")
	if path := c.text("plan"); path != "" {
		if initial != "" || len(learners) > 0 {
			return c.usage("--plan names the members; --initial-cluster and --learner do too", "")
		}
		f, err := readPlanFile(path)
		if err != nil {
			return err
		}
		initial, learners = f.Initial(), f.Learners()
		token = cmp.Or(c.text("initial-cluster-token"), f.Token, defaultToken)
	}
	cluster, err := restore.NewCluster(initial, token, learners)
	if err != nil {
		return err
	}
	o.Cluster, o.OutDir = cluster, c.text("out")
	for _, m := range cluster.Members {
		if !filepath.IsLocal(m.Name) || filepath.Base(m.Name) != m.Name || m.Name == "." {
			return c.usage("member "+quoted(m.Name)+" has no name that a directory can have", "restore it alone, with --data-dir")
		}
		o.Outputs = append(o.Outputs, restore.Target{Name: m.Name, DataDir: filepath.Join(o.OutDir, m.Name)})
	}
	slices.SortFunc(o.Outputs, func(a, b restore.Target) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// readPlanFile reads a file of --plan.
func readPlanFile(path string) (*restore.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, restore.MaxPlanFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return restore.ParseFile(b)
}
