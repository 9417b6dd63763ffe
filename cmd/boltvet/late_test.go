package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"boltvet/fixtures"
)

// TestSignalBehindTheRename stops each command that writes as soon as its output has its
// name. It is done then: exit code 0, the answer whole, the record too.
func TestSignalBehindTheRename(t *testing.T) {
	for _, line := range []string{
		"defrag @ %o", "compact @ %o --revision latest", "seal @ %o", "get @ /hot/ --prefix --out-dir %o",
		"pages --map @ --png %o", "restore @ --skip-hash-check --data-dir %o", "defrag --in-place @",
	} {
		t.Run(line, func(t *testing.T) {
			dir := t.TempDir()
			path, err := fixtures.Rich(dir)
			if err != nil {
				t.Fatal(err)
			}
			out, record := filepath.Join(dir, "out"), filepath.Join(t.TempDir(), "record.json")
			words := strings.Fields(strings.NewReplacer("@", path, "%o", out).Replace(line))
			if strings.Contains(line, "--in-place") {
				out = path + ".bak"
			}
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			stop := cancelWhenThere(out, cancel)
			got := runLine(ctx, nil, append(words, "-w", "json", "--record", record)...)
			stop()
			if got.code != 0 || !json.Valid([]byte(got.out)) {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			checkLateRecord(t, record)
		})
	}
}

// cancelWhenThere cancels as a signal does, once path exists.
func cancelWhenThere(path string, cancel context.CancelCauseFunc) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
				if _, err := os.Lstat(path); err == nil {
					cancel(interrupted{syscall.SIGINT})
					return
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

// checkLateRecord wants the sums of the inputs, taken again, and the outputs.
func checkLateRecord(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc evidence
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Inputs) == 0 || len(doc.Outputs) == 0 {
		t.Fatalf("%s", text)
	}
	for _, in := range doc.Inputs {
		if in.SHA256After == "" {
			t.Errorf("input %s: it has not been looked at again", in.Path)
		}
	}
	for _, o := range doc.Outputs {
		if o.SHA256 == "" {
			t.Errorf("output %s has no sha256", o.Path)
		}
	}
}

// TestSignalBehindTheStream has the same of standard output as DST.
func TestSignalBehindTheStream(t *testing.T) {
	path, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(t.TempDir(), "record.json")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var out bytes.Buffer
	told := writerFunc(func(b []byte) (int, error) { cancel(interrupted{syscall.SIGTERM}); return len(b), nil })
	if code := run(ctx, []string{"defrag", path, "-", "--record", record}, strings.NewReader(""), &out, told, func(string) string { return "" }); code != 0 || out.Len() == 0 {
		t.Errorf("exit code %d, %d bytes", code, out.Len())
	}
	text, err := os.ReadFile(record)
	if err != nil || !strings.Contains(string(text), `"sha256_after"`) {
		t.Errorf("%v: %s", err, text)
	}
}
