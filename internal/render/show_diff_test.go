package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/mvccview"
)

// diffKeys are what nobody would type, and what terminals act upon.
func diffKeys() []string {
	return []string{"\x1b[2Jcleared", "nul\x00", "\xff\xfe", "a|b\nc\td", "\u202eevil", "=1+1", "null", strings.Repeat("long\x1b", 40), "/app/x/ok", "Überschrift/ключ"}
}

// diffFixture builds a db of a base with one record for each hostile key at the end,
// then with a damage.
func diffFixture(t *testing.T, base, damage string, keys []string, value string) string {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for i, key := range keys {
			rev := mvccview.RevKey{Revision: mvccview.Revision{Main: 300 + int64(i)}}
			kv := mvccview.KeyValue{Key: []byte(key), Create: rev.Main, Mod: rev.Main, Version: 1, Value: []byte(value), Lease: int64(i % 2)}
			if err := tx.Bucket([]byte("key")).Put(mvccview.AppendRevKey(nil, rev), mvccview.AppendKeyValue(nil, &kv)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Close()
	}
	if err == nil && damage != "" {
		err = fixtures.Damage(path, damage)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// diffResults compares files as the command does, under names that are always the same.
func diffResults(t *testing.T, o query.DiffOptions, paths ...string) (results []Result) {
	t.Helper()
	var files []*query.DiffFile
	for i, path := range paths {
		src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { src.Close() })
		file, err := query.OpenDiff(t.Context(), src, query.ReadOptions{}, func(fault error) bool { _, ok := fault.(bolt.Fault); return ok })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		src.Path = fmt.Sprintf("m%d.db", i+1)
		src.DBPath = src.Path
		files = append(files, file)
	}
	p, ok := query.CommonDiffPoint(files, 0)
	if !ok {
		t.Fatal("no common revision")
	}
	all, err := query.CompareAll(t.Context(), files, p, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range all.Diffs {
		r := DiffRow{File: files[i], Verdict: query.Reference, Point: &p, Difference: x, Behind: all.MostLatest() - files[i].Latest, Values: o.Values}
		if all.Majority {
			r.Odd = Bool(all.Odd[i])
		}
		if x != nil {
			r.Verdict, r.Reason, r.With = x.Verdict, x.Reason, files[all.Reference].Source.Path
		}
		results = append(results, Diff(r, o.Values))
	}
	return results
}

// TestDiffGolden shows comparisons at 60, 80 and 200 columns, with and without UTF-8 and
// colour, and in every other format once.
func TestDiffGolden(t *testing.T) {
	keys := diffKeys()
	plain := diffFixture(t, "small", "", keys, "one")
	other := diffFixture(t, "small", "kv-set 220/0 value=changed", append(slices.Clone(keys[1:]), "new\x1bkey"), "two")
	hurt := diffFixture(t, "small", "zero page key.leaf[5]", keys, "one")
	compact := diffFixture(t, "small", "bucket-put lease u64:0x99 lease:99,60", nil, "")
	named := query.DiffOptions{MaxKeys: 20, Depth: 2, Prefixes: 5}
	valued := named
	valued.Values = true
	for _, c := range []struct {
		name    string
		o       query.DiffOptions
		results []Result
	}{
		{name: "odd", results: diffResults(t, named, other, plain, plain)},
		{name: "keys", results: diffResults(t, valued, plain, other)},
		{name: "damaged", results: diffResults(t, named, plain, hurt, other)},
		{name: "behind", results: diffResults(t, named, plain, compact)},
	} {
		for _, format := range Formats() {
			for _, o := range goldenOptions(format) {
				diffGolden(t, "diff-"+c.name, c.results, format, o)
			}
		}
	}
}

// TestDiffVerbose: of the reference simple says with -v what it is, and nothing of what
// only a file that was compared has.
func TestDiffVerbose(t *testing.T) {
	plain := diffFixture(t, "small", "", diffKeys(), "one")
	other := diffFixture(t, "small", "", diffKeys(), "two")
	o := query.DiffOptions{MaxKeys: 20, Depth: 2, Prefixes: 5, Values: true}
	diffGolden(t, "diff-verbose", diffResults(t, o, plain, other), "simple", Options{Width: 80, UTF8: true, Verbose: true})
}

// goldenOptions are the terminals that a format is shown on.
func goldenOptions(format string) (list []Options) {
	if format != "simple" && format != "table" {
		return []Options{{Width: 80, UTF8: true}}
	}
	for _, width := range []int{60, 80, 200} {
		for _, utf8 := range []bool{false, true} {
			for _, color := range []bool{false, true} {
				list = append(list, Options{Width: width, UTF8: utf8, Color: color})
			}
		}
	}
	return list
}

func diffGolden(t *testing.T, name string, results []Result, format string, o Options) {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, Document{Command: "diff", ExitCode: 1, Results: results}, format, o); err != nil {
		t.Fatal(err)
	}
	if format == "simple" || format == "table" {
		name += fmt.Sprintf(".%d%s%s", o.Width, choose(o.UTF8, ".utf8", ".ascii"), choose(o.Color, ".color", ""))
	}
	name += "." + format
	text := strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[32m", "", "\x1b[0m", "").Replace(out.String())
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e || r == 0xfffd }); i >= 0 {
		t.Errorf("%s: %.40q reaches the terminal", name, text[i:])
	}
	for line := range strings.Lines(text) {
		if format == "table" && textWidth(strings.TrimSuffix(line, "\n")) > o.Width {
			t.Errorf("%s: wider than %d: %q", name, o.Width, line)
		}
	}
	golden(t, name, out.Bytes())
}
