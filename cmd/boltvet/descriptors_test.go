package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// TestFewDescriptors runs what writes in a process that may open hardly any file. It may
// fail then, but leaves nothing: to remove a directory takes descriptors, too.
func TestFewDescriptors(t *testing.T) {
	path, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, line := range []string{
		"defrag @ %o", "get @ /hot/ --prefix --out-dir %o", "restore @ --skip-hash-check --data-dir %o", "restore @ --skip-hash-check --data-dir %o --wal-dir %o.wal",
		"restore @ --skip-hash-check --all --out %o --initial-cluster a=http://a:1,b=http://b:1", "snapshot restore @ --skip-hash-check --data-dir %o",
	} {
		for files := 8; files <= 16; files++ {
			dir := t.TempDir()
			words := strings.Fields(strings.NewReplacer("@", path, "%o", filepath.Join(dir, "out")).Replace(line))
			script := fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, files)
			cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, os.Args[0]}, words...)...)
			cmd.Env = append(os.Environ(), "BOLTVET_TEST_AS_PROGRAM=1")
			got := runCommand(t, cmd, nil)
			left := namesOf(t, dir)
			if got.code == 0 {
				continue
			}
			failed++
			if len(left) > 0 || strings.Contains(got.stderr, "goroutine") {
				t.Errorf("%s with %d files: exit code %d, left %q: %s", line, files, got.code, left, got.stderr)
			}
		}
	}
	if failed == 0 {
		t.Error("nothing failed: the limit has no effect")
	}
}
