package render

import (
	"fmt"

	"boltvet/internal/inspect"
	"boltvet/verify"
)

// A spaceLayout is what a terminal has room for.
type spaceLayout struct {
	bar     int // cells
	columns int // of the rows
}

// spaceWidth chooses the layout for a width in columns. Without a terminal it is the
// same everywhere, as scripts and tickets want it.
func spaceWidth(width int) spaceLayout {
	switch {
	case width >= 160:
		return spaceLayout{32, 13}
	case width >= 120:
		return spaceLayout{20, 9}
	case width > 0 && width < 80:
		return spaceLayout{8, 4}
	}
	return spaceLayout{10, 6}
}

// spaceBrief answers for eyes: what the file is made of, who it belongs to, and what
// would come back.
func spaceBrief(s *inspect.Space, codes []verify.CodeCount, w spaceLayout) []Field {
	b := brief{}
	b.add("condition", conditionLine(codes))
	b.add("sha256", cutTrailerLine(s.Trailer, codes))
	b.add("size", Bytes(s.Source.FileSize))
	if !s.Whole {
		b.add("as far as", Text("it can be read: what is hidden may supersede what is called live").Styled(Warn))
	}
	b.add("where the bytes are", partsList(s, w))
	o := s.Overhead
	b.text("page overhead", "%s unused room, %s elements, %s branch pages, %s headers", size(o.Slack), size(o.Elements), size(o.Branches), size(o.Headers))
	by := "by " + s.By.String()
	if s.By == inspect.ByPrefix {
		by += fmt.Sprintf(" (depth %d)", s.Depth)
	}
	if s.Total.Records > 0 {
		b.add(by, rowsList(s, w))
	} else {
		b.text(by, "no records")
	}
	if v := s.Total.Values; v != nil && v.Count() > 0 {
		b.text("values", "half up to %s, 90 %% up to %s, 99 %% up to %s, largest %s", size(v.Percentile(50)), size(v.Percentile(90)), size(v.Percentile(99)), size(v.Max()))
	}
	switch records, bytes := s.Total.Dropped(s.Latest()); {
	case !s.Whole:
		b.text("compaction", "no forecast: part of the file cannot be read")
	case records == 0:
		b.text("compaction", "at revision %d it would drop nothing", s.Latest())
	default:
		b.text("compaction", "at revision %d it would drop %s (%s)", s.Latest(), counted(records, "record", "records"), size(bytes))
	}
	if s.Churn != nil {
		b.add("churn", churnList(s, w))
	}
	b.findings(codes)
	return b.fields
}

// partsList leaves out what the file does not have, but not what everybody asks for.
func partsList(s *inspect.Space, w spaceLayout) Value {
	var list []Value
	line := func(label Value, bytes, pages int64) {
		list = append(list, Object(f("part", "", label), f("bytes", "", Bytes(bytes)), f("share", "", shareOf(bytes, s.Source.FileSize)),
			f("pages", "", intIf(pages >= 0, pages)), f("bar", "bar", Bar(float64(bytes)/float64(s.Source.FileSize), w.bar))))
	}
	for _, p := range s.Parts {
		if p.Bytes == 0 && p.Pages <= 0 && p.Kind > inspect.PartTombstones && p.Kind != inspect.PartFree {
			continue
		}
		label := Text(partLabel(p.Kind))
		if p.Kind == inspect.PartUnreadable {
			label = label.Styled(Bad)
		}
		line(label, p.Bytes, p.Pages)
	}
	return List(list...)
}

// rowsList has as many columns as there is room for, those first that tell most.
func rowsList(s *inspect.Space, w spaceLayout) Value {
	all := make([]*inspect.SpaceRow, 0, len(s.Rows)+2)
	for i := range s.Rows {
		all = append(all, &s.Rows[i])
	}
	if s.Others.Records > 0 {
		all = append(all, &s.Others)
	}
	list := make([]Value, 0, len(all)+1)
	for _, r := range append(all, &s.Total) {
		_, history := r.Superseded()
		_, dropped := r.Dropped(s.Latest())
		fields := []Field{
			f("name", s.By.String(), rowLabel(s, r)), f("bytes", "", Bytes(r.Bytes)), f("share", "", shareOf(r.Bytes, s.Total.Bytes)),
			f("bar", "bar", Bar(float64(r.Bytes)/float64(s.Total.Bytes), w.bar)), f("history", "", Bytes(history)), f("keys", "", Int(r.Keys)),
			f("revs/key", "", Number(float64(r.Records)/float64(r.Keys))), f("gives back", "", bytesIf(s.Whole, dropped)), f("live", "", Bytes(r.LiveBytes)),
		}
		list = append(list, Object(append(fields, lengthFields(r.Values)...)[:w.columns]...))
	}
	return List(list...)
}

func churnList(s *inspect.Space, w spaceLayout) Value {
	most := int64(1)
	for _, x := range s.Churn.Windows() {
		most = max(most, x.Bytes)
	}
	var list []Value
	for _, x := range s.Churn.Windows() {
		first, last := s.Churn.Range(x)
		list = append(list, Object(f("from", "", Int(first)), f("to", "", Int(last)), f("records", "", Int(x.Records)),
			f("deletions", "", Int(x.Tombstones)), f("bytes", "", Bytes(x.Bytes)), f("bar", "bar", Bar(float64(x.Bytes)/float64(most), w.bar))))
	}
	return List(list...)
}
