package render

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func parseJSON(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("more than one document in %s", text)
	}
	return v
}

// expect is what a JSON reader must see of v; b64 tells the siblings.
func expect(v Value) any {
	switch v.kind {
	case KindNull:
		return nil
	case KindBool:
		return v.bits != 0
	case KindText, KindKey, KindTime, KindID:
		if s := v.machine(); !needsBase64(v) {
			return s
		}
		return strconv.Quote(v.text)
	case KindList:
		items := []any{}
		for _, item := range v.list {
			items = append(items, expect(item))
		}
		return items
	case KindObject:
		return expectFields(map[string]any{}, v.fields)
	}
	return json.Number(v.machine())
}

func expectFields(object map[string]any, fields []Field) map[string]any {
	for _, f := range fields {
		object[f.Name] = expect(f.Value)
		if needsBase64(f.Value) {
			object[f.Name+"_b64"] = expectBase64(f.Value)
		}
	}
	return object
}

func expectBase64(v Value) any {
	switch v.kind {
	case KindText, KindKey:
		return base64.StdEncoding.EncodeToString([]byte(v.text))
	case KindList:
		items := []any{}
		for _, item := range v.list {
			items = append(items, expectBase64(item))
		}
		return items
	}
	return nil
}

func expectResult(r Result) map[string]any {
	return expectFields(expectFields(map[string]any{}, []Field{{Name: "source", Value: Text(r.Source)}}), r.Fields)
}

func expectDocument(d Document) map[string]any {
	results := []any{}
	for _, r := range d.Results {
		results = append(results, expectResult(r))
	}
	return map[string]any{
		"schema_version": json.Number("1"), "command": d.Command,
		"exit_code": json.Number(fmt.Sprint(d.ExitCode)), "results": results,
	}
}

func TestJSONReadsBack(t *testing.T) {
	for name, d := range sampleDocuments() {
		if got := parseJSON(t, renderString(t, d, "json", Options{})); !reflect.DeepEqual(got, any(expectDocument(d))) {
			t.Errorf("%s: got %v\nwant %v", name, got, expectDocument(d))
		}
	}
}

func TestYAMLEqualsJSON(t *testing.T) {
	for name, d := range sampleDocuments() {
		fromYAML, err := yaml.YAMLToJSONStrict([]byte(renderString(t, d, "yaml", Options{})))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := parseJSON(t, string(fromYAML)); !reflect.DeepEqual(got, any(expectDocument(d))) {
			t.Errorf("%s: got %v\nwant %v", name, got, expectDocument(d))
		}
	}
}

func TestNDJSONReadsBack(t *testing.T) {
	for name, d := range sampleDocuments() {
		lines := strings.SplitAfter(renderString(t, d, "ndjson", Options{}), "\n")
		lines = lines[:len(lines)-1]
		if len(lines) != len(d.Results) {
			t.Fatalf("%s: %d lines for %d results", name, len(lines), len(d.Results))
		}
		for i, r := range d.Results {
			want := expectResult(r)
			want["schema_version"], want["command"] = json.Number("1"), d.Command
			if got := parseJSON(t, lines[i]); !reflect.DeepEqual(got, any(want)) {
				t.Errorf("%s: got %v\nwant %v", name, got, want)
			}
		}
	}
}

// TestJSONKeepsTheOrder reads names as they come and compares them with the fields.
func TestJSONKeepsTheOrder(t *testing.T) {
	r := healthyResult()
	text := renderString(t, Document{Results: []Result{r}}, "json", Options{})
	at := 0
	for _, f := range r.Fields {
		next := strings.Index(text, "\n      "+strconv.Quote(f.Name)+": ")
		if next < at {
			t.Errorf("%s is at %d, before %d", f.Name, next, at)
		}
		at = next
	}
}

func TestJSONIsTheStandardLibrarysLayout(t *testing.T) {
	text := renderString(t, sampleDocuments()["one"], "json", Options{})
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	if b.String() != text {
		t.Errorf("json.Indent would write\n%s\nnot\n%s", b.String(), text)
	}
}

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return records
}

