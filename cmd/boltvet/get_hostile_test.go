package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/yaml"

	"boltvet/fixtures"
	"boltvet/internal/query"
	"boltvet/mvccview"
)

// hostileBytes are keys and values that would do harm where they are not escaped.
func hostileBytes() []string {
	list := []string{"esc\x1b[2J\x1b]0;title\a", "nul\x00nul", "bad\xff\xfe\xc3", "pipe|pipe", "line\nfeed\r\n", "\"quoted\"", `"half`, " blank ", "tab\t",
		"=cmd()", "-dash", "../../etc/passwd", ".hidden", "..", "a,b;c", "\u202eright to left\u202c", "\u0085\u009b31m", "{\"a\":1}", "---\n- yaml: &x", "%41~",
		"\\x41", "ünï", strings.Repeat("long\x1b|", 1<<20/6)}
	slices.Sort(list)
	return list
}

// hostileKeyFile has them as keys; the value of each is the next one.
func hostileKeyFile(t *testing.T) (path string, keys, values []string) {
	t.Helper()
	keys = hostileBytes()
	values = append(slices.Clone(keys[1:]), keys[0])
	var script strings.Builder
	script.WriteString("member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 200 term 2\n")
	for i, k := range keys {
		fmt.Fprintf(&script, "put %q \"\"\nput %q %q\n", k, k, values[i])
	}
	path = filepath.Join(t.TempDir(), "hostile.db")
	if err := (fixtures.Base{Script: script.String()}).Build(path); err != nil {
		t.Fatal(err)
	}
	return path, keys, values
}

// checkClean wants nothing in an output that a terminal acts upon.
func checkClean(t *testing.T, what, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: not UTF-8", what)
	}
	for i, r := range out {
		if r != '\n' && !strconv.IsPrint(r) {
			t.Errorf("%s: %q at byte %d: %q", what, r, i, out[max(0, i-20):min(len(out), i+20)])
			return
		}
	}
}

// A hostileRow is a key and a value as a machine format has them.
type hostileRow struct {
	Key, Value         string
	Key_b64, Value_b64 []byte
}

// pair is the row's exact bytes.
func (r hostileRow) pair() [2]string {
	p := [2]string{r.Key, r.Value}
	for i, b := range [][]byte{r.Key_b64, r.Value_b64} {
		if b != nil {
			p[i] = string(b)
		}
	}
	return p
}

// readBack parses what a format prints into keys and values; false: it is for people.
func readBack(t *testing.T, format, out string) (pairs [][2]string, machine bool) {
	t.Helper()
	var err error
	switch format {
	case "ndjson":
		for line := range strings.Lines(out) {
			var r hostileRow
			if err = json.Unmarshal([]byte(line), &r); err != nil {
				break
			}
			pairs = append(pairs, r.pair())
		}
	case "yaml", "json":
		var d struct {
			Results []struct{ Keys, Changes json.RawMessage }
		}
		text := []byte(out)
		if format == "yaml" {
			text, err = yaml.YAMLToJSON(text)
		}
		var rows []hostileRow
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err == nil {
			list := d.Results[0].Changes
			if list == nil {
				list = d.Results[0].Keys
			}
			err = json.Unmarshal(list, &rows)
		}
		for _, r := range rows {
			pairs = append(pairs, r.pair())
		}
	case "csv":
		var rows [][]string
		if rows, err = csv.NewReader(strings.NewReader(out)).ReadAll(); err == nil {
			k, v := slices.Index(rows[0], "key"), slices.Index(rows[0], "value")
			for _, row := range rows[1:] {
				pairs = append(pairs, [2]string{unquoted(t, row[k]), unquoted(t, row[v])})
			}
		}
	default:
		return nil, false
	}
	if err != nil {
		t.Errorf("%s: %v", format, err)
	}
	return pairs, true
}

// unquoted is the reverse of render.Printable.
func unquoted(t *testing.T, s string) string {
	t.Helper()
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	out, err := strconv.Unquote(s)
	if err != nil {
		t.Errorf("%v: %.80q", err, s)
	}
	return out
}

