package render

import (
	"fmt"

	"boltvet/internal/inspect"
	"boltvet/mvccview"
	"boltvet/verify"
)

// Space shows where the bytes of a file are, and whose. width is that of the terminal
// in columns; 0 if there is none.
func Space(s *inspect.Space, codes []verify.CodeCount, width int) Result {
	rows := make([]Value, 0, len(s.Rows)+1)
	for i := range s.Rows {
		rows = append(rows, Object(rowFields(s, &s.Rows[i])...))
	}
	if s.Others.Records > 0 {
		rows = append(rows, Object(rowFields(s, &s.Others)...))
	}
	depth := Null()
	if s.By == inspect.ByPrefix {
		depth = Int(int64(s.Depth))
	}
	r := Result{Source: s.Source.Path, Fields: []Field{
		f("condition", "", condition(codes)),
		f("kind", "", Text(s.Source.Kind.String())),
		f("db_path", "", textOrNull(s.Source.DBPath)),
		f("file_bytes", "file size", Bytes(s.Source.FileSize)),
		f("page_size_bytes", "page size", Bytes(s.Survey.Pages.PageSize)),
		f("parts", "", partsValue(s)),
		f("overhead", "", overheadValue(s.Overhead)),
		f("unparsed_records", "records that do not parse", Int(s.View.Unparsed)),
		f("compaction_revision", "revision of the forecast", intIf(s.Whole, s.Latest())),
		f("total", "all records", Object(rowFields(s, &s.Total)[2:]...)),
		f("by", "", Text(s.By.String())),
		f("depth", "", depth),
		f("groups", "", Int(s.Groups)),
		f("groups_complete", "", Bool(!s.Crowded)),
		f("rows", "", List(rows...)),
		f("churn", "", churnValue(s.Churn)),
		notChecked(s.Trailer.State),
		Findings(codes),
	}}
	r.Brief = spaceBrief(s, codes, spaceWidth(width))
	r.Table = spaceTable(s, List(rows...))
	return r
}

func partsValue(s *inspect.Space) Value {
	list := make([]Value, len(s.Parts))
	for i, p := range s.Parts {
		list[i] = Object(f("part", "", Text(p.Kind.String())), f("bytes", "", Bytes(p.Bytes)), f("pages", "", intIf(p.Pages >= 0, p.Pages)),
			f("share_ratio", "share", shareOf(p.Bytes, s.Source.FileSize)))
	}
	return List(list...)
}

func shareOf(part, all int64) Value { return Ratio(float64(part) / float64(all)) }

func overheadValue(o inspect.Overhead) Value {
	return Object(f("header_bytes", "page headers", Bytes(o.Headers)), f("element_bytes", "elements", Bytes(o.Elements)),
		f("branch_bytes", "branch pages", Bytes(o.Branches)), f("slack_bytes", "unused room", Bytes(o.Slack)))
}

// rowFields are all that is known of some keys. What a compaction would drop is not
// known where part of the file is hidden.
func rowFields(s *inspect.Space, r *inspect.SpaceRow) []Field {
	name := Null()
	if r.Kind == inspect.RowGroup {
		name = Key(r.Name)
	}
	history, historyBytes := r.Superseded()
	dropped, droppedBytes := r.Dropped(s.Latest())
	return append([]Field{
		f("kind", "", Text(r.Kind.String())), f("name", s.By.String(), name),
		f("bytes", "", Bytes(r.Bytes)), f("share_ratio", "share", shareOf(r.Bytes, s.Total.Bytes)),
		f("keys", "", Int(r.Keys)), f("records", "revisions", Int(r.Records)),
		f("revisions_per_key", "revs/key", Number(float64(r.Records)/float64(r.Keys))),
		f("live_records", "live", Int(r.Live)), f("live_bytes", "live bytes", Bytes(r.LiveBytes)),
		f("history_records", "history", Int(history)), f("history_bytes", "history bytes", Bytes(historyBytes)),
		f("tombstone_records", "tombstones", Int(r.Deleted)), f("tombstone_bytes", "tombstone bytes", Bytes(r.DeletedBytes)),
		f("dropped_records", "compaction drops", intIf(s.Whole, dropped)), f("dropped_bytes", "gives back", bytesIf(s.Whole, droppedBytes)),
	}, lengthFields(r.Values)...)
}

func lengthFields(h *mvccview.ValueHist) []Field {
	known := h != nil && h.Count() > 0
	if !known {
		h = new(mvccview.ValueHist)
	}
	return []Field{
		f("value_p50_bytes", "p50", bytesIf(known, h.Percentile(50))), f("value_p90_bytes", "p90", bytesIf(known, h.Percentile(90))),
		f("value_p99_bytes", "p99", bytesIf(known, h.Percentile(99))), f("value_max_bytes", "max", bytesIf(known, h.Max())),
	}
}

