package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
	"boltvet/internal/render"
	"boltvet/internal/upstream"
	"boltvet/verify"
)

// TestVerifyJSONIsDocumented holds the section verify of docs/JSON.md against what is
// printed for healthy, damaged and refused files, data dirs and a log alone.
func TestVerifyJSONIsDocumented(t *testing.T) {
	tables := documentedFields(t)
	seen, seenError := fieldTypes{}, fieldTypes{}
	look := func(words ...string) {
		for _, r := range printed(t, append([]string{"verify"}, words...)...)["results"].([]any) {
			fields := r.(map[string]any)
			delete(fields, "source")
			if _, failed := fields["error"]; failed {
				seenError.collect("", fields)
			} else {
				seen.collect("", fields)
			}
		}
	}
	dir := t.TempDir()
	for _, path := range verifiedSpecimens(t, dir) {
		look(path)
	}
	bad := buildBase(t, dir, "snapshot", "zero page key.leaf[1]")
	look("--level", "quick", bad)
	look("--level", "tree", bad)
	look("--exit-on-first", bad)
	// Nobody is asked here; TestScripts asks with --upstream.
	asked := render.Verify(&verify.Report{Source: &datadir.Source{}, Opinions: []upstream.Opinion{{}, {Agrees: new(bool), Text: "text"}}})
	seen.collect("", documentOf(t, asked))
	compareFields(t, "verify and Findings", merge(tables["verify"], tables["Findings"]), seen)
	compareFields(t, "Errors", tables["Errors"], seenError)
}

// documentOf is the JSON of one result, without its source.
func documentOf(t *testing.T, r render.Result) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := render.Render(&b, render.Document{Results: []render.Result{r}}, "ndjson", render.Options{}); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&b)
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"source", "schema_version", "command"} {
		delete(fields, name)
	}
	return fields
}

// verifiedSpecimens are files that have, between them, every field of verify.
func verifiedSpecimens(t *testing.T, dir string) []string {
	t.Helper()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{rich, filepath.Join(dir, "nofile"), write(t, dir, "text", []byte("no backup, just words\n"))}
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(recipes); i += 7 {
		path, err := recipes[i].Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, name := range []string{"3.7-member.tar.gz", "3.7-killed.tar.gz", "3.5-member.tar.gz"} {
		f, err := golden.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		path, err := f.Unpack(dir)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path, filepath.Join(path, "member", "wal"))
	}
	torn, err := golden.Find("3.7-member.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	path, err := torn.Unpack(t.TempDir())
	if err == nil {
		err = flipInLog(filepath.Join(path, "member", "wal"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(paths, path)
}
