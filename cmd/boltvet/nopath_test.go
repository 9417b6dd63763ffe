package main

import (
	"context"
	"strings"
	"testing"
)

// TestEmptyPathIsUsage gives every command an empty word for each of its paths.
func TestEmptyPathIsUsage(t *testing.T) {
	var tried int
	var try func(cmd *command)
	try = func(cmd *command) {
		for _, sub := range cmd.subs {
			try(sub)
		}
		if cmd.isGroup() {
			return
		}
		words := make([]string, max(cmd.least, len(strings.Fields(cmd.args))))
		for i := range words {
			words[i] = "x"
		}
		for i := range words {
			if noun := cmd.noun(i); isPathNoun(noun) {
				line := append([]string(nil), words...)
				line[i] = ""
				refusesEmpty(t, cmd, noun, line)
				tried++
			}
		}
		for _, f := range append(globalFlags(), cmd.flags...) {
			if isPathNoun(f.arg) && !f.blank {
				line := append([]string{"--" + f.name + "="}, words[:cmd.least]...)
				refusesEmpty(t, cmd, "--"+f.name, line)
				tried++
			}
		}
	}
	try(newRoot())
	if tried < 60 {
		t.Errorf("%d paths were tried", tried)
	}
}

func refusesEmpty(t *testing.T, cmd *command, what string, line []string) {
	t.Helper()
	want := exitUsage
	if cmd.etcdutl || cmd.name == "defrag" && what == "--data-dir" {
		want = etcdutlBadArgs
	}
	argv := append(strings.Fields(cmd.title()), line...)
	got := runLine(context.Background(), nil, argv...)
	if got.code != int(want) || got.out != "" || !strings.Contains(got.stderr, what+" is an empty path") {
		t.Errorf("%q: exit code %d, want %d; stdout %q, stderr %q", argv, got.code, want, got.out, got.stderr)
	}
}

// TestEmptyPathOfEtcdutl: etcdutl's restore takes an empty directory for its default.
func TestEmptyPathOfEtcdutl(t *testing.T) {
	for _, argv := range [][]string{
		{"snapshot", "restore", "nosuch.db", "--data-dir="},
		{"snapshot", "restore", "nosuch.db", "--wal-dir", ""},
	} {
		got := runLine(context.Background(), nil, argv...)
		if !strings.Contains(got.stderr, "nosuch.db: no such file") {
			t.Errorf("%q: %s", argv, got.stderr)
		}
	}
}
