package render

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func renderString(t testing.TB, d Document, format string, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, d, format, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

func documentNames() []string {
	var names []string
	for name := range sampleDocuments() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// everyOption is each combination of width, charset, colour and headers.
func everyOption(visit func(Options)) {
	for _, width := range []int{0, 1, 5, 10, 20, 40, 60, 80, 200} {
		for i := range 8 {
			visit(Options{Width: width, UTF8: i&1 != 0, Color: i&2 != 0, NoHeaders: i&4 != 0})
		}
	}
}

func TestGolden(t *testing.T) {
	variants := []struct {
		name    string
		options Options
		formats []string
	}{
		{"ascii60", Options{Width: 60}, []string{"table"}},
		{"ascii80", Options{Width: 80}, []string{"simple", "table", "markdown", "fields"}},
		{"utf8_80", Options{Width: 80, UTF8: true}, []string{"simple", "table", "markdown", "fields"}},
		{"utf8_200", Options{Width: 200, UTF8: true}, []string{"table"}},
		{"machine", Options{}, []string{"json", "ndjson", "yaml", "csv"}},
	}
	for _, doc := range documentNames() {
		for _, v := range variants {
			for _, format := range v.formats {
				golden(t, doc+"."+v.name+"."+format, []byte(renderString(t, sampleDocuments()[doc], format, v.options)))
			}
		}
	}
}

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (rewrite with -update); got\n%s\nwant\n%s", path, got, want)
	}
}

var sgr = regexp.MustCompile("\x1b\\[3[123]m|\x1b\\[0m")

// wantHarmless checks that text has nothing a terminal could act upon.
func wantHarmless(t *testing.T, text string, ascii bool) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("invalid UTF-8 in %q", text)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !isPrintable(line, ascii) {
			t.Errorf("not printable (ascii %v): %q", ascii, line)
		}
	}
}

func TestNothingHarmfulInAnyFormat(t *testing.T) {
	for _, doc := range documentNames() {
		for _, format := range Formats() {
			everyOption(func(o Options) {
				text := renderString(t, sampleDocuments()[doc], format, o)
				people := format == "simple" || format == "table"
				if o.Color && people {
					text = sgr.ReplaceAllString(text, "")
				}
				human := people || format == "markdown" || format == "fields"
				wantHarmless(t, text, human && !o.UTF8)
			})
		}
	}
}

func TestTableNeverExceedsTheWidth(t *testing.T) {
	for _, doc := range documentNames() {
		everyOption(func(o Options) {
			if o.Width < 5 { // narrower than an empty box
				return
			}
			text := sgr.ReplaceAllString(renderString(t, sampleDocuments()[doc], "table", o), "")
			widths := map[int]bool{}
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				n := textWidth(line)
				if o.Width > 0 && n > o.Width {
					t.Errorf("%s %+v: %d cells: %s", doc, o, n, line)
				}
				if !strings.HasPrefix(line, "(+") && !strings.HasPrefix(line, ".") {
					widths[n] = true
				}
			}
			if len(widths) > 1 && doc != "plain3" {
				t.Errorf("%s %+v: a ragged box:\n%s", doc, o, text)
			}
		})
	}
}

func TestColorChangesNothingElse(t *testing.T) {
	for _, doc := range documentNames() {
		for _, format := range Formats() {
			o := Options{Width: 80, UTF8: true}
			without := renderString(t, sampleDocuments()[doc], format, o)
			o.Color = true
			with := renderString(t, sampleDocuments()[doc], format, o)
			if got := sgr.ReplaceAllString(with, ""); got != without {
				t.Errorf("%s %s: colour changed the text:\n%s\n%s", doc, format, got, without)
			}
			if doc == "one" && (format == "simple" || format == "table") == (with == without) {
				t.Errorf("%s: colour there: %v", format, with != without)
			}
		}
	}
}

