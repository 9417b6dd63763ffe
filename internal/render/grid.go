package render

import "slices"

// grid is a table for people: cells as safe text, before any layout.
type grid struct {
	headers []string
	rows    [][]cell
	right   []bool // numbers: align right
	paths   int    // so many first columns have paths: their ends tell them apart
}

type cell struct {
	text  string
	style Style
}

// rowColumns is the union of the columns of the results that have rows of their
// own; nil if none has.
func rowColumns(d Document) []Column {
	return unionColumns(d, func(t *Table) bool { return t != nil && !t.Summary })
}

func unionColumns(d Document, use func(*Table) bool) []Column {
	var columns []Column
	seen := map[string]bool{"source": true}
	for _, r := range d.Results {
		if !use(r.Table) {
			continue
		}
		if columns == nil {
			columns = []Column{}
		}
		for _, c := range r.Table.Columns {
			if !seen[c.Name] {
				seen[c.Name] = true
				columns = append(columns, c)
			}
		}
	}
	return columns
}

// resultRows gives the rows of a result under columns. A result without rows of
// its own is one row, made of its fields.
func resultRows(r Result, columns []Column) [][]Value {
	if r.Table == nil || r.Table.Summary {
		return [][]Value{lookup(r.Fields, columns)}
	}
	at := make(map[string]int, len(r.Table.Columns))
	for i, c := range r.Table.Columns {
		at[c.Name] = i
	}
	rows := make([][]Value, r.Table.len())
	for i := range rows {
		values := r.Table.row(i)
		rows[i] = make([]Value, len(columns))
		for j, c := range columns {
			if k, ok := at[c.Name]; ok {
				rows[i][j] = values[k]
			}
		}
	}
	return rows
}

// grids lays a document out as tables: all results in one if any has a Table,
// else each in one of its own, with a row for each field.
func grids(d Document, ascii bool) []grid {
	columns := without(unionColumns(d, func(t *Table) bool { return t != nil }), d, func(t *Table) []string { return t.Plotted })
	if columns == nil {
		var gs []grid
		for _, r := range d.Results {
			gs = append(gs, fieldGrid(r, ascii))
		}
		return gs
	}
	withSource := len(d.Results) > 1 || d.Results[0].Table.Summary
	header := columns
	if withSource {
		header = append([]Column{{Name: "source"}}, columns...)
	}
	var rows [][]Value
	for _, r := range d.Results {
		for _, row := range answerRows(r, columns) {
			if withSource {
				row = append([]Value{sourceValue(r)}, row...)
			}
			rows = append(rows, row)
		}
	}
	g := newGrid(header, rows, ascii)
	if withSource {
		g.paths++
	}
	if slices.ContainsFunc(d.Results, func(r Result) bool { return r.Table != nil && r.Table.Paths }) {
		g.paths++
	}
	return []grid{g}
}

// answerRows is resultRows, with a row for what failed: it must not be missing from the
// table of all that was asked for.
func answerRows(r Result, columns []Column) [][]Value {
	if r.Failure == "" || len(columns) == 0 {
		return resultRows(r, columns)
	}
	row := make([]Value, len(columns))
	row[0] = Text("error: " + r.Failure).Styled(Bad)
	return [][]Value{row}
}

// sourceValue is a path: bytes from outside, like a key.
func sourceValue(r Result) Value { return Key([]byte(r.Source)) }

func fieldGrid(r Result, ascii bool) grid {
	rows := [][]Value{{Text("source"), sourceValue(r)}}
	for _, l := range Flatten(r) {
		rows = append(rows, []Value{Text(l.Label), l.Value})
	}
	g := newGrid([]Column{{Name: "field"}, {Name: "value"}}, rows, ascii)
	g.right[1] = false
	return g
}

func newGrid(columns []Column, rows [][]Value, ascii bool) grid {
	g := grid{right: make([]bool, len(columns)), rows: make([][]cell, len(rows))}
	for i, c := range columns {
		g.headers = append(g.headers, plain(c.label(), ascii))
		g.right[i] = allNumeric(rows, i)
	}
	for i, row := range rows {
		g.rows[i] = make([]cell, len(columns))
		for j := range columns {
			g.rows[i][j] = cell{row[j].human(ascii), row[j].style}
		}
	}
	return g
}

// allNumeric tells whether a column holds numbers and nothing else but Nulls.
func allNumeric(rows [][]Value, column int) bool {
	found := false
	for _, row := range rows {
		switch v := row[column]; {
		case v.numeric():
			found = true
		case !v.IsNull():
			return false
		}
	}
	return found
}
