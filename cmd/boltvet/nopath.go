package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// checkPaths refuses an empty word where a path belongs. It is a variable of a script
// that nobody set; opened, it would be a missing file without a name, or, joined with
// something, the current directory. An empty --record or --wal-dir would be none at all,
// in silence. An environment variable that is empty counts as not set.
func checkPaths(cmd *command, line *cli.Context) error {
	for i, word := range line.Args().Slice() {
		if noun := cmd.noun(i); word == "" && isPathNoun(noun) {
			return emptyPath(cmd, noun)
		}
	}
	for at := cmd; at != nil; at = at.parent {
		for _, f := range at.flags {
			if isPathNoun(f.arg) && !f.blank && line.IsSet(f.name) && slices.Contains(flagWords(line, f), "") {
				return emptyPath(cmd, "--"+f.name)
			}
		}
	}
	return nil
}

func emptyPath(cmd *command, what string) error {
	return &usageError{cmd: cmd, what: what + ` is an empty path: ""`, try: "is a variable of the shell not set?"}
}

// flagWords are the values that the line has for f.
func flagWords(line *cli.Context, f flag) []string {
	if f.kind == listFlag {
		return line.StringSlice(f.name)
	}
	return []string{line.String(f.name)}
}

// noun is what the usage line calls argument i; the last one stands for all that follow.
func (c *command) noun(i int) string {
	nouns := strings.Fields(c.args)
	if len(nouns) == 0 {
		return ""
	}
	return strings.Trim(nouns[min(i, len(nouns)-1)], "[]…")
}

// isPathNoun tells the words of usage lines and flags that stand for paths.
func isPathNoun(noun string) bool {
	return slices.Contains([]string{"PATH", "SRC", "DST", "SNAPSHOT", "FILE", "DIR"}, noun)
}
