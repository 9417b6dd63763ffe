package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// codeSpan is a line of shell in a table; a pipe in it is escaped.
var codeSpan = regexp.MustCompile("`(boltvet [^`]+)`")

// TestFromDocsNameRealCommands holds docs/FROM-*.md against the tree of commands: each
// line of boltvet in them must be one that the parser takes.
func TestFromDocsNameRealCommands(t *testing.T) {
	for file, theirs := range map[string][]string{
		"FROM-BBOLT.md":   {"check", "info", "stats", "buckets", "inspect", "pages", "page", "page-item", "dump", "keys", "get", "compact", "surgery", "bench", "version"},
		"FROM-ETCDUTL.md": {"snapshot status", "snapshot restore", "hashkv", "defrag", "migrate", "version", "completion"},
	} {
		text, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range theirs {
			if !strings.Contains(string(text), "| `"+name) {
				t.Errorf("%s has no row for %s", file, name)
			}
		}
		lines := codeSpan.FindAllStringSubmatch(string(text), -1)
		if len(lines) < 8 {
			t.Errorf("%s names %d lines", file, len(lines))
		}
		for _, m := range lines {
			line, _, _ := strings.Cut(m[1], ` \| `)
			words := strings.Fields(line)[1:]
			if words[0] == "--help" {
				continue
			}
			if _, err := normalise(newRoot(), words); err != nil {
				t.Errorf("%s: %q: %v", file, line, err)
			}
			at := newRoot()
			for len(words) > 0 && at.sub(words[0]) != nil {
				at, words = at.sub(words[0]), words[1:]
			}
			if at.isGroup() {
				t.Errorf("%s: %q is no command", file, line)
			}
		}
	}
}
