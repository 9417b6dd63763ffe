package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"sigs.k8s.io/yaml"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
	"boltvet/verify"
)

// A line is one command line of the matrix and the exit code that it must have.
type line struct {
	name  string
	paths []string
	want  int
}

// TestStatusMatrix runs status over every kind of input. The exit code does not depend
// on the format, the machine formats parse, inputs stay as they are, and no temporary
// file is left. Kinds of input go through every format, recipes through json alone but
// for one in twenty; all of them with BOLTVET_FULL=1.
func TestStatusMatrix(t *testing.T) {
	dir := t.TempDir()
	formats := newRoot().sub("status").outputFormats()
	for i, l := range append(healthyLines(t, dir), damagedLines(t, dir)...) {
		formats := formats
		if strings.HasPrefix(l.name, "recipe ") && i%20 != 0 && os.Getenv("BOLTVET_FULL") != "1" {
			formats = []string{"json"}
		}
		t.Run(l.name, func(t *testing.T) {
			before := fingerprints(t, l.paths)
			tmp := t.TempDir()
			for _, format := range formats {
				words := append([]string{"status", "-w", format, "--tmp-dir", tmp}, l.paths...)
				got := runLine(context.Background(), nil, words...)
				if got.code != l.want && (l.want != eitherExit || got.code != 0 && got.code != 3) {
					t.Errorf("-w %s: exit code %d, want %d; stderr %s", format, got.code, l.want, got.stderr)
				}
				checkOutput(t, format, got, len(l.paths))
			}
			if after := fingerprints(t, l.paths); after != before {
				t.Error("an input changed")
			}
			if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
				t.Errorf("left in the temporary folder: %v, %v", left, err)
			}
		})
	}
}

// checkOutput parses what a format promises, and wants words for every failure.
func checkOutput(t *testing.T, format string, got ran, paths int) {
	t.Helper()
	if strings.ContainsRune(got.out+got.stderr, 0x1b) {
		t.Errorf("-w %s: an escape sequence", format)
	}
	if got.code > 3 && !strings.Contains(got.stderr, "boltvet: status: ") {
		t.Errorf("-w %s: exit code %d without a word: %q", format, got.code, got.stderr)
	}
	var err error
	switch format {
	case "json":
		err = checkDocument(got, paths, json.Unmarshal)
	case "yaml":
		err = checkDocument(got, paths, func(b []byte, v any) error { return yaml.Unmarshal(b, v) })
	case "ndjson":
		n := 0
		for text := range strings.Lines(got.out) {
			n++
			var v map[string]any
			err = errors.Join(err, json.Unmarshal([]byte(text), &v))
		}
		if n != paths {
			t.Errorf("ndjson: %d lines for %d paths", n, paths)
		}
	case "csv":
		_, err = csv.NewReader(strings.NewReader(got.out)).ReadAll() // wants rows of one length
	default:
		if got.code <= 3 && got.out == "" {
			err = errors.New("no output")
		}
	}
	if err != nil {
		t.Errorf("-w %s: %v in %q", format, err, got.out)
	}
}

func checkDocument(got ran, paths int, parse func([]byte, any) error) error {
	var d struct {
		ExitCode int `json:"exit_code"`
		Results  []any
	}
	if err := parse([]byte(got.out), &d); err != nil {
		return err
	}
	if d.ExitCode != got.code || len(d.Results) != paths {
		return errors.New("another exit code or number of results")
	}
	return nil
}