func churnValue(c *mvccview.Churn) Value {
	if c == nil {
		return Null()
	}
	return Object(f("window_revisions", "revisions a window", Int(c.Width())), f("windows", "", List(windows(c)...)))
}

func windows(c *mvccview.Churn) []Value {
	list := make([]Value, 0, len(c.Windows()))
	for _, w := range c.Windows() {
		first, last := c.Range(w)
		list = append(list, Object(f("first_revision", "from", Int(first)), f("last_revision", "to", Int(last)),
			f("records", "", Int(w.Records)), f("tombstones", "", Int(w.Tombstones)), f("bytes", "", Bytes(w.Bytes))))
	}
	return list
}

// spaceTable has the rows, or the windows if they were asked for: csv has one table.
func spaceTable(s *inspect.Space, rows Value) *Table {
	if s.Churn != nil {
		t := ListTable("churn", List(windows(s.Churn)...), Column{"first_revision", "from"}, Column{"last_revision", "to"},
			Column{"records", ""}, Column{"tombstones", ""}, Column{"bytes", ""})
		t.Apart = true
		return t
	}
	t := ListTable("rows", rows,
		Column{"label", s.By.String()}, Column{"name", "name"}, Column{"kind", "kind"}, Column{"bytes", "bytes"}, Column{"share_ratio", "share"}, Column{"bar", ""},
		Column{"history_bytes", "history"}, Column{"keys", "keys"}, Column{"revisions_per_key", "revs/key"}, Column{"dropped_bytes", "gives back"},
		Column{"live_bytes", "live"}, Column{"value_p50_bytes", "p50"}, Column{"value_p90_bytes", "p90"}, Column{"value_p99_bytes", "p99"},
		Column{"value_max_bytes", "max"}, Column{"tombstone_bytes", ""}, Column{"records", ""}, Column{"live_records", ""}, Column{"history_records", ""},
		Column{"tombstone_records", ""}, Column{"dropped_records", ""})
	const label, bar = 0, 5 // columns
	t.fill = func(i int, cells []Value) {
		row := &s.Others
		if i < len(s.Rows) {
			row = &s.Rows[i]
		}
		cells[label] = rowLabel(s, row)
		cells[bar] = Bar(float64(row.Bytes)/float64(max(s.Total.Bytes, 1)), tightWidth) // a bar that is cut would lie
	}
	t.Apart, t.Paths, t.Drawn = true, true, []string{"label", "bar"}
	t.Plotted = []string{"name", "kind", "tombstone_bytes", "records", "live_records", "history_records", "tombstone_records", "dropped_records"}
	if s.By == inspect.ByKey {
		t.Plotted = append(t.Plotted, "value_p50_bytes", "value_p90_bytes", "value_p99_bytes", "value_max_bytes")
	}
	return t
}

// partLabel is a part for people.
func partLabel(k inspect.PartKind) string {
	return map[inspect.PartKind]string{
		inspect.PartLive: "live", inspect.PartHistory: "history", inspect.PartTombstones: "tombstones", inspect.PartPageOverhead: "page overhead",
		inspect.PartOverflow: "overflow waste", inspect.PartOtherBuckets: "other buckets", inspect.PartFreelist: "freelist",
		inspect.PartMetas: "metas", inspect.PartFree: "free", inspect.PartUnreachable: "leaked", inspect.PartUnreadable: "unreadable",
		inspect.PartTail: "behind the end", inspect.PartTrailer: "sha256", inspect.PartTwice: "counted twice",
	}[k]
}

// longestLabel is how many characters of a name stand in a row for people. A key of a MB
// would push all columns off the screen; -v and the machine formats have it whole.
const longestLabel = 120

// clipMiddle leaves out the middle of a long name: both its ends tell it from others.
func clipMiddle(s string) string {
	r := []rune(s)
	if len(r) <= longestLabel {
		return s
	}
	const half = (longestLabel - len("...")) / 2
	return string(r[:half]) + "..." + string(r[len(r)-half:])
}

// rowLabel is a row for people; what is no name of a group stands in brackets.
func rowLabel(s *inspect.Space, r *inspect.SpaceRow) Value {
	switch r.Kind {
	case inspect.RowGroup:
		return Text(clipMiddle(Printable(r.Name)))
	case inspect.RowNoSlash:
		return Text("(keys without a slash)")
	case inspect.RowNotKubernetes:
		return Text("(not Kubernetes)")
	case inspect.RowClusterScoped:
		return Text("(cluster-scoped)")
	case inspect.RowUnread:
		return Text("(a key that cannot be read)").Styled(Bad)
	case inspect.RowOthers:
		if s.Crowded {
			return Text(fmt.Sprintf("(%d and more others)", s.Groups-int64(len(s.Rows))))
		}
		return Text("(" + counted(s.Groups-int64(len(s.Rows)), "other", "others") + ")")
	}
	return Text("(all)")
}
