package lint

import (
	"slices"
	"strings"
)

// CheckReasons wants, for every module that goMod requires directly, a row in
// the table of the Markdown text page that begins with its path in backquotes,
// and no row for a module that is not required at all.
func CheckReasons(goMod, page string) []Complaint {
	var out []Complaint
	all, direct := requirements(goMod)
	rows := reasonRows(page)
	for _, m := range direct {
		if !slices.Contains(rows, m) {
			out = append(out, Complaint{Path: "ARCHITECTURE.md", Text: "no row says why go.mod requires " + m + ": add it under Dependencies, or do without"})
		}
	}
	for _, m := range rows {
		if !slices.Contains(all, m) {
			out = append(out, Complaint{Path: "ARCHITECTURE.md", Text: "gives a reason for " + m + ", which go.mod does not require: remove the row"})
		}
	}
	return out
}

// requirements reads the module paths that a go.mod requires; direct are those
// that are not marked indirect.
func requirements(goMod string) (all, direct []string) {
	inBlock := false
	for line := range strings.Lines(goMod) {
		line = strings.TrimSpace(line)
		rest, single := strings.CutPrefix(line, "require ")
		switch {
		case rest == "(":
			inBlock = true
			continue
		case line == ")":
			inBlock = false
		}
		if !inBlock && !single || line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		m := strings.Fields(rest)[0]
		all = append(all, m)
		if !strings.HasSuffix(line, "// indirect") {
			direct = append(direct, m)
		}
	}
	return all, direct
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
