package render

import (
	"fmt"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// statusBrief is status for a person in a hurry: one line a question.
func statusBrief(s *inspect.Status, codes []verify.CodeCount) []Field {
	b := brief{}
	b.add("condition", condition(codes))
	b.text("kind", kindLine(s))
	if s.DB != nil {
		b.database(s)
	}
	if s.WAL != nil {
		b.text("log", logLine(s.WAL))
	}
	b.findings(codes)
	return b.fields
}

type brief struct{ fields []Field }

func (b *brief) add(label string, v Value) { b.fields = append(b.fields, f(label, label, v)) }

func (b *brief) text(label, format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	b.add(label, Text(format))
}

func kindLine(s *inspect.Status) string {
	line := s.Source.Kind.String()
	if s.Source.Compression != "" {
		line += ", packed with " + s.Source.Compression
	}
	if s.Source.DBPath != s.Source.Path && s.Source.DBPath != "" {
		line += ", db " + s.Source.DBPath
	}
	return line
}

func (b *brief) database(s *inspect.Status) {
	db := s.DB
	v, p, t := db.View, db.Survey.Pages, db.View.Totals
	b.text("written by", releaseLine(db))
	b.add("sha256", trailerLine(s.Trailer))
	b.text("size", "%s: %s in use, %s free (%s)%s", size(db.TotalSize()), size(p.InUse()*p.PageSize),
		size(p.NotInUse()*p.PageSize), percent(db.FreeRatio()), freeCaveat(p))
	b.text("revisions", revisionLine(db))
	b.text("keys", "%d alive (%s), %d deleted", db.Keys.Live, size(db.Keys.LiveBytes), db.Keys.Deleted)
	b.text("history", "%d records: %d superseded (%s), %d tombstones", t.Records, db.Keys.Superseded, size(db.Keys.SupersededBytes), t.Tombstones)
	b.text("defrag", "to %s by etcd's, %s by boltvet's", size(db.Forecast.EtcdDefrag), size(db.Forecast.OwnDefrag))
	b.text("compacted", "to %s by etcd's, %s by boltvet's", size(db.Forecast.EtcdDefragCompact), size(db.Forecast.OwnDefragCompact))
	b.text("hash", "%x (as etcdutl snapshot status)", v.Hash())
	b.text("raft", "index %s, term %s", known(v.Meta.ConsistentIndex.Set, v.Meta.ConsistentIndex.Value), known(v.Meta.Term.Set, v.Meta.Term.Value))
	b.text("members", memberLine(db))
	b.alarms(db)
	b.text("leases", "%d", v.Leases.Count)
	b.text("auth", authLine(db))
	b.text("format", "%s pages, high water mark %d, meta %d is live: %s", size(p.PageSize), db.Survey.Meta.HighWater, db.File.Live, db.File.Choice)
}

func releaseLine(db *inspect.DB) string {
	r := db.Releases
	switch {
	case r.Oldest == "":
		return "unknown: " + r.Why
	case r.Oldest == r.Newest:
		return "etcd " + r.Oldest + " (" + r.Why + ")"
	}
	return "etcd " + r.Oldest + " to " + r.Newest + " (" + r.Why + ")"
}

func trailerLine(t datadir.TrailerResult) Value {
	v := Text(string(t.State))
	switch t.State {
	case datadir.TrailerOK:
		return v.Styled(Good)
	case datadir.TrailerWrong:
		return Text("WRONG: the content is not what was saved").Styled(Bad)
	case datadir.TrailerNone:
		return Text("none: a bare db has no trailer")
	case datadir.TrailerMissing, datadir.TrailerDamaged:
		return v.Styled(Warn)
	}
	return v
}

// freeCaveat says that nothing tells free pages from leaked ones: etcd keeps no
// freelist in the file.
func freeCaveat(p bolt.Accounting) string {
	if p.FreeOrLeaked > 0 {
		return ", free or leaked: the file has no freelist"
	}
	return ""
}

func revisionLine(db *inspect.DB) string {
	t, m := db.View.Totals, &db.View.Meta
	line := "none"
	if t.Records > 0 {
		line = fmt.Sprintf("%d to %d", t.First.Main, t.Last.Main)
	}
	switch {
	case m.Unfinished():
		line += fmt.Sprintf(", compaction at %d unfinished", m.Scheduled.Value)
	case m.Finished.Set:
		line += fmt.Sprintf(", compacted at %d", m.Finished.Value)
	default:
		line += ", never compacted"
	}
	return line
}

func known(is bool, n uint64) string {
	if !is {
		return "unknown"
	}
	return fmt.Sprint(n)
}

// shownMembers keeps the line of members short; a damaged file may list thousands.
const shownMembers = 9

func memberLine(db *inspect.DB) string {
	list := db.View.Members.List
	if len(list) == 0 {
		return "none"
	}
	var parts []string
	for _, m := range list[:min(len(list), shownMembers)] {
		part := fmt.Sprintf("%x %s", m.ID, m.Name)
		if m.IsLearner {
			part += " (learner)"
		}
		parts = append(parts, part)
	}
	line := fmt.Sprintf("%d: %s", db.View.Members.Count, strings.Join(parts, ", "))
	if n := len(list) - shownMembers; n > 0 {
		line += fmt.Sprintf(" and %d more", n)
	}
	if n := db.View.Members.RemovedCount; n > 0 {
		line += fmt.Sprintf("; %d removed", n)
	}
	return line
}

func (b *brief) alarms(db *inspect.DB) {
	a := &db.View.Alarms
	if len(a.List) == 0 {
		b.text("alarms", "none")
		return
	}
	b.add("alarms", alarmsValue(a))
}

func authLine(db *inspect.DB) string {
	a := &db.View.Auth
	if a.Enabled.Value {
		return fmt.Sprintf("enabled, %d users, %d roles", a.Users, a.Roles)
	}
	return "disabled"
}

func logLine(w *inspect.WAL) string {
	commit := "unknown"
	if w.HasState {
		commit = fmt.Sprint(w.State.Commit)
	}
	return fmt.Sprintf("%d segments, entries to index %d, term %d, commit %s; %s", len(w.Segments), w.LastIndex, w.LastTerm, commit, relation(w))
}

// findings shows a finding in two or three lines: what and where, and what to do.
func (b *brief) findings(codes []verify.CodeCount) {
	if len(codes) == 0 {
		return
	}
	var list []Field
	for _, c := range codes {
		list = append(list, f(c.Code, c.Code, findingLine(c)))
		first := c.Sample[0]
		list = append(list, f(c.Code+"_means", "  means", Text(first.Meaning)))
		if first.Hidden != "" {
			list = append(list, f(c.Code+"_hides", "  hides", Text(first.Hidden)))
		}
		if first.Next != "" {
			list = append(list, f(c.Code+"_next", "  next", Text(first.Next)))
		}
	}
	b.add("findings", Object(list...))
}

func findingLine(c verify.CodeCount) Value {
	first := c.Sample[0]
	line := fmt.Sprintf("%s, %d ×; first at %s", c.Severity, c.Count, first.Place)
	if c.Count == 1 {
		line = fmt.Sprintf("%s, at %s", c.Severity, first.Place)
	}
	if first.Got != "" {
		line += ": got " + first.Got
	}
	if first.Want != "" {
		line += ", want " + first.Want
	}
	return Text(line).Styled(severityStyle(c.Severity))
}
