package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/internal/render"
)

// A ran is the outcome of one run of the program in this process.
type ran struct {
	code        int
	out, stderr string
}

// runLine runs one line, its words separated by blanks, in an environment of its own.
func runLine(ctx context.Context, env map[string]string, words ...string) ran {
	var out, stderr bytes.Buffer
	code := run(ctx, words, strings.NewReader(""), &out, &stderr, func(name string) string { return env[name] })
	return ran{code, out.String(), stderr.String()}
}

// TestEnvironmentIsTheGivenOne proves that no flag looks into the process's own.
func TestEnvironmentIsTheGivenOne(t *testing.T) {
	t.Setenv("BOLTVET_WRITE_OUT", "nosuch")
	if got := runLine(context.Background(), nil, "version"); got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	got := runLine(context.Background(), map[string]string{"BOLTVET_WRITE_OUT": "json"}, "version")
	if !json.Valid([]byte(got.out)) {
		t.Errorf("not JSON: %q", got.out)
	}
}

// TestEveryFormat runs each command in each format that it has: one that is advertised
// and missing is a bug that users find. A new command needs a line here.
func TestEveryFormat(t *testing.T) {
	rich, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	arguments := map[string][]string{
		"status": {rich}, "verify": {rich}, "space": {rich}, "hash": {rich}, "hashkv": {rich}, "get": {rich, "/hot/", "--prefix"}, "history": {rich, "/hot/", "--prefix"}, "diff": {rich, rich},
		"buckets": {rich}, "pages": {rich}, "page": {rich, "2"}, "dump": {rich, "0"}, "defrag": {rich, "--dry-run"}, "compact": {rich, "--dry-run", "--revision", "latest"}, "seal": {rich, "--dry-run"},
		"snapshot status": {rich}, "restore": {rich, "--dry-run"}, "version": nil, "completion": {"bash"}, "help": {"status"},
	}
	var walk func(c *command)
	walk = func(c *command) {
		for _, s := range c.visible() {
			walk(s)
		}
		if c.isGroup() || c.title() == "snapshot restore" || c.title() == "migrate" { // like etcdutl it has no answer but its code
			return
		}
		args, ok := arguments[c.title()]
		if !ok {
			t.Errorf("%s is not tested in every format: add its arguments", c.path())
		}
		for _, format := range c.outputFormats() {
			got := runLine(context.Background(), nil, slices.Concat(strings.Fields(c.title()), args, []string{"-q", "-w", format})...)
			if got.code != 0 || got.out == "" || got.stderr != "" {
				t.Errorf("%s -w %s: exit code %d, stdout %d bytes, stderr %q", c.path(), format, got.code, len(got.out), got.stderr)
			}
			if format == "json" && c.name != "help" && !json.Valid([]byte(got.out)) {
				t.Errorf("%s -w json: %q", c.path(), got.out)
			}
			if strings.ContainsRune(got.out, 0x1b) {
				t.Errorf("%s -w %s: colour without a terminal", c.path(), format)
			}
		}
	}
	walk(newRoot())
}

// TestErrorsAreDocuments asks for a failure in each machine format.
func TestErrorsAreDocuments(t *testing.T) {
	for _, line := range []string{"status nofile", "status --nosuch", "nosuch", "status"} {
		got := runLine(context.Background(), nil, append(strings.Fields(line), "-w", "json")...)
		var d struct {
			ExitCode int `json:"exit_code"`
			Results  []struct {
				Source *string
				Error  struct {
					Code    int
					Message string
					Try     *string
				}
			}
		}
		if err := json.Unmarshal([]byte(got.out), &d); err != nil {
			t.Errorf("%s: %v in %q", line, err, got.out)
			continue
		}
		if d.ExitCode != got.code || len(d.Results) != 1 || d.Results[0].Error.Code != got.code {
			t.Errorf("%s: exit code %d, document %s", line, got.code, got.out)
			continue
		}
		r := d.Results[0]
		if r.Source == nil || r.Error.Try == nil || !strings.Contains(got.stderr, r.Error.Message) {
			t.Errorf("%s: stderr %q, document %s", line, got.stderr, got.out)
		}
	}
}

// TestStopped cancels a run before it begins: no PATH is looked at.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(interrupted{syscall.SIGTERM})
	if got := runLine(ctx, nil, "status", "nofile", "nofile2"); got.code != 143 || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
}

