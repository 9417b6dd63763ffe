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
// csv one record. All rows have the same fields.
type RowWriter struct {
	w               *bufio.Writer
	csv             *csv.Writer // nil: ndjson
	command, source string
	headed          bool
}

// NewRowWriter writes to w in one of [StreamFormats].
func NewRowWriter(w io.Writer, format, command, source string, o Options) *RowWriter {
	r := &RowWriter{w: bufio.NewWriter(w), command: command, source: source, headed: o.NoHeaders}
	if format == "csv" {
		r.csv = csv.NewWriter(r.w)
	}
	return r
}

// Write adds a row.
func (r *RowWriter) Write(fields []Field) error {
	if r.csv == nil {
		return renderNDJSON(r.w, Document{Command: r.command, Results: []Result{{Source: r.source, Fields: fields}}}, Options{})
	}
	if err := r.Head(fields); err != nil {
		return err
	}
	leaves := Flatten(Result{Fields: fields})
	record := []string{csvCell(Text(r.source))}
	for _, l := range leaves {
		record = append(record, csvCell(l.Value))
	}
	return r.csv.Write(record)
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
		header = append(header, plain(l.Name, false))
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
