package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"boltvet/fixtures"
	"boltvet/internal/render"
)

// hostileNames are keys that no administrator would type and an attacker would: they
// clear a screen, name a window, end a string, split a row, turn the writing round.
func hostileNames() []string {
	return []string{
		"\x1b[2Jcleared", "\x1b]0;owned\x07", "nul\x00inside", "\xff\xfe\xc3(", "a|b\nc\td\re", "quote\"'`$(id)",
		"\u202eevil\u2066", "line\u2028end\u0085", "\u009b31mred", "=1+1", "null", "- yaml: [", "", "<script>", "/registry/pods/\x1b[31m/x",
	}
}

// hostileStore is a store of etcd whose keys, values, users, roles and members have
// hostile names; some keys are deleted, some history is compacted, one key is of 1 MB.
// The last value put is last.
func hostileStore(t *testing.T, last string) string {
	t.Helper()
	var b strings.Builder
	line := func(form string, words ...any) { fmt.Fprintf(&b, form+"\n", words...) }
	line("output snapshot")
	line("clusterversion 3.7.0\nstorageversion 3.7.0\nconfstate 3c2bdafe2850b2c0")
	line("member 3c2bdafe2850b2c0 %q http://127.0.0.1:2380", "\x1b[31mmember\n")
	line("auth role root\nauth user root root\nauth role %q RW %q", "\x1b[31mrole|", "\x1b[2J\x00")
	line("auth user %q %q\nauth enable", "\x1b[31muser\n", "\x1b[31mrole|")
	for i, k := range hostileNames() {
		if k == "" {
			continue // etcd has no empty key; it is for values
		}
		line("put %q %q\nput %q %q", k, hostileNames()[len(hostileNames())-1-i], k, k)
		if i%4 == 0 {
			line("del %q", k)
		}
	}
	line("put %q size=10\nput %q size=20", strings.Repeat("k\x1b\xff", 350000), strings.Repeat("k\x1b\xff", 350000))
	line("put %q %q\ncompact 8\ncindex 60 term 2", "\x1b[1mlast\x00", last)
	path := filepath.Join(t.TempDir(), "a\x1b[31m\nb|c\xff.db")
	if err := (fixtures.Base{Name: "hostile", Script: b.String()}).Build(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// hostileLines are the command lines that show what a file holds. A new command that
// shows keys, values or names needs its line here. DST stands for a new path, OTHER for
// a file of which one value is another, @ for an empty word.
func hostileLines() []string {
	return []string{
		"status", "status --verbose", "verify --verbose", "hash", "hashkv --rev 12", "buckets", "pages", "pages --map", "page --values 0 1 2 3 4 5 6 7 8",
		"get --prefix PATH @", "get --prefix --keys-only --hex PATH @", "get --prefix --out-dir DST PATH @", "get --prefix --decode --show-secrets PATH @",
		"history --prefix --values --diff PATH @", "history --prefix --deleted PATH @",
		"space --by key", "space --by prefix --depth 1 --window 5", "space --by resource", "diff --values --verbose PATH OTHER",
		"defrag PATH DST", "compact --revision latest PATH DST", "compact --dry-run --revision latest PATH DST", "seal PATH DST", "restore --dry-run --disable-auth PATH --data-dir DST",
		"restore PATH --data-dir DST",
	}
}

// TestHostileStore runs every command that shows what is in a file over a hostile one,
// in every format: nothing that a terminal would obey comes out, on either stream, and
// what is meant for a parser can be parsed.
func TestHostileStore(t *testing.T) {
	path, other := hostileStore(t, "\x1b[31mone\x00"), hostileStore(t, "\x1b[31mother\xff")
	before := sumOf(t, path)
	for _, line := range hostileLines() {
		for _, format := range render.Formats() {
			if strings.HasPrefix(line, "get") && !strings.Contains(line, "--hex") && format == "simple" {
				continue // the bytes themselves, as etcdctl prints them into a pipe
			}
			words := hostileWords(line, path, other, filepath.Join(t.TempDir(), "new"))
			got := runLine(context.Background(), map[string]string{"COLUMNS": "80"}, append(words, "-w", format)...)
			want := 0
			if strings.HasPrefix(line, "diff") {
				want = int(exitNo)
			}
			nothing := strings.Contains(line, "--decode") && format == "ndjson" // no value here is an object
			if got.code != want || (got.out == "") != nothing {
				t.Errorf("%s -w %s: exit code %d, %.300s", line, format, got.code, got.stderr)
			}
			for _, text := range []string{got.out, got.stderr} {
				if i := obeyed(text); i >= 0 {
					t.Errorf("%s -w %s: %.60q", line, format, text[i:])
				}
			}
			if err := parses(format, got.out); err != nil {
				t.Errorf("%s -w %s: %v in %.300s", line, format, err, got.out)
			}
		}
	}
	if sumOf(t, path) != before {
		t.Error("the file was changed")
	}
}

// hostileWords makes words of a line: PATH (added if it is not there) and the others are
// put in whole.
func hostileWords(line, path, other, target string) []string {
	words := strings.Fields(line)
	if !slices.Contains(words, "PATH") {
		words = slices.Insert(words, 1, "PATH")
	}
	for i := range words {
		switch words[i] {
		case "PATH":
			words[i] = path
		case "DST":
			words[i] = target
		case "OTHER":
			words[i] = other
		case "@":
			words[i] = ""
		}
	}
	return words
}

// obeyed returns where a text has a byte or a rune by which a terminal does more than
// print, -1 if nowhere.
func obeyed(text string) int {
	if !utf8.ValidString(text) {
		return 0
	}
	return strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp))
	})
}

// parses reads a text as the format says that it is.
func parses(format, text string) error {
	switch format {
	case "json":
		if !json.Valid([]byte(text)) {
			return fmt.Errorf("not one JSON document")
		}
	case "ndjson":
		for l := range strings.Lines(text) {
			if !json.Valid([]byte(l)) {
				return fmt.Errorf("not JSON: %.80s", l)
			}
		}
	case "yaml":
		var v any
		return yaml.Unmarshal([]byte(text), &v)
	case "csv":
		_, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		return err
	}
	return nil
}
