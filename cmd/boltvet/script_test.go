package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/quarantine"
)

// TestMain makes this test binary a boltvet and a boltvet-upstream too: for testscript,
// which calls it under those names, and for the completion tests, which set a variable.
func TestMain(m *testing.M) {
	if os.Getenv("BOLTVET_TEST_AS_PROGRAM") != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"boltvet": main, upstreamProgram: serveUpstream})
}

// serveUpstream is the main function of boltvet-upstream.
func serveUpstream() {
	if err := quarantine.Serve(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	}
}

// TestScripts runs testdata/*.txtar. Besides testscript's own commands there are:
//
//	code N CMD…             CMD must end with exit code N; stdout and stderr are kept
//	sha256-unchanged FILE…  the first call notes the sums, each later one compares
//	nothing-left DIR        DIR holds what it held when the script began, no more
//	rich FILE               unpack the committed snapshot of a real etcd to FILE
//	build FILE SCRIPT       make the healthy file that SCRIPT tells of (see fixtures.Base)
//	damage FILE WORD…       do a named damage of package fixtures to FILE
//	golden NAME DIR         unpack the committed data dir of a real etcd to DIR
//	hold FILE               hold the lock that a running etcd holds on its db
//	kube FILE [sound]       make the snapshot of a cluster of Kubernetes (see kubeStore)
//	signal NAME N CMD…      start CMD, send it SIGNAME after it began to read its
//	                        standard input, which stays open; its exit code must be N
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Values[sumsKey{}] = map[string]string{}
			before, err := listing(e.WorkDir)
			e.Values[listingKey{}] = before
			e.Setenv("NO_COLOR", "")
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":             cmdCode,
			"sha256-unchanged": cmdUnchanged,
			"nothing-left":     cmdNothingLeft,
			"signal":           cmdSignal,
			"rich":             cmdRich,
			"build":            func(ts *testscript.TestScript, neg bool, args []string) { cmdBuild(ts, neg, args, served) },
			"raw":              func(ts *testscript.TestScript, neg bool, args []string) { cmdBuild(ts, neg, args, asWritten) },
			"damage":           cmdDamage,
			"golden":           cmdGolden,
			"hold":             cmdHold,
			"kube":             cmdKube,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

type (
	sumsKey    struct{}
	listingKey struct{}
)

func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N CMD…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func cmdUnchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sha256-unchanged FILE…")
	}
	sums := ts.Value(sumsKey{}).(map[string]string)
	for _, name := range args {
		b, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		h := sha256.Sum256(b)
		sum := hex.EncodeToString(h[:])
		if old, ok := sums[name]; ok && old != sum {
			ts.Fatalf("%s changed: sha256 %s, was %s", name, sum, old)
		}
		sums[name] = sum
	}
}

func cmdNothingLeft(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nothing-left DIR")
	}
	before := ts.Value(listingKey{}).(map[string]bool)
	after, err := listing(ts.MkAbs("."))
	ts.Check(err)
	dir := filepath.Clean(args[0])
	for path := range after {
		if !before[path] && (dir == "." || strings.HasPrefix(path, dir+"/")) {
			ts.Fatalf("left behind: %s", path)
		}
	}
}

// listing holds the paths below dir, testscript's own temporary directory aside only
// as far as it is empty.
func listing(dir string) (map[string]bool, error) {
	out := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if rel != "." && rel != ".tmp" {
			out[rel] = true
		}
		return err
	})
	return out, err
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: signal INT|TERM|HUP|QUIT N CMD…")
	}
	sig := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT}[args[0]]
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	path, err := findProgram(ts.Getenv("PATH"), args[2])
	ts.Check(err)
	cmd := exec.CommandContext(ctx, path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"TMPDIR=" + ts.Getenv("TMPDIR"), "PATH=" + ts.Getenv("PATH")}
	reader, writer, err := os.Pipe()
	ts.Check(err)
	defer writer.Close()
	cmd.Stdin = reader
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = ts.Stdout(), &said
	ts.Check(cmd.Start())
	reader.Close()
	// More than a pipe holds: when the last byte has gone in, the child is reading, so
	// its signal handler is up.
	_, err = writer.Write(make([]byte, 1<<20))
	ts.Check(err)
	ts.Check(cmd.Process.Signal(sig))
	err = cmd.Wait()
	ts.Logf("%s", said.String())
	if ctx.Err() != nil {
		ts.Fatalf("did not end after %v", sig)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d (%v), want %d", got, err, want)
	}
	if strings.Count(said.String(), "\n") != 1 {
		ts.Fatalf("stderr is not one line: %q", said.String())
	}
}

// findProgram looks a program up in the script's path, which is not the test's.
func findProgram(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if p := filepath.Join(dir, name); p != "" {
			if info, err := os.Stat(p); err == nil && !info.IsDir() {
				return p, nil
			}
		}
	}
	return "", exec.ErrNotFound
}

func cmdRich(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: rich FILE")
	}
	dir, err := os.MkdirTemp(ts.MkAbs("."), "rich")
	ts.Check(err)
	path, err := fixtures.Rich(dir)
	ts.Check(err)
	ts.Check(os.Rename(path, ts.MkAbs(args[0])))
	ts.Check(os.Remove(dir))
}

func cmdGolden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: golden NAME DIR")
	}
	f, err := golden.Find(args[0])
	ts.Check(err)
	dir, err := os.MkdirTemp(ts.MkAbs("."), "golden")
	ts.Check(err)
	path, err := f.Unpack(dir)
	ts.Check(err)
	ts.Check(os.Rename(path, ts.MkAbs(args[1])))
	ts.Check(os.RemoveAll(dir))
}

func cmdBuild(ts *testscript.TestScript, neg bool, args []string, as func(script string) string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: build FILE SCRIPT, or raw FILE SCRIPT")
	}
	ts.Check(fixtures.Base{Script: as(ts.ReadFile(args[1]))}.Build(ts.MkAbs(args[0])))
}

// asWritten is a script as it stands.
func asWritten(script string) string { return script }

// served is a script whose store a member has served: etcd always leaves a member and an
// index, and a file without them is damaged.
func served(script string) string {
	if strings.Contains(script, "use ") || strings.Contains(script, "member ") {
		return script
	}
	return "member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 1000 term 2\n" + script
}

func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: damage FILE WORD…")
	}
	ts.Check(fixtures.Damage(ts.MkAbs(args[0]), strings.Join(args[1:], " ")))
}

// cmdHold holds the lock until the script ends. A test binary is another process than
// the boltvet that it runs, so the lock is in its way.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold FILE")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	ts.Check(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	ts.Defer(func() { f.Close() })
}
