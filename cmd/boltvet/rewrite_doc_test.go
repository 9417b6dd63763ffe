package main

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
)

// TestRewriteJSONIsDocumented holds docs/JSON.md against what defrag, compact and seal print.
func TestRewriteJSONIsDocumented(t *testing.T) {
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	bad := buildBase(t, dir, "snapshot", "trailer flip 100")
	never := buildBase(t, dir, "deep", "")
	out := func(name string) string { return filepath.Join(dir, name) }
	own := buildBase(t, dir, "small", "") // is replaced
	tables := documentedFields(t)
	seen := fieldTypes{}
	for _, words := range [][]string{
		{"defrag", rich, out("d.db")}, {"defrag", "--seal=false", rich, out("b.db")}, {"defrag", "--dry-run", rich}, {"defrag", bad, out("x.db")},
		{"defrag", "--in-place", own}, {"defrag", "--in-place", "--no-backup", own},
		{"compact", rich, out("c.db"), "--revision", "latest"}, {"compact", never, "--dry-run", "--revision", "latest"}, {"seal", rich, out("s.db")},
	} {
		for _, r := range printed(t, words...)["results"].([]any) {
			fields := r.(map[string]any)
			delete(fields, "source")
			if message, failed := fields["error"]; failed {
				t.Fatal(words, message)
			}
			delete(fields, "findings") // documented and tested with status
			seen.collect("", fields)
		}
	}
	compareFields(t, "defrag, compact, seal", tables["defrag, compact, seal"], seen)
}
