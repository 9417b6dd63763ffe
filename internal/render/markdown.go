package render

import (
	"bufio"
	"strings"
)

// renderMarkdown writes GitHub tables, one blank line between them. The header
// always stays: without it there is no table.
func renderMarkdown(w *bufio.Writer, d Document, o Options) error {
	for i, g := range grids(d, !o.UTF8) {
		if i > 0 {
			w.WriteByte('\n')
		}
		writeMarkdownRow(w, g.headers)
		for _, right := range g.right {
			if right {
				w.WriteString("| ---: ")
			} else {
				w.WriteString("| --- ")
			}
		}
		w.WriteString("|\n")
		for _, row := range g.rows {
			if isBroken(w) {
				break
			}
			texts := make([]string, len(row))
			for j, c := range row {
				texts[j] = c.text
			}
			writeMarkdownRow(w, texts)
		}
	}
	return nil
}

func writeMarkdownRow(w *bufio.Writer, texts []string) {
	for _, t := range texts {
		w.WriteString("| ")
		w.WriteString(escapeMarkdown(t))
		w.WriteByte(' ')
	}
	w.WriteString("|\n")
}

// escapeMarkdown makes text stand for itself in a cell: no new cell, no HTML, no
// emphasis, link, image, code or formula. The text is one printable line already.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if strings.IndexByte("\\|`*<>[]&~$", c) >= 0 || c == '_' && !insideWord(s, i) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// insideWord: an underscore between letters is never emphasis, and our field
// names are full of them.
func insideWord(s string, i int) bool {
	return i > 0 && i < len(s)-1 && wordByte(s[i-1]) && wordByte(s[i+1])
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
