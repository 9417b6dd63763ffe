package verify

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"boltvet/fixtures/peers"
)

// goCrash is the exit status of a Go program that the runtime ended. etcdutl 3.7 prints
// panics that it recovered from as messages and exits with 1: the text alone does not
// tell a crash from a report.
const goCrash = 2

// judgement runs `bbolt check` or `etcdutl snapshot status` of 3.7 on a private copy.
func judgement(t *testing.T, tool peers.Tool, path string) peers.Judgement {
	program, err := peers.Build(t.Context(), peers.V37, tool)
	if err != nil {
		t.Error(err)
		return ""
	}
	words := []string{"check"}
	if tool == peers.Etcdutl {
		words = []string{"snapshot", "status"}
	}
	j, err := runJudge(t, peers.JudgeLimit, path, program, words...)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return j
}

// runJudge gives the program a copy of the file as its last argument, and says how it ended.
func runJudge(t *testing.T, limit time.Duration, path, program string, words ...string) (peers.Judgement, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	file := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(words, file)...)
	cmd.WaitDelay = time.Second
	said := &opening{}
	cmd.Stderr = said
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case err == nil:
		return peers.JudgedOK, nil
	case ctx.Err() != nil:
		return peers.JudgedHang, t.Context().Err()
	case !errors.As(err, &exit):
		return "", err
	}
	switch code := exit.ExitCode(); {
	case code >= 0 && code != goCrash:
		return peers.JudgedError, nil
	case bytes.Contains(said.kept, []byte("[signal SIGBUS")), bytes.Contains(said.kept, []byte("[signal SIGSEGV")):
		return peers.JudgedFault, nil
	}
	return peers.JudgedPanic, nil
}

// An opening keeps the first 64 KiB of what is written to it: a check that loops prints
// for as long as it is let.
type opening struct{ kept []byte }

// Write never fails.
func (o *opening) Write(p []byte) (int, error) {
	o.kept = append(o.kept, p[:min(len(p), 64<<10-len(o.kept))]...)
	return len(p), nil
}

// TestRunJudge tells the ends apart, a recovered panic from a crash above all.
func TestRunJudge(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]peers.Judgement{
		"exit 0":                                   peers.JudgedOK,
		"echo Error >&2; exit 1":                   peers.JudgedError,
		"echo 'panic: recovered' >&2; exit 1":      peers.JudgedError,
		"echo 'panic: real' >&2; exit 2":           peers.JudgedPanic,
		"echo '[signal SIGBUS: bus' >&2; exit 2":   peers.JudgedFault,
		"echo '[signal SIGSEGV: se' >&2; exit 2":   peers.JudgedFault,
		"kill -ABRT $$":                            peers.JudgedPanic,
		"while :; do echo more and more >&2; done": peers.JudgedHang,
	} {
		got, err := runJudge(t, 2*time.Second, path, shell, "-c", script)
		if err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", script, got, err, want)
		}
	}
}