func TestNoHeaders(t *testing.T) {
	d := sampleDocuments()["three"]
	for format, header := range map[string]string{"csv": "source,", "table": "| source", "simple": "id  "} {
		with := renderString(t, d, format, Options{})
		without := renderString(t, d, format, Options{NoHeaders: true})
		if !strings.Contains(with, header) || strings.Contains(without, header) {
			t.Errorf("%s: header there: %v and %v", format, strings.Contains(with, header), strings.Contains(without, header))
		}
	}
}

// TestTableRefusesWideRows: one long value widens every row, so that a file of megabytes
// would make a table of gigabytes.
func TestTableRefusesWideRows(t *testing.T) {
	rows := [][]Value{{Text(strings.Repeat("x", 1<<20))}}
	for len(rows) < maxTableCells>>20 {
		rows = append(rows, []Value{Text("y")})
	}
	d := Document{Command: "get", Results: []Result{{Source: "a", Table: &Table{Columns: []Column{{Name: "value"}}, Rows: rows}}}}
	var b bytes.Buffer
	err := Render(&b, d, "table", Options{})
	var wide *TooManyRowsError
	if !errors.As(err, &wide) || wide.Rows != len(rows) || wide.Width < 1<<20 || b.Len() != 0 || !strings.Contains(fmt.Sprint(err), "too wide") {
		t.Errorf("%v, %d bytes written", err, b.Len())
	}
	if err := Render(&b, d, "table", Options{Width: 80}); err != nil {
		t.Errorf("cut to a terminal: %v", err)
	}
}

func TestTableRefusesTooManyRows(t *testing.T) {
	d := func(n int) Document {
		rows := make([][]Value, n)
		for i := range rows {
			rows[i] = []Value{Int(int64(i))}
		}
		return Document{Command: "space", Results: []Result{{Source: "a", Table: &Table{Columns: []Column{{Name: "n"}}, Rows: rows}}}}
	}
	var b bytes.Buffer
	if err := Render(&b, d(maxTableRows), "table", Options{}); err != nil {
		t.Error(err)
	}
	b.Reset()
	err := Render(&b, d(maxTableRows+1), "table", Options{})
	var many *TooManyRowsError
	if !errors.As(err, &many) || many.Rows != maxTableRows+1 || b.Len() != 0 {
		t.Errorf("error %v, %d bytes written", err, b.Len())
	}
	if !strings.Contains(fmt.Sprint(err), "csv") || !strings.Contains(fmt.Sprint(err), "ndjson") {
		t.Errorf("the error names no way out: %v", err)
	}
	if got := renderString(t, d(maxTableRows+1), "csv", Options{}); strings.Count(got, "\n") != maxTableRows+2 {
		t.Error("csv has not every row")
	}
}

func TestRefusedDocuments(t *testing.T) {
	one := func(r Result) Document { return Document{Command: "x", Results: []Result{r}} }
	bad := map[string]Document{
		"twice":    one(Result{Fields: []Field{{Name: "a"}, {Name: "a"}}}),
		"reserved": one(Result{Fields: []Field{{Name: "source"}}}),
		"column":   one(Result{Table: &Table{Columns: []Column{{Name: "source"}}}}),
		"ragged":   one(Result{Table: &Table{Columns: []Column{{Name: "a"}}, Rows: [][]Value{{}}}}),
	}
	for name, d := range bad {
		for _, format := range Formats() {
			if err := Render(&bytes.Buffer{}, d, format, Options{}); err == nil {
				t.Errorf("%s: %s accepted it", name, format)
			}
		}
	}
	if err := Render(&bytes.Buffer{}, Document{}, "protobuf", Options{}); err == nil || !strings.Contains(err.Error(), "ndjson") {
		t.Errorf("unknown format: %v", err)
	}
}

type brokenWriter struct{ room int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if len(b) > w.room {
		return w.room, os.ErrClosed
	}
	w.room -= len(b)
	return len(b), nil
}

func TestWriteErrorsAreReported(t *testing.T) {
	for _, format := range Formats() {
		if err := Render(&brokenWriter{100}, sampleDocuments()["one"], format, Options{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
