package render

import (
	"bufio"
	"encoding/csv"
	"slices"
	"strings"
)

// renderCSV writes RFC 4180 with LF line ends (CRLF would have to reach into the
// cells): a header, then one row for each table row, or, if no result has a
// table of its own, one row for each result with its flattened fields. The first
// column is the source. Keys and text are Printable, hence exact and harmless to
// a terminal, and guarded against spreadsheets; unknown values are empty.
func renderCSV(w *bufio.Writer, d Document, o Options) error {
	if len(d.Results) == 0 {
		return nil
	}
	columns := without(rowColumns(d), d, func(t *Table) []string { return t.Drawn })
	rows := func(r Result) [][]Value { return resultRows(r, columns) }
	if columns == nil {
		columns = leafColumns(d)
		rows = func(r Result) [][]Value { return [][]Value{lookup(r.Fields, columns)} }
	}
	cw := csv.NewWriter(w)
	if !o.NoHeaders {
		header := []string{"source"}
		for _, c := range columns {
			header = append(header, guarded(plain(c.Name, false), o))
		}
		if err := cw.Write(header); err != nil {
			return err
		}
	}
	for _, r := range d.Results {
		for _, row := range rows(r) {
			record := []string{csvCell(Text(r.Source), o)}
			for _, v := range row {
				record = append(record, csvCell(v, o))
			}
			if err := cw.Write(record); err != nil {
				return err
			}
		}
	}
	cw.Flush()
	return cw.Error()
}

// leafColumns has every flattened name of any result, in the order of appearance.
func leafColumns(d Document) []Column {
	var columns []Column
	seen := map[string]bool{}
	for _, r := range d.Results {
		for _, l := range Flatten(r) {
			if !seen[l.Name] {
				seen[l.Name] = true
				columns = append(columns, Column{Name: l.Name})
			}
		}
	}
	return columns
}

// without leaves out the columns that the table of a result names.
func without(columns []Column, d Document, named func(*Table) []string) []Column {
	return slices.DeleteFunc(columns, func(c Column) bool {
		return slices.ContainsFunc(d.Results, func(r Result) bool { return r.Table != nil && slices.Contains(named(r.Table), c.Name) })
	})
}

func csvCell(v Value, o Options) string {
	switch v.kind {
	case KindText:
		if v.text == "" {
			return ""
		}
		return guarded(printable(v.text, false), o)
	case KindKey:
		return guarded(printable(v.text, false), o)
	case KindList, KindObject:
		var b strings.Builder
		w := bufio.NewWriter(&b)
		writeJSON(w, valueNode(v), -1)
		w.Flush() // a strings.Builder takes everything
		return b.String()
	}
	return v.machine()
}

// guarded puts an apostrophe before what a spreadsheet would take for a formula, unless
// o says otherwise. What has apostrophes there already gets one more: so taking one away
// from a cell of that shape gives the text again. Tab and CR, which spreadsheets skip, never
// begin a cell: printable quotes them. Numbers do not come here; -3 is a number.
func guarded(cell string, o Options) string {
	bare := strings.TrimLeft(cell, "'")
	if o.NoCSVGuard || bare == "" || !strings.ContainsRune("=+-@", rune(bare[0])) {
		return cell
	}
	return "'" + cell
}
