package render

import (
	"bytes"
	"strings"
	"testing"
)

// Both writers of csv: of a document with a table, of one without, and row by row.
func guardSample(t *testing.T, cell Value, o Options) []string {
	t.Helper()
	source := cell.text
	fields := []Field{{Name: "f", Value: cell}}
	flat := Document{Results: []Result{{Source: source, Fields: fields}}}
	list := List(Object(fields...))
	table := Document{Results: []Result{{Source: source, Fields: []Field{{Name: "l", Value: list}},
		Table: ListTable("l", list, Column{Name: "f"})}}}
	var b bytes.Buffer
	w := NewRowWriter(&b, "csv", "get", source, o)
	if err := w.Write(fields); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, text := range []string{renderString(t, flat, "csv", o), renderString(t, table, "csv", o), b.String()} {
		records := readCSV(t, text)
		cells = append(cells, records[1]...)
	}
	return cells
}

func TestCSVGuardsFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "-": "'-", "@SUM(A1)": "'@SUM(A1)",
		"'=1": "''=1", "''-1": "'''-1", "=": "'=",
		"a=1": "a=1", "'a": "'a", "'": "'", "/k": "/k",
		"\t=1": `"\t=1"`, "\r=1": `"\r=1"`, "=\xff": `"=\xff"`, " =1": `" =1"`,
	} {
		for _, v := range []Value{Text(text), Key([]byte(text))} {
			for i, got := range guardSample(t, v, Options{}) {
				if got != want {
					t.Errorf("cell %d of %q: %q, want %q", i, text, got, want)
				}
			}
			for i, got := range guardSample(t, v, Options{NoCSVGuard: true}) {
				if got != printable(text, false) {
					t.Errorf("without guard, cell %d of %q: %q", i, text, got)
				}
			}
		}
	}
}

func TestCSVLeavesNumbersAndOtherFormats(t *testing.T) {
	for i, got := range guardSample(t, Int(-3), Options{}) {
		if i%2 == 1 && got != "-3" {
			t.Errorf("cell %d: %q", i, got)
		}
	}
	d := Document{Results: []Result{{Source: "s", Fields: []Field{{Name: "f", Value: Text("=1+1")}}}}}
	for _, format := range Formats() {
		if text := renderString(t, d, format, Options{}); strings.Contains(text, "'=1") != (format == "csv") {
			t.Errorf("%s: %s", format, text)
		}
	}
}
