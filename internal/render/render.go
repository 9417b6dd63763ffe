package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Options is how a document is shown. The zero value suits a file: plain ASCII,
// no colour, as wide as need be.
type Options struct {
	Width     int  // columns of the terminal, for table; 0 or less: unlimited
	UTF8      bool // the terminal shows UTF-8; otherwise the formats for people are ASCII
	Color     bool // colour styled values in simple and table
	Verbose   bool // simple shows all fields
	NoHeaders bool // leave out the header of table, csv and the columns of simple
	// NoCSVGuard leaves text of csv that begins like a formula without its apostrophe.
	NoCSVGuard bool
}

// renderFunc writes a checked document.
type renderFunc func(w *bufio.Writer, d Document, o Options) error

// formats lists all of them in the order of the help text.
func formats() []struct {
	name   string
	render renderFunc
} {
	return []struct {
		name   string
		render renderFunc
	}{
		{"simple", renderSimple},
		{"table", renderTable},
		{"json", renderJSON},
		{"ndjson", renderNDJSON},
		{"yaml", renderYAML},
		{"csv", renderCSV},
		{"markdown", renderMarkdown},
		{"fields", renderFields},
	}
}

// Formats names every format; the first is the default.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Render writes d to w in a format of Formats. Errors: an unknown format, a
// table that is too long or too wide (*TooManyRowsError; then nothing is written), a
// document with colliding names, or what w said.
func Render(w io.Writer, d Document, format string, o Options) error {
	for _, f := range formats() {
		if f.name != format {
			continue
		}
		if err := d.check(); err != nil {
			return err
		}
		bw := bufio.NewWriter(w)
		if err := f.render(bw, d, o); err != nil {
			return err
		}
		return bw.Flush()
	}
	return fmt.Errorf("unknown output format %q; there are %s", format, strings.Join(Formats(), ", "))
}

// colored wraps text in the escape sequence of a style.
func colored(text string, s Style, o Options) string {
	if !o.Color || s == Plain || text == "" {
		return text
	}
	sgr := [...]string{Good: "32", Warn: "33", Bad: "31"}
	if int(s) >= len(sgr) {
		return text
	}
	return "\x1b[" + sgr[s] + "m" + text + "\x1b[0m"
}
