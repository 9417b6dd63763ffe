package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/internal/render"
)

// TestPagesOfRecipes runs the page commands over every recipe: an answer in every
// format or a reason, every page taken apart without a gap, and no value shown.
func TestPagesOfRecipes(t *testing.T) {
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
			verdict := runWithin(t, recipeLimit, "verify", "-q", "--level", "tree", path)
			for _, format := range render.Formats() {
				for _, words := range [][]string{{"buckets"}, {"pages"}, {"pages", "--map"}} {
					if format != "simple" && format != "json" && words[0] == "buckets" {
						continue // what differs there is the renderer's
					}
					got := runWithin(t, recipeLimit, slices.Concat(words, []string{"-w", format, path})...)
					checkAnswer(t, strings.Join(words, " ")+" -w "+format, got)
					if (got.code == 4) != (verdict.code == 4) {
						t.Errorf("%q -w %s: exit code %d, verify's %d", words, format, got.code, verdict.code)
					}
				}
			}
			checkPicture(t, path)
			checkEveryPage(t, path)
			if sumOf(t, path) != before {
				t.Error("the file was changed")
			}
		})
	}
}

// checkAnswer wants an exit code that says what kind of trouble there is, and an answer
// where it says that there is one.
func checkAnswer(t *testing.T, what string, got ran) {
	t.Helper()
	answered := got.code == 0 || got.code == 3
	if !answered && got.code != 4 || answered != (got.out != "") && !strings.Contains(what, "json") && !strings.Contains(what, "yaml") || !answered && got.stderr == "" {
		t.Errorf("%s: exit code %d, stdout %d bytes, stderr %q", what, got.code, len(got.out), got.stderr)
	}
	if strings.ContainsFunc(got.out, func(r rune) bool { return r < ' ' && r != '\n' }) {
		t.Errorf("%s: a control character", what)
	}
}

func checkPicture(t *testing.T, path string) {
	t.Helper()
	target := filepath.Join(t.TempDir(), "map.png")
	got := runWithin(t, recipeLimit, "pages", "--png", target, path)
	checkAnswer(t, "pages --png", got)
	if _, err := os.Stat(target); (err == nil) != (got.code == 0 || got.code == 3) {
		t.Errorf("exit code %d, and the picture: %v", got.code, err)
	}
}

// A shownPage is one page of the JSON document.
type shownPage struct {
	Page    int64
	Offset  int64 `json:"offset_bytes"`
	Bytes   int64 `json:"described_bytes"`
	Regions []struct {
		At, Bytes         int64
		Kind, Name, Value string
		Hex               *string
	}
}

// checkEveryPage asks for all pages of the file at once, whoever has them.
func checkEveryPage(t *testing.T, path string) {
	t.Helper()
	got := runWithin(t, recipeLimit, "page", path, "18446744073709551615")
	_, last, there := strings.Cut(got.stderr, "the pages are 0 to ")
	last, _, _ = strings.Cut(last, "\n")
	if !there && got.code == 4 {
		return
	}
	most, err := strconv.Atoi(last)
	if err != nil {
		t.Fatalf("exit code %d, %s", got.code, got.stderr)
	}
	words := []string{"page", path, "-w", "json"}
	for id := range min(most+1, 300) {
		words = append(words, strconv.Itoa(id))
	}
	var doc struct{ Results []shownPage }
	got = runWithin(t, recipeLimit, words...)
	checkAnswer(t, "page -w json", got)
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Results {
		next := int64(0)
		for _, r := range p.Regions {
			next += r.Bytes
			hidden := r.Kind == "value" || r.Kind == "unknown"
			if r.Bytes <= 0 || hidden && (r.Value != "(not shown)" || r.Hex != nil) {
				t.Errorf("page %d: %+v", p.Page, r)
			}
		}
		if next != p.Bytes {
			t.Errorf("page %d: regions of %d bytes, want %d", p.Page, next, p.Bytes)
		}
	}
}

// TestDumpIsTheFile puts a file together again from the bytes of its pages.
func TestDumpIsTheFile(t *testing.T) {
	for _, name := range []string{"deep", "plain-big-values", "freelist", "snapshot"} {
		path := pageFixture(t, name, "")
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want = want[:len(want)/512*512] // a trailer is not part of a page
		var whole strings.Builder
		for id := 0; whole.Len() < len(want); id++ {
			got := runLine(context.Background(), nil, "dump", "--single", path, strconv.Itoa(id))
			if got.code != 0 || got.out == "" {
				t.Fatalf("%s page %d: exit code %d, %s", name, id, got.code, got.stderr)
			}
			whole.WriteString(got.out)
		}
		if whole.String() != string(want) {
			t.Errorf("%s: the pages are not the file", name)
		}
	}
}

// TestRowsOfAllFormats: the stream formats and the ones that hold the list agree.
func TestRowsOfAllFormats(t *testing.T) {
	path := pageFixture(t, "freelist", "")
	var doc struct {
		Results []struct {
			Table []map[string]any `json:"page_table"`
		}
	}
	if err := json.Unmarshal([]byte(runLine(context.Background(), nil, "pages", path, "-w", "json").out), &doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(runLine(context.Background(), nil, "pages", path, "-w", "ndjson").out), "\n")
	rows, err := csv.NewReader(strings.NewReader(runLine(context.Background(), nil, "pages", path, "-w", "csv").out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := doc.Results[0].Table
	if len(want) < 10 || len(lines) != len(want) || len(rows) != len(want)+1 {
		t.Fatalf("%d rows of json, %d of ndjson, %d of csv", len(want), len(lines), len(rows)-1)
	}
	for i, row := range want {
		var line map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		for name, value := range row {
			column := slices.Index(rows[0], name)
			text := ""
			if value != nil {
				b, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				text = strings.Trim(string(b), `"`)
			}
			if fmt.Sprint(line[name]) != fmt.Sprint(value) || column < 0 || rows[i+1][column] != text {
				t.Errorf("page %d, %s: %v in json, %v in ndjson, %q in csv", i, name, value, line[name], rows[i+1][max(column, 0)])
			}
		}
	}
}
