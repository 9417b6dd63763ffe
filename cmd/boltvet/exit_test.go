package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/internal/rewrite"
	"boltvet/internal/swap"
	"boltvet/verify"
)

func TestExplain(t *testing.T) {
	cmd := newRoot().sub("status")
	ctx := context.Background()
	for _, c := range []struct {
		name string
		err  error
		want exitCode
	}{
		{"usage", &usageError{cmd: cmd, what: "x"}, exitUsage},
		{"format", &formatError{usageError{cmd: cmd, what: "x"}}, exitUsage},
		{"not understood", &datadir.RefusedError{Path: "a"}, exitUnknown},
		{"in use", &datadir.InUseError{Path: "a"}, exitRefused},
		{"spool limit", &datadir.SpoolLimitError{Path: "a"}, exitRefused},
		{"somebody has it open", &swap.InUseError{Path: "a"}, exitRefused},
		{"somebody may have it open", &swap.UnprovenError{Path: "a"}, exitRefused},
		{"hard links", &swap.KindError{Path: "a"}, exitRefused},
		{"swapped and not taken back", &swap.StrandedError{Path: "a", Err: &swap.InUseError{}}, exitIO},
		{"own refusal", &refusal{"a", "b"}, exitRefused},
		{"target exists", &atomicfile.ExistsError{Path: "a"}, exitRefused},
		{"target is a device", &atomicfile.KindError{Path: "a"}, exitRefused},
		{"missing file", &fs.PathError{Op: "open", Path: "a", Err: syscall.ENOENT}, exitIO},
		{"no permission", &fs.PathError{Op: "open", Path: "a", Err: syscall.EACCES}, exitIO},
		{"disk full", syscall.ENOSPC, exitIO},
		{"input changed", &changedError{[]string{"a"}}, exitIO},
		{"anything else", errors.New("x"), exitIO},
		{"cancelled", context.Canceled, exitInterrupted},
	} {
		// Wrapped, because that is how errors arrive; a type assertion would miss it.
		if got := explain(ctx, fmt.Errorf("wrapped: %w", c.err)); got.code != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got.code, c.want)
		}
	}
}

func TestExplainKnowsTheSignal(t *testing.T) {
	for sig, want := range map[os.Signal]exitCode{syscall.SIGHUP: 129, syscall.SIGINT: 130, syscall.SIGQUIT: 131, syscall.SIGTERM: 143} {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(interrupted{sig})
		if got := explain(ctx, fmt.Errorf("reading: %w", ctx.Err())); got.code != want {
			t.Errorf("%v: exit code %d, want %d", sig, got.code, want)
		}
	}
}

// TestWorse walks the whole order, each code against each.
func TestWorse(t *testing.T) {
	order := []exitCode{0, 1, 5, 3, 4, 6, 64, 129, 130, 131, 143}
	for i, a := range order {
		for j, b := range order {
			if got, want := worse(a, b), order[max(i, j)]; got != want {
				t.Errorf("worse(%d, %d) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestExitTableIsWhole(t *testing.T) {
	documented := map[exitCode]bool{}
	last := exitCode(-1)
	for _, r := range exitTable() {
		if r.code <= last {
			t.Errorf("%d is out of order", r.code)
		}
		if r.code == 2 {
			t.Error("2 is what a Go panic gives and cannot have a meaning")
		}
		last = r.code
		documented[r.code] = true
	}
	for _, c := range []exitCode{exitOK, exitNo, exitDamage, exitUnknown, exitRefused, exitIO, exitUsage, exitHungUp, exitInterrupted, exitQuit, exitTerminated} {
		if !documented[c] {
			t.Errorf("exit code %d is not documented", c)
		}
	}
}

// TestREADMEHasTheExitCodes holds the README's table against the code's, word for word.
func TestREADMEHasTheExitCodes(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- exit-codes -->\n", "<!-- /exit-codes -->"
	_, after, found := strings.Cut(string(text), begin)
	have, _, closed := strings.Cut(after, end)
	if !found || !closed {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	want := "| Code | Meaning |\n| --- | --- |\n"
	for _, r := range exitTable() {
		want += fmt.Sprintf("| %d | %s |\n", r.code, r.meaning)
	}
	if have != want {
		t.Errorf("README.md has\n%s\nexit.go has\n%s", have, want)
	}
}

func TestEtcdutlCode(t *testing.T) {
	cmd := newRoot().sub("snapshot").sub("status")
	for _, c := range []struct {
		err  error
		want exitCode
	}{
		{&usageError{cmd: cmd}, 128},
		{&formatError{usageError{cmd: cmd}}, 4},
		{&datadir.InUseError{}, 5},
		{&swap.InUseError{}, 5},
		{&swap.UnprovenError{}, 5},
		{&swap.KindError{}, 1},
		{&rewrite.DamagedError{Codes: []verify.CodeCount{{Sample: []verify.Finding{{}}}}}, 3},
		{&datadir.SpoolLimitError{}, 1},
		{&datadir.RefusedError{}, 1},
		{fs.ErrNotExist, 1},
		{context.Canceled, 130},
	} {
		if got := etcdutlCode(explain(context.Background(), c.err), c.err); got != c.want {
			t.Errorf("%T: exit code %d, want %d", c.err, got, c.want)
		}
	}
}
