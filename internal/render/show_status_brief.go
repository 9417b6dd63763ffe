package render

import (
	"fmt"

	"boltvet/internal/inspect"
	"boltvet/mvccview"
	"boltvet/verify"
)

// notCheckedLine is notChecked for a person.
const notCheckedLine = "the history of each key, old copies of records: boltvet verify does"

// statusBrief is status for a person in a hurry: one line a question.
func statusBrief(s *inspect.Status, codes []verify.CodeCount) []Field {
	b := brief{}
	b.add("condition", conditionLine(codes))
	b.text("kind", kindLine(s))
	if s.DB != nil {
		b.database(s, codes)
	}
	if s.WAL != nil {
		b.text("log", logLine(s.WAL))
	}
	if s.DB != nil {
		b.text("not checked", notCheckedLine)
	}
	b.findings(codes)
	return b.fields
}

type brief struct{ fields []Field }

func (b *brief) add(label string, v Value) { b.fields = append(b.fields, f(label, label, v)) }

func (b *brief) text(label, format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...) // without args it may be a file's own text
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

func (b *brief) database(s *inspect.Status, codes []verify.CodeCount) {
	db := s.DB
	v, t, k, fc := db.View, db.View.Totals, db.Keys, db.Forecast
	b.text("written by", releaseLine(db.Releases))
	b.add("sha256", cutTrailerLine(s.Trailer, codes))
	b.text("size", sizeLine(db))
	b.of(v, mvccview.BucketKey, "revisions", Text(revisionLine(db)))
	b.of(v, mvccview.BucketKey, "keys", Text(fmt.Sprintf("%d alive (%s), %d deleted", k.Live, size(k.LiveBytes), k.Deleted)))
	b.of(v, mvccview.BucketKey, "history", Text(fmt.Sprintf("%s: %d superseded (%s), %s", counted(t.Records, "record", "records"), k.Superseded, size(k.SupersededBytes), counted(t.Tombstones, "tombstone", "tombstones"))))
	if db.Whole {
		b.text("if defragmented", "%s by etcd, %s by boltvet", size(fc.EtcdDefrag), size(fc.OwnDefrag))
		b.text("if compacted too", "%s by etcd, %s by boltvet", size(fc.EtcdDefragCompact), size(fc.OwnDefragCompact))
		b.text("hash", "%x (as etcdutl snapshot status)", v.Hash())
	} else {
		b.text("hash", "none, and no forecast: part of the file cannot be read")
	}
	b.of(v, mvccview.BucketMeta, "raft", Text(fmt.Sprintf("index %s, term %s", known(v.Meta.ConsistentIndex.Set, v.Meta.ConsistentIndex.Value), known(v.Meta.Term.Set, v.Meta.Term.Value))))
	b.of(v, mvccview.BucketMembers, "members", Text(memberLine(&v.Members)))
	b.of(v, mvccview.BucketAlarm, "alarms", alarmLine(&v.Alarms))
	b.of(v, mvccview.BucketLease, "leases", Text(leaseLine(&v.Leases)))
	b.of(v, mvccview.BucketAuth, "auth", Text(authLine(&v.Auth)))
	b.text("format", "%s pages, high water mark %d, meta %d is live: %s", size(int64(db.File.PageSize)), db.Survey.Meta.HighWater, db.File.Live, db.File.Choice)
}

// of adds a line about a bucket. Where damage hides the bucket, what was not seen must
// not look like nothing: of the records it says that there may be more, of the small
// buckets that it does not know.
func (b *brief) of(v *mvccview.View, bucket, label string, line Value) {
	switch {
	case !v.Conceals(bucket):
	case bucket == mvccview.BucketKey && v.Totals.Records > 0:
		line = Text(line.text + ", as far as they can be read").Styled(Warn)
	default:
		line = Text("unknown: it cannot be read").Styled(Warn)
	}
	b.add(label, line)
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
	line := fmt.Sprintf("%s, %d times; first at %s", c.Severity, c.Count, first.Place)
	if c.Count == 1 {
		line = fmt.Sprintf("%s, at %s", c.Severity, first.Place)
	}
	if first.Got != "" {
		line += ": got " + clip(first.Got)
	}
	if first.Want != "" {
		line += ", want " + clip(first.Want)
	}
	return Text(line).Styled(severityStyle(c.Severity))
}

// clip keeps a finding on one line of a terminal; -v and the machine formats have it
// all. Three dots, for a line that is not ASCII is quoted where the locale is not UTF-8.
func clip(s string) string {
	const most = 48
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}
