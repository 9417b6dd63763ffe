package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"boltvet/fixtures"
)

// TestRestoreKilled kills a restore at any moment, by SIGKILL and by SIGINT. There is
// then no data directory, or a whole one; the next try succeeds, and nothing else is
// left by it.
func TestRestoreKilled(t *testing.T) {
	kills := 20
	if os.Getenv("BOLTVET_FULL") == "1" {
		kills = 200
	}
	rich, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	restoreLine(t, t.TempDir(), rich, 0, 0)
	took := time.Since(began)
	whole := 0
	for n := range kills {
		dir := t.TempDir()
		sig := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT}[n%2]
		shape := n / 2 % len(restoreShapes)
		restoreLine(t, dir, rich, shape, rand.N(took*5/4), sig)
		if sig == syscall.SIGINT {
			nothingButWhole(t, dir)
		}
		if _, err := os.Stat(filepath.Join(dir, "data", "member")); err == nil {
			whole++
			checkWhole(t, dir)
			continue
		}
		restoreLine(t, dir, rich, shape, 0)
		checkWhole(t, dir)
	}
	t.Logf("%d of %d were whole", whole, kills)
}

// restoreShapes are the flags of the ways in which a restore ends.
var restoreShapes = []string{"", "--wal-dir=%s/log"}

// restoreLine runs a restore into dir/data; with a signal it gets that after a while.
func restoreLine(t *testing.T, dir, source string, shape int, after time.Duration, sig ...syscall.Signal) {
	t.Helper()
	args := []string{"restore", source, "--data-dir", filepath.Join(dir, "data")}
	if f := restoreShapes[shape]; f != "" {
		args = append(args, fmt.Sprintf(f, dir))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "BOLTVET_TEST_AS_PROGRAM=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if len(sig) > 0 {
		time.Sleep(after)
		if err := cmd.Process.Signal(sig[0]); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil && len(sig) == 0 {
		t.Fatalf("restore: %v\n%s", err, stderr.String())
	}
}

// nothingButWhole fails if an interrupted run left anything that is no whole result.
func nothingButWhole(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "data", "member")); err == nil {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("an interrupted run left %s", e.Name())
	}
}

// checkWhole verifies the data directory and looks for litter.
func checkWhole(t *testing.T, dir string) {
	t.Helper()
	args := []string{"verify", filepath.Join(dir, "data"), "-q"}
	if _, err := os.Stat(filepath.Join(dir, "log")); err == nil {
		args = append(args, "--wal-dir", filepath.Join(dir, "log"))
	}
	if got := runLine(t.Context(), nil, args...); got.code != 0 {
		t.Errorf("%v: exit code %d\n%s%s", args, got.code, got.out, got.stderr)
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tmp") {
			t.Errorf("left: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
