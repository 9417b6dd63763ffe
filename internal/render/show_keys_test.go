package render

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"boltvet/internal/datadir"
	"boltvet/internal/query"
)

// keysResult is the answer of get with values in the words of a document.
func keysResult(t *testing.T, path string, q query.GetQuery) Result {
	t.Helper()
	a, err := query.Get(t.Context(), openNamed(t, path), q, query.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var list []Value
	err = a.Each(t.Context(), func(it *query.Item) error {
		value := it.KV.Value
		if q.KeysOnly {
			value = nil
		}
		list = append(list, Object(KeyFields(it, value)...))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return Get(a, list, q.KeysOnly)
}

// changesResult is the answer of history with what each put changed.
func changesResult(t *testing.T, path string, keys query.KeyRange, flat bool) Result {
	t.Helper()
	h, err := query.History(t.Context(), openNamed(t, path), keys, query.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var list []Value
	err = h.Each(t.Context(), func(c *query.Change) error {
		shown := ShownChange{Change: c, Value: slices.Clone(c.KV.Value)}
		if c.Prev != nil && !c.Tombstone {
			d := query.DiffValues(c.Prev.Value, c.KV.Value)
			shown.Diff = &d
		}
		list = append(list, Object(ChangeFields(shown, flat)...))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return History(h, list, "value", "diff")
}

// openNamed opens a file under a name that is always the same.
func openNamed(t *testing.T, path string) *datadir.Source {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	src.Path, src.DBPath = "m1.db", "m1.db"
	return src
}

// TestKeysGolden shows keys and their history, hostile ones and those of a damaged file
// too, at 60, 80 and 200 columns, with and without UTF-8 and colour, and in every other
// format that holds a whole answer.
func TestKeysGolden(t *testing.T) {
	keys := diffKeys()
	plain := diffFixture(t, "txns", "", keys, "one\x1b[2J\nline")
	hurt := diffFixture(t, "txns", "zero page key.leaf[-2]", keys, "one")
	all := query.Prefix(nil)
	documents := map[string]func(flat bool) Result{
		"get":             func(bool) Result { return keysResult(t, plain, query.GetQuery{Keys: all}) },
		"get-keys":        func(bool) Result { return keysResult(t, plain, query.GetQuery{Keys: all, KeysOnly: true, Limit: 5}) },
		"get-damaged":     func(bool) Result { return keysResult(t, hurt, query.GetQuery{Keys: all}) },
		"get-none":        func(bool) Result { return keysResult(t, plain, query.GetQuery{Keys: query.OneKey([]byte("none"))}) },
		"history":         func(flat bool) Result { return changesResult(t, plain, query.Prefix([]byte("/txn/only-")), flat) },
		"history-hostile": func(flat bool) Result { return changesResult(t, plain, query.FromKey([]byte("null")), flat) },
		"history-damaged": func(flat bool) Result { return changesResult(t, hurt, query.OneKey([]byte("/txn/0")), flat) },
	}
	for name, document := range documents {
		for _, format := range []string{"table", "yaml", "markdown", "fields"} {
			for _, o := range goldenOptions(format) {
				diffGolden(t, name, []Result{document(format == "table" || format == "markdown")}, format, o)
			}
		}
	}
}

// TestLongCell: one key of a MB does not make every row a MB long.
func TestLongCell(t *testing.T) {
	long := strings.Repeat("k", 1<<20)
	rows := []Value{
		Object(f("key", "", Text(long)), f("size", "", Int(1))),
		Object(f("key", "", Text("a")), f("size", "", Int(22))),
		Object(f("key", "", Text("bcd")), f("size", "", Int(3))),
	}
	var out bytes.Buffer
	d := Document{Command: "get", Results: []Result{{Source: "x", Fields: []Field{f("rows", "", List(rows...))}}}}
	if err := Render(&out, d, "simple", Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if !strings.Contains(lines[3], long+"  ") || len(lines[4]) > 500 || len(lines[4]) != len(lines[5]) {
		t.Errorf("lines of %d, %d and %d bytes", len(lines[3]), len(lines[4]), len(lines[5]))
	}
}
