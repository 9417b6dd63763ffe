package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
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
			return answer{raw: helpText(at)}, nil
		},
	}
}

// printHelp answers --help: help that was asked for is the answer, so it goes to stdout.
func (p *program) printHelp(cmd *command) error {
	_, err := p.std.out.Write(helpText(cmd))
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

// helpText is the help page of a command.
func helpText(cmd *command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n\nUsage: %s\n", cmd.path(), cmd.short, usageLine(cmd))
	if cmd.about != "" {
		fmt.Fprintf(&b, "\n%s\n", cmd.about)
	}
	if subs := cmd.visible(); len(subs) > 0 {
		b.WriteString("\nCommands:\n")
		var lines [][2]string
		for _, s := range subs {
			lines = append(lines, [2]string{s.name, s.short})
		}
		writeColumns(&b, lines)
	}
	if cmd.parent != nil && len(cmd.flags) > 0 {
		b.WriteString("\nFlags:\n")
		writeFlags(&b, cmd, cmd.flags)
	}
	b.WriteString("\nGlobal flags:\n")
	writeFlags(&b, cmd, globalFlags())
	writeEnvironment(&b)
	writeCodes(&b, cmd)
	if len(cmd.examples) > 0 {
		b.WriteString("\nExamples:\n")
		for _, e := range cmd.examples {
			fmt.Fprintf(&b, "  # %s\n  %s\n", e.what, e.line)
		}
	}
	return b.Bytes()
}

func writeFlags(b *bytes.Buffer, cmd *command, flags []flag) {
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
	writeColumns(b, lines)
}

// writeColumns writes pairs with the second column aligned.
func writeColumns(b *bytes.Buffer, lines [][2]string) {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l[0]))
	}
	for _, l := range lines {
		fmt.Fprintf(b, "  %s%s  %s\n", l[0], strings.Repeat(" ", width-utf8.RuneCountInString(l[0])), l[1])
	}
}

func writeEnvironment(b *bytes.Buffer) {
	b.WriteString("\nEnvironment:\n")
	writeColumns(b, [][2]string{
		{"BOLTVET_<FLAG>", "a default for any flag: BOLTVET_WRITE_OUT=json, BOLTVET_TMP_DIR=DIR; the line wins"},
		{"NO_COLOR", "no colour if it is not empty"},
		{"TMPDIR", "where compressed and piped input is unpacked, unless --tmp-dir says"},
		{"COLUMNS", "the width of tables"},
	})
}

// writeCodes lists the exit codes that the command can return; the root's page has all.
func writeCodes(b *bytes.Buffer, cmd *command) {
	b.WriteString("\nExit codes:\n")
	if cmd.etcdutl {
		writeColumns(b, [][2]string{
			{"0", "done"}, {"1", "failed"}, {"4", "output format that etcdutl lacks"},
			{"5", "in use by a running etcd"}, {"128", "bad arguments"},
			{"130", "interrupted by SIGINT"}, {"143", "terminated by SIGTERM"},
		})
		return
	}
	always := []exitCode{exitOK, exitIO, exitUsage, exitInterrupted, exitTerminated}
	var lines [][2]string
	for _, r := range exitTable() {
		if cmd.parent == nil || cmd.isGroup() || slices.Contains(always, r.code) || slices.Contains(cmd.codes, r.code) {
			lines = append(lines, [2]string{fmt.Sprint(int(r.code)), r.meaning})
		}
	}
	writeColumns(b, lines)
}
