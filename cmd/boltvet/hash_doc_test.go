package main

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
)

// TestHashJSONIsDocumented holds the tables of hash and hashkv in docs/JSON.md against
// what the program prints.
func TestHashJSONIsDocumented(t *testing.T) {
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	var built []string
	for _, name := range []string{"small", "bumped"} {
		base, err := fixtures.NamedBase(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".db")
		if err := base.Build(path); err != nil {
			t.Fatal(err)
		}
		built = append(built, path)
	}
	small, bumped := built[0], built[1]
	tables := documentedFields(t)
	for section, lines := range map[string][][]string{
		"hash": {{"hash", small}, {"hash", small, bumped}, {"hash", rich}},
		"hashkv": {
			{"hashkv", small, small}, {"hashkv", small, bumped}, {"hashkv", rich, rich},
			{"hashkv", rich, "--against", "1:400:360"}, {"hashkv", rich, "--against", "1:400:1"},
		},
	} {
		seen := fieldTypes{}
		for _, words := range lines {
			for _, r := range printed(t, words...)["results"].([]any) {
				fields := r.(map[string]any)
				delete(fields, "source")
				seen.collect("", fields)
			}
		}
		compareFields(t, section, tables[section], seen)
	}
}
