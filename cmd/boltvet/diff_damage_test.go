package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"boltvet/fixtures"
)

// A diffed is what `diff -w json` says of one file.
type diffed struct {
	Comparison string
	Revision   int64
	Compact    int64 `json:"compact_revision"`
	First      struct {
		Revision *int64
		Exact    bool
		Records  []struct {
			Record, Key string
			Differs     []string
		}
	} `json:"first_difference"`
	Keys    struct{ Added, Removed, Changed int64 }
	Changes []struct{ Change, Key string }
	Odd     *bool `json:"odd_one_out"`
	Behind  int64 `json:"behind_revisions"`
	Buckets []struct {
		Bucket                  string
		Added, Removed, Changed int64
		Judged                  bool
	}
	Damaged bool
}

// runDiffJSON compares files and gives the answer about each.
func runDiffJSON(t *testing.T, words ...string) (code int, files []diffed) {
	t.Helper()
	got := runWithin(t, recipeLimit, slices.Concat([]string{"diff", "-q", "-w", "json", "--limit", "100000"}, words)...)
	var doc struct {
		Results []diffed
	}
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v in %.200q; stderr %s", err, got.out, got.stderr)
	}
	return got.code, doc.Results
}

// structural tells whether a recipe expects a finding that makes pages unreadable or
// doubtful, so that bbolt cannot be asked what is in them.
func structural(r fixtures.Recipe) bool {
	return slices.ContainsFunc(r.Expect.Codes, func(w fixtures.Wanted) bool {
		layer, _, _ := strings.Cut(w.Code, ".")
		return layer == "page" && w.Code != "page.element-flags" || layer == "bucket" && w.Code != "bucket.sequence" && w.Code != "bucket.unknown" && w.Code != "bucket.inline" ||
			w.Code == "file.truncated" || layer == "meta" && w.Code != "meta.freelist" && r.Expect.Exit != 0
	})
}

// TestDiffOfRecipes compares each recipe with its undamaged base. Of a file whose pages
// are damaged nothing is claimed: neither that it is equal, nor a difference, for these
// damages change nothing that can still be read. Of all others every difference that is
// named is one that bbolt sees, and none is left out.
func TestDiffOfRecipes(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range recipes {
		if r.Damage == "" {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path, err := r.Build(dir)
			if err != nil {
				t.Fatal(err)
			}
			base := filepath.Join(dir, "undamaged")
			if err := r.Base.Build(base); err != nil {
				t.Fatal(err)
			}
			before := fingerprints(t, []string{path, base})
			checkRecipeDiff(t, r, base, path, 1)
			checkRecipeDiff(t, r, path, base, 0)
			if code, files := runDiffJSON(t, path, path); code == int(exitNo) && files[1].Comparison != "no common revision" {
				t.Errorf("it differs from itself: %+v", files[1])
			}
			if formats := newRoot().sub("diff").outputFormats(); i%20 == 0 {
				for _, format := range formats {
					got := runLine(context.Background(), nil, "diff", "-w", format, path, base)
					if got.code > 4 || strings.ContainsRune(got.out+got.stderr, 0x1b) {
						t.Errorf("-w %s: exit code %d, stderr %s", format, got.code, got.stderr)
					}
				}
			}
			if fingerprints(t, []string{path, base}) != before {
				t.Error("an input changed")
			}
		})
	}
}

// checkRecipeDiff compares two files, of which the one at index damaged is damaged.
func checkRecipeDiff(t *testing.T, r fixtures.Recipe, a, b string, damaged int) {
	t.Helper()
	code, files := runDiffJSON(t, a, b)
	if !slices.Contains([]int{0, 1, 3, 4}, code) || code == 4 != (r.Expect.Exit == 4) || len(files) != 2 {
		t.Fatalf("exit code %d, %d answers", code, len(files))
	}
	if code == 4 {
		return
	}
	x := files[1]
	if structural(r) && r.Expect.Exit == 3 {
		claims := x.Comparison == "equal" || x.Comparison == "different" || len(x.Changes) > 0 || x.First.Revision != nil
		if code != 3 || claims || !files[damaged].Damaged {
			t.Errorf("exit code %d, %+v", code, x)
		}
		return
	}
	if x.Comparison == "no common revision" || x.Comparison == "no verdict" && x.Revision == 0 || files[damaged].Comparison == "no verdict" && files[damaged].Revision == 0 {
		return
	}
	checkAgainstBbolt(t, a, b, x)
}

// A boltRecord is a record as bbolt and etcd's own message have it.
type boltRecord struct {
	main, sub int64
	dead      bool
	key       string // of the bucket
	value     string
}

// boltStates reads each key's newest record up to a revision, and all records, by bbolt.
// Records that do not parse are left out.
func boltStates(t *testing.T, path string, rev int64) (newest map[string]boltRecord, all map[string]boltRecord) {
	t.Helper()
	db, err := bbolt.Open(copyOf(t, path), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	newest, all = map[string]boltRecord{}, map[string]boltRecord{}
	err = db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("key"))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			kv := &mvccpb.KeyValue{}
			if v == nil || len(k) < 17 || k[8] != '_' || k[0]&0x80 != 0 || proto.Unmarshal(v, kv) != nil {
				return nil
			}
			r := boltRecord{int64(binary.BigEndian.Uint64(k)), int64(binary.BigEndian.Uint64(k[9:])), len(k) == 18 && k[17] == 't', string(k), string(v)}
			if r.main <= rev {
				newest[string(kv.Key)] = r
				all[fmt.Sprintf("%d/%d", r.main, r.sub)] = r
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest, all
}

// copyOf is a private copy, for bbolt writes to what it opens.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, t.TempDir(), "copy", b)
}

// checkAgainstBbolt holds the keys that differ and the first difference against bbolt's
// view of both files.
func checkAgainstBbolt(t *testing.T, a, b string, x diffed) {
	t.Helper()
	p, recordsA := boltStates(t, a, x.Revision)
	q, recordsB := boltStates(t, b, x.Revision)
	want := map[string]string{}
	for key := range p {
		want[key] = changeBetween(p[key], q[key])
	}
	for key := range q {
		want[key] = changeBetween(p[key], q[key])
	}
	got := map[string]string{}
	for _, c := range x.Changes {
		got[c.Key] = c.Change
		if want[c.Key] != c.Change {
			t.Errorf("%q is said to be %s, and is %q", c.Key, c.Change, want[c.Key])
		}
	}
	for key, change := range want {
		if change != "" && got[key] == "" && x.Comparison != "no verdict" && !x.Damaged {
			t.Errorf("%q is %s; not told: %+v", key, change, x)
		}
	}
	for _, r := range x.First.Records {
		if recordsA[r.Record] == recordsB[r.Record] {
			t.Errorf("record %s does not differ", r.Record)
		}
	}
	if x.Comparison == "equal" {
		for rev, r := range recordsA {
			if r.main > x.Compact && recordsB[rev] != r {
				t.Errorf("equal, but record %s differs", rev)
			}
		}
	}
}

func changeBetween(a, b boltRecord) string {
	alive := func(r boltRecord) bool { return r.key != "" && !r.dead }
	switch {
	case alive(a) && !alive(b):
		return "removed"
	case !alive(a) && alive(b):
		return "added"
	case alive(a) && (a.main != b.main || a.sub != b.sub || a.value != b.value):
		return "changed"
	}
	return ""
}