// TestHostileKeys prints hostile keys and values in every format of get and history:
// nothing raw comes out, and machine formats parse back to the same bytes.
func TestHostileKeys(t *testing.T) {
	path, keys, values := hostileKeyFile(t)
	var want, twice [][2]string
	for i, k := range keys {
		want = append(want, [2]string{k, values[i]})
		twice = append(twice, [2]string{k, ""}, want[i])
	}
	for _, c := range []struct {
		words []string
		want  [][2]string
	}{
		{[]string{"get", path, "", "--prefix"}, want},
		{[]string{"history", path, "", "--prefix", "--values", "--diff"}, twice},
	} {
		for _, format := range newRoot().sub(c.words[0]).outputFormats() {
			if c.words[0] == "get" && slices.Contains([]string{"simple", "json", "protobuf"}, format) {
				continue // etcd's own bytes: TestHostileBytesOfEtcd
			}
			what := c.words[0] + " -w " + format
			got := runLine(context.Background(), nil, append(c.words, "--no-csv-guard", "-w", format)...)
			if got.code != 0 {
				t.Errorf("%s: exit code %d: %.300s", what, got.code, got.stderr)
			}
			checkClean(t, what, got.out)
			checkClean(t, what+" on stderr", got.stderr)
			if pairs, machine := readBack(t, format, got.out); machine && !slices.Equal(pairs, c.want) {
				t.Errorf("%s: %d pairs, %.300q", what, len(pairs), pairs)
			}
		}
	}
	got := runLine(context.Background(), nil, "history", path, "", "--prefix", "--deleted")
	checkClean(t, "history --deleted", got.out)
}

// TestHostileBytesOfEtcd has the formats in which get gives etcdctl's bytes: for a
// program exact, on a terminal escaped.
func TestHostileBytesOfEtcd(t *testing.T) {
	path, keys, values := hostileKeyFile(t)
	var raw strings.Builder
	for i, k := range keys {
		raw.WriteString(k + "\n" + values[i] + "\n")
	}
	if got := runLine(context.Background(), nil, "get", path, "", "--prefix"); got.out != raw.String() {
		t.Error("simple: other bytes than etcdctl's")
	}
	for _, format := range []string{"json", "protobuf"} {
		got := runLine(context.Background(), nil, "get", path, "", "--prefix", "-w", format)
		var r pb.RangeResponse
		var err error
		if format == "json" {
			checkClean(t, "get -w json", got.out)
			err = json.Unmarshal([]byte(got.out), &r)
		} else {
			err = proto.Unmarshal([]byte(got.out), &r)
		}
		if err != nil || len(r.Kvs) != len(keys) || r.Count != int64(len(keys)) {
			t.Fatalf("%s: %v, %d keys", format, err, len(r.Kvs))
		}
		for i, kv := range r.Kvs {
			if string(kv.Key) != keys[i] || string(kv.Value) != values[i] || kv.Version != 2 {
				t.Errorf("%s: %.80q has %.80q", format, kv.Key, kv.Value)
			}
		}
	}
	var screen bytes.Buffer
	c := &call{out: &outlet{Writer: bufio.NewWriter(&screen), terminal: true}}
	w := &simpleKeys{c: c, show: asStored}
	for i, k := range keys {
		if err := w.key(&query.Item{KV: mvccview.KeyValue{Key: []byte(k), Value: []byte(values[i])}}); err != nil {
			t.Fatal(err)
		}
	}
	c.out.Flush()
	checkClean(t, "a terminal", screen.String())
	if lines := strings.Count(screen.String(), "\n"); lines != 2*len(keys) {
		t.Errorf("a terminal: %d lines", lines)
	}
}

// TestHostileFiles writes hostile keys and values to files.
func TestHostileFiles(t *testing.T) {
	path, keys, values := hostileKeyFile(t)
	dir := filepath.Join(t.TempDir(), "out")
	got := runLine(context.Background(), nil, "get", path, "", "--prefix", "--out-dir", dir)
	if got.code != 0 {
		t.Fatal(got.stderr)
	}
	checkClean(t, "the list", got.out)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(keys) {
		t.Fatalf("%d files for %d keys, %v", len(entries), len(keys), err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		info, ierr := e.Info()
		if err != nil || ierr != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v, %v", e.Name(), info.Mode(), err, ierr)
		}
		key, err := url.PathUnescape(e.Name())
		if strings.Contains(e.Name(), "~") {
			key = keys[slices.IndexFunc(keys, func(k string) bool { return len(k) > 1<<19 })]
		}
		i := slices.Index(keys, key)
		if err != nil || i < 0 || string(b) != values[i] {
			t.Errorf("%s: %v, %.80q", e.Name(), err, b)
		}
	}
}
