package lint

import (
	"bytes"
	"go/format"
	"path"
	"regexp"
	"strings"
)

// CheckFormat complains about Go files that gofmt would change.
func CheckFormat(t *Tree) []Complaint {
	var out []Complaint
	for _, f := range t.allTexts() {
		if path.Ext(f.Path) != ".go" || inTestdata(f.Path) {
			continue
		}
		want, err := format.Source(f.Src)
		if err != nil {
			out = append(out, Complaint{Path: f.Path, Text: err.Error()})
		} else if !bytes.Equal(want, f.Src) {
			out = append(out, Complaint{Path: f.Path, Text: "not formatted: run gofmt -w"})
		}
	}
	return out
}

var (
	laterMark  = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	laterOwned = regexp.MustCompile(`\b(TODO|FIXME|XXX)[ :]*(\([a-z][\w.-]*\)|\(?#\d+)`)
)

// CheckLater complains about comments that put something off without an issue
// or a name.
func CheckLater(t *Tree) []Complaint {
	var out []Complaint
	for _, f := range t.Go {
		for _, group := range f.AST.Comments {
			for _, c := range group.List {
				if laterMark.MatchString(c.Text) && !laterOwned.MatchString(c.Text) {
					out = append(out, Complaint{Path: f.Path, Line: t.line(c.Pos()), Text: "put off without owner: name the issue (#12) or a person in parentheses, or do it"})
				}
			}
		}
	}
	return out
}

// CheckSpace complains about spaces at the end of a line. Test data is left
// alone: it may be the exact bytes of another tool.
func CheckSpace(t *Tree) []Complaint {
	return t.eachLine(func(p, line string) string {
		if inTestdata(p) || strings.TrimRight(line, " \t\r") == line {
			return ""
		}
		return "space at the end of the line: remove it"
	})
}

// Places and hosts are taken apart, so that this file does not hold what it
// looks for.
var (
	machinePath = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(home|root|Users|` + "wo" + `rk|tmp)/`)
	hosts       = regexp.MustCompile(`\b(` + strings.Join([]string{"proxy[.]golang", "sum[.]golang", "goproxy[.]", "registry[.]npmjs", "deb[.]debian", "pypi[.]org"}, "|") + `)`)
)

// CheckWords complains about paths of one machine and about hosts that serve
// packages: a clone of the repository has neither. Tests and their data may
// name /tmp.
func CheckWords(t *Tree) []Complaint {
	return t.eachLine(func(p, line string) string {
		if hosts.MatchString(line) {
			return "names a host that serves packages: go.mod and the user's settings decide where modules come from"
		}
		m := machinePath.FindStringSubmatch(line)
		if m == nil || m[2] == "tmp" && (inTestdata(p) || strings.HasSuffix(p, "_test.go")) {
			return ""
		}
		return "absolute path of one machine: use a relative path, a flag, or os.MkdirTemp"
	})
}

// eachLine asks about every line of every text; a non-empty answer is the
// complaint.
func (t *Tree) eachLine(ask func(path, line string) string) []Complaint {
	var out []Complaint
	for _, f := range t.allTexts() {
		n := 0
		for line := range strings.Lines(string(f.Src)) {
			n++
			if why := ask(f.Path, strings.TrimSuffix(line, "\n")); why != "" {
				out = append(out, Complaint{Path: f.Path, Line: n, Text: why})
			}
		}
	}
	return out
}
