package lint

import (
	"slices"
	"strings"
)

// CheckReasons wants, for every module that goMod requires directly, a row in
// the table of the Markdown text page that begins with its path in backquotes,
// and no row for a module that is not required.
func CheckReasons(goMod, page string) []Complaint {
	var out []Complaint
	direct := directRequirements(goMod)
	rows := reasonRows(page)
	for _, m := range direct {
		if !slices.Contains(rows, m) {
			out = append(out, Complaint{Path: "ARCHITECTURE.md", Text: "no row says why go.mod requires " + m + ": add it under Dependencies, or do without"})
		}
	}
	for _, m := range rows {
		if !slices.Contains(direct, m) {
			out = append(out, Complaint{Path: "ARCHITECTURE.md", Text: "gives a reason for " + m + ", which go.mod does not require directly: remove the row"})
		}
	}
	return out
}

// directRequirements reads the module paths of a go.mod that are required and
// not marked indirect.
func directRequirements(goMod string) []string {
	var out []string
	inBlock := false
	for line := range strings.Lines(goMod) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (":
			inBlock = true
			continue
		case line == ")":
			inBlock = false
			continue
		}
		rest, single := strings.CutPrefix(line, "require ")
		if (inBlock || single) && line != "" && !strings.HasPrefix(line, "//") && !strings.HasSuffix(line, "// indirect") {
			out = append(out, strings.Fields(rest)[0])
		}
	}
	return out
}

// reasonRows reads the module paths at the start of the rows under the heading
// "Dependencies".
func reasonRows(page string) []string {
	_, section, _ := strings.Cut(page, "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var out []string
	for line := range strings.Lines(section) {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			m, _, _ := strings.Cut(rest, "`")
			out = append(out, m)
		}
	}
	return out
}
