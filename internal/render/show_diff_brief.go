package render

import (
	"fmt"
	"strings"

	"boltvet/internal/query"
)

// diffBrief is a comparison in a few lines.
func diffBrief(d DiffRow) []Field {
	fields := []Field{f("comparison", "", Text(diffLine(d)).Styled(comparisonStyle(d.Verdict)))}
	if x := d.Difference; x != nil {
		fields = append(fields, diffBriefFirst(x)...)
		fields = append(fields, diffBriefKeys(x)...)
		fields = append(fields, diffBriefBuckets(x)...)
	}
	line := fmt.Sprintf("latest revision %d, %s", d.File.Latest, compactedAt(d.File.Compact))
	if d.File.Unfinished {
		line += ", compaction unfinished"
	}
	if d.Behind > 0 {
		line += fmt.Sprintf("; %s behind the newest file", counted(d.Behind, "revision", "revisions"))
	}
	fields = append(fields, f("file", "", Text(line)))
	return append(fields, diffBriefDamage(d.File)...)
}

// diffBriefDamage says which part of a file cannot be compared.
func diffBriefDamage(file *query.DiffFile) []Field {
	spans, total := file.Hidden.Spans(file.Latest, 3)
	if !file.Harmed && total == 0 {
		return nil
	}
	var parts []string
	for _, s := range spans {
		parts = append(parts, s.Lo.String()+" up to "+s.Hi.String())
	}
	line := "yes"
	if total > 0 {
		line = "hides revisions " + strings.Join(parts, ", ")
	}
	if more := total - len(spans); more > 0 {
		line += fmt.Sprintf(" and %d more ranges", more)
	}
	return []Field{f("damaged", "", Text(line).Styled(Bad))}
}

// diffLine is the verdict in one sentence.
func diffLine(d DiffRow) string {
	text := d.Verdict.String()
	switch d.Verdict {
	case query.NotCompared:
		return "none: there is no other file that it could be compared with"
	case query.Equal:
		text += " to " + d.With
	case query.Different:
		text += " from " + d.With
		if d.Difference != nil && !d.Difference.KeysDiffer() {
			text += " in other buckets; keys equal"
		}
	}
	if d.Reason != "" {
		return text + ": " + d.Reason
	}
	if d.Point != nil && d.Verdict != query.NotCompared {
		text += fmt.Sprintf(" up to revision %d", d.Point.Rev)
		if d.Point.Compact >= 0 {
			text += fmt.Sprintf(", as if compacted at %d", d.Point.Compact)
		}
	}
	if !d.Odd.IsNull() && d.Odd.bits != 0 {
		text += "; the odd one out"
	}
	return text
}

// diffBriefFirst names where the histories part.
func diffBriefFirst(x *query.Difference) []Field {
	if x.First == nil {
		return nil
	}
	line := fmt.Sprintf("revision %d", x.First.Rev)
	if !x.First.Exact {
		line += " or before (older history is compacted)"
	}
	fields := []Field{f("first_difference", "first difference", Text(line))}
	list := make([]Value, 0, len(x.First.Records))
	for i := range x.First.Records {
		r := &x.First.Records[i]
		list = append(list, Object(
			f("record", "", Text(r.Rev.String())),
			f("key", "", Key(r.Key)),
			f("differs", "differs in", Text(whatLine(r.What))),
			f("reference", "", Text(sideLine(r.Sides[0]))),
			f("here", "", Text(sideLine(r.Sides[1]))),
		))
	}
	if more := x.First.Total - int64(len(x.First.Records)); more > 0 {
		fields[0].Value = Text(line + fmt.Sprintf("; %d more records differ there", more))
	}
	return append(fields, f("records", "", List(list...)))
}

func whatLine(what []query.RecordProperty) string {
	words := make([]string, len(what))
	for i, p := range what {
		words[i] = p.String()
	}
	return strings.Join(words, ", ")
}

// sideLine is what one file has of a record.
func sideLine(s *query.RecordSide) string {
	switch {
	case s == nil:
		return "none"
	case s.Tombstone:
		return "deleted at " + s.Rev.String()
	}
	line := fmt.Sprintf("put at %s, version %d, %d bytes", s.Rev, s.Version, s.ValueBytes)
	if s.Lease != 0 {
		line += fmt.Sprintf(", lease %x", uint64(s.Lease))
	}
	return line
}

// diffBriefKeys counts the keys that differ at R, by prefix.
func diffBriefKeys(x *query.Difference) []Field {
	if x.First == nil && x.Keys.Undecided == 0 {
		return nil
	}
	line := "none differs"
	if x.Keys.All() > 0 {
		line = fmt.Sprintf("%d added, %d removed, %d changed", x.Keys.Added, x.Keys.Removed, x.Keys.Changed)
	}
	if x.Keys.Undecided > 0 {
		line += fmt.Sprintf("; of %d damage hides what they are", x.Keys.Undecided)
	}
	fields := []Field{f("keys", fmt.Sprintf("keys at revision %d", x.Rev), Text(line))}
	if len(x.Places) > 0 {
		fields = append(fields, f("prefixes", "by prefix", prefixes(x.Places)))
	}
	if n := x.Others.Keys.All(); n > 0 {
		fields = append(fields, f("other_prefixes", "under other prefixes", Text(counted(n, "key", "keys"))))
	}
	return fields
}

// diffBriefBuckets names the other buckets that differ.
func diffBriefBuckets(x *query.Difference) (fields []Field) {
	for _, b := range x.Buckets {
		if !b.Differs() {
			continue
		}
		line := fmt.Sprintf("%d added, %d removed, %d changed", b.Added, b.Removed, b.Change)
		style := Bad
		if !b.Judged {
			line, style = line+"; not judged: "+b.Reason, Warn
		}
		fields = append(fields, f("bucket_"+b.Bucket, "bucket "+b.Bucket, Text(line).Styled(style)))
	}
	return fields
}