// fingerprints is one sum over the content of all files below the paths.
func fingerprints(t *testing.T, paths []string) [32]byte {
	t.Helper()
	h := sha256.New()
	for _, path := range paths {
		err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			io.WriteString(h, path)
			_, err = io.Copy(h, f)
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return [32]byte(h.Sum(nil))
}

// buildBase makes a base, with a damage if there is one, and returns its path.
func buildBase(t *testing.T, dir, base, damage string) string {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(dir, base+"-*.db")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err == nil {
		err = b.Build(f.Name())
	}
	if err == nil && damage != "" {
		err = fixtures.Damage(f.Name(), damage)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func healthyLines(t *testing.T, dir string) []line {
	t.Helper()
	snapshot, db := buildBase(t, dir, "snapshot", ""), buildBase(t, dir, "small", "")
	killed, err := golden.Find("3.7-killed.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	data, err := killed.Unpack(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(buildBase(t, dir, "plain-big-values", ""))
	if err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.db")
	bad := buildBase(t, dir, "small", "zero page key.leaf[1]")
	return []line{
		{"snapshot", []string{snapshot}, 0},
		{"gzip", []string{pack(t, snapshot, ".gz", gzipped)}, 0},
		{"zstd", []string{pack(t, snapshot, ".zst", zstded)}, 0},
		{"zip", []string{pack(t, snapshot, ".zip", zipped)}, 0},
		{"db", []string{db}, 0},
		{"data dir", []string{data}, 0},
		{"member dir", []string{filepath.Join(data, "member")}, 0},
		{"db of a member", []string{filepath.Join(data, "member", "snap", "db")}, 0},
		{"log alone", []string{filepath.Join(data, "member", "wal")}, 0},
		{"three paths", []string{snapshot, db, data}, 0},
		{"three paths, one damaged", []string{snapshot, bad, data}, 3},
		{"three paths, one missing", []string{missing, bad, data}, 6},
		{"missing", []string{missing}, 6},
		{"a bolt file of another", []string{write(t, dir, "other.db", other)}, 4},
		{"empty", []string{write(t, dir, "empty", nil)}, 4},
		{"zeros", []string{write(t, dir, "zeros", make([]byte, 163840))}, 4},
		{"text", []string{write(t, dir, "text", []byte("no backup, just words\n"))}, 4},
		{"one meta damaged", []string{buildBase(t, dir, "small", "flip meta-live.root bit 3")}, 0},
		{"older meta damaged", []string{buildBase(t, dir, "small", "flip meta-other.root bit 3")}, 0},
		{"one meta damaged under a trailer", []string{buildBase(t, dir, "snapshot", "flip meta-live.root bit 3")}, 3},
	}
}

func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pack writes a packed copy beside path.
func pack(t *testing.T, path, suffix string, packer func(w io.Writer, b []byte) error) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := packer(&out, b); err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Dir(path), filepath.Base(path)+suffix, out.Bytes())
}

func gzipped(w io.Writer, b []byte) error {
	z := gzip.NewWriter(w)
	_, err := z.Write(b)
	return errors.Join(err, z.Close())
}

func zstded(w io.Writer, b []byte) error {
	z, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	_, err = z.Write(b)
	return errors.Join(err, z.Close())
}

func zipped(w io.Writer, b []byte) error {
	z := zip.NewWriter(w)
	f, err := z.Create("backup/snapshot.db")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, z.Close())
}

// damagedLines are the recipes, with the exit code that status must give.
func damagedLines(t *testing.T, dir string) (lines []line) {
	t.Helper()
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes {
		path, err := r.Build(dir)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line{"recipe " + r.Name, []string{path}, statusExit(t, r.Expect)})
	}
	return lines
}

// histories are the faults that take a look at the records of a key together, or at old
// copies, to be seen in every record. status has neither: they are verify's to find.
func histories() []mvccview.FaultKind {
	return []mvccview.FaultKind{
		mvccview.RecordTombstoneOrphan, mvccview.RecordBelowCompact, mvccview.RecordCreateRevision, mvccview.RecordVersion,
		mvccview.RecordLeaseMissing, mvccview.RecordConflict, mvccview.CompactMissingRecord,
	}
}

// eitherExit stands for 0 or 3: a record that shows by itself what is mostly seen by others.
const eitherExit = -1

// statusExit is the exit code of status for a file of which verify must say e: the same,
// save that damage of histories alone passes.
func statusExit(t *testing.T, e fixtures.Expect) int {
	t.Helper()
	if e.Exit != int(exitDamage) {
		return e.Exit
	}
	for _, w := range e.Codes {
		if statusSees(t, w) {
			return e.Exit
		}
	}
	return eitherExit
}

// statusSees tells whether a finding is damage that status reports.
func statusSees(t *testing.T, w fixtures.Wanted) bool {
	t.Helper()
	for _, k := range histories() {
		if k.String() == w.Code {
			return false
		}
	}
	for _, k := range bolt.FaultKinds() {
		if k.String() == w.Code {
			return true // most of them hide keys, which is damage whatever the kind
		}
	}
	for _, k := range datadir.FaultKinds() {
		if k.String() == w.Code {
			return verify.Grade(datadir.Fault{Kind: k}, verify.Context{}).Severity >= verify.Damaged
		}
	}
	for _, k := range mvccview.FaultKinds() {
		if k.String() == w.Code {
			return verify.Grade(mvccview.Fault{Kind: k, Bucket: w.Bucket}, verify.Context{}).Severity >= verify.Damaged
		}
	}
	t.Fatalf("no layer reports %s", w.Code)
	return false
}
