package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// recipeLimit is how long a command may take for a file of some hundred KiB, however
// damaged, on a busy machine.
const recipeLimit = 10 * time.Second

// necessary are the flags without which a command is a usage error. A new command that
// has such needs a line here.
func necessary() map[string][]string {
	return map[string][]string{"compact": {"--revision", "latest"}}
}

// behindPath are arguments that follow the file.
func behindPath() map[string][]string {
	return map[string][]string{"get": {"", "--prefix"}, "history": {"", "--prefix", "--diff"}}
}

// fileCommands are the commands that one file is enough for, besides a target. restore
// makes directories, in places of its own choice; what it does with damage is its tests' matter, and migrate's, which takes directories only.
func fileCommands(c *command) (list []*command) {
	for _, sub := range c.subs {
		list = append(list, fileCommands(sub)...)
	}
	if c.run != nil && c.inputs != nil && !c.hidden && (c.least <= 1 || behindPath()[c.title()] != nil) && c.name != "restore" && c.name != "migrate" {
		list = append(list, c)
	}
	return list
}

// recipeWords is the command line for one file; target is "" if the command has none.
func recipeWords(c *command, path, dir string) (words []string, target string) {
	words = append(strings.Fields(c.title()), necessary()[c.title()]...)
	words = append(append(words, "-w", "json", path), behindPath()[c.title()]...)
	if strings.Contains(c.args, "DST") {
		target = filepath.Join(dir, strings.ReplaceAll(c.title(), " ", "-")+".out")
		words = append(words, target)
	}
	return words, target
}

// TestFileCommands keeps fileCommands from missing what it is for.
func TestFileCommands(t *testing.T) {
	var got []string
	for _, c := range fileCommands(newRoot()) {
		got = append(got, c.title())
	}
	for _, want := range []string{"status", "verify", "space", "hash", "hashkv", "get", "history", "snapshot status", "defrag", "compact", "seal"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not run over the recipes; these are: %q", want, got)
		}
	}
}

// TestRecipesThroughEveryCommand runs each command over each recipe: no panic, no hang,
// an exit code that says what kind of trouble there is, one JSON document, and the
// input as it was. verify says exactly what the recipe states.
func TestRecipesThroughEveryCommand(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			path, err := r.Build(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			before := sumOf(t, path)
			targets := t.TempDir()
			for _, c := range fileCommands(newRoot()) {
				title := c.title()
				words, target := recipeWords(c, path, targets)
				got := runWithin(t, recipeLimit, words...)
				switch {
				case title == "verify" && got.code != r.Expect.Exit:
					t.Errorf("verify: exit code %d, want %d; stderr %s", got.code, r.Expect.Exit, got.stderr)
				case target != "" && got.code == int(exitRefused): // a writer may refuse for safety
				case !slices.Contains([]int{0, 1, 3, 4}, got.code):
					t.Errorf("%s: exit code %d; stderr %s", title, got.code, got.stderr)
				case got.code == 0 && !json.Valid([]byte(got.out)):
					t.Errorf("%s: not one JSON document: %.200q", title, got.out)
				case got.code != 0 && got.out == "" && got.stderr == "":
					t.Errorf("%s: exit code %d without a word", title, got.code)
				}
				if sumOf(t, path) != before {
					t.Fatalf("%s changed the file", title)
				}
				checkLeftovers(t, title, got, targets, target)
			}
		})
	}
}

// TestRecipesThroughMigrate has each recipe as the db of a member: no panic, no hang, and a db that is
// refused, as defrag refuses it, is as it was. Every fourth, and each with BOLTVET_FULL=1.
func TestRecipesThroughMigrate(t *testing.T) {
	recipes, err := fixtures.Recipes()
	noError(t, err)
	f, err := golden.Find("3.6-member.tar.gz")
	noError(t, err)
	dir, err := f.Unpack(t.TempDir())
	noError(t, err)
	db, codes := filepath.Join(dir, "member", "snap", "db"), map[int]int{}
	was := content(t, db)
	for n, r := range recipes {
		if n%4 != 0 && os.Getenv("BOLTVET_FULL") != "1" || strings.Contains(fmt.Sprint(r.Expect), "file.trailer") {
			continue // the db of a member has no trailer
		}
		for _, path := range matches(t, db+"*") {
			noError(t, os.Remove(path))
		}
		path, err := r.Build(t.TempDir())
		noError(t, err)
		noError(t, os.Rename(path, db))
		if r.Expect.Exit == 0 {
			fitLog(t, db, was) // else the log is another cluster's, and all are refused
		}
		before := sumOf(t, db)
		damaged := runWithin(t, recipeLimit, "defrag", "--dry-run", db).code == int(exitDamage)
		got := runWithin(t, recipeLimit, "migrate", "--data-dir", dir, "--target-version", "3.6")
		codes[got.code]++
		left := matches(t, db+"*")
		switch whole := sumOf(t, db) == before; {
		case got.code == 0 && !whole && damaged:
			t.Errorf("%s: damaged, and migrated\n%s", r.Name, got.stderr)
		case got.code != 0 && (got.code != 1 && got.code != int(exitDamage) || !whole || len(left) != 1 || got.stderr == ""):
			t.Errorf("%s: exit code %d, the same %t, left %q\n%s", r.Name, got.code, whole, left, got.stderr)
		}
	}
	if codes[0] == 0 || codes[3] == 0 {
		t.Errorf("the sample shows nothing: exit codes %v", codes)
	}
}

// checkLeftovers: there is a whole output or nothing, and no temporary file in either case.
func checkLeftovers(t *testing.T, title string, got ran, dir, target string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		whole := got.code == int(exitOK) || got.code == int(exitDamage)
		if path := filepath.Join(dir, e.Name()); path != target || !whole {
			t.Errorf("%s: exit code %d, and %s was left", title, got.code, e.Name())
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if target != "" && got.code == int(exitOK) && len(left) == 0 {
		t.Errorf("%s: exit code 0 without an output", title)
	}
}

// runWithin is runLine with an end.
func runWithin(t *testing.T, limit time.Duration, words ...string) ran {
	t.Helper()
	done := make(chan ran, 1)
	go func() { done <- runLine(context.Background(), nil, words...) }()
	select {
	case got := <-done:
		return got
	case <-time.After(limit):
		t.Fatalf("%q takes longer than %v", words, limit)
		return ran{}
	}
}

func sumOf(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}
