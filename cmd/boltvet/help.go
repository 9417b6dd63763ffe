package main

import (
	"fmt"
	"slices"
	"strings"
)

// helpCommand is `boltvet help [COMMAND…]`, the same text as COMMAND --help.
func helpCommand() *command {
	return &command{
		name: "help", args: "[COMMAND…]", short: "print help for a command",
		most: -1,
		run: func(c *call) (answer, error) {
			at := c.root
			for _, word := range c.args() {
				next := at.sub(word)
				if next == nil {
					s := scanner{stack: []level{{cmd: at}}}
					return answer{}, s.unknownCommand(word)
				}
				at = next
			}
			return answer{raw: helpText(at, c.out.width)}, nil
		},
	}
}

// printHelp answers --help: help that was asked for is the answer, so it goes to stdout.
func (p *program) printHelp(cmd *command) error {
	_, err := p.std.out.Write(helpText(cmd, newOutlet(p.std.out, p.env).width))
	return p.ownOutput(err)
}

// ownOutput gives a failure to write help or version its exit code.
func (p *program) ownOutput(err error) error {
	if err == nil {
		return nil
	}
	c := &call{cmd: p.root, errOut: p.std.err}
	p.outcome = c.complainOutput(err)
	return nil
}

// usageLine shows how a command is typed.
func usageLine(cmd *command) string {
	switch {
	case cmd.parent == nil:
		return cmd.name + " " + cmd.args
	case cmd.isGroup():
		return cmd.path() + " COMMAND [flags]"
	}
	return strings.TrimSpace(cmd.path() + " [flags] " + cmd.args)
}

// helpText is the help page of a command, for so many columns; 0: any.
func helpText(cmd *command, width int) []byte {
	p := &helpPage{width: width}
	p.wrap("", "", cmd.path()+": "+cmd.short)
	p.WriteByte('\n')
	p.wrap("Usage: ", "       ", usageLine(cmd))
	if cmd.about != "" {
		p.WriteByte('\n')
		p.prose(cmd.about)
	}
	if subs := cmd.visible(); len(subs) > 0 {
		p.WriteString("\nCommands:\n")
		var lines [][2]string
		for _, s := range subs {
			lines = append(lines, [2]string{s.name, s.short})
		}
		p.columns(lines)
	}
	if cmd.parent != nil && len(cmd.flags) > 0 {
		p.WriteString("\nFlags:\n")
		writeFlags(p, cmd, cmd.flags)
	}
	p.WriteString("\nGlobal flags:\n")
	writeFlags(p, cmd, globalFlags())
	writeEnvironment(p)
	writeCodes(p, cmd)
	if len(cmd.examples) > 0 {
		p.WriteString("\nExamples:\n")
		for _, e := range cmd.examples {
			p.wrap("  # ", "  # ", e.what)
			p.WriteString("  " + e.line + "\n") // to be copied, so in one piece
		}
	}
	return p.Bytes()
}

func writeFlags(p *helpPage, cmd *command, flags []flag) {
	var lines [][2]string
	for _, f := range flags {
		left := "    --" + f.name
		if f.short != "" {
			left = "-" + f.short + ", --" + f.name
		}
		if f.arg != "" {
			left += " " + f.arg
		}
		right := f.usage
		if f.name == "write-out" {
			right += ": " + strings.Join(cmd.outputFormats(), ", ")
		}
		if f.kind == listFlag {
			right += " (repeatable)"
		}
		if f.def != "" {
			right += " (default " + f.def + ")"
		}
		lines = append(lines, [2]string{left, right})
	}
	p.columns(lines)
}

func writeEnvironment(p *helpPage) {
	p.WriteString("\nEnvironment:\n")
	p.columns([][2]string{
		{"BOLTVET_<FLAG>", "a default for any flag: BOLTVET_WRITE_OUT=json, BOLTVET_TMP_DIR=DIR; the line wins"},
		{"NO_COLOR", "no colour if it is not empty"},
		{"TMPDIR", "where compressed and piped input is unpacked, unless --tmp-dir says"},
		{"COLUMNS", "the width of tables and of this page"},
	})
}

// writeCodes lists the exit codes that the command can return; the root's page has all.
func writeCodes(p *helpPage, cmd *command) {
	p.WriteString("\nExit codes:\n")
	if cmd.etcdutl {
		lines := [][2]string{{"0", "done"}, {"1", "failed"}}
		if slices.Contains(cmd.codes, exitDamage) {
			lines = append(lines, [2]string{"3", "damage found, nothing changed"})
		}
		p.columns(append(lines, [][2]string{
			{"4", "output format that etcdutl lacks"},
			{"5", "in use by a running etcd, or standard output is an input"}, {"128", "bad arguments"},
			{"129", "hung up by SIGHUP"}, {"130", "interrupted by SIGINT"},
			{"131", "told to quit by SIGQUIT"}, {"143", "terminated by SIGTERM"},
		}...))
		return
	}
	always := []exitCode{exitOK, exitIO, exitUsage, exitHungUp, exitInterrupted, exitQuit, exitTerminated}
	var lines [][2]string
	for _, r := range exitTable() {
		if cmd.parent == nil || cmd.isGroup() || slices.Contains(always, r.code) || slices.Contains(cmd.codes, r.code) {
			lines = append(lines, [2]string{fmt.Sprint(int(r.code)), r.meaning})
		}
	}
	p.columns(lines)
}
