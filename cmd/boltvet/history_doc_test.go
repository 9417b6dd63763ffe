package main

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
)

// TestHistoryIsDocumented holds the tables of history in docs/JSON.md against what the
// program prints, of healthy and damaged files.
func TestHistoryIsDocumented(t *testing.T) {
	rich, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	broken := pageFixture(t, "deep", "zero page key.leaf[1]")
	values := filepath.Join(t.TempDir(), "values.db")
	base := fixtures.Base{Script: "member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 200 term 2\nput a one\nput a two\ndel a\nput a one\nput a one\nput l x\n"}
	if err := base.Build(values); err != nil {
		t.Fatal(err)
	}
	tables := documentedFields(t)
	seen := fieldTypes{}
	for _, path := range []string{rich, broken, values} {
		collectYAML(t, seen, []string{"history", path, "", "--prefix", "--diff", "--values"})
	}
	compareFields(t, "history", tables["history"], seen)
	seen = fieldTypes{}
	for _, path := range []string{rich, broken, values} {
		collectYAML(t, seen, []string{"history", path, "", "--prefix", "--deleted"})
	}
	compareFields(t, "history --deleted", tables["history --deleted"], seen)
}
