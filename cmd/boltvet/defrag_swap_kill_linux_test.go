package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"boltvet/fixtures"
)

// TestKilledReplacements kills `defrag --in-place` at random moments: under the name of the source is the old file or the
// new one, complete; and the next run leaves the new file and the old one beside it, and nothing else. 200 times with
// BOLTVET_FULL=1.
func TestKilledReplacements(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "s.db")
	noError(t, fixtures.Generate(whole, fixtures.GenOptions{Size: 8 << 20, Seed: 7, Snapshot: true}))
	old, err := os.ReadFile(whole)
	noError(t, err)
	dir := t.TempDir()
	src := filepath.Join(dir, "s.db")
	times := 20
	if os.Getenv("BOLTVET_FULL") == "1" {
		times = 200
	}
	noError(t, os.WriteFile(src, old, 0o600))
	began := time.Now()
	replaceWhole(t, src)
	spent := time.Since(began)
	ended := map[string]int{}
	for range times {
		noError(t, os.Remove(src+".bak"))
		noError(t, os.WriteFile(src, old, 0o600))
		ended[killReplacement(t, src, old, rand.N(spent))]++
	}
	t.Logf("sources after a kill: %v", ended)
}

// killReplacement kills one run after a while, looks at what there is, and lets another run end.
func killReplacement(t *testing.T, src string, old []byte, after time.Duration) (is string) {
	t.Helper()
	cmd := asProgram("defrag", "--in-place", src)
	noError(t, cmd.Start())
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil && err != os.ErrProcessDone {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, or done already
	got, err := os.ReadFile(src)
	noError(t, err)
	is = "old"
	if !bytes.Equal(got, old) {
		healthyFile(t, src)
		is = "new"
		if !slices.ContainsFunc(matches(t, src+"*"), func(path string) bool {
			b, err := os.ReadFile(path)
			return err == nil && bytes.Equal(b, old)
		}) {
			t.Errorf("after %v the old file is nowhere", after)
		}
	}
	replaceWhole(t, src)
	return is
}

// replaceWhole runs to the end.
func replaceWhole(t *testing.T, src string) {
	t.Helper()
	if out, err := asProgram("defrag", "--in-place", src).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	healthyFile(t, src)
	healthyFile(t, src+".bak")
	if got := matches(t, filepath.Dir(src)+"/*"); !slices.Equal(got, []string{src, src + ".bak"}) {
		t.Errorf("files %q", got)
	}
}
