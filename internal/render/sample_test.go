package render

import (
	"math"
	"time"
)

// hostileKeys are what a key in a file, or a path, may be.
func hostileKeys() []string {
	return []string{
		"/registry/pods/default/web-0",
		"\x1b]0;owned\x07\x1b[31mred",
		"nul\x00 and del\x7f and csi\u009b31m",
		"not utf-8 \xff\xfe\xc3\x28",
		"a|b`c`*d*_e_<script>&amp;[x](y)$z$~~w~~\\|",
		"line\nbreak\r\nand\ttab",
		`"quoted" and 'single' \ back`,
		"=1+1",
		"  blanks  ",
		"\u202eevil\u2066 \u200b\u2028\ufeff",
		"",
		"日本語キー/ключ/émoji😀",
		"null", "true", "1e3", "0x10", "2026-11-22", "- a", "a: b", "# c", "~", "<<", "\U000e0041tag",
	}
}

func healthyResult() Result {
	return Result{
		Source: "backup/snapshot.db",
		Fields: []Field{
			{"kind", "kind of file", Text("snapshot")},
			{"healthy", "", Bool(true).Styled(Good)},
			{"file_bytes", "file size", Bytes(20512)},
			{"free_ratio", "free", Ratio(0.362).Styled(Warn)},
			{"revision", "", Int(1234567)},
			{"consistent_index", "consistent index", Uint(math.MaxUint64)},
			{"cluster_id", "cluster", ID(0xcdf818194e3a8c32)},
			{"written", "", Time(time.Date(2026, 11, 22, 10, 0, 0, 500e6, time.FixedZone("CET", 3600)))},
			{"took_seconds", "took", Duration(1500 * time.Millisecond)},
			{"compacted", "", Null()},
			{"pages", "", Object(
				Field{"total", "", Int(5)},
				Field{"free", "", Int(2)},
				Field{"by_kind", "by kind", Object(Field{"leaf", "", Int(1)}, Field{"branch", "", Int(0)})},
			)},
			{"members", "", List(
				Object(Field{"id", "", ID(0x8e9e05c52164694d)}, Field{"name", "", Text("m1")}, Field{"db_bytes", "size", Bytes(1 << 20)}),
				Object(Field{"id", "", ID(1)}, Field{"name", "", Text("member-two")}, Field{"db_bytes", "size", Bytes(1)}, Field{"learner", "", Bool(true)}),
			)},
			{"alarms", "", List()},
			{"terms", "", List(Int(1), Int(-2), Int(3))},
			{"notes", "", List(Text("trailer matches").Styled(Good), Text("NOSPACE alarm is set").Styled(Bad))},
			{"empty", "", Object()},
		},
	}
}

// hostileResult has a table whose rows are the items of its list.
func hostileResult(source string) Result {
	var items, keys []Value
	for i, k := range hostileKeys() {
		keys = append(keys, Key([]byte(k)))
		items = append(items, Object(
			Field{"key", "", Key([]byte(k))},
			Field{"revisions", "", Int(int64(i * 1000))},
			Field{"bytes", "", Bytes(int64(i) << 19)},
			Field{"comment", "", Text(k)},
		))
	}
	list := List(items...)
	return Result{
		Source: source,
		Fields: []Field{
			{"first_key", "", keys[3]},
			{"keys", "", List(keys...)},
			{"nested", "", List(List(keys[0], keys[3]), Int(7))},
			{"rows", "", list},
		},
		Table: ListTable("rows", list, Column{"key", "key"}, Column{"revisions", "revs"}, Column{"bytes", ""},
			Column{"comment", ""}, Column{"missing", ""}),
	}
}

func summaryResult(source string, healthy bool) Result {
	r := healthyResult()
	r.Source = source
	r.Fields[1].Value = Bool(healthy)
	r.Table = &Table{Summary: true, Columns: []Column{
		{"kind", ""}, {"file_bytes", "size"}, {"revision", ""}, {"pages.free", "free"}, {"members.count", "members"}, {"notes", ""},
	}}
	return r
}

func sampleDocuments() map[string]Document {
	return map[string]Document{
		"none":    {Command: "status"},
		"one":     {Command: "status", Results: []Result{healthyResult()}},
		"hostile": {Command: "space", ExitCode: 3, Results: []Result{hostileResult("dir/\xff\x1b[2Jx.db")}},
		"three": {Command: "status", ExitCode: 4, Results: []Result{
			summaryResult("a.db", true), summaryResult("b with blank.db", false),
			{Source: "c.txt", Fields: []Field{{"error", "", Text("not a database: it begins with \"hello\"")}}},
		}},
		"plain3": {Command: "hash", Results: []Result{
			{Source: "a", Fields: []Field{{"hash", "", Uint(1)}}},
			{Source: "b", Fields: []Field{{"hash", "", Uint(2)}, {"note", "", Text("yes")}}},
			{Source: "c"},
		}},
		"empty-table": {Command: "space", Results: []Result{{
			Source: "a", Fields: []Field{{"rows", "", List()}},
			Table: ListTable("rows", List(), Column{"key", ""}, Column{"bytes", ""}),
		}}},
	}
}
