package main

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"boltvet/fixtures"
	"boltvet/internal/inspect"
	"boltvet/internal/render"
)

// aMember begins the script of a store that nothing is wrong with.
const aMember = "clusterversion 3.7.0\nstorageversion 3.7.0\nmember 3c2bdafe2850b2c0 default http://127.0.0.1:2380\nconfstate 3c2bdafe2850b2c0\n"

// A droppedRow is what a compaction takes away below one prefix.
type droppedRow struct {
	Prefix  *string
	Records int64
	Bytes   int64
}

// TestSpaceForetellsCompact holds the forecast against what compact --dry-run says: in
// all, and by prefix.
func TestSpaceForetellsCompact(t *testing.T) {
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "generated.db")
	if err := fixtures.Generate(large, fixtures.GenOptions{Size: 5 << 20, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	paths := []string{rich, large, pageFixture(t, "deep", ""), pageFixture(t, "pages-64k", "")}
	for i, end := range []string{"del a/b/x\n", "txn\n  del a/b/x\n  del k\n  put new v\nend\n", "put k again\ndel k\n"} {
		path := filepath.Join(dir, fmt.Sprintf("end-%d.db", i))
		script := aMember + "put a/b/x one\nput a/b/x two\nput k one\nput a/b/y one\ndel a/b/y\nput /p/q/r/s v\nput /p/q/r/s w\n" + end + "cindex 20 term 1\n"
		if err := (fixtures.Base{Name: "end", Script: script}).Build(path); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		compareForecast(t, path)
	}
}

func compareForecast(t *testing.T, path string) {
	t.Helper()
	var planned struct {
		Results []struct {
			Records    struct{ Dropped, Dropped_bytes int64 }
			Compaction struct {
				Revision          int64
				Dropped_by_prefix []droppedRow
			}
		}
	}
	var space struct {
		Results []struct {
			Compaction_revision int64
			Total               struct{ Dropped_records, Dropped_bytes int64 }
			Rows                []struct {
				Kind, Name                     string
				Dropped_records, Dropped_bytes int64
			}
		}
	}
	for words, into := range map[string]any{"compact --revision latest --dry-run": &planned, "space --top 4096": &space} {
		got := runLine(context.Background(), nil, append(strings.Fields(words), path, "-q", "-w", "json")...)
		if got.code != 0 {
			t.Fatalf("%s: exit code %d, %s", words, got.code, got.stderr)
		}
		if err := json.Unmarshal([]byte(got.out), into); err != nil {
			t.Fatal(err)
		}
	}
	want, got := planned.Results[0], space.Results[0]
	if got.Compaction_revision != want.Compaction.Revision || got.Total.Dropped_records != want.Records.Dropped || got.Total.Dropped_bytes != want.Records.Dropped_bytes {
		t.Errorf("%s: %+v at %d, compact drops %+v at %d", path, got.Total, got.Compaction_revision, want.Records, want.Compaction.Revision)
	}
	rows := map[string]droppedRow{}
	for _, r := range got.Rows {
		rows[r.Name] = droppedRow{Records: r.Dropped_records, Bytes: r.Dropped_bytes}
	}
	for _, p := range want.Compaction.Dropped_by_prefix {
		if p.Prefix == nil {
			continue // compact lists ten, and the others
		}
		if r := rows[*p.Prefix]; r.Records != p.Records || r.Bytes != p.Bytes {
			t.Errorf("%s: %q: %+v, compact drops %+v", path, *p.Prefix, r, p)
		}
	}
}

// TestHostileKeysInSpace: nothing raw reaches a terminal in any format, and the machine
// formats give the bytes back.
func TestHostileKeysInSpace(t *testing.T) {
	keys := []string{"\x1b[2J/cleared/x", "nul\x00/a/b", "\xff\xfe/\xc3\x28/x", "a|b\n/c\td/e", "\u202eevil/\u2028/x", "=1+1/x/y", "null", "(all)",
		"\x1b]0;owned\x07", "/registry/pods/\x1b[31mred/\x00", "/registry/\x9b\x1b.x/\u202e/a/b", strings.Repeat("k\x1b/", 300_000)}
	var script strings.Builder
	script.WriteString(aMember)
	for _, k := range keys {
		fmt.Fprintf(&script, "put %s v\n", strconv.Quote(k))
	}
	path := filepath.Join(t.TempDir(), "hostile.db")
	if err := (fixtures.Base{Name: "hostile", Script: script.String() + "cindex 20 term 1\n"}).Build(path); err != nil {
		t.Fatal(err)
	}
	for _, format := range render.Formats() {
		for _, by := range inspect.Groupings() {
			for _, width := range []string{"", "60"} {
				got := runLine(context.Background(), map[string]string{"LC_ALL": "C.UTF-8", "COLUMNS": width}, "space", path, "--by", by, "--no-csv-guard", "-w", format)
				if got.code != 0 || got.out == "" {
					t.Fatalf("--by %s -w %s: exit code %d, %s", by, format, got.code, got.stderr)
				}
				if i := strings.IndexFunc(got.out+got.stderr, func(r rune) bool {
					return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028 || r == 0xfffd
				}); i >= 0 {
					t.Errorf("--by %s -w %s: %.40q", by, format, got.out[i:])
				}
			}
		}
	}
	for _, format := range []string{"json", "yaml", "csv"} {
		names := spaceNames(t, path, format)
		slices.Sort(names)
		if want := slices.Sorted(slices.Values(keys)); !slices.Equal(names, want) {
			t.Errorf("%s: %.200q, want %.200q", format, names, want)
		}
	}
}

// spaceNames reads the keys back from what a machine format has of them.
func spaceNames(t *testing.T, path, format string) (names []string) {
	t.Helper()
	out := runLine(context.Background(), nil, "space", path, "--by", "key", "--no-csv-guard", "-w", format).out
	if format == "csv" {
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			name := row[1]
			if strings.HasPrefix(name, `"`) {
				if name, err = strconv.Unquote(name); err != nil {
					t.Fatal(err)
				}
			}
			names = append(names, name)
		}
		return names
	}
	var doc struct {
		Results []struct {
			Rows []struct {
				Name  string
				Exact *string `json:"name_b64"`
			}
		}
	}
	if err := yaml.Unmarshal([]byte(out), &doc); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	for _, r := range doc.Results[0].Rows {
		if r.Exact != nil {
			b, err := base64.StdEncoding.DecodeString(*r.Exact)
			if err != nil {
				t.Fatal(err)
			}
			r.Name = string(b)
		}
		names = append(names, r.Name)
	}
	return names
}
