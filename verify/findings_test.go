package verify

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// update has tests write the documents that they hold against the program.
var update = flag.Bool("update", false, "write docs/FINDINGS.md's and docs/DAMAGE-TABLE.md's tables anew")

const findingsDocument = "../docs/FINDINGS.md"

// ruleTable is the table of a layer's codes, from the rules.
func ruleTable(l Layer) string {
	var rows []string
	for _, k := range kinds() {
		if r := rules[any(k)]; r.layer == l {
			rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", k, r.severity, r.meaning, r.next))
		}
	}
	slices.Sort(rows)
	return "| Code | Severity | What it means | What to do |\n| --- | --- | --- | --- |\n" + strings.Join(rows, "\n") + "\n"
}

// TestFindingsDocument holds the tables of docs/FINDINGS.md against the rules: each code
// is there once, under its layer, in the words of the program, and no other is.
func TestFindingsDocument(t *testing.T) {
	text := string(readFile(t, findingsDocument))
	table := regexp.MustCompile(`(?m)^\| Code \| .*\n(\|.*\n)+`)
	for l := range layerEnd {
		head := "\n### " + l.String() + "\n"
		before, section, ok := strings.Cut(text, head)
		if !ok {
			t.Errorf("no section of layer %s", l)
			continue
		}
		section, after, more := strings.Cut(section, "\n##")
		want := ruleTable(l)
		switch got := table.FindString(section); {
		case got == "":
			t.Errorf("layer %s has no table", l)
		case *update:
			section = strings.Replace(section, got, want, 1)
			text = before + head + section
			if more {
				text += "\n##" + after
			}
		case got != want:
			t.Errorf("layer %s: run with -update\n--- is\n%s--- should be\n%s", l, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(findingsDocument, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Count(text, "\n| `"), len(kinds())+len(fixtures.UndetectableReasons()); got != want {
		t.Errorf("%d rows of codes and reasons, want %d", got, want)
	}
}

// TestUndetectableIsDocumented holds the closed list of excuses against the document,
// both ways.
func TestUndetectableIsDocumented(t *testing.T) {
	_, list, ok := strings.Cut(string(readFile(t, findingsDocument)), "\n## What cannot be found\n")
	if !ok {
		t.Fatal("no list of what cannot be found")
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(list, -1) {
		documented = append(documented, row[1])
	}
	if want := fixtures.UndetectableReasons(); !slices.Equal(documented, want) {
		t.Errorf("documented %q, want %q", documented, want)
	}
}
