package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
)

// recipeLimit is how long a command may take for a file of some hundred KiB, however
// damaged, on a busy machine.
const recipeLimit = 10 * time.Second

// readers are the commands that answer from one file, as they are typed before it. The
// others need more arguments; what they do with damage is their own tests' matter.
func readers(c *command) (titles [][]string) {
	for _, sub := range c.subs {
		titles = append(titles, readers(sub)...)
	}
	if c.run != nil && c.inputs != nil && !c.hidden && c.least == 1 {
		titles = append(titles, strings.Fields(c.title()))
	}
	return titles
}

// TestReadersOfRecipes keeps readers from missing what it is for.
func TestReadersOfRecipes(t *testing.T) {
	var got []string
	for _, words := range readers(newRoot()) {
		got = append(got, strings.Join(words, " "))
	}
	for _, want := range []string{"status", "verify", "hash", "hashkv", "snapshot status"} {
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
			for _, words := range readers(newRoot()) {
				title := strings.Join(words, " ")
				got := runWithin(t, recipeLimit, append(slices.Clone(words), "-w", "json", path)...)
				switch {
				case title == "verify" && got.code != r.Expect.Exit:
					t.Errorf("verify: exit code %d, want %d; stderr %s", got.code, r.Expect.Exit, got.stderr)
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
			}
		})
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