// A stopper is a stdout on which the first bytes that come have the run interrupted.
type stopper struct {
	cancel context.CancelCauseFunc
	bytes  int
}

func (s *stopper) Write(b []byte) (int, error) {
	s.cancel(interrupted{syscall.SIGINT})
	s.bytes += len(b)
	return len(b), nil
}

// TestStoppedAnswer interrupts answers that go out as they come: little follows.
func TestStoppedAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "generated.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 8 << 20}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"get -w json", "get -w csv", "get -w simple", "history -w ndjson --values", "history --diff --values"} {
		ctx, cancel := context.WithCancelCause(context.Background())
		out, stderr := &stopper{cancel: cancel}, &bytes.Buffer{}
		words := append(strings.Fields(line), path, "", "--prefix")
		code := run(ctx, words, nil, out, stderr, func(string) string { return "" })
		if code != 130 || out.bytes == 0 || out.bytes > 1<<20 {
			t.Errorf("%s: exit code %d after %d bytes: %s", line, code, out.bytes, stderr)
		}
	}
}

// A brokenPipe is a stdout whose reader went away.
type brokenPipe struct{ err error }

func (b brokenPipe) Write([]byte) (int, error) { return 0, b.err }

func TestOutputFails(t *testing.T) {
	for _, line := range []string{"version", "version -w json", "--help", "--version", "completion bash"} {
		for _, c := range []struct {
			err  error
			want int
		}{{syscall.EPIPE, 0}, {syscall.ENOSPC, 6}} {
			var stderr bytes.Buffer
			none := func(string) string { return "" }
			code := run(context.Background(), strings.Fields(line), nil, brokenPipe{c.err}, &stderr, none)
			if code != c.want || (stderr.Len() == 0) != (c.want == 0) {
				t.Errorf("%s, %v: exit code %d, stderr %q", line, c.err, code, stderr.String())
			}
		}
	}
}

// stubStatus runs status with facts of the test's making.
func stubStatus(t *testing.T, look statusInspector, words ...string) (ran, error) {
	t.Helper()
	root := newRoot()
	root.sub("status").run = func(c *call) (answer, error) { return runStatus(c, look) }
	var out, stderr bytes.Buffer
	p := &program{root: root, std: standard{nil, &out, &stderr}, env: func(string) string { return "" }}
	line, err := normalise(root, words)
	if err == nil {
		err = p.app(line).RunContext(context.Background(), append([]string{"boltvet"}, line...))
	}
	return ran{int(p.outcome), out.String(), stderr.String()}, err
}

// boltFile makes a file that datadir takes for a db: a page with a meta's magic.
func boltFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.db")
	b := make([]byte, 4*4096)
	for _, page := range []int{0, 4096} {
		copy(b[page+8:], []byte{4, 0})
		copy(b[page+16:], []byte{0xed, 0xda, 0x0c, 0xed, 2, 0, 0, 0, 0, 0x10, 0, 0})
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFailIf(t *testing.T) {
	look := func(code exitCode) statusInspector {
		return func(_ context.Context, src *datadir.Source, o statusOptions) (render.Result, exitCode, error) {
			return render.Result{Source: src.Path, Fields: []render.Field{
				{Name: "free_ratio", Value: render.Ratio(0.6)},
				{Name: "size_bytes", Value: render.Bytes(4096)},
				{Name: "term", Value: render.Null()},
				{Name: "kind", Value: render.Text("db")},
			}}, code, nil
		}
	}
	path := boltFile(t)
	for _, c := range []struct {
		expr string
		base exitCode
		want int
	}{
		{"free_ratio>0.5", exitOK, 1},
		{"free_ratio>50%", exitOK, 1},
		{"free_ratio>0.7", exitOK, 0},
		{"size_bytes>=4KiB", exitOK, 1},
		{"free_ratio>0.5", exitDamage, 3}, // 3 beats 1
		{"term>3", exitOK, 0},             // not known: not crossed, but said
	} {
		got, err := stubStatus(t, look(c.base), "status", path, "--fail-if", c.expr)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
		}
		if got.code != c.want {
			t.Errorf("%s: exit code %d, want %d; %s", c.expr, got.code, c.want, got.stderr)
		}
		if c.want == 1 && !strings.Contains(got.stderr, c.expr) {
			t.Errorf("%s: stderr %q does not say which threshold", c.expr, got.stderr)
		}
	}
	for _, bad := range []string{"free_ratoi>0.5", "kind>1"} {
		got, err := stubStatus(t, look(exitOK), "status", path, "--fail-if", bad)
		if err != nil || got.code != 64 || got.stderr == "" {
			t.Errorf("%s: exit code %d, %v, stderr %q", bad, got.code, err, got.stderr)
		}
	}
}

