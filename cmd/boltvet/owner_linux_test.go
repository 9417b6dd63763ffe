package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"boltvet/fixtures"
)

// TestOwner runs each command that writes a db as root, who gives it to the owner of the
// directory, of what it replaces, or to who was named.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	dir := t.TempDir()
	src := filepath.Join(dir, "s.db")
	noError(t, fixtures.Generate(src, fixtures.GenOptions{Size: 1 << 20, Seed: 7, Snapshot: true}))
	out := filepath.Join(dir, "out")
	noError(t, os.Mkdir(out, 0o700))
	noError(t, os.Chown(out, 12345, 23456))
	owner := func(path, want string) {
		t.Helper()
		info, err := os.Stat(path)
		noError(t, err)
		st := info.Sys().(*syscall.Stat_t)
		if got := fmt.Sprint(st.Uid, ":", st.Gid); got != want || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: owner %s, mode %v; want %s", path, got, info.Mode(), want)
		}
	}
	run := func(words ...string) {
		t.Helper()
		if b, err := asProgram(words...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", words, err, b)
		}
	}
	dst := filepath.Join(out, "new.db")
	for _, words := range [][]string{{"defrag"}, {"compact", "--revision", "latest"}, {"seal"}} {
		run(slices.Concat(words, []string{src, dst})...)
		owner(dst, "12345:23456")
		run(slices.Concat(words, []string{"--force", "--owner", "333:444", src, dst})...)
		owner(dst, "333:444")
		run(slices.Concat(words, []string{"--force", src, dst})...)
		owner(dst, "333:444")
		noError(t, os.Remove(dst))
	}
	run("defrag", src, dst)
	noError(t, os.Chown(dst, 55, 66))
	run("defrag", "--in-place", dst)
	owner(dst, "55:66")
	run("defrag", "--in-place", "--owner", "77:88", dst)
	owner(dst, "77:88")
	for _, words := range [][]string{{"restore"}, {"snapshot", "restore"}} {
		run(slices.Concat(words, []string{src, "--data-dir", out + "/data"})...)
		owner(out+"/data/member/snap/db", "12345:23456")
		noError(t, os.RemoveAll(out+"/data"))
		run(slices.Concat(words, []string{"--owner", "5:6", src, "--data-dir", out + "/data", "--wal-dir", out + "/wal"})...)
		owner(out+"/data/member/snap/db", "5:6")
		owner(matches(t, out+"/wal/*.wal")[0], "5:6")
		noError(t, os.RemoveAll(out+"/data"))
		noError(t, os.RemoveAll(out+"/wal"))
	}
}

// TestOwnerIsNobody is a usage error before anything is opened or written.
func TestOwnerIsNobody(t *testing.T) {
	dir := t.TempDir()
	for _, words := range [][]string{{"defrag", "in.db", "out.db"}, {"seal", "in.db", "out.db"}, {"defrag", "--in-place", "in.db"},
		{"compact", "--revision", "latest", "in.db", "out.db"}} {
		cmd := asProgram(append(words, "--owner", "nobody-of-that-name")...)
		cmd.Dir = dir
		b, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != int(exitUsage) {
			t.Errorf("%v: %v\n%s", words, err, b)
		}
	}
	if got := matches(t, dir+"/*"); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}