// exact undoes the quoting of csv and fields, and csv's guard.
func exact(t *testing.T, s string) string {
	t.Helper()
	if bare := strings.TrimLeft(s, "'"); bare != s && bare != "" && strings.ContainsRune("=+-@", rune(bare[0])) {
		return s[1:]
	}
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	u, err := strconv.Unquote(s)
	if err != nil {
		t.Errorf("%s: %v", s, err)
	}
	return u
}

func TestCSVTableReadsBack(t *testing.T) {
	d := sampleDocuments()["hostile"]
	records := readCSV(t, renderString(t, d, "csv", Options{}))
	if got := strings.Join(records[0], " "); got != "source key revisions bytes comment missing" {
		t.Errorf("header %s", got)
	}
	keys := hostileKeys()
	if len(records) != len(keys)+1 {
		t.Fatalf("%d records for %d keys", len(records), len(keys))
	}
	for i, k := range keys {
		got := records[i+1]
		if exact(t, got[0]) != d.Results[0].Source || exact(t, got[1]) != k || exact(t, got[4]) != k ||
			got[2] != fmt.Sprint(i*1000) || got[3] != fmt.Sprint(i<<19) || got[5] != "" {
			t.Errorf("key %q: %q", k, got)
		}
	}
}

func TestCSVAndFieldsCarryEveryField(t *testing.T) {
	for _, name := range []string{"one", "three", "plain3"} {
		d := sampleDocuments()[name]
		records := readCSV(t, renderString(t, d, "csv", Options{}))
		column := map[string]int{}
		for i, h := range records[0] {
			column[h] = i
		}
		blocks := strings.Split(renderString(t, d, "fields", Options{UTF8: true}), "\n\n")
		for i, r := range d.Results {
			for _, l := range Flatten(r) {
				at, ok := column[l.Name]
				if !ok {
					t.Errorf("%s: csv has no %s", name, l.Name)
				} else if got := exact(t, records[i+1][at]); got != l.Value.machine() {
					t.Errorf("%s: csv has %s %q, want %q", name, l.Name, got, l.Value.machine())
				}
				line := fmt.Sprintf("%q : %s", l.Name, fieldValue(l.Value, false))
				if !strings.Contains("\n"+blocks[i]+"\n", "\n"+line+"\n") {
					t.Errorf("%s: fields has no line %s", name, line)
				}
			}
		}
	}
}

func TestFieldsAreExact(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		for _, k := range hostileKeys() {
			for _, v := range []Value{Key([]byte(k)), Text(k)} {
				if got, err := strconv.Unquote(fieldValue(v, ascii)); err != nil || got != k {
					t.Errorf("%q: %q, %v", k, got, err)
				}
			}
		}
	}
}

// TestMarkdownCells splits rows as GitHub does, at unescaped pipes.
func TestMarkdownCells(t *testing.T) {
	text := renderString(t, sampleDocuments()["hostile"], "markdown", Options{UTF8: true})
	for line := range strings.Lines(text) {
		cells := 0
		for i := 0; i < len(line); i++ {
			switch line[i] {
			case '\\':
				i++
			case '|':
				cells++
			}
		}
		if cells != 6 {
			t.Errorf("%d pipes in %s", cells, line)
		}
	}
	if strings.Contains(text, "<script") && !strings.Contains(text, `\<script`) {
		t.Error("HTML goes through")
	}
}

func FuzzKeyInEveryFormat(f *testing.F) {
	for _, k := range hostileKeys() {
		f.Add([]byte(k))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		d := Document{Command: "get", Results: []Result{{Source: string(key), Fields: []Field{{"key", "", Key(key)}, {"keys", "", List(Key(key))}}}}}
		want := any(expectDocument(d))
		if got := parseJSON(t, renderString(t, d, "json", Options{})); !reflect.DeepEqual(got, want) {
			t.Errorf("json: got %v, want %v", got, want)
		}
		fromYAML, err := yaml.YAMLToJSONStrict([]byte(renderString(t, d, "yaml", Options{})))
		if err != nil {
			t.Fatal(err)
		}
		if got := parseJSON(t, string(fromYAML)); !reflect.DeepEqual(got, want) {
			t.Errorf("yaml: got %v, want %v", got, want)
		}
		for _, format := range Formats() {
			wantHarmless(t, renderString(t, d, format, Options{UTF8: true, Width: 40}), false)
		}
	})
}
