package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/verify"
)

// TestKilledRewrites kills the three commands at random moments: the source is as it was,
// the target is absent, the old file, or complete and verified, and the next run removes
// what was staged. 200 times with BOLTVET_FULL=1.
func TestKilledRewrites(t *testing.T) {
	dir := t.TempDir()
	src := filepath.Join(dir, "source", "s.db")
	if err := os.Mkdir(filepath.Dir(src), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := fixtures.Generate(src, fixtures.GenOptions{Size: 16 << 20, Seed: 5, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	times := 20
	if os.Getenv("BOLTVET_FULL") == "1" {
		times = 200
	}
	random := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	lines := [][]string{{"defrag"}, {"compact", "--revision", "latest"}, {"seal"}, {"defrag", "--force"}}
	spent := make([]time.Duration, len(lines))
	before := fingerprints(t, []string{src})
	ended := map[string]int{}
	for i := range times {
		k := i % len(lines)
		words := lines[k]
		out := filepath.Join(dir, strings.Join(words, ""))
		if i < len(lines) {
			began := time.Now()
			finishRewrite(t, words, src, filepath.Join(dir, "whole", strings.Join(words, ""), "x.db"))
			spent[k] = time.Since(began)
		}
		ended[killOne(t, words, src, out, time.Duration(random.Int64N(int64(spent[k]))))]++
		if fingerprints(t, []string{src}) != before {
			t.Fatal("the source changed")
		}
	}
	t.Logf("targets after a kill: %v", ended)
}

// killOne kills one run after a while, looks at what there is, and lets another run end.
func killOne(t *testing.T, words []string, src, out string, after time.Duration) (left string) {
	t.Helper()
	if err := os.MkdirAll(out, 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(out)
	dst := filepath.Join(out, "new.db")
	const old = "the old file"
	force := words[len(words)-1] == "--force"
	if force {
		if err := os.WriteFile(dst, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := asProgram(append(words, src, dst)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil && err != os.ErrProcessDone {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, or done already
	left = "whole"
	switch b, err := os.ReadFile(dst); {
	case os.IsNotExist(err):
		left = "absent"
	case err != nil:
		t.Fatal(err)
	case force && string(b) == old:
		left = "old"
	default:
		healthyFile(t, dst)
	}
	if left == "whole" {
		if err := os.Remove(dst); err != nil {
			t.Fatal(err)
		}
	}
	finishRewrite(t, words, src, dst)
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v after %v: left behind: %v, %v", words, after, entries, err)
	}
	return left
}

// asProgram is this test binary as boltvet.
func asProgram(words ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], words...)
	cmd.Env = append(os.Environ(), "BOLTVET_TEST_AS_PROGRAM=1")
	return cmd
}

// finishRewrite runs a line to its end; the file must be whole.
func finishRewrite(t *testing.T, words []string, src, dst string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dst), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := asProgram(append(words, src, dst)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	healthyFile(t, dst)
}

func healthyFile(t *testing.T, path string) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	report, err := verify.Run(t.Context(), src, verify.Options{})
	if err != nil || report.Verdict != verify.VerdictHealthy || report.Trailer.State != datadir.TrailerOK {
		t.Fatalf("%s: %v, %+v", path, err, report)
	}
}
