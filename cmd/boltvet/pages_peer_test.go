package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/peers"
)

// pageBases are healthy files of all shapes.
func pageBases() []string {
	return []string{"small", "deep", "freelist", "pages-16k", "plain-big-values", "plain-deletes", "plain-nested", "plain-void",
		"plain-empty-buckets", "member"}
}

// pageFixture makes a base in a directory of the test's.
func pageFixture(t *testing.T, name, damage string) string {
	t.Helper()
	base, err := fixtures.NamedBase(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".db")
	if err := base.Build(path); err != nil {
		t.Fatal(err)
	}
	if damage != "" {
		if err := fixtures.Damage(path, damage); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestPagesAsBbolt holds the page table, the buckets and the branches against the real
// bbolt program.
func TestPagesAsBbolt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds bbolt")
	}
	bbolt, err := peers.Build(t.Context(), peers.V37, peers.Bbolt)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(t *testing.T, words ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), bbolt, words...).Output()
		if err != nil {
			t.Fatalf("bbolt %q: %v", words, err)
		}
		return string(out)
	}
	for _, name := range pageBases() {
		t.Run(name, func(t *testing.T) {
			path := pageFixture(t, name, "")
			branches := comparePages(t, path, ask(t, "pages", path))
			compareBuckets(t, path, ask(t, "buckets", path))
			compareStats(t, path, ask(t, "stats", path))
			for _, id := range branches {
				compareBranch(t, path, id, ask(t, "page", path, id))
			}
		})
	}
}

