package lint

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^()\s]+)(?: "[^"]*")?\)`)
	mdHeading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *#*$`)
	mdFence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	mdCode    = regexp.MustCompile("`[^`\n]*`")
	hasScheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// CheckLinks complains about links in Markdown files to files of the
// repository, or to headings in them, that do not exist. Links to the web are
// not followed.
func CheckLinks(t *Tree, fsys fs.FS) []Complaint {
	anchors := map[string]map[string]bool{}
	for _, f := range t.Texts {
		if path.Ext(f.Path) == ".md" {
			anchors[f.Path] = headings(f.Src)
		}
	}
	var out []Complaint
	for _, f := range t.Texts {
		if path.Ext(f.Path) != ".md" {
			continue
		}
		prose := mdCode.ReplaceAllString(blankFences(string(f.Src)), "")
		n := 0
		for line := range strings.Lines(prose) {
			n++
			for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
				if why := brokenLink(m[1], f.Path, fsys, anchors); why != "" {
					out = append(out, Complaint{Path: f.Path, Line: n, Text: why})
				}
			}
		}
	}
	return out
}

// brokenLink says what is wrong with a link in the file from, or returns "".
func brokenLink(link, from string, fsys fs.FS, anchors map[string]map[string]bool) string {
	if hasScheme.MatchString(link) {
		return ""
	}
	file, anchor, _ := strings.Cut(link, "#")
	target := from
	if file != "" {
		target = path.Join(path.Dir(from), file)
		if _, err := fs.Stat(fsys, target); err != nil {
			return "link to " + file + ", which does not exist"
		}
	}
	if known := anchors[target]; anchor != "" && known != nil && !known[anchor] {
		return "link to #" + anchor + ", but " + target + " has no such heading"
	}
	return ""
}

// blankFences empties code blocks and keeps their lines, so that line numbers
// stay true.
func blankFences(src string) string {
	return mdFence.ReplaceAllStringFunc(src, func(block string) string {
		return strings.Repeat("\n", strings.Count(block, "\n"))
	})
}

// headings returns the anchors of a Markdown file as GitHub makes them: lower
// case, spaces to hyphens, other punctuation dropped.
func headings(src []byte) map[string]bool {
	out := map[string]bool{}
	for _, m := range mdHeading.FindAllStringSubmatch(blankFences(string(src)), -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		out[slug] = true
	}
	return out
}
