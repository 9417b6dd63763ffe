package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/internal/render"
)

// hostileFile is a bolt file whose bucket names, keys and values are what nobody would
// type, with long ones that need overflow pages.
func hostileFile(t *testing.T) (path string, pairs map[string]string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "hostile.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	pairs = map[string]string{
		"\x1b[2Jcleared": "\x1b]0;owned\x07", "nul\x00": "\x00\x00", "\xff\xfe": "\xc3\x28", "a|b\nc\td": "x,y;\"z\"", "\u202eevil": "\u2028",
		strings.Repeat("k\x1b", 16000): strings.Repeat("v\x00\xff", 5000), "=1+1": "", "null": "true",
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"\x1b[31mred", "\xff", "plain"} {
			b, err := tx.CreateBucket([]byte(name))
			if err != nil {
				return err
			}
			for k, v := range pairs {
				if err := b.Put([]byte(k), []byte(v)); err != nil {
					return err
				}
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
	return path, pairs
}

// TestHostileKeysOnPages: nothing raw reaches a terminal in any format, and JSON gives
// the bytes back.
func TestHostileKeysOnPages(t *testing.T) {
	path, pairs := hostileFile(t)
	ids := strings.Fields("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20")
	for _, format := range render.Formats() {
		lines := [][]string{{"buckets", path}, {"pages", path}, {"pages", "--map", path}}
		for _, bytes := range render.ByteFormats() {
			lines = append(lines, slices.Concat([]string{"page", path, "--values", "--format", bytes}, ids))
		}
		for _, words := range lines {
			got := runLine(context.Background(), nil, append(words, "-w", format)...)
			if got.code != 0 || got.out == "" {
				t.Fatalf("%q: exit code %d, %s", words, got.code, got.stderr)
			}
			if i := strings.IndexFunc(got.out+got.stderr, func(r rune) bool {
				return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e || r == 0x2028 || r == 0xfffd
			}); i >= 0 {
				t.Errorf("%.60q -w %s: %.40q", words, format, got.out[i:])
			}
		}
	}
	seen := shownPairs(t, slices.Concat([]string{"page", path, "--values", "--format", "bytes"}, ids))
	for k, v := range pairs {
		if !seen[k] || v != "" && !seen[v] {
			t.Errorf("%.20q or its value is not shown", k)
		}
	}
}

// shownPairs collects all keys and values of pages, as bytes.
func shownPairs(t *testing.T, words []string) map[string]bool {
	t.Helper()
	var doc struct {
		Results []struct {
			Regions []struct {
				Kind, Value string
				Exact       *string `json:"value_b64"`
			}
		}
	}
	if err := json.Unmarshal([]byte(runLine(context.Background(), nil, append(words, "-w", "json")...).out), &doc); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range doc.Results {
		for _, r := range p.Regions {
			if r.Exact != nil {
				b, err := base64.StdEncoding.DecodeString(*r.Exact)
				if err != nil {
					t.Fatal(err)
				}
				r.Value = string(b)
			}
			if r.Kind == "key" || r.Kind == "value" {
				seen[r.Value] = true
			}
		}
	}
	return seen
}
