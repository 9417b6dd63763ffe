package render

import (
	"slices"

	"boltvet/internal/query"
	"boltvet/mvccview"
)

// A DiffRow is one file of a comparison.
type DiffRow struct {
	File       *query.DiffFile
	Verdict    query.Verdict
	Reason     string
	Point      *query.Point      // nil: there is no common revision
	With       string            // path of the reference; "" for the reference itself
	Difference *query.Difference // nil: the file was not compared
	Odd        Value             // Bool, or Null if no majority was looked for or found
	Behind     int64             // revisions that the file with the highest latest one has beyond this
	Values     bool              // values were asked for
}

// Diff shows one file of a comparison. perKey makes the keys that differ the rows of
// tables.
func Diff(d DiffRow, perKey bool) Result {
	x := d.Difference
	if x == nil {
		x = &query.Difference{}
	}
	known := d.Difference != nil
	r := Result{Source: d.File.Source.Path}
	r.Fields = append(diffVerdict(d),
		f("first_difference", "first difference", divergence(x.First)),
		f("keys", "keys at that revision", keyCounts(known, x.Keys)),
		f("records", "records", recordCounts(known, x.Records)),
		f("prefixes", "by prefix", prefixes(x.Places)),
		f("other_prefixes", "under other prefixes", keyCounts(known, x.Others.Keys)),
		f("changes", "keys that differ", changes(x.Changes)),
		f("changes_not_named", "more keys that differ", intIf(known, x.Keys.All()-int64(len(x.Changes)))),
		f("buckets", "other buckets", buckets(x.Buckets)),
	)
	r.Fields = append(r.Fields, diffFile(d)...)
	r.Brief = diffBrief(d)
	if !known {
		r.Full = diffAlone(d)
	}
	r.Table = &Table{Summary: true, Columns: []Column{
		{"comparison", "compared"}, {"revision", "revision"}, {"first_difference.revision", "parts at"},
		{"keys.added", "added"}, {"keys.removed", "removed"}, {"keys.changed", "changed"},
		{"odd_one_out", "odd"}, {"latest_revision", "latest"}, {"behind_revisions", "behind"},
	}}
	if perKey {
		r.Table = ListTable("changes", changes(x.Changes), changeColumns(d.Values)...)
	}
	return r
}

// diffVerdict is what the comparison came to.
func diffVerdict(d DiffRow) []Field {
	fields := []Field{
		f("comparison", "", comparisonValue(d.Verdict)),
		f("compared_with", "compared with", keyText(d.With)),
		f("reason", "", textOrNull(d.Reason)),
		f("odd_one_out", "odd one out", d.Odd),
	}
	rev, compact := Null(), Null()
	if d.Point != nil {
		rev, compact = Int(d.Point.Rev), Int(d.Point.Compact)
	}
	return append(fields, f("revision", "compared up to revision", rev), f("compact_revision", "as if compacted at", compact))
}

// diffAlone is what there is to tell of a file that is compared with no other one: the
// reference, or one of which nothing can be compared.
func diffAlone(d DiffRow) []Field {
	told := slices.DeleteFunc(diffVerdict(d), func(x Field) bool { return x.Value.IsNull() })
	return append(told, diffFile(d)...)
}

// diffFile is what is told of the file whatever it is compared with.
func diffFile(d DiffRow) []Field {
	v := d.File.View
	index, term, storage, cluster := v.Meta.ConsistentIndex, v.Meta.Term, Null(), Null()
	if v.Meta.StorageVersion.Set {
		storage = Text(v.Meta.StorageVersion.Value.String())
	}
	if v.Cluster.Version.Set {
		cluster = Text(v.Cluster.Version.Value.String())
	}
	spans, total := d.File.Hidden.Spans(d.File.Latest, maxSpans)
	fields := []Field{
		f("damaged", "", Bool(d.File.Harmed)),
		f("hidden", "revisions that damage hides", hiddenSpans(spans)),
		f("hidden_total", "such ranges", Int(int64(total))),
		f("latest_revision", "latest revision of the file", Int(d.File.Latest)),
		f("behind_revisions", "behind the newest file by", Int(d.Behind)),
		f("file_compact_revision", "compact revision of the file", Int(d.File.Compact)),
		f("compaction_unfinished", "compaction unfinished", Bool(d.File.Unfinished)),
		f("consistent_index", "consistent index", uintIf(index.Set, index.Value)),
		f("term", "", uintIf(term.Set, term.Value)),
		f("conf_state", "raft configuration", confState(v.Meta.ConfState)),
		f("storage_version", "storage version", storage),
		f("cluster_version", "cluster version", cluster),
	}
	return append(fields, hashedSource(d.File.Source, d.File.Trailer)...)
}

// maxSpans bounds the hidden ranges that are listed.
const maxSpans = 20

func hiddenSpans(spans []mvccview.RevSpan) Value {
	list := make([]Value, len(spans))
	for i, s := range spans {
		list[i] = Object(f("from", "from revision", Text(s.Lo.String())), f("before", "before revision", Text(s.Hi.String())))
	}
	return List(list...)
}

