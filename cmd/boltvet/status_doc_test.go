package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// TestJSONIsDocumented holds docs/JSON.md against what the program prints: every field
// is in a table with its type, and every row of a table is printed for some fixture.
func TestJSONIsDocumented(t *testing.T) {
	tables := documentedFields(t)
	envelope, errorFields := tables["Envelope"], tables["Errors"]
	status := merge(tables["status"], tables["Findings"])

	seenEnvelope, seenStatus, seenError := fieldTypes{}, fieldTypes{}, fieldTypes{}
	for _, path := range documentedSpecimens(t) {
		doc := printed(t, "status", path)
		for _, r := range doc["results"].([]any) {
			fields := r.(map[string]any)
			delete(fields, "source")
			if _, failed := fields["error"]; failed {
				seenError.collect("", fields)
			} else {
				seenStatus.collect("", fields)
			}
		}
		doc["results"] = []any{map[string]any{"source": path}}
		seenEnvelope.collect("", doc)
	}
	delete(seenEnvelope, "results[]")
	compareFields(t, "Envelope", envelope, seenEnvelope)
	compareFields(t, "Errors", errorFields, seenError)
	compareFields(t, "status and Findings", status, seenStatus)

	seenVersion := fieldTypes{}
	about := printed(t, "version")["results"].([]any)[0].(map[string]any)
	delete(about, "source")
	seenVersion.collect("", about)
	compareFields(t, "version", tables["version"], seenVersion)
}

// fieldTypes maps the path of a field ("members[].id") to the JSON types seen or allowed.
type fieldTypes map[string]map[string]bool

func (f fieldTypes) add(path, kind string) {
	if f[path] == nil {
		f[path] = map[string]bool{}
	}
	f[path][kind] = true
}

// collect notes the type of every field below v. Objects of a list have no row of
// their own, and a _b64 sibling is part of the promise for all of them.
func (f fieldTypes) collect(path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		if path != "" && !strings.HasSuffix(path, "[]") {
			f.add(path, "object")
		}
		for name, kid := range x {
			if !strings.HasSuffix(name, "_b64") {
				f.collect(strings.TrimPrefix(path+"."+name, "."), kid)
			}
		}
	case []any:
		f.add(path, "list")
		for _, kid := range x {
			f.collect(path+"[]", kid)
		}
	case string:
		f.add(path, "string")
	case bool:
		f.add(path, "boolean")
	case nil:
		f.add(path, "null")
	case json.Number:
		if strings.ContainsAny(x.String(), ".eE") || strings.HasSuffix(path, "_ratio") {
			f.add(path, "number")
		} else {
			f.add(path, "integer")
		}
	}
}

func merge(a, b fieldTypes) fieldTypes {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// compareFields wants every printed field documented with a type that allows it, and
// every documented field printed.
func compareFields(t *testing.T, section string, documented, seen fieldTypes) {
	t.Helper()
	if len(documented) == 0 {
		t.Fatalf("docs/JSON.md has no table under %s", section)
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		for kind := range seen[path] {
			if !documented[path][kind] {
				t.Errorf("%s: %s is printed as %s; docs/JSON.md says %v", section, path, kind, slices.Sorted(maps.Keys(documented[path])))
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(documented)) {
		if seen[path] == nil {
			t.Errorf("%s: %s is documented and never printed", section, path)
		}
	}
}

var documentedRow = regexp.MustCompile("^\\| `([^`]+)` \\| ([a-z ]+) \\|")

// documentedFields reads the tables of docs/JSON.md by their second-level heading.
func documentedFields(t *testing.T) map[string]fieldTypes {
	t.Helper()
	text, err := os.ReadFile("../../docs/JSON.md")
	if err != nil {
		t.Fatal(err)
	}
	tables, section := map[string]fieldTypes{}, ""
	for line := range strings.Lines(string(text)) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(heading)
			tables[section] = fieldTypes{}
		}
		m := documentedRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if tables[section][m[1]] != nil {
			t.Errorf("%s: %s has two rows", section, m[1])
		}
		for kind := range strings.SplitSeq(m[2], " or ") {
			tables[section].add(m[1], kind)
		}
	}
	return tables
}

// printed runs a command with -w json and parses the document.
func printed(t *testing.T, words ...string) map[string]any {
	t.Helper()
	got := runLine(context.Background(), nil, append(words, "-w", "json", "-q")...)
	d := json.NewDecoder(strings.NewReader(got.out))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%q: %v in %q", words, err, got.out)
	}
	return doc
}

// documentedSpecimens are files that have, between them, every field.
func documentedSpecimens(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{rich, filepath.Join(dir, "nofile")}
	all, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		if f.Name == "3.7-killed.tar.gz" {
			paths = append(paths, filepath.Join(path, "member", "wal"))
		}
	}
	return append(paths, ruins(t, dir)...)
}

// ruins are damaged files whose findings have every kind of coordinate.
func ruins(t *testing.T, dir string) (paths []string) {
	t.Helper()
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes {
		path, err := r.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	removed := filepath.Join(dir, "removed.db")
	if err := (fixtures.Base{Name: "removed", Script: "use small\nremoved 1a2b3c\n"}).Build(removed); err != nil {
		t.Fatal(err)
	}
	torn, err := golden.Find("3.7-member.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	path, err := torn.Unpack(t.TempDir())
	if err == nil {
		err = flipInLog(filepath.Join(path, "member", "wal"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(paths, removed, path)
}

// flipInLog damages an entry in the middle of the first segment.
func flipInLog(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.wal"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no segment in %s: %w", dir, err)
	}
	f, err := os.OpenFile(names[0], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, 20_000); err != nil {
		return err
	}
	b[0] ^= 0x10
	_, err = f.WriteAt(b, 20_000)
	return err
}
