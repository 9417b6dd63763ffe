package main

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// An outlet is stdout: buffered, and aware of whether a person looks at it.
type outlet struct {
	*bufio.Writer
	terminal bool
	width    int // columns; 0: not a terminal, no limit
}

// newOutlet wraps w. $COLUMNS overrides the width that the terminal tells.
func newOutlet(w io.Writer, env func(string) string) *outlet {
	o := &outlet{Writer: bufio.NewWriterSize(w, 64<<10)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.terminal = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.width = width
		}
	}
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
		o.width = n
	}
	return o
}

// isTerminal says whether a person looks at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// isUTF8 says whether the locale can show box glyphs. The first variable that is set
// decides, in the order of setlocale(3).
func isUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// guessFormat finds the output format of a line that could not be parsed, so that a
// script that asked for JSON gets its error as JSON. It is a guess: the word behind
// the last -w.
func guessFormat(argv []string, env func(string) string) string {
	format := env("BOLTVET_WRITE_OUT")
	for i, word := range argv {
		if word == "--" {
			break
		}
		name, value, glued := strings.Cut(word, "=")
		switch name {
		case "-w", "-o", "-write-out", "--write-out":
			if !glued && i+1 < len(argv) {
				value = argv[i+1]
			}
			format = value
		}
	}
	return format
}
