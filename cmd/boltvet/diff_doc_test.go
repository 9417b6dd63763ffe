package main

import (
	"testing"
)

// TestDiffJSONIsDocumented holds the table of diff in docs/JSON.md against what the
// program prints.
func TestDiffJSONIsDocumented(t *testing.T) {
	dir := t.TempDir()
	small := buildBase(t, dir, "small", "")
	changed := buildBase(t, dir, "small", "kv-set 220 value=other lease=7\nkv-del 100\nkv-set 150 key=/another")
	leased := buildBase(t, dir, "small", "bucket-remove lease u64:0x694d9f1b4c8a0001")
	hurt := buildBase(t, dir, "small", "zero page key.leaf[2]")
	seen := fieldTypes{}
	for _, words := range [][]string{
		{small, small, changed, "--values"}, {small, leased}, {small, hurt}, {changed, hurt}, {small, small, "--rev", "1"},
	} {
		for _, r := range printed(t, append([]string{"diff"}, words...)...)["results"].([]any) {
			fields := r.(map[string]any)
			delete(fields, "source")
			seen.collect("", fields)
		}
	}
	compareFields(t, "diff", documentedFields(t)["diff"], seen)
}
