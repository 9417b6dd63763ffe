package main

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
)

// TestPagesJSONIsDocumented holds the tables of the page commands in docs/JSON.md
// against what the program prints, of healthy and damaged files.
func TestPagesJSONIsDocumented(t *testing.T) {
	nested := pageFixture(t, "plain-nested", "")
	values := pageFixture(t, "plain-big-values", "")
	broken := pageFixture(t, "deep", "zero page key.leaf[1]\nset page key.leaf[2].id 7")
	cut := filepath.Join(filepath.Dir(broken), "cut.db")
	base, err := fixtures.NamedBase("freelist")
	if err == nil {
		err = base.Build(cut)
	}
	if err == nil {
		err = fixtures.Damage(cut, "truncate pages -3")
	}
	if err != nil {
		t.Fatal(err)
	}
	tables := documentedFields(t)
	for section, lines := range map[string][][]string{
		"buckets":     {{"buckets", nested, values, broken}},
		"pages":       {{"pages", nested, values, broken, cut}},
		"pages --map": {{"pages", "--map", nested, values, broken, cut}},
		"page":        {{"page", values, "0", "1", "2", "3", "4", "20", "21", "22"}, {"page", broken, "2", "3", "4", "5", "6", "7", "8", "9", "10"}, {"page", cut, "0", "39"}},
		"dump":        {{"dump", values, "2"}},
	} {
		seen := fieldTypes{}
		for _, words := range lines {
			for _, r := range printed(t, words...)["results"].([]any) {
				fields := r.(map[string]any)
				delete(fields, "source")
				delete(fields, "findings")
				seen.collect("", fields)
			}
		}
		compareFields(t, section, tables[section], seen)
	}
}
