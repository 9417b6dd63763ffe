package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// The library's own help flag and help command print on stdout whatever happened and
// exit with codes of their own, so both are off and help is a flag like any other.
// cli.HelpFlag is a variable of the library; nil is how it is told.
func init() { cli.HelpFlag = nil }

// A program is one run of the command line.
type program struct {
	root    *command
	std     standard
	env     func(string) string
	argv    []string // as typed
	outcome exitCode
}

// standard are the three streams.
type standard struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program as a function: argv without the program's name, the
// streams, and the environment. It returns the exit code; it does not end the process
// and keeps nothing between runs.
func run(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	p := &program{root: newRoot(), std: standard{stdin, stdout, stderr}, env: env, argv: argv}
	words, err := normalise(p.root, argv)
	if err == nil {
		err = p.app(words).RunContext(ctx, append([]string{p.root.name}, words...))
	}
	if err != nil {
		p.outcome = p.reject(ctx, err)
	}
	return int(p.outcome)
}

// app is the tree of commands in the library's terms. Traps of urfave/cli v2.27.7 that
// are closed here: flags behind arguments (argv.go), list flags that split at commas,
// suggestions without a threshold, help on stdout for errors, exits from inside the
// library, completion that panics, the version flag on -v.
//
// Of the commands it is given those that words name: of all others it would build flags,
// which takes longer than many a command. Compiled is set for it would ask the file
// system for it.
func (p *program) app(words []string) *cli.App {
	return &cli.App{
		Name:                      p.root.name,
		HelpName:                  p.root.name,
		HideHelp:                  true,
		HideHelpCommand:           true,
		HideVersion:               true,
		Suggest:                   false,
		EnableBashCompletion:      false,
		DisableSliceFlagSeparator: true,
		Reader:                    p.std.in,
		Writer:                    p.std.err, // what the library prints is never the answer
		ErrWriter:                 p.std.err,
		Flags:                     libraryFlags(p.root.flags),
		Commands:                  p.libraryCommands(namedIn(words, p.root.subs)),
		Compiled:                  time.Unix(0, 0),
		Action:                    p.action(p.root),
		OnUsageError:              onUsageError(p.root),
		CommandNotFound:           func(*cli.Context, string) {},
		ExitErrHandler:            func(*cli.Context, error) {},
	}
}

// namedIn are the commands whose names are among words, wherever they stand: the library
// finds the one that is meant. There is none for a line without command.
func namedIn(words []string, cmds []*command) []*command {
	var out []*command
	for _, c := range cmds {
		if slices.Contains(words, c.name) {
			out = append(out, c)
		}
	}
	return out
}

// libraryCommands converts commands; the depth is that of our own tree.
func (p *program) libraryCommands(cmds []*command) []*cli.Command {
	var out []*cli.Command
	for _, c := range cmds {
		out = append(out, &cli.Command{
			Name:            c.name,
			HideHelp:        true,
			HideHelpCommand: true,
			Hidden:          c.hidden,
			Flags:           libraryFlags(c.flags),
			Subcommands:     p.libraryCommands(c.subs),
			Action:          p.action(c),
			OnUsageError:    onUsageError(c),
		})
	}
	return out
}

// libraryFlags converts flags. Environment variables are not the library's business:
// it reads the process's environment, bindEnv reads the one that run was given.
func libraryFlags(flags []flag) []cli.Flag {
	var out []cli.Flag
	for _, f := range flags {
		switch f.kind {
		case boolFlag, countFlag:
			out = append(out, &cli.BoolFlag{Name: f.name, Aliases: f.aliases()})
		case intFlag:
			out = append(out, &cli.Int64Flag{Name: f.name, Aliases: f.aliases()})
		case listFlag:
			// KeepSpace: a value is what was typed, also with blanks around it.
			out = append(out, &cli.StringSliceFlag{Name: f.name, Aliases: f.aliases(), KeepSpace: true})
		default:
			out = append(out, &cli.StringFlag{Name: f.name, Aliases: f.aliases()})
		}
	}
	return out
}

// onUsageError turns what the library says about a line into our own error. What is
// left to it after normalise is values that do not parse and one flag in two spellings.
func onUsageError(cmd *command) cli.OnUsageErrorFunc {
	return func(_ *cli.Context, err error, _ bool) error {
		what := strings.Replace(err.Error(), "for flag -", "for flag --", 1)
		return &usageError{cmd: cmd, what: strings.TrimSuffix(what, ": parse error")}
	}
}

// action is what the library calls for a command that it has found.
func (p *program) action(cmd *command) cli.ActionFunc {
	return func(line *cli.Context) error {
		if err := p.bindEnv(cmd, line); err != nil {
			return err
		}
		switch {
		case line.Bool("help"):
			return p.printHelp(cmd)
		case line.Bool("version"):
			return p.printVersion()
		case cmd.isGroup():
			return &usageError{cmd: cmd, what: "a command is missing: " + nameList(cmd.visible())}
		}
		if err := checkArgs(cmd, line.Args().Len()); err != nil {
			return err
		}
		if err := checkPaths(cmd, line); err != nil {
			return err
		}
		return p.execute(cmd, line)
	}
}

// bindEnv gives the flags of cmd and of the commands above it the values of their
// environment variables, where the line does not set them. Hidden commands are called
// by scripts of ours, which a user's defaults must not disturb: with BOLTVET_RECORD
// set, each press of the tab key would write a record.
func (p *program) bindEnv(cmd *command, line *cli.Context) error {
	if cmd.hidden {
		return nil
	}
	for at := cmd; at != nil; at = at.parent {
		for _, f := range at.flags {
			name := f.variable()
			if name == "" || line.IsSet(f.name) {
				continue
			}
			value := p.env(name)
			if value == "" {
				continue
			}
			if err := setFromEnv(line, f, value); err != nil {
				return &usageError{cmd: cmd, what: "environment variable " + name + "=" + quoted(value) +
					" is no value for --" + f.name}
			}
		}
	}
	return nil
}

// setFromEnv sets one flag. A counted switch takes a number: BOLTVET_VERBOSE=2 is -vv.
func setFromEnv(line *cli.Context, f flag, value string) error {
	times := 1
	if n, err := strconv.Atoi(value); err == nil && f.kind == countFlag {
		// One more for each alias: the library's counter starts that far below zero.
		times, value = min(max(n, 0), 9)+len(f.aliases()), strconv.FormatBool(n > 0)
	}
	for range times {
		if err := line.Set(f.name, value); err != nil {
			return err
		}
	}
	return nil
}

// checkArgs compares the number of arguments with what the command takes.
func checkArgs(cmd *command, n int) error {
	switch {
	case n < cmd.least:
		return &usageError{cmd: cmd, what: "an argument is missing; usage: " + usageLine(cmd)}
	case cmd.most >= 0 && n > cmd.most:
		return &usageError{cmd: cmd, what: "too many arguments; usage: " + usageLine(cmd)}
	}
	return nil
}

// commandOf finds the command at which an error was noticed, for its exit codes.
func commandOf(root *command, err error) *command {
	var usage *usageError
	if errors.As(err, &usage) && usage.cmd != nil {
		return usage.cmd
	}
	return root
}
