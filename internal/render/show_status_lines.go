package render

import (
	"fmt"
	"strings"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
	"boltvet/mvccview"
	"boltvet/verify"
)

func releaseLine(r inspect.Releases) string {
	switch {
	case r.Oldest == "":
		return "unknown: " + r.Why
	case r.Oldest == r.Newest:
		return "etcd " + r.Oldest + " (" + r.Why + ")"
	}
	return "etcd " + r.Oldest + " to " + r.Newest + " (" + r.Why + ")"
}

func trailerLine(t datadir.TrailerResult) Value {
	switch t.State {
	case datadir.TrailerOK:
		return Text("ok: the content is what was saved").Styled(Good)
	case datadir.TrailerWrong:
		return Text("WRONG: the content is not what was saved").Styled(Bad)
	case datadir.TrailerNone:
		return Text("none: a bare db has no trailer")
	case datadir.TrailerMissing:
		return Text("missing: nothing proves that the content is what was saved").Styled(Warn)
	case datadir.TrailerDamaged:
		return Text("damaged: see the findings").Styled(Warn)
	case datadir.TrailerNotChecked:
		return Text("not checked (--no-hash)").Styled(Warn)
	}
	return Text(string(t.State))
}

// cutTrailerLine knows that a cut file has lost its trailer with its end.
func cutTrailerLine(t datadir.TrailerResult, codes []verify.CodeCount) Value {
	for _, c := range codes {
		if t.State == datadir.TrailerNone && c.Code == bolt.FileTruncated.String() {
			return Text("none: the file was cut, and with its end went what sha256 it had").Styled(Warn)
		}
	}
	return trailerLine(t)
}

// sizeLine says where the bytes are. Without a freelist in the file, which is how etcd
// leaves it, nothing tells free pages from leaked ones. A member's file is larger than
// its db, which puzzles whoever compares it with ls.
func sizeLine(db *inspect.DB) string {
	p := db.Survey.Pages
	free := "free"
	if p.FreeOrLeaked > 0 {
		free = "free or leaked"
	}
	line := fmt.Sprintf("%s: %s in use, %s %s (%s)", size(db.TotalSize()), size(p.InUse()*p.PageSize),
		size(p.NotInUse()*p.PageSize), free, percent(db.FreeRatio()))
	if p.Missing > 0 {
		line += fmt.Sprintf(", %s missing", size(p.Missing*p.PageSize-p.PartialBytes))
	}
	if p.TailBytes > 0 {
		line += fmt.Sprintf("; the file has %s more behind it", size(p.TailBytes))
	}
	return line
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

// A damaged file may list thousands of members and alarms; a line shows a few.
const (
	shownMembers = 9
	shownAlarms  = 3
)

func memberLine(m *mvccview.Members) string {
	if len(m.List) == 0 {
		return "none"
	}
	var parts []string
	for _, x := range m.List[:min(len(m.List), shownMembers)] {
		parts = append(parts, memberWords(x))
	}
	line := fmt.Sprintf("%d: %s", m.Count, strings.Join(parts, ", "))
	if n := m.Count - int64(len(parts)); n > 0 {
		line += fmt.Sprintf(" and %d more", n)
	}
	if m.RemovedCount > 0 {
		line += fmt.Sprintf("; %d removed", m.RemovedCount)
	}
	return line
}

// memberWords names a member. One without a name was added, but has never started.
func memberWords(m mvccview.Member) string {
	words := fmt.Sprintf("%x", m.ID)
	if m.Name != "" {
		words += " " + printable(m.Name, false)
	}
	switch {
	case m.IsLearner && m.Name == "":
		words += " (learner, never started)"
	case m.IsLearner:
		words += " (learner)"
	case m.Name == "":
		words += " (never started)"
	}
	return words
}

// alarmLine warns where it counts: a restored cluster inherits the alarm.
func alarmLine(a *mvccview.Alarms) Value {
	if len(a.List) == 0 {
		return Text("none")
	}
	var parts []string
	for _, x := range a.List[:min(len(a.List), shownAlarms)] {
		parts = append(parts, fmt.Sprintf("%s of member %x (%s)", x.Type, x.Member, alarmMeans(x.Type)))
	}
	line := strings.Join(parts, ", ")
	if n := a.Count - int64(len(parts)); n > 0 {
		line += fmt.Sprintf(" and %d more", n)
	}
	return Text(line).Styled(Warn)
}

// alarmMeans is what an alarm in a backup comes to.
func alarmMeans(t mvccview.AlarmType) string {
	if t == mvccview.AlarmTypeCorrupt {
		return "etcd found this data differing from the other members'"
	}
	return "a cluster restored from this refuses puts until: etcdctl alarm disarm"
}

func leaseLine(l *mvccview.Leases) string {
	switch {
	case l.Count == 0:
		return "none"
	case l.MinTTL == l.MaxTTL:
		return fmt.Sprintf("%d, granted for %d s", l.Count, l.MinTTL)
	}
	return fmt.Sprintf("%d, granted for %d s to %d s", l.Count, l.MinTTL, l.MaxTTL)
}

func authLine(a *mvccview.Auth) string {
	if a.Enabled.Value {
		return "enabled, " + counted(a.Users, "user", "users") + ", " + counted(a.Roles, "role", "roles")
	}
	return "disabled"
}

func logLine(w *inspect.WAL) string {
	commit := "unknown"
	if w.HasState {
		commit = fmt.Sprint(w.State.Commit)
	}
	return fmt.Sprintf("%s to index %d, term %d, commit %s; %s", counted(int64(len(w.Segments)), "segment", "segments"),
		w.LastIndex, w.LastTerm, commit, relation(w))
}
