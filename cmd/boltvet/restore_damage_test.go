package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
)

// renewed are the codes of damage that a restore does not carry over: what they are about is written anew.
var renewed = []string{"index.value", "member.id", "member.key", "member.value", "term.value"}

// carried tells whether a restore of a recipe's file has damage, too, or hides it.
func carried(said string) bool {
	for line := range strings.Lines(said) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		if strings.HasPrefix(rest, " damaged") && !strings.HasPrefix(code, "freelist.") && code != "meta.freelist" && !slices.Contains(renewed, code) {
			return true
		}
	}
	return false
}

// TestRestoreDamaged has no damaged file restored with exit code 0, neither as it is, by force, nor as a plan. The whole of them with BOLTVET_FULL=1.
func TestRestoreDamaged(t *testing.T) {
	recipes, err := fixtures.Recipes()
	noError(t, err)
	force := []string{"--force", "--skip-hash-check", "--accept-loss", "--clear-corrupt-alarm"}
	ended := map[int]int{}
	for i, r := range recipes {
		if i%3 > 0 && os.Getenv("BOLTVET_FULL") != "1" {
			continue
		}
		path, err := r.Build(t.TempDir())
		noError(t, err)
		said := runLine(t.Context(), nil, "verify", path)
		for _, flags := range [][]string{nil, {"--dry-run"}, force, append(force, "--dry-run")} {
			dir := filepath.Join(t.TempDir(), "data")
			got := runLine(t.Context(), nil, slices.Concat([]string{"restore", path, "--data-dir", dir}, flags)...)
			ended[got.code]++
			if got.code == 0 && said.code != 0 && carried(said.out) {
				t.Errorf("%s %q: exit code 0; verify says\n%s", r.Name, flags, said.out)
			}
			if got.code == 0 && len(flags) != 1 && len(flags) != 5 {
				if again := runLine(t.Context(), nil, "verify", dir); again.code != 0 {
					t.Errorf("%s %q: exit code 0; of what was made verify says\n%s", r.Name, flags, again.out)
				}
			}
			noError(t, os.RemoveAll(dir))
		}
	}
	if ended[0] == 0 || ended[3] == 0 {
		t.Errorf("the sample shows nothing: %v", ended)
	}
}

// TestRestoreForced tells with exit code 3 that a restored db is damaged.
func TestRestoreForced(t *testing.T) {
	for name, do := range map[string]func(tx *bbolt.Tx) error{
		"a revision is missing": func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("key"))
			c := b.Cursor()
			c.Last()
			k, _ := c.Prev()
			return b.Delete(slices.Clone(k))
		},
		"a lease cannot be read": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("lease")).Put([]byte("12345678"), []byte("\xff")) },
	} {
		t.Run(name, func(t *testing.T) {
			m := hurt(t, "3.7-member.tar.gz")
			m.edit(do)
			dir := filepath.Join(t.TempDir(), "data")
			if got := runLine(t.Context(), nil, "restore", m.dir, "--data-dir", dir, "--accept-loss"); got.code != 3 || exists(dir) {
				t.Errorf("exit code %d, made: %v: %s", got.code, exists(dir), got.stderr)
			}
			if got := runLine(t.Context(), nil, "restore", m.dir, "--data-dir", dir, "--accept-loss", "--force", "--dry-run"); got.code != 3 || exists(dir) {
				t.Errorf("dry run: exit code %d: %s", got.code, got.stderr)
			}
			if got := runLine(t.Context(), nil, "restore", m.dir, "--data-dir", dir, "--accept-loss", "--force"); got.code != 3 || !exists(dir) {
				t.Errorf("by force: exit code %d, made: %v: %s", got.code, exists(dir), got.stderr)
			}
		})
	}
}

// TestRestoreBesideDamagedLog refuses a db whose log may hold writes that cannot be read.
func TestRestoreBesideDamagedLog(t *testing.T) {
	for name, word := range map[string]uint64{"torn before its end": 1 << 40, "ends before its end": 0} {
		t.Run(name, func(t *testing.T) {
			m := hurt(t, "3.7-killed.tar.gz")
			m.log(func(b []byte, frames []int) []byte {
				binary.LittleEndian.PutUint64(b[frames[len(frames)/2]:], word)
				return b
			})
			said := runLine(t.Context(), nil, "verify", m.dir)
			if !strings.Contains(said.out, "with losses") {
				t.Fatalf("verify does not speak of losses:\n%s", said.out)
			}
			dir := filepath.Join(t.TempDir(), "data")
			if got := runLine(t.Context(), nil, "restore", m.dir, "--data-dir", dir); got.code != 5 || exists(dir) {
				t.Errorf("exit code %d, made: %v: %s", got.code, exists(dir), got.stderr)
			}
			if got := runLine(t.Context(), nil, "restore", m.dir, "--data-dir", dir, "--accept-loss"); got.code != 3 || !exists(dir) {
				t.Errorf("exit code %d, made: %v: %s", got.code, exists(dir), got.stderr)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