func keyCounts(known bool, k query.KeyCounts) Value {
	return Object(
		f("added", "", intIf(known, k.Added)),
		f("removed", "", intIf(known, k.Removed)),
		f("changed", "", intIf(known, k.Changed)),
		f("undecided", "hidden by damage", intIf(known, k.Undecided)),
	)
}

func recordCounts(known bool, n query.RecordCounts) Value {
	return Object(
		f("same", "in both", intIf(known, n.Same)),
		f("only_reference", "only in the reference", intIf(known, n.Only[0])),
		f("only_here", "only in this file", intIf(known, n.Only[1])),
		f("changed", "with other content", intIf(known, n.Changed)),
		f("at_compact_revision", "keys that differ at the compact revision", intIf(known, n.AtC)),
		f("hidden", "hidden by damage", intIf(known, n.Hidden)),
	)
}

func prefixes(list []query.PrefixChange) Value {
	values := make([]Value, len(list))
	for i, p := range list {
		values[i] = Object(
			f("prefix", "", Key(p.Prefix)),
			f("added", "", Int(p.Keys.Added)),
			f("removed", "", Int(p.Keys.Removed)),
			f("changed", "", Int(p.Keys.Changed)),
		)
	}
	return List(values...)
}

func divergence(d *query.Divergence) Value {
	if d == nil {
		return Object(f("revision", "", Null()), f("exact", "", Null()), f("records_total", "records that differ there", Null()), f("records", "", List()))
	}
	list := make([]Value, len(d.Records))
	for i, r := range d.Records {
		list[i] = Object(append([]Field{f("record", "record", Text(r.Rev.String()))}, recordDiff(&r)...)...)
	}
	return Object(
		f("revision", "", Int(d.Rev)),
		f("exact", "", Bool(d.Exact)),
		f("records_total", "records that differ there", Int(d.Total)),
		f("records", "", List(list...)),
	)
}

// recordDiff is a key, in what it differs, and what each side has.
func recordDiff(r *query.RecordDiff) []Field {
	what := make([]Value, len(r.What))
	for i, p := range r.What {
		what[i] = Text(p.String())
	}
	return []Field{
		f("key", "", Key(r.Key)),
		f("differs", "differs in", List(what...)),
		f("reference", "", recordSide(r.Sides[0])),
		f("here", "", recordSide(r.Sides[1])),
	}
}

// recordSide is one side; all Null if the file has no such record, so that columns stay.
func recordSide(s *query.RecordSide) Value {
	if s == nil {
		return Object(f("state", "", Text("missing")), f("revision", "", Null()), f("create_revision", "created", Null()), f("version", "", Null()),
			f("lease", "", Null()), f("value_bytes", "value", Null()), f("value", "value", Null()), f("other_key", "key", Null()))
	}
	state := "put"
	if s.Tombstone {
		state = "deleted"
	}
	return Object(
		f("state", "", Text(state)),
		f("revision", "", Text(s.Rev.String())),
		f("create_revision", "created", intIf(!s.Tombstone, s.Create)),
		f("version", "", intIf(!s.Tombstone, s.Version)),
		f("lease", "", idIf(!s.Tombstone && s.Lease != 0, uint64(s.Lease))),
		f("value_bytes", "value", bytesIf(!s.Tombstone, s.ValueBytes)),
		f("value", "value", keyOrNull(s.Value)),
		f("other_key", "key", keyOrNull(s.OtherKey)),
	)
}

func changes(list []query.KeyChange) Value {
	values := make([]Value, len(list))
	for i := range list {
		values[i] = Object(append([]Field{f("change", "", Text(list[i].Kind.String()))}, recordDiff(&list[i].RecordDiff)...)...)
	}
	return List(values...)
}

// changeColumns are what a table of keys shows.
func changeColumns(values bool) []Column {
	columns := []Column{{"change", "change"}, {"key", "key"}, {"differs", "differs in"}}
	shown := []Column{{"state", "state"}, {"revision", "rev"}, {"version", "ver"}, {"lease", "lease"}, {"value_bytes", "size"}}
	if values {
		shown = append(shown, Column{"value", "value"})
	}
	for _, side := range []Column{{"reference", "ref"}, {"here", "here"}} {
		for _, c := range shown {
			columns = append(columns, Column{side.Name + "." + c.Name, side.Label + " " + c.Label})
		}
	}
	return columns
}

func buckets(list []query.BucketDifference) Value {
	values := make([]Value, len(list))
	for i, b := range list {
		entries := make([]Value, len(b.Entries))
		for j, e := range b.Entries {
			entries[j] = Object(f("change", "", Text(e.Kind.String())), f("id", "", textOrNull(e.ID)), f("key", "", Key(e.Key)))
		}
		values[i] = Object(
			f("bucket", "", Text(b.Bucket)),
			f("same", "", Int(b.Same)),
			f("added", "", Int(b.Added)),
			f("removed", "", Int(b.Removed)),
			f("changed", "", Int(b.Change)),
			f("judged", "", Bool(b.Judged)),
			f("not_judged_because", "not judged because", textOrNull(b.Reason)),
			f("entries", "", List(entries...)),
		)
	}
	return List(values...)
}
