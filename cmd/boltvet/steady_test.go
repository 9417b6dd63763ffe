package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boltvet/fixtures"
)

// touching changes the time of modification of a file, again and again, until it is told to
// stop and has.
func touching(t *testing.T, path string) (stop func()) {
	t.Helper()
	done, at := make(chan struct{}), time.Unix(1_700_000_000, 0)
	var touched sync.WaitGroup
	touched.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				at = at.Add(time.Second)
				if err := os.Chtimes(path, at, at); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	return func() { close(done); touched.Wait() }
}

// TestInputMustStay: whatever is asked, what is found in a file that somebody writes to is no
// answer, and nothing that was to be written of it is kept.
func TestInputMustStay(t *testing.T) {
	path, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, out := filepath.Join(t.TempDir(), "b.db"), filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(other, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"status @", "verify @", "space @", "hash @", "hashkv @", "hashkv %s @", "hashkv @ -w json", "diff %s @", "buckets @", "pages @", "pages --map @", "page @ 0", "dump @ 0",
		"get @ /hot/ --prefix", "get @ /hot/ --prefix --out-dir %o", "history @ /hot/ --prefix", "defrag @ %o", "compact @ %o --revision latest", "seal @ %o", "defrag @ --dry-run", "compact @ --revision latest --dry-run", "snapshot status @", "restore @ --dry-run --data-dir %o", "restore @ --skip-hash-check --data-dir %o",
	} {
		words := strings.Fields(strings.NewReplacer("@", path, "%s", other, "%o", out).Replace(line))
		want := 6
		if words[0] == "snapshot" {
			want = 1 // as etcdutl
		}
		t.Run(line, func(t *testing.T) {
			if got := runLine(context.Background(), nil, words...); got.code != 0 {
				t.Fatalf("a file that stays: exit code %d: %s", got.code, got.stderr)
			}
			os.RemoveAll(out)
			stop := touching(t, path)
			defer stop()
			for range 100 { // for a command may end before it is touched
				got := runLine(context.Background(), nil, words...)
				if _, err := os.Lstat(out); got.code != 0 && err == nil {
					t.Errorf("exit code %d, and %s is there", got.code, out)
				}
				os.RemoveAll(out)
				if got.code == 0 {
					continue
				}
				if got.code != want || !strings.Contains(got.stderr, "changed while it was read") {
					t.Errorf("exit code %d: %s", got.code, got.stderr)
				}
				return
			}
			t.Error("it was never noticed")
		})
	}
}
