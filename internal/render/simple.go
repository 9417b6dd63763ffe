package render

import (
	"bufio"
	"strings"
)

// renderSimple writes `name: value` lines under the source, for eyes and grep:
// no boxes, nothing cut, the values of a result in one column.
//
//	snapshot.db
//	  kind:         snapshot
//	  pages:
//	    free:       12
//	  members:
//	    id                name
//	    8e9e05c52164694d  m1
//
// A list of plain values is one line, or a line each for text; a list of objects
// is columns.
func renderSimple(w *bufio.Writer, d Document, o Options) error {
	for i, r := range d.Results {
		if i > 0 {
			w.WriteByte('\n')
		}
		s := simple{o: o, table: r.Table}
		fields := r.Fields
		switch {
		case len(r.Brief) > 0 && !o.Verbose:
			fields = r.Brief
		case len(r.Full) > 0:
			fields = r.Full
		}
		w.WriteString(sourceValue(r).human(!o.UTF8) + "\n")
		s.section(fields, simpleIndent)
		if t := r.Table; t != nil && !t.Summary && !t.Apart && !s.tableShown && t.len() > 0 {
			s.columns(newGrid(t.Columns, t.rows(), !o.UTF8), simpleIndent)
		}
		s.write(w)
	}
	return nil
}

const (
	simpleIndent = 2
	// farLabel is the longest label that pushes the values of all others aside.
	farLabel = 36
	// farCell is the widest cell that the others of its column are lined up with: what
	// is wider, such as a key of a MB, is written whole and pushes its own row aside.
	farCell = 400
)

// simple collects the lines of a result, because the column of the values is
// known only when all labels are.
type simple struct {
	o          Options
	table      *Table
	tableShown bool
	lines      []simpleLine
}

type simpleLine struct {
	label string // with indent and colon; or the whole line if there is no value
	value string
	style Style
}

func (s *simple) add(indent int, label, value string, style Style) {
	s.lines = append(s.lines, simpleLine{strings.Repeat(" ", indent) + label, value, style})
}

func (s *simple) section(fields []Field, indent int) {
	for _, f := range fields {
		label := plain(f.label(), !s.o.UTF8) + ":"
		v := f.Value
		switch {
		case s.showsTable(f, indent):
			s.tableShown = true
			s.add(indent, label, "", Plain)
			s.columns(newGrid(s.table.Columns, s.table.rows(), !s.o.UTF8), indent+simpleIndent)
		case v.kind == KindObject && len(v.fields) > 0:
			s.add(indent, label, "", Plain)
			s.section(v.fields, indent+simpleIndent)
		case v.kind == KindList && len(v.list) > 0:
			s.list(label, v, indent)
		default:
			s.add(indent, label, v.humanExact(!s.o.UTF8), v.style)
		}
	}
}

// showsTable tells whether the rows of the result's table stand for this field.
func (s *simple) showsTable(f Field, indent int) bool {
	return indent == simpleIndent && s.table != nil && !s.table.Summary && !s.table.Apart && s.table.Field == f.Name &&
		s.table.len() > 0
}

func (s *simple) list(label string, v Value, indent int) {
	objects, short := true, true
	for _, item := range v.list {
		objects = objects && item.kind == KindObject
		short = short && !item.compound() && item.kind != KindText && item.kind != KindKey
	}
	switch {
	case objects:
		s.add(indent, label, "", Plain)
		s.columns(objectGrid(v.list, !s.o.UTF8), indent+simpleIndent)
	case short || len(v.list) == 1:
		s.add(indent, label, v.human(!s.o.UTF8), v.style)
	default:
		s.add(indent, label, "", Plain)
		for _, item := range v.list {
			text := colored(item.human(!s.o.UTF8), item.style, s.o)
			s.add(indent+simpleIndent, "- "+text, "", Plain)
		}
	}
}

// objectGrid has a column for each field that any of the objects has.
func objectGrid(objects []Value, ascii bool) grid {
	var columns []Column
	seen := map[string]bool{}
	for _, v := range objects {
		for _, f := range v.fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				columns = append(columns, Column{f.Name, f.Label})
			}
		}
	}
	rows := make([][]Value, len(objects))
	for i, v := range objects {
		rows[i] = lookup(v.fields, columns)
	}
	return newGrid(columns, rows, ascii)
}

// columns adds a grid as lines, two blanks between columns, none at the end.
func (s *simple) columns(g grid, indent int) {
	widths := g.naturalWidths(!s.o.NoHeaders)
	for i := range widths {
		widths[i] = min(widths[i], farCell)
	}
	if !s.o.NoHeaders {
		header := make([]cell, len(g.headers))
		for i, h := range g.headers {
			header[i].text = h
		}
		s.add(indent, s.row(header, g.right, widths), "", Plain)
	}
	for _, row := range g.rows {
		s.add(indent, s.row(row, g.right, widths), "", Plain)
	}
}

func (s *simple) row(cells []cell, right []bool, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		gap := strings.Repeat(" ", max(widths[i]-textWidth(c.text), 0))
		text := colored(c.text, c.style, s.o)
		if i > 0 {
			b.WriteString("  ")
		}
		switch {
		case right[i]:
			b.WriteString(gap + text)
		case i == len(cells)-1:
			b.WriteString(text)
		default:
			b.WriteString(text + gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func (s *simple) write(w *bufio.Writer) {
	column := 0
	for _, l := range s.lines {
		if n := textWidth(l.label); l.value != "" && n <= farLabel {
			column = max(column, n)
		}
	}
	for _, l := range s.lines {
		w.WriteString(l.label)
		if l.value != "" {
			writeBlanks(w, max(column-textWidth(l.label), 0)+1)
			w.WriteString(colored(l.value, l.style, s.o))
		}
		w.WriteByte('\n')
	}
}
