package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"boltvet/internal/datadir"
	"boltvet/internal/render"
)

// A call is one run of one command: its parsed line and the world around it. Commands
// see the world through it alone.
type call struct {
	ctx    context.Context
	cmd    *command
	root   *command
	argv   []string // as typed, without the program's name
	line   *cli.Context
	in     io.Reader
	out    *outlet
	errOut io.Writer
	env    func(string) string
	set    settings
	record *recorder // nil without --record; its methods take nil
	meter  *meter
}

// args are the words of the line that are neither commands nor flags.
func (c *call) args() []string { return c.line.Args().Slice() }

// isSet tells the value of a switch.
func (c *call) isSet(name string) bool { return c.line.Bool(name) }

// text is the value of a text flag, "" if it was not given.
func (c *call) text(name string) string { return c.line.String(name) }

// number is the value of an integer flag, 0 if it was not given.
func (c *call) number(name string) int64 { return c.line.Int64(name) }

// list holds the values of a list flag in the order of the line.
func (c *call) list(name string) []string { return c.line.StringSlice(name) }

// count says how often a counted switch was given. The library's counter starts below
// zero when a flag has aliases, hence the second look.
func (c *call) count(name string) int {
	if !c.line.Bool(name) {
		return 0
	}
	return max(1, c.line.Count(name))
}

// made notes the outputs that the run was for, once they have their names. A signal that
// comes now comes too late: what is left is to tell of them.
func (c *call) made(paths ...string) {
	c.ctx = context.WithoutCancel(c.ctx)
	for _, path := range paths {
		c.record.wrote(path)
	}
}

// usage is a usage error of this command.
func (c *call) usage(what, try string) error {
	return &usageError{cmd: c.cmd, what: what, try: try}
}

// note tells something on stderr unless --quiet.
func (c *call) note(format string, args ...any) {
	if !c.set.quiet {
		c.say("note: "+format, args...)
	}
}

// warn tells on stderr what the user should act upon, unless --quiet.
func (c *call) warn(format string, args ...any) {
	if !c.set.quiet {
		c.say("warning: "+format, args...)
	}
}

// say prints one line on stderr, with the bar out of its way.
func (c *call) say(format string, args ...any) {
	c.meter.clear()
	fmt.Fprintf(c.errOut, "boltvet: %s\n", escaped(fmt.Sprintf(format, args...)))
}

// complain prints a failure: what happened and where, then what to try next.
func (c *call) complain(f failure) {
	c.say("%s%s", prefix(c.cmd), f.message)
	if f.try != "" {
		fmt.Fprintf(c.errOut, "  try: %s\n", escaped(f.try))
	}
}

// prefix is "status: " for a command and nothing for the program itself.
func prefix(cmd *command) string {
	if cmd == nil || cmd.parent == nil {
		return ""
	}
	return cmd.title() + ": "
}

// sourceOptions are the global flags that concern the opening of inputs.
func (c *call) sourceOptions() datadir.Options {
	o := datadir.Options{TmpDir: c.set.tmpDir, MaxSpool: c.set.maxSpool}
	if f, ok := c.in.(*os.File); ok {
		o.Stdin = f
	}
	return o
}

// renderOptions are the global flags and the terminal, for the renderers.
func (c *call) renderOptions() render.Options {
	return render.Options{
		Width:      c.out.width,
		UTF8:       isUTF8(c.env),
		Color:      c.set.color && c.out.terminal,
		Verbose:    c.set.verbose > 0,
		NoHeaders:  c.set.noHeaders,
		NoCSVGuard: c.set.noCSVGuard,
	}
}
