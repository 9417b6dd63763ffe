package render

import "fmt"

// SchemaVersion is the version of the machine formats (json, ndjson, yaml). It
// rises when a name or a type changes; new names do not raise it.
const SchemaVersion = 1

// Document is the answer of one command.
type Document struct {
	Command  string // "status", "snapshot status"
	ExitCode int    // the code that the process will return
	Results  []Result
}

// Result is what a command says about one source.
type Result struct {
	Source string // the path as the user named it
	// Failure says why there is no answer. Tables of several results show it in the
	// first column behind the source; the other formats have it among the fields.
	Failure string
	Fields  []Field
	// Brief is what simple shows in place of Fields, unless Options.Verbose: the same
	// facts in fewer words. No other format knows it. Empty: Fields.
	Brief []Field
	// Full is what simple shows in place of Fields with Options.Verbose, where many of
	// them say nothing about this result. Empty: Fields.
	Full  []Field
	Table *Table // nil: tables show the fields, one a row
}

// Field is one named value.
type Field struct {
	Name  string // machine name: snake_case, with the unit as suffix
	Label string // for people; empty: the name
	Value Value
}

// label is the field's name for people.
func (f Field) label() string {
	if f.Label != "" {
		return f.Label
	}
	return f.Name
}

// Table is a view of a result as columns: for table, markdown, csv, and simple.
// The machine formats other than csv ignore it, so whatever its rows hold must
// be in the fields too (see ListTable).
type Table struct {
	Columns []Column
	// Rows holds one value for each column. Ignored with Summary.
	Rows [][]Value
	// items, of ListTable, stand in place of Rows: objects, each a row only for a format
	// that has use for it.
	items []Value
	// fill sets the cells of row i that its item does not have; may be nil.
	fill func(i int, row []Value)
	// Summary makes the result itself the one row: each column shows the field
	// of its name. Several results then stand below each other in one table. csv
	// and simple show all fields of such a result, not only the columns.
	Summary bool
	// Field names the list among the result's fields whose items are the rows;
	// simple then shows the rows in its place. Empty: after all fields.
	Field string
	// Apart: simple does not show the table, for Brief has what is in it.
	Apart bool
	// Drawn names the columns that are for eyes only: csv leaves them out. Plotted names
	// those that only csv has.
	Drawn, Plotted []string
	// Paths: the first column has paths or keys, which their ends tell apart.
	Paths bool
}

// Column is a column of a Table.
type Column struct {
	Name  string // machine name, the csv header; of a Summary: a flattened name, "pages.free"
	Label string // for people; empty: the name
}

func (c Column) label() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Name
}

// ListTable is the table of a list of objects that is field name of the result:
// a row for each item, with the item's (flattened) fields in the given columns.
func ListTable(name string, list Value, columns ...Column) *Table {
	return &Table{Columns: columns, Field: name, items: list.list}
}

func (t *Table) len() int { return len(t.Rows) + len(t.items) }

// row is row i, one value for each column.
func (t *Table) row(i int) []Value {
	if t.items == nil {
		return t.Rows[i]
	}
	row := lookup(t.items[i].fields, t.Columns)
	if t.fill != nil {
		t.fill(i, row)
	}
	return row
}

// rows are all of them.
func (t *Table) rows() [][]Value {
	rows := make([][]Value, t.len())
	for i := range rows {
		rows[i] = t.row(i)
	}
	return rows
}

// lookup finds the value of each column among fields, by name or by flattened
// name; Null where there is none.
func lookup(fields []Field, columns []Column) []Value {
	byName := make(map[string]Value, len(fields))
	for _, l := range flatten(fields) {
		byName[l.Name] = l.Value
	}
	for _, f := range fields {
		if _, leaf := byName[f.Name]; !leaf {
			byName[f.Name] = f.Value
		}
	}
	row := make([]Value, len(columns))
	for i, c := range columns {
		row[i] = byName[c.Name]
	}
	return row
}

// check finds names that would collide in a machine format. That is a mistake
// of the caller, not of the input; said as an error, a test of any format shows it.
func (d Document) check() error {
	for _, r := range d.Results {
		seen := map[string]bool{"schema_version": true, "command": true, "source": true, "source_b64": true}
		for _, f := range r.Fields {
			if seen[f.Name] {
				return fmt.Errorf("render: field name %q of %s is taken", f.Name, d.Command)
			}
			seen[f.Name] = true
		}
		if r.Table == nil || r.Table.Summary {
			continue
		}
		for _, c := range r.Table.Columns {
			if c.Name == "source" {
				return fmt.Errorf("render: the column name source of %s is taken", d.Command)
			}
		}
		for _, row := range r.Table.Rows {
			if len(row) != len(r.Table.Columns) {
				return fmt.Errorf("render: a row of %s has %d values for %d columns", d.Command, len(row), len(r.Table.Columns))
			}
		}
	}
	return nil
}
