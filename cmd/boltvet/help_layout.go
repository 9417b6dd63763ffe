package main

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A helpPage is help that fits the terminal it goes to.
type helpPage struct {
	bytes.Buffer
	width int // columns; 0: no limit, for a pipe is searched line by line
}

// leastColumn is how narrow the second of two columns may be: below that it begins under
// the first, at underIndent.
const (
	leastColumn = 32
	underIndent = 8
)

// wrap writes the words of s behind first, and behind rest where a further line is needed.
// A word that is too long for any line has one of its own.
func (p *helpPage) wrap(first, rest, s string) {
	p.WriteString(first)
	at, empty := utf8.RuneCountInString(first), true
	for _, word := range strings.Fields(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case empty:
		case p.width > 0 && at+1+n > p.width:
			p.WriteString("\n" + rest)
			at = utf8.RuneCountInString(rest)
		default:
			p.WriteByte(' ')
			at++
		}
		p.WriteString(word)
		at, empty = at+n, false
	}
	p.WriteByte('\n')
}

// prose writes paragraphs as they are, those that are too wide in lines that fit.
func (p *helpPage) prose(s string) {
	for i, paragraph := range strings.Split(s, "\n\n") {
		if i > 0 {
			p.WriteByte('\n')
		}
		if p.width > 0 && widest(paragraph) > p.width {
			p.wrap("", "", paragraph)
		} else {
			p.WriteString(paragraph + "\n")
		}
	}
}

func widest(s string) int {
	most := 0
	for line := range strings.Lines(s) {
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}

// columns writes pairs with the second column aligned.
func (p *helpPage) columns(lines [][2]string) {
	left := 0
	for _, l := range lines {
		left = max(left, utf8.RuneCountInString(l[0]))
	}
	indent := 2 + left + 2
	under := p.width > 0 && p.width-indent < leastColumn
	if under {
		indent = underIndent
	}
	hanging := strings.Repeat(" ", indent)
	for _, l := range lines {
		first := "  " + l[0]
		if under {
			p.WriteString(first + "\n")
			first = ""
		}
		p.wrap(first+strings.Repeat(" ", indent-utf8.RuneCountInString(first)), hanging, l[1])
	}
}