// TestInputChanges has the command's input change under its hands.
func TestInputChanges(t *testing.T) {
	path := boltFile(t)
	record := filepath.Join(t.TempDir(), "rec.json")
	got, err := stubStatus(t, func(_ context.Context, src *datadir.Source, _ statusOptions) (render.Result, exitCode, error) {
		return render.Result{Source: src.Path}, exitOK, os.WriteFile(path, []byte("other"), 0o600)
	}, "status", path, "--record", record)
	if err != nil || got.code != 6 || !strings.Contains(got.stderr, "input changed while it was read: "+path) {
		t.Errorf("exit code %d, %v, stderr %q", got.code, err, got.stderr)
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	var e evidence
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Inputs) != 1 || !e.Inputs[0].Changed || e.Inputs[0].SHA256Before == e.Inputs[0].SHA256After || e.ExitCode != 6 {
		t.Errorf("the record says %s", text)
	}
}

// TestOtherPathsAreStillRead: a PATH that fails does not keep the others from being
// looked at, and the rows stay in the order of the line.
func TestOtherPathsAreStillRead(t *testing.T) {
	path := boltFile(t)
	seen := 0
	got, err := stubStatus(t, func(_ context.Context, src *datadir.Source, _ statusOptions) (render.Result, exitCode, error) {
		if seen++; seen == 1 {
			return render.Result{}, exitOK, errors.New("first fails")
		}
		return render.Result{Source: src.Path}, exitDamage, nil
	}, "status", path, path, "nofile", "-w", "ndjson")
	if err != nil || got.code != 6 || seen != 2 {
		t.Errorf("exit code %d, %v, %d looked at", got.code, err, seen)
	}
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "first fails") || strings.Contains(lines[1], "error") || !strings.Contains(lines[2], "nofile") {
		t.Errorf("rows %q", lines)
	}
}

// TestLibraryPrintsNothing walks every line on which urfave/cli would print help or a
// version of its own on stdout.
func TestLibraryPrintsNothing(t *testing.T) {
	for _, line := range []string{"", "nosuch", "--nosuch", "snapshot", "snapshot nosuch", "status --jobs x y", "status", "h", "-w"} {
		got := runLine(context.Background(), nil, strings.Fields(line)...)
		if got.code != 64 || got.out != "" || !strings.HasPrefix(got.stderr, "boltvet: ") {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", line, got.code, got.out, got.stderr)
		}
	}
	// The library's completion switch is a word like any other.
	if got := runLine(context.Background(), nil, "status", "--generate-bash-completion"); got.code != 64 {
		t.Errorf("--generate-bash-completion: exit code %d, stdout %q", got.code, got.out)
	}
}

// TestVerboseCounts: the library's counter is one too low for a flag with an alias.
func TestVerboseCounts(t *testing.T) {
	for _, c := range []struct {
		words []string
		env   string
		want  int
	}{
		{[]string{"version"}, "", 0}, {[]string{"version", "-v"}, "", 1}, {[]string{"version", "-vv"}, "", 2},
		{[]string{"--verbose", "version", "--verbose"}, "", 2}, {[]string{"version"}, "2", 2}, {[]string{"version"}, "true", 1},
	} {
		root := newRoot()
		got := -1
		root.sub("version").run = func(call *call) (answer, error) {
			got = call.set.verbose
			return answer{raw: []byte("x")}, nil
		}
		p := &program{root: root, std: standard{nil, &bytes.Buffer{}, &bytes.Buffer{}}, env: func(name string) string {
			if name == "BOLTVET_VERBOSE" {
				return c.env
			}
			return ""
		}}
		line, err := normalise(root, c.words)
		if err == nil {
			err = p.app(line).RunContext(context.Background(), append([]string{"boltvet"}, line...))
		}
		if err != nil || got != c.want {
			t.Errorf("%q with BOLTVET_VERBOSE=%s: %d, want %d (%v)", c.words, c.env, got, c.want, err)
		}
	}
}
