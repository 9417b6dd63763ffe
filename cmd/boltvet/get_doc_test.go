package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"boltvet/fixtures"
)

// TestGetIsDocumented holds the tables of get in docs/JSON.md against what the program
// prints, of healthy and damaged files.
func TestGetIsDocumented(t *testing.T) {
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	member := healthyLines(t, dir)[5].paths[0]
	broken := pageFixture(t, "deep", "zero page key.leaf[1]")
	tables := documentedFields(t)
	seen := fieldTypes{}
	for _, words := range [][]string{{rich, "", "--prefix"}, {rich, "", "--prefix", "--keys-only"}, {member, "", "--prefix"}, {broken, "", "--prefix"}} {
		collectYAML(t, seen, append([]string{"get"}, words...))
	}
	compareFields(t, "get", tables["get"], seen)
	seen = fieldTypes{}
	for name, path := range map[string]string{"rich": rich, "member": member, "broken": broken} {
		collectYAML(t, seen, []string{"get", path, "", "--prefix", "--out-dir", filepath.Join(dir, "out-"+name)})
	}
	compareFields(t, "get --out-dir", tables["get --out-dir"], seen)
}

// collectYAML adds the fields of a document of yaml.
func collectYAML(t *testing.T, seen fieldTypes, words []string) {
	t.Helper()
	got := runLine(context.Background(), nil, append(words, "-w", "yaml", "-q")...)
	text, err := yaml.YAMLToJSON([]byte(got.out))
	if err != nil {
		t.Fatalf("%q: %v in %.200q", words, err, got.out)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc struct{ Results []map[string]any }
	if err := d.Decode(&doc); err != nil || len(doc.Results) == 0 {
		t.Fatalf("%q: %v in %.200q", words, err, text)
	}
	for _, fields := range doc.Results {
		delete(fields, "source")
		seen.collect("", fields)
	}
}
