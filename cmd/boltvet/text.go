package main

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"boltvet/internal/render"
)

// printable makes words of the user or of a file fit for a terminal.
func printable(s string) string { return render.Printable([]byte(s)) }

// escaped makes a whole message fit for a terminal. A path may hold control characters,
// and the system's own error texts repeat it as it is.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) && r != utf8.RuneError {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// printableList joins paths for a message.
func printableList(paths []string) string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = printable(p)
	}
	return strings.Join(out, ", ")
}

// quoted is for words that a message quotes.
func quoted(s string) string { return strconv.Quote(s) }

// nameList lists commands for a message.
func nameList(cmds []*command) string {
	var names []string
	for _, c := range cmds {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}
