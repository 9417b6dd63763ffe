package main

import (
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"boltvet/internal/render"
)

// settings are the global flags, checked.
type settings struct {
	format     string
	quiet      bool
	verbose    int
	color      bool // colour is wanted; whether stdout can show it is another matter
	noHeaders  bool
	noCSVGuard bool // text that begins like a formula stands as it is
	progress   string
	record     string
	tmpDir     string
	maxSpool   int64 // bytes
}

// readSettings takes the global flags from the line and the environment.
func readSettings(c *call) (settings, error) {
	s := settings{
		format:     c.text("write-out"),
		quiet:      c.isSet("quiet"),
		verbose:    c.count("verbose"),
		noHeaders:  c.isSet("no-headers"),
		noCSVGuard: c.isSet("no-csv-guard"),
		progress:   c.text("progress"),
		record:     c.text("record"),
		tmpDir:     c.text("tmp-dir"),
		// https://no-color.org: present and not empty, whatever its value.
		color: !c.isSet("no-color") && c.env("NO_COLOR") == "" && c.env("TERM") != "dumb",
	}
	if s.format == "" {
		s.format = "simple"
	}
	if err := checkFormat(c.cmd, s.format); err != nil {
		return s, err
	}
	if s.progress == "" {
		s.progress = progressAuto
	}
	if !slices.Contains(progressModes(), s.progress) {
		return s, c.usage("--progress is one of "+strings.Join(progressModes(), ", ")+", not "+quoted(s.progress), "")
	}
	size := c.text("max-spool")
	if size == "" {
		size = "16GiB"
	}
	n, err := humanize.ParseBytes(size)
	if err != nil || n > 1<<62 {
		return s, c.usage("--max-spool is a size such as 16GiB, not "+quoted(size), "")
	}
	s.maxSpool = int64(n)
	return s, nil
}

// A formatError says that a command does not have the format that was asked for.
type formatError struct {
	usageError
}

// Unwrap lets errors.As find the usage error that it is.
func (e *formatError) Unwrap() error { return &e.usageError }

// checkFormat says whether cmd can print format.
func checkFormat(cmd *command, format string) error {
	known := cmd.outputFormats()
	if slices.Contains(known, format) {
		return nil
	}
	e := &formatError{usageError{cmd: cmd, what: "unknown output format " + quoted(format) +
		"; " + cmd.path() + " has " + strings.Join(known, ", ")}}
	switch near := suggest(format, known); {
	case near != "":
		e.try = "did you mean -w " + near + "?"
	case strings.ContainsAny(format, "./"):
		// bbolt's users type -o for a file, kubectl's for a format.
		e.try = "-w and -o name a format, not a file: redirect stdout with > instead"
	}
	return e
}

// outputFormats lists what --write-out may be for this command.
func (c *command) outputFormats() []string {
	if c.formats != nil {
		return c.formats
	}
	return render.Formats()
}
