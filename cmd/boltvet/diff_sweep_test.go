package main

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"sigs.k8s.io/yaml"

	"boltvet/internal/render"
	"boltvet/mvccview"
)

// TestDiffOfFlippedFile flips bits all over a db and compares it with the original: it
// is never called equal unless hashkv agrees, and never different in keys unless hashkv
// finds another number or another revision, or refuses.
func TestDiffOfFlippedFile(t *testing.T) {
	dir := t.TempDir()
	base := buildBase(t, dir, "deep", "")
	whole, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	step := 701 // a prime, so that all places of a page are met
	if os.Getenv("BOLTVET_FULL") == "1" {
		step = 53
	}
	path := filepath.Join(dir, "flipped.db")
	equal, different := 0, 0
	for at := 8192; at < len(whole); at += step {
		b := append([]byte(nil), whole...)
		b[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		code, files := runDiffJSON(t, base, path)
		hash := runLine(context.Background(), nil, "hashkv", "-q", base, path, "-w", "json")
		x := files[1]
		switch {
		case code != 0 && code != 1 && code != 3:
			t.Errorf("at %d: exit code %d", at, code)
		case x.Comparison == "equal" && (code != 0 || hash.code != 0):
			t.Errorf("at %d: equal, but hashkv gives %d: %s", at, hash.code, hash.out)
		case x.Comparison == "different" && x.First.Revision != nil && hash.code == 0 && *x.First.Revision > x.Compact:
			t.Errorf("at %d: %+v, but hashkv says equal", at, x)
		}
		if x.Comparison == "equal" {
			equal++
		}
		if x.First.Revision != nil {
			different++
		}
	}
	if equal == 0 || different == 0 {
		t.Errorf("%d times equal, %d times different", equal, different)
	}
}

// TestDiffOfHostileKeys has keys and values that terminals and parsers act upon, one of
// them a megabyte long: nothing raw is printed, and JSON, YAML and CSV give the bytes
// back.
func TestDiffOfHostileKeys(t *testing.T) {
	dir := t.TempDir()
	pairs := map[string]string{
		"\x1b[2Jcleared": "\x1b]0;owned\x07", "nul\x00": "\x00\x00", "\xff\xfe": "\xc3\x28", "a|b\nc\td": "x,y;\"z\"", "\u202eevil": "\u2028",
		strings.Repeat("k\x1b", 1<<19): strings.Repeat("v\x00\xff", 5000), "=1+1": "=cmd", "null": "true", "\"quoted\"": " blank ", "/app/\x1b/x": "plain",
	}
	a, b := buildBase(t, dir, "small", ""), buildBase(t, dir, "small", "")
	ordinary := map[string]string{}
	for range pairs {
		ordinary["ordinary "+strconv.Itoa(len(ordinary))] = "x"
	}
	putRecords(t, a, ordinary) // as many, so that the two end at one revision
	putRecords(t, b, pairs)
	for _, format := range render.Formats() {
		for _, words := range [][]string{nil, {"-v", "--values"}} {
			got := runLine(context.Background(), nil, append([]string{"diff", a, b, "--no-csv-guard", "-w", format}, words...)...)
			if got.code != 1 || got.out == "" {
				t.Fatalf("%q -w %s: exit code %d, %s", words, format, got.code, got.stderr)
			}
			if i := strings.IndexFunc(got.out+got.stderr, func(r rune) bool {
				return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e || r == 0x2028 || r == 0xfffd
			}); i >= 0 {
				t.Errorf("%q -w %s: %.40q", words, format, (got.out + got.stderr)[i:])
			}
			if len(words) == 2 {
				checkPairs(t, format, got.out, pairs)
			}
			if !slices.Contains(words, "--values") && strings.Contains(got.out, "owned") {
				t.Errorf("%q -w %s: a value is shown", words, format)
			}
		}
	}
}

// putRecords adds records at the revisions up to 500, the last of which is the same
// revision in every file.
func putRecords(t *testing.T, path string, pairs map[string]string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		last, _ := tx.Bucket([]byte("key")).Cursor().Last()
		newest, err := mvccview.ParseRevKey(last)
		if err != nil {
			return err
		}
		rev := newest.Main
		for k, v := range pairs {
			rev++
			kv := mvccview.KeyValue{Key: []byte(k), Value: []byte(v), Create: rev, Mod: rev, Version: 1}
			at := mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: rev}})
			if err := tx.Bucket([]byte("key")).Put(at, mvccview.AppendKeyValue(nil, &kv)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkPairs parses what was printed and wants every key with its value among it.
func checkPairs(t *testing.T, format, out string, pairs map[string]string) {
	t.Helper()
	seen := map[string]string{}
	take := func(changes any) {
		for _, c := range changes.([]any) {
			change := c.(map[string]any)
			seen[exactText(t, change, "key")] = exactText(t, change["here"].(map[string]any), "value")
		}
	}
	var doc map[string]any
	switch format {
	case "json", "yaml":
		if err := yaml.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		take(doc["results"].([]any)[1].(map[string]any)["changes"])
	case "ndjson":
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[1]), &doc); err != nil {
			t.Fatal(err)
		}
		take(doc["changes"])
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			seen[unprinted(row[2])] = unprinted(row[len(row)-1])
		}
	default:
		return
	}
	for k, v := range pairs {
		if seen[k] != v {
			t.Errorf("%s: %.30q has the value %.30q, want %.30q", format, k, seen[k], v)
		}
	}
}

// exactText is a field's bytes.
func exactText(t *testing.T, fields map[string]any, name string) string {
	t.Helper()
	if exact, ok := fields[name+"_b64"].(string); ok {
		b, err := base64.StdEncoding.DecodeString(exact)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	text, _ := fields[name].(string)
	return text
}

// unprinted gives the bytes of what was made printable.
func unprinted(s string) string {
	if text, err := strconv.Unquote(s); err == nil && strings.HasPrefix(s, `"`) {
		return text
	}
	return s
}
