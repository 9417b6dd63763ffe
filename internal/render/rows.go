package render

import (
	"bufio"
	"encoding/csv"
	"io"
)

// StreamFormats are the formats in which rows can be written one by one, so that a
// list of any length needs no memory.
func StreamFormats() []string { return []string{"ndjson", "csv"} }

// RowWriter writes the rows of one list as they come: in ndjson one object a line, in
// csv one record. All rows have the same fields. A list may have millions of rows: what
// one is made in serves the next.
type RowWriter struct {
	w      *bufio.Writer
	line   node        // of ndjson
	same   int         // how many of its children are those of every line
	csv    *csv.Writer // nil: ndjson
	leaves []Leaf
	record []string // of csv; the first is the source
	o      Options
	headed bool
}

// NewRowWriter writes to w in one of [StreamFormats].
func NewRowWriter(w io.Writer, format, command, source string, o Options) *RowWriter {
	r := &RowWriter{w: bufio.NewWriterSize(w, 64<<10), headed: o.NoHeaders, o: o}
	if format == "csv" {
		r.csv, r.record = csv.NewWriter(r.w), []string{csvCell(Text(source), o)}
		return r
	}
	r.line = lineNode(command, source)
	r.same = len(r.line.kids)
	return r
}

// Write adds a row.
func (r *RowWriter) Write(fields []Field) error {
	if r.csv == nil {
		r.line.names, r.line.kids = r.line.names[:r.same], r.line.kids[:r.same]
		r.line.addFields(fields)
		return writeLine(r.w, r.line)
	}
	if err := r.Head(fields); err != nil {
		return err
	}
	r.leaves, r.record = appendAllLeaves(r.leaves[:0], fields), r.record[:1]
	for _, l := range r.leaves {
		r.record = append(r.record, csvCell(l.Value, r.o))
	}
	return r.csv.Write(r.record)
}

// Head writes the header of csv, unless it was written. Write does it, too; it is for a
// list that has no rows: fields are those that one would have.
func (r *RowWriter) Head(fields []Field) error {
	if r.csv == nil || r.headed {
		return nil
	}
	r.headed = true
	header := []string{"source"}
	for _, l := range Flatten(Result{Fields: fields}) {
		header = append(header, guarded(plain(l.Name, false), r.o))
	}
	return r.csv.Write(header)
}

// Flush writes out what is held back.
func (r *RowWriter) Flush() error {
	if r.csv != nil {
		r.csv.Flush()
		if err := r.csv.Error(); err != nil {
			return err
		}
	}
	return r.w.Flush()
}
