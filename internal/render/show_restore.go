package render

import (
	"strings"

	"boltvet/internal/restore"
	"boltvet/verify"
)

// Restore shows a plan, and with done what became of it; nil is for a dry run.
func Restore(p *restore.Plan, done *restore.Done) Result {
	out := Result{Source: p.Source.Path}
	out.Fields = []Field{
		f("dry_run", "", Bool(done == nil)),
		f("kind", "", Text(p.Source.Kind)),
		f("db_bytes", "size of the db", Bytes(p.Source.DBBytes)),
		f("verdict", "", Text(p.Source.Verdict)),
		f("trailer", "sha256 trailer", Text(p.Source.SHA256)),
		f("storage_version", "", textOrNull(p.Source.Storage)),
		f("target_version", "", textOrNull(p.TargetVersion)),
		f("cluster", "", restoreCluster(p.Cluster)),
		f("revision", "", Object(f("before", "", Int(p.Revision.Before)), f("bump", "", Int(p.Revision.Bump)),
			f("after", "", Int(p.Revision.After)), f("compacted", "", Bool(p.Revision.Bump > 0)), f("why", "", textOrNull(p.Revision.Why)))),
		f("scrub", "", Object(f("nospace_alarms", "", Int(p.Scrub.NoSpaceAlarms)), f("corrupt_alarms", "", Int(p.Scrub.CorruptAlarms)),
			f("leases", "", Int(p.Scrub.Leases)), f("leased_keys", "", Int(p.Scrub.LeasedKeys)), f("auth", "", Bool(p.Scrub.Auth)))),
		f("beyond", "in the log only", restoreBeyond(p.Beyond)),
		f("room_bytes", "room needed", Bytes(p.RoomBytes)),
		f("out_dir", "", textOrNull(p.OutDir)),
		f("outputs", "", restoreOutputs(p.Outputs)),
		f("warnings", "", texts(p.Warnings)),
		f("result", "", restoreDone(done)),
	}
	out.Brief = restoreBrief(p, done)
	return out
}

func restoreCluster(c *restore.Cluster) Value {
	members := make([]Value, len(c.Members))
	for i, m := range c.Members {
		members[i] = Object(f("id", "", ID(m.ID)), f("name", "", Text(m.Name)), f("peer_urls", "", texts(m.PeerURLs)), f("learner", "", Bool(m.Learner)))
	}
	return Object(f("id", "", ID(c.ID)), f("token", "", Text(c.Token)), f("members", "", List(members...)))
}

func restoreBeyond(b restore.Beyond) Value {
	return Object(f("db_index", "", uintIf(b.Known, b.DBIndex)), f("log_index", "", uintIf(b.Known, b.LastIndex)),
		f("committed_entries", "", intIf(b.Known, b.Committed)), f("undecided_entries", "", intIf(b.Known, b.Undecided)))
}

func restoreOutputs(outputs []restore.Output) Value {
	list := make([]Value, len(outputs))
	for i, o := range outputs {
		list[i] = Object(f("name", "", Text(o.Member.Name)), f("id", "", ID(o.Member.ID)), f("data_dir", "", Text(o.DataDir)),
			f("wal_dir", "", textOrNull(o.WALDir)), f("files", "", restoreFiles(o.Files)), f("command", "", texts(o.Command)),
			f("command_line", "", Text(restore.Line(o.Command))))
	}
	return List(list...)
}

func restoreFiles(files []restore.OutputFile) Value {
	list := make([]Value, len(files))
	for i, x := range files {
		list[i] = Object(f("path", "", Text(x.Path)), f("bytes", "", Bytes(x.Bytes)))
	}
	return List(list...)
}

func restoreDone(d *restore.Done) Value {
	if d == nil {
		return Null()
	}
	return Object(f("verdict", "", verdictValue(d.Verdict)), f("db_bytes", "", Bytes(d.Written.Bytes)),
		f("keys", "records of all buckets", Int(d.Written.Keys)), f("boot", "", bootValue(d.Boot)))
}

func texts(words []string) Value {
	list := make([]Value, len(words))
	for i, w := range words {
		list[i] = Text(w)
	}
	return List(list...)
}

// restoreBrief is the plan for somebody whose cluster is down.
func restoreBrief(p *restore.Plan, done *restore.Done) []Field {
	b := brief{}
	if done == nil {
		b.text("plan", "dry run, nothing was written")
	}
	b.text("source", "%s, %s, sha256 %s", p.Source.Kind, p.Source.Verdict, p.Source.SHA256)
	b.text("cluster", "%x, token %s", p.Cluster.ID, p.Cluster.Token)
	for _, m := range p.Cluster.Members {
		role := ""
		if m.Learner {
			role = ", a learner"
		}
		b.text("member "+m.Name, "%x at %s%s", m.ID, strings.Join(m.PeerURLs, ","), role)
	}
	if p.Revision.Bump > 0 {
		b.text("revision", "%d, was %d; all of it is compacted", p.Revision.After, p.Revision.Before)
	} else {
		b.text("revision", "%d", p.Revision.Before)
	}
	b.scrub(p.Scrub)
	for _, w := range p.Warnings {
		b.add("warning", Text(w).Styled(Warn))
	}
	for _, o := range p.Outputs {
		b.text("data dir", "%s", o.DataDir)
		if o.WALDir != "" {
			b.text("wal dir", "%s", o.WALDir)
		}
	}
	if done == nil {
		b.text("room", "%s at most", size(p.RoomBytes))
	} else {
		b.text("written", "%s of db, verified: %s", size(done.Written.Bytes), done.Verdict)
		if len(done.Boot) > 0 {
			b.boots(done.Boot)
		}
	}
	for _, o := range p.Outputs {
		b.text("start "+o.Member.Name, "%s", restore.Line(o.Command))
	}
	return b.fields
}

// boots is one line: which releases start from what was written.
func (b *brief) boots(boot []verify.BootVerdict) {
	var yes, no []string
	for _, v := range boot {
		if v.Outcome == verify.Boots {
			yes = append(yes, v.Release)
			continue
		}
		no = append(no, v.Release+" ("+v.Outcome.String()+": "+v.Message+")")
	}
	line := "etcd " + strings.Join(yes, ", ")
	if len(yes) == 0 {
		line = "no release that is known"
	}
	if len(no) > 0 {
		line += "; not " + strings.Join(no, ", ")
	}
	b.text("starts with", "%s", line)
}

// scrub tells what is taken out of the content.
func (b *brief) scrub(s restore.Scrub) {
	if n := s.NoSpaceAlarms + s.CorruptAlarms; n > 0 {
		b.text("cleared", "%d %s", n, plural(n, "alarm"))
	}
	if s.Leases > 0 {
		b.text("dropped", "%d %s; %d %s to them and become permanent", s.Leases, plural(s.Leases, "lease"), s.LeasedKeys,
			belong(s.LeasedKeys))
	}
	if s.Auth {
		b.text("auth", "turned off; users and roles stay")
	}
}

func belong(keys int64) string {
	if keys == 1 {
		return "key belongs"
	}
	return "keys belong"
}
