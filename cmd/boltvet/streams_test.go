package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// streamLines has a line of each command that reads a PATH; @ stands for it.
func streamLines() map[string][]string {
	return map[string][]string{
		"status": {"status @"}, "verify": {"verify @"}, "space": {"space @"}, "hash": {"hash @"}, "hashkv": {"hashkv @", "hashkv @ @"},
		"get": {"get @ /hot/ --prefix", "get @ /hot/ --prefix --out-dir %o"}, "history": {"history @ /hot/ --prefix"}, "diff": {"diff @ @"},
		"buckets": {"buckets @"}, "pages": {"pages @", "pages --map @"}, "page": {"page @ 0"}, "dump": {"dump @ 0"},
		"restore":          {"restore @ --skip-hash-check --data-dir %o", "restore @ --dry-run"},
		"defrag":           {"defrag @ -", "defrag @ %o", "defrag @ --dry-run", "defrag --in-place @", "defrag --data-dir @"},
		"compact":          {"compact @ - --revision latest", "compact @ %o --revision latest"},
		"seal":             {"seal @ -", "seal @ %o"},
		"migrate":          {"migrate --data-dir @ --target-version 3.6"},
		"snapshot restore": {"snapshot restore @ --skip-hash-check --data-dir %o"},
		"snapshot status":  {"snapshot status @"},
	}
}

// TestStreamLinesAreAll keeps the table above complete.
func TestStreamLinesAreAll(t *testing.T) {
	lines := streamLines()
	var walk func(c *command)
	walk = func(c *command) {
		for _, s := range c.subs {
			walk(s)
		}
		if reads := c.inputs != nil; reads != (lines[c.title()] != nil) {
			t.Errorf("%q: it has a line: %v, it reads: %v", c.title(), !reads, reads)
		}
	}
	walk(newRoot())
}

// A redirection is how the shell may have opened a stream.
type redirection struct {
	name string
	mode int
	link bool // by another name of the same file
	err  bool // of standard error instead
}

func redirections() []redirection {
	return []redirection{
		{name: ">>", mode: os.O_WRONLY | os.O_APPEND}, {name: "1<>", mode: os.O_RDWR},
		{name: ">> hard link", mode: os.O_WRONLY | os.O_APPEND, link: true}, {name: "2>>", mode: os.O_WRONLY | os.O_APPEND, err: true},
	}
}

// runOnto runs a line with one of its streams going to the file; other is the other one.
func runOnto(t *testing.T, file string, to redirection, words []string) (code int, other string) {
	t.Helper()
	if to.link {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Link(file, link); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(link)
		file = link
	}
	f, err := os.OpenFile(file, to.mode, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rest bytes.Buffer
	var out, errOut io.Writer = f, &rest
	if to.err {
		out, errOut = &rest, f
	}
	code = run(context.Background(), words, strings.NewReader(""), out, errOut, func(string) string { return "" })
	return code, rest.String()
}

// TestStandardStreamIsNoInput: whatever is asked, in whatever format, an answer is not
// written into what it is about.
func TestStandardStreamIsNoInput(t *testing.T) {
	file, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := unpackMember(t)
	for _, lines := range streamLines() {
		for _, line := range lines {
			path, target := file, file
			if strings.Contains(line, "--data-dir @") || strings.HasPrefix(line, "status") {
				path, target = dir, filepath.Join(dir, "member", "snap", "db")
			}
			for _, format := range []string{"simple", "json"} {
				refusesStream(t, target, line+" -w "+format, path)
			}
		}
	}
}

// unpackMember gives the data dir of a real member.
func unpackMember(t *testing.T) string {
	t.Helper()
	f, err := golden.Find("3.7-member.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := f.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// refusesStream runs one line with each redirection.
func refusesStream(t *testing.T, target, line, path string) {
	t.Helper()
	was, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	words := strings.Fields(strings.NewReplacer("@", path, "%o", out).Replace(line))
	for _, to := range redirections() {
		code, other := runOnto(t, target, to, words)
		if code != 5 || !strings.Contains(other, "is the input") {
			t.Errorf("%s %s %s: exit code %d, %q", line, to.name, filepath.Base(target), code, other)
		}
		if _, err := os.Lstat(out); err == nil {
			t.Errorf("%s %s: the output is there", line, to.name)
		}
		if is, err := os.ReadFile(target); err != nil || !bytes.Equal(is, was) {
			t.Fatalf("%s %s %s: the input was written to: %v", line, to.name, filepath.Base(target), err)
		}
	}
}

// TestStreamOfOtherInputs: a log that a flag names, a plan, standard input, and a line
// that is not understood.
func TestStreamOfOtherInputs(t *testing.T) {
	file, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir, plan := unpackMember(t), write(t, t.TempDir(), "plan.yaml", []byte("members: []\n"))
	wal := filepath.Join(dir, "member", "wal")
	segments := memberFiles(wal)
	if len(segments) == 0 {
		t.Fatal("no segments")
	}
	refusesStream(t, segments[0], "verify @ --wal-dir "+wal, file)
	refusesStream(t, segments[0], "defrag --in-place @ --wal-dir "+wal, file)
	refusesStream(t, segments[0], "status @", filepath.Join(dir, "member", "snap", "db"))
	refusesStream(t, plan, "restore @ --out %o --plan "+plan, file)
	refusesStream(t, filepath.Join(dir, "member", "snap", "db"), "restore @ --data-dir %o --bump-revision auto --mark-compacted --from "+dir, file)

	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"status", file, "-w", "json", "--nosuch"}, {"defrag", file, "-", "-", "-w", "json"}} {
		if code, other := runOnto(t, file, redirections()[0], words); code != 64 || other == "" {
			t.Errorf("%q: exit code %d, %q", words, code, other)
		}
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if code := run(context.Background(), []string{"defrag", "-", "-"}, in, out, io.Discard, func(string) string { return "" }); code != 5 {
		t.Errorf("defrag - - < r.db >> r.db: exit code %d", code)
	}
	if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, was) {
		t.Errorf("the input was written to: %v", err)
	}
}

// TestStreamBesideTheInputs: any other file is as good as it ever was, and so is another
// file of the directory.
func TestStreamBesideTheInputs(t *testing.T) {
	dir := unpackMember(t)
	log := write(t, dir, "answer.txt", nil)
	if code, other := runOnto(t, log, redirections()[0], []string{"status", dir}); code != 0 {
		t.Errorf("exit code %d, %q", code, other)
	}
	if b, err := os.ReadFile(log); err != nil || len(b) == 0 {
		t.Errorf("no answer: %v", err)
	}
}

// TestOutputsAreNoInputs: DST by the name that standard input has, DST that is part of
// the log beside the db, and a record among the segments of --wal-dir.
func TestOutputsAreNoInputs(t *testing.T) {
	dir := unpackMember(t)
	db, wal := filepath.Join(dir, "member", "snap", "db"), filepath.Join(dir, "member", "wal")
	file, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	segment := memberFiles(wal)[0]
	for _, words := range [][]string{
		{"defrag", "-", file, "--force"}, {"defrag", db, segment, "--force"}, {"seal", db, segment, "--force"},
		{"status", file, "--wal-dir", wal, "--record", filepath.Join(wal, "record.json")},
	} {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		var errOut bytes.Buffer
		before := namesOf(t, wal)
		code := run(context.Background(), words, in, io.Discard, &errOut, func(string) string { return "" })
		if code != 5 || !slices.Equal(namesOf(t, wal), before) {
			t.Errorf("%q: exit code %d, %s", words, code, errOut.String())
		}
	}
}

func namesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
