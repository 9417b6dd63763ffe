package render

import (
	"strings"

	"boltvet/internal/query"
)

// A ShownChange is a change as it is to be shown.
type ShownChange struct {
	*query.Change
	Value []byte           // nil: not asked for, or a deletion
	Diff  *query.ValueDiff // nil: not asked for, or nothing to compare with
}

// ChangeFields is one change as a row. With flat, lists are one text each, so that all
// rows have the same columns.
func ChangeFields(c ShownChange, flat bool) []Field {
	version, create, size := Null(), Null(), Null()
	if !c.Tombstone {
		version, create, size = Int(c.KV.Version), Int(c.KV.Create), Bytes(int64(len(c.KV.Value)))
	}
	value := Null()
	if c.Value != nil {
		value = Key(c.Value)
	}
	return []Field{
		f("key", "", Key(c.KV.Key)),
		f("revision", "", Int(c.Main)),
		f("sub_revision", "sub", Int(c.Sub)),
		f("type", "", Text(changeType(c.Tombstone))),
		f("generation", "", Int(c.Generation)),
		f("version", "", version),
		f("create_revision", "created", create),
		f("lease", "", leaseID(c.KV.Lease)),
		f("value_bytes", "value", size),
		f("transaction_changes", "in transaction", Int(c.InTxn)),
		f("other_keys", "with", otherKeys(c.Others, flat)),
		f("value", "", value),
		f("diff", "", diffValue(c.Diff, flat)),
		f("doubt", "", textOrNull(c.Doubt.String()).Styled(Warn)),
	}
}

func changeType(tombstone bool) string {
	if tombstone {
		return "delete"
	}
	return "put"
}

// otherKeys are the other keys of the transaction that are named.
func otherKeys(keys []string, flat bool) Value {
	if flat {
		shown := make([]string, len(keys))
		for i, k := range keys {
			shown[i] = Printable([]byte(k))
		}
		return textOrNull(strings.Join(shown, ", "))
	}
	list := make([]Value, len(keys))
	for i, k := range keys {
		list[i] = Key([]byte(k))
	}
	return List(list...)
}

// diffValue is what a change did to the value.
func diffValue(d *query.ValueDiff, flat bool) Value {
	switch {
	case d == nil:
		return Null()
	case flat:
		return Text(strings.Join(DiffLines(d), "; "))
	}
	steps := make([]Value, len(d.Steps))
	for i, s := range d.Steps {
		steps[i] = Object(f("at", "", Text(s.At)), f("old", "", bytesOrNull(s.Old)), f("new", "", bytesOrNull(s.New)))
	}
	return Object(f("kind", "", Text(d.Kind.String())), f("steps", "", List(steps...)), f("more", "", Bool(d.More)))
}

func bytesOrNull(b []byte) Value {
	if b == nil {
		return Null()
	}
	return Key(b)
}

// DiffLines is a diff for people, a step a line, safe for a terminal.
func DiffLines(d *query.ValueDiff) (lines []string) {
	if d.Kind == query.DiffSame {
		return []string{"the same value"}
	}
	for _, s := range d.Steps {
		line := plain(s.At, false)
		switch {
		case s.Old != nil && s.New != nil:
			line += ": " + Printable(s.Old) + " -> " + Printable(s.New)
		case s.Old != nil:
			line = "- " + line + ": " + Printable(s.Old)
		case s.New != nil:
			line = "+ " + line + ": " + Printable(s.New)
		}
		lines = append(lines, line)
	}
	if d.More {
		lines = append(lines, "and more")
	}
	return lines
}

// DeletionFields is one deleted key as a row.
func DeletionFields(d *query.Deletion) []Field {
	size, mod := Null(), Null()
	if d.Last != nil {
		size, mod = Bytes(int64(len(d.Last.Value))), Int(d.Last.Mod)
	}
	return []Field{
		f("key", "", Key([]byte(d.Key))),
		f("revision", "deleted", Int(d.At.Main)),
		f("sub_revision", "sub", Int(d.At.Sub)),
		f("last_revision", "last value of", mod),
		f("last_value_bytes", "last value", size),
		f("generations", "", Int(d.Generations)),
	}
}

// History is the answer of history, whose changes are changes, each an object of
// [ChangeFields]. Tables have these columns, too.
func History(h *query.HistoryAnswer, changes []Value, more ...string) Result {
	r := Result{Source: h.Source.Path, Fields: append(historyFields(h), f("changes", "", List(changes...)))}
	if len(changes) == 0 {
		return r
	}
	columns := []Column{{"key", "key"}, {"revision", "revision"}, {"sub_revision", "sub"}, {"type", "type"}}
	for _, name := range more { // what was asked for is not what a narrow terminal cuts off
		columns = append(columns, Column{name, name})
	}
	columns = append(columns, Column{"generation", "generation"}, Column{"version", "version"}, Column{"create_revision", "created"},
		Column{"lease", "lease"}, Column{"value_bytes", "bytes"}, Column{"transaction_changes", "in transaction"})
	if h.Misfits > 0 || h.Astray {
		columns = withDoubt(columns)
	}
	r.Table = ListTable("changes", List(changes...), columns...)
	r.Table.Paths = true
	return r
}

// Deletions is the answer of history --deleted, whose keys are keys, each an object of
// [DeletionFields].
func Deletions(h *query.HistoryAnswer, keys []Value) Result {
	r := Result{Source: h.Source.Path, Fields: append(historyFields(h), f("deleted", "", List(keys...)))}
	if len(keys) > 0 {
		r.Table = ListTable("deleted", List(keys...), Column{"key", "key"}, Column{"revision", "deleted"}, Column{"sub_revision", "sub"},
			Column{"last_revision", "last value of"}, Column{"last_value_bytes", "last value"}, Column{"generations", "generations"})
	}
	return r
}

// historyFields are what an answer says besides its changes.
func historyFields(h *query.HistoryAnswer) []Field {
	return []Field{
		f("latest_revision", "latest revision", Int(h.Latest)),
		f("compact_revision", "compact revision", Int(h.Compact)),
		f("keys", "keys", Int(h.Keys)),
		f("deleted_keys", "deleted keys", Int(h.Deleted)),
		f("change_count", "changes", Int(h.Changes)),
		f("doubtful_changes", "doubtful changes", Int(h.Misfits)),
	}
}
