package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// runProcess runs boltvet as a program, for what needs a process: stdin, locks, signals.
func runProcess(t *testing.T, stdin *os.File, words ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], words...)
	cmd.Env = append(os.Environ(), "BOLTVET_TEST_AS_PROGRAM=1")
	return runCommand(t, cmd, stdin)
}

func runCommand(t *testing.T, cmd *exec.Cmd, stdin *os.File) ran {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if stdin != nil {
		cmd.Stdin = stdin
	}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// healthySnapshots are the db files that etcdutl and we must agree on, byte for byte.
func healthySnapshots(t *testing.T) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		if f.Kind == golden.DataDir {
			path = filepath.Join(path, "member", "snap", "db")
		}
		paths = append(paths, path)
	}
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	bases, err := fixtures.Bases()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bases {
		if !strings.HasPrefix(b.Name, "plain-") {
			paths = append(paths, buildBase(t, dir, b.Name, ""))
		}
	}
	return append(paths, rich)
}

// TestSnapshotStatusIsEtcdutls compares our bytes and exit code with the real program's.
func TestSnapshotStatusIsEtcdutls(t *testing.T) {
	etcdutl, err := peers.Build(t.Context(), peers.V37, peers.Etcdutl)
	if err != nil {
		t.Fatal(err)
	}
	etcdutls := func(words ...string) ran {
		return runCommand(t, exec.CommandContext(t.Context(), etcdutl, append([]string{"snapshot", "status"}, words...)...), nil)
	}
	ours := func(words ...string) ran {
		return runLine(context.Background(), nil, append([]string{"snapshot", "status"}, words...)...)
	}
	for _, path := range healthySnapshots(t) {
		for _, format := range []string{"simple", "table", "json", "fields"} {
			want, got := etcdutls(path, "-w", format), ours(path, "-w", format)
			if got.code != want.code || got.out != want.out {
				t.Errorf("%s -w %s: exit code %d, %q; etcdutl: %d, %q", filepath.Base(path), format, got.code, got.out, want.code, want.out)
			}
		}
	}
	dir := t.TempDir()
	wrong := buildBase(t, dir, "snapshot", "trailer flip 9")
	for _, words := range [][]string{
		{wrong}, {wrong, "-w", "json"}, {filepath.Join(dir, "missing")}, {}, {wrong, wrong}, {wrong, "-w", "protobuf"},
		{write(t, dir, "text", []byte("no backup, just words\n"))},
	} {
		want, got := etcdutls(words...), ours(words...)
		if got.code != want.code || want.code == 0 && got.out != want.out {
			t.Errorf("%q: exit code %d, %q; etcdutl: %d, %q, %s", words, got.code, got.out, want.code, want.out, want.stderr)
		}
	}
	if got := ours(wrong); !strings.Contains(got.stderr, "warning: "+wrong) || !strings.Contains(got.stderr, "sha256") {
		t.Errorf("a wrong sha256 without a warning: %q", got.stderr)
	}
}

// TestInUse asks about the files of a running etcd, in every spelling: refused at once,
// with what to do.
func TestInUse(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := filepath.Join(t.TempDir(), "data")
	server, err := peers.Boot(ctx, peers.V37, dir, peers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Kill()
	if o := server.Outcome(); o.State != peers.Ready {
		t.Fatal(o)
	}
	if _, err := server.Put(ctx, "a", "b"); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(dir, "member", "snap", "db")
	lines := [][]string{
		{"status", dir}, {"status", filepath.Join(dir, "member")}, {"status", db}, {"status", filepath.Join(dir, "member", "wal")},
		{"status", db, "--wal-dir", filepath.Join(dir, "member", "wal")}, {"snapshot", "status", db},
	}
	for _, words := range lines {
		begin := time.Now()
		got := runProcess(t, nil, words...)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q took %v", words, took)
		}
		if got.code != 5 || got.out != "" || !strings.Contains(got.stderr, "in use by") || !strings.Contains(got.stderr, "\n  try: ") {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", words, got.code, got.out, got.stderr)
		}
	}
	if _, err := server.Put(ctx, "still", "there"); err != nil {
		t.Error(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, words := range lines {
		if got := runProcess(t, nil, words...); got.code != 0 {
			t.Errorf("%q after the stop: exit code %d, stderr %q", words, got.code, got.stderr)
		}
	}
}

// TestStreams reads a snapshot from standard input, from a pipe and from a FIFO; the
// facts are those of the file.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	path, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	words := []string{"-w", "fields", "--tmp-dir", tmp}
	want := runProcess(t, nil, append(words, "status", path)...)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, feed := range map[string]func() ran{
		"standard input": func() ran { return runProcess(t, file, append(words, "status", "-")...) },
		"pipe":           func() ran { return throughPipe(t, path, append(words, "status", "-")...) },
		"FIFO": func() ran {
			go copyInto(path, fifo)
			return runProcess(t, nil, append(words, "status", fifo)...)
		},
	} {
		got := feed()
		if got.code != 0 || factsOf(got.out) != factsOf(want.out) {
			t.Errorf("%s: exit code %d, %s\nstdout %s\nwant %s", name, got.code, got.stderr, got.out, want.out)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// factsOf leaves out the lines that name the path.
func factsOf(out string) string {
	var kept strings.Builder
	for l := range strings.Lines(out) {
		if !strings.HasPrefix(l, `"source"`) && !strings.HasPrefix(l, `"db_path"`) {
			kept.WriteString(l)
		}
	}
	return kept.String()
}

func throughPipe(t *testing.T, path string, words ...string) ran {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		_, _ = w.Write(b) // a reader that stops early shows in its answer
	}()
	return runProcess(t, r, words...)
}

// copyInto writes a file into a FIFO, whose opening waits for a reader.
func copyInto(path, fifo string) {
	b, err := os.ReadFile(path)
	if err == nil {
		_ = os.WriteFile(fifo, b, 0) // a reader that stops early shows in its answer
	}
}
