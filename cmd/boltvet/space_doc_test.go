package main

import "testing"

// TestSpaceJSONIsDocumented holds the table of space in docs/JSON.md against what the
// program prints, of healthy and damaged files.
func TestSpaceJSONIsDocumented(t *testing.T) {
	deep := pageFixture(t, "deep", "")
	broken := pageFixture(t, "deep", "zero page key.leaf[1]")
	void := pageFixture(t, "empty", "")
	seen := fieldTypes{}
	for _, words := range [][]string{
		{"space", deep, broken, void}, {"space", deep, "--by", "key", "--top", "2"}, {"space", deep, "--by", "namespace", "--window", "10"},
	} {
		for _, r := range printed(t, words...)["results"].([]any) {
			fields := r.(map[string]any)
			delete(fields, "source")
			delete(fields, "findings")
			seen.collect("", fields)
		}
	}
	compareFields(t, "space", documentedFields(t)["space"], seen)
}