// comparePages compares the list of pages, and gives the branches.
func comparePages(t *testing.T, path, theirs string) (branches []string) {
	t.Helper()
	got := runLine(context.Background(), nil, "pages", path, "-w", "csv")
	rows, err := csv.NewReader(strings.NewReader(got.out)).ReadAll()
	if err != nil || got.code != 0 {
		t.Fatal(err, got.stderr)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var ours []string
	for _, row := range rows[1:] {
		at := func(name string) string { return row[column[name]] }
		switch kind := at("kind"); kind {
		case "overflow", "tail":
		case "free", "free_or_leaked":
			ours = append(ours, at("page")+" free")
		case "freelist":
			if at("parent_page") == "0" || at("parent_page") == "1" {
				ours = append(ours, fmt.Sprint(at("page"), " freelist ", at("count"), " ", at("overflow")))
			}
		default:
			if kind == "branch" {
				branches = append(branches, at("page"))
			}
			ours = append(ours, fmt.Sprint(at("page"), " ", kind, " ", at("count"), " ", at("overflow")))
		}
	}
	lines := strings.Split(strings.TrimSpace(theirs), "\n")[2:]
	for i, line := range lines {
		words := strings.Fields(line)
		switch {
		case words[1] == "free":
			words = words[:2]
		case len(words) == 3: // bbolt leaves an overflow of 0 out
			words = append(words, "0")
		}
		if i >= len(ours) || ours[i] != strings.Join(words, " ") {
			t.Fatalf("line %d: %v, bbolt has %q", i, ours[min(i, len(ours)-1)], line)
		}
	}
	if len(ours) != len(lines) {
		t.Errorf("%d pages, bbolt has %d", len(ours), len(lines))
	}
	return branches
}

// A shownBucket is a bucket of the JSON document.
type shownBucket struct {
	Name            string
	Path            []string
	Inline          bool
	Keys, Depth     int64
	BranchPages     int64 `json:"branch_pages"`
	BranchOverflow  int64 `json:"branch_overflow_pages"`
	LeafPages       int64 `json:"leaf_pages"`
	LeafOverflow    int64 `json:"leaf_overflow_pages"`
	BranchInuse     int64 `json:"branch_inuse_bytes"`
	LeafInuse       int64 `json:"leaf_inuse_bytes"`
	BranchAllocated int64 `json:"branch_alloc_bytes"`
	LeafAllocated   int64 `json:"leaf_alloc_bytes"`
}

// shownBuckets are the buckets without the directory.
func shownBuckets(t *testing.T, path string) []shownBucket {
	t.Helper()
	var doc struct {
		Results []struct{ Buckets []shownBucket }
	}
	got := runLine(context.Background(), nil, "buckets", path, "-w", "json")
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil || len(doc.Results) != 1 {
		t.Fatal(err, got.stderr)
	}
	return doc.Results[0].Buckets[1:]
}

func compareBuckets(t *testing.T, path, theirs string) {
	t.Helper()
	var ours []string
	for _, b := range shownBuckets(t, path) {
		if len(b.Path) == 1 {
			ours = append(ours, b.Path[0])
		}
	}
	if got := strings.Join(ours, "\n"); got != strings.TrimSuffix(theirs, "\n") {
		t.Errorf("buckets %q, bbolt has %q", got, theirs)
	}
}

// compareStats compares the sums over all buckets. bbolt adds the bytes of an inline
// bucket to those of the bucket that holds it, once more beside the value.
func compareStats(t *testing.T, path, theirs string) {
	t.Helper()
	var sum shownBucket
	var inline, count int64
	for _, b := range shownBuckets(t, path) {
		count++
		sum.Keys += b.Keys
		sum.Depth = max(sum.Depth, b.Depth)
		sum.BranchPages += b.BranchPages
		sum.BranchOverflow += b.BranchOverflow
		sum.LeafPages += b.LeafPages
		sum.LeafOverflow += b.LeafOverflow
		sum.BranchInuse += b.BranchInuse
		sum.BranchAllocated += b.BranchAllocated
		sum.LeafAllocated += b.LeafAllocated
		if b.Inline {
			inline += b.LeafInuse
		} else {
			sum.LeafInuse += b.LeafInuse
		}
	}
	for what, want := range map[string]int64{
		"Number of logical branch pages": sum.BranchPages, "Number of physical branch overflow pages": sum.BranchOverflow,
		"Number of logical leaf pages": sum.LeafPages, "Number of physical leaf overflow pages": sum.LeafOverflow,
		"Number of keys/value pairs": sum.Keys, "Bytes allocated for physical branch pages": sum.BranchAllocated,
		"Bytes actually used for branch data": sum.BranchInuse, "Bytes allocated for physical leaf pages": sum.LeafAllocated,
		"Bytes actually used for leaf data": sum.LeafInuse, "Bytes used for inlined buckets": inline, "Total number of buckets": count,
	} {
		m := regexp.MustCompile(regexp.QuoteMeta(what) + `: (\d+)`).FindStringSubmatch(theirs)
		if m == nil || m[1] != strconv.FormatInt(want, 10) {
			t.Errorf("%s: %d, bbolt has %q", what, want, m)
		}
	}
}

// compareBranch compares the keys and children of a branch page.
func compareBranch(t *testing.T, path, id, theirs string) {
	t.Helper()
	var doc struct {
		Results []struct {
			Regions []struct{ Name, Value string }
		}
	}
	got := runLine(context.Background(), nil, "page", path, id, "--format", "hex", "-w", "json")
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatal(err, got.stderr)
	}
	region := map[string]string{}
	for _, r := range doc.Results[0].Regions {
		region[r.Name] = r.Value
	}
	for i := 0; ; i++ {
		key, ok := region[fmt.Sprintf("key %d", i)]
		if !ok {
			if want := fmt.Sprintf("Item Count: %d\n", i); !strings.Contains(theirs, want) {
				t.Errorf("page %s: %d elements, bbolt has\n%s", id, i, theirs)
			}
			return
		}
		child := fmt.Sprintf(": <pgid=%s>", region[fmt.Sprintf("element %d child page", i)])
		text, err := strconv.Unquote(`"` + regexp.MustCompile("..").ReplaceAllString(key, `\x$0`) + `"`)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(theirs, "\n"+key+child) && !strings.Contains(theirs, "\n"+text+child) && !strings.Contains(theirs, "\n"+strconv.Quote(text)+child) {
			t.Errorf("page %s: no %s%s in bbolt's\n%s", id, key, child, theirs)
		}
	}
}
