package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// commandsBelow is a command and all below it.
func commandsBelow(cmd *command) []*command {
	all := []*command{cmd}
	for _, s := range cmd.subs {
		all = append(all, commandsBelow(s)...)
	}
	return all
}

// TestHelpFits: whatever the width, help says the same words, in lines that fit; only what is
// to be copied stays in one piece, and a word that is longer than a line.
func TestHelpFits(t *testing.T) {
	for _, cmd := range commandsBelow(newRoot()) {
		var whole []string
		for _, e := range cmd.examples {
			whole = append(whole, "  "+e.line)
		}
		words := strings.Fields(strings.ReplaceAll(string(helpText(cmd, 0)), "\n  # ", "\n"))
		for _, width := range []int{1, 48, 60, 80, 100, 1000} {
			text := string(helpText(cmd, width))
			if got := strings.Fields(strings.ReplaceAll(text, "\n  # ", "\n")); !slices.Equal(got, words) {
				t.Errorf("%s, %d columns: other words than without a limit", cmd.path(), width)
			}
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				n := utf8.RuneCountInString(line)
				if n > width && width >= 48 && !slices.Contains(whole, line) && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s, %d columns: a line of %d: %q", cmd.path(), width, n, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("%s, %d columns: ends with blanks: %q", cmd.path(), width, line)
				}
			}
		}
	}
}
