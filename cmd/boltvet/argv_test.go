package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestNormalise(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"in order already", "-q status --no-hash a.db", "-q status --no-hash a.db"},
		{"flag after the argument", "status a.db --no-hash", "status --no-hash a.db"},
		{"value after the argument", "status a.db --wal-dir W b.db", "status --wal-dir W a.db b.db"},
		{"global after a sub-command", "status a.db -w json", "-w json status a.db"},
		{"global between sub-commands", "snapshot -w json status a.db", "-w json snapshot status a.db"},
		{"glued value", "status a.db --write-out=json", "--write-out=json status a.db"},
		{"single dash, long", "status a.db -write-out json", "-write-out json status a.db"},
		{"boolean takes no value", "status --no-hash a.db", "status --no-hash a.db"},
		{"boolean with a value", "status a.db --quiet=false", "--quiet=false status a.db"},
		{"value that looks like a flag", "status a.db --jobs -1", "status --jobs -1 a.db"},
		{"value that is the terminator", "status a.db --wal-dir -- b", "status --wal-dir -- a.db b"},
		{"terminator", "status a.db -- --no-hash", "status -- a.db --no-hash"},
		{"second terminator is a word", "status -- a -- b", "status -- a -- b"},
		{"terminator at the end", "status a --", "status -- a"},
		{"standard input", "status - -q", "-q status -"},
		{"letters together", "status a.db -qv", "-q -v status a.db"},
		{"letters of two levels", "status a.db -qj4", "-q status -j 4 a.db"},
		{"letters, value apart", "status a.db -qw json", "-q -w json status a.db"},
		{"letters, value with a sign", "status a.db -qw=json", "-q -w=json status a.db"},
		{"a letter twice", "status -vv a", "-v -v status a"},
		{"flag before its command", "--no-hash status a.db", "status --no-hash a.db"},
		{"value flag before its command", "--wal-dir status status a.db", "status --wal-dir status a.db"},
		{"order of a repeated flag", "--fail-if a status --fail-if b x --fail-if c", "status --fail-if a --fail-if b --fail-if c x"},
		{"argument named like a command", "status status help", "status status help"},
		{"argument named like a flag", "status quiet -q", "-q status quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := normalise(newRoot(), strings.Fields(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("normalise(%q)\n got %q\nwant %q", c.in, s, c.want)
			}
		})
	}
}

func TestNormaliseComplains(t *testing.T) {
	for _, c := range []struct{ in, what, try string }{
		{"status a --no-hsah", "unknown flag --no-hsah", "did you mean --no-hash?"},
		{"status a --qiet", "unknown flag --qiet", "did you mean --quiet?"},
		{"status a -x", "unknown flag -x", ""},
		{"status a -qx", "unknown flag --qx", ""},
		{"status a -", "", ""},
		{"status ---x", "unknown flag ---x", ""},
		{"status -=x", `unknown flag --""`, ""},
		{"status a --wal-dir", "flag --wal-dir needs a value: DIR", ""},
		{"status a -w", "flag -w needs a value: FORMAT", ""},
		{"status a -qw", "flag -w needs a value: FORMAT", ""},
		{"statsu a", `unknown command "statsu"`, "did you mean status?"},
		{"nosuch a --flag", `unknown command "nosuch"`, ""},
		{"__complet", `unknown command "__complet"`, ""}, // hidden commands are not suggested
		{"snapshot sttus a", `unknown command "sttus"`, "did you mean status?"},
		{"--no-hash version", "unknown flag --no-hash", ""},
		{"-- status a", "a command must come before --", ""},
	} {
		in := strings.Fields(c.in)
		got, err := normalise(newRoot(), in)
		if c.what == "" {
			if err != nil {
				t.Errorf("%q: %v", c.in, err)
			}
			continue
		}
		var usage *usageError
		if !errors.As(err, &usage) {
			t.Errorf("%q: got %v, want a usage error", c.in, err)
			continue
		}
		if usage.what != c.what || usage.try != c.try {
			t.Errorf("%q: got %q, %q; want %q, %q", c.in, usage.what, usage.try, c.what, c.try)
		}
		if !slices.Equal(got, in) {
			t.Errorf("%q: words changed to %q", c.in, got)
		}
	}
}

// TestNoFlagHidesAnother keeps every spelling to one meaning along a line: the
// normaliser looks innermost first, so a command's flag would hide a global one.
func TestNoFlagHidesAnother(t *testing.T) {
	var walk func(c *command, seen map[string]string)
	walk = func(c *command, seen map[string]string) {
		here := map[string]string{}
		for name, where := range seen {
			here[name] = where
		}
		for _, f := range c.flags {
			for _, name := range append(f.aliases(), f.name) {
				if where, ok := here[name]; ok {
					t.Errorf("%s: flag %s is a flag of %s already", c.path(), name, where)
				}
				here[name] = c.path()
			}
		}
		for _, s := range c.subs {
			walk(s, here)
		}
	}
	walk(newRoot(), nil)
}

// fuzzWords is what FuzzArgv builds lines from: random bytes alone hardly ever hit a
// flag. The empty word at the end stands for one of the fuzzer's own.
func fuzzWords() []string {
	return []string{
		"status", "snapshot", "version", "help", "completion", "__complete", "bash", "nosuch",
		"-w", "-o", "--write-out", "-write-out", "json", "-w=json", "--write-out=json", "-wjson", "-qwjson", "--write-out=",
		"-q", "--quiet", "--quiet=false", "-v", "-vv", "-qv", "-h", "-V", "-x", "-qx", "--nosuch",
		"--no-hash", "--jobs", "-j", "-j4", "-qj4", "-1", "4", "--fail-if", "a>1,b>2", "--wal-dir", "--wal-dir=d", "--record",
		"--", "---", "-", "-=", "--=x", "a.db", "",
	}
}

// FuzzArgv feeds lines whose words are picked from fuzzWords, or are word. Whatever
// they are, the normaliser loses and adds nothing, is idempotent, and leaves a line
// that the library understands as we do.
func FuzzArgv(f *testing.F) {
	f.Add([]byte{0, 46, 29}, "")
	f.Add([]byte{1, 8, 12, 0, 46}, "x")
	f.Add([]byte{33, 0, 43, 41, 47}, "-x")
	f.Add([]byte{36, 0, 0, 30, 34, 47}, "two words")
	f.Add([]byte{3, 1, 0, 23}, "\x00")
	f.Fuzz(func(t *testing.T, picks []byte, word string) {
		var in []string
		for _, n := range picks[:min(len(picks), 64)] {
			w := fuzzWords()[int(n)%len(fuzzWords())]
			if w == "" {
				w = word
			}
			in = append(in, w)
		}
		got, err := normalise(newRoot(), in)
		if err != nil {
			if !slices.Equal(got, in) {
				t.Fatalf("an error changed %q to %q", in, got)
			}
			return
		}
		if !samePieces(in, got) {
			t.Fatalf("%q became %q: not a permutation", in, got)
		}
		again, err := normalise(newRoot(), got)
		if err != nil || !slices.Equal(again, got) {
			t.Fatalf("%q became %q, then %q (%v): not idempotent", in, got, again, err)
		}
		checkLibraryAgrees(t, got)
	})
}

// samePieces says whether out has the words of in. Where letters were clustered there
// are more words, but still the same bytes besides dashes.
func samePieces(in, out []string) bool {
	a, b := slices.Sorted(slices.Values(in)), slices.Sorted(slices.Values(out))
	if len(a) == len(b) {
		return slices.Equal(a, b)
	}
	pieces := func(words []string) []byte {
		all := []byte(strings.ReplaceAll(strings.Join(words, ""), "-", ""))
		slices.Sort(all)
		return all
	}
	return len(b) > len(a) && slices.Equal(pieces(in), pieces(out))
}

// checkLibraryAgrees parses a normalised line with urfave/cli: it must end at the
// command that we found, know every flag, and leave exactly our arguments.
func checkLibraryAgrees(t *testing.T, words []string) {
	t.Helper()
	root := newRoot()
	s := scanner{stack: []level{{cmd: root}}}
	for i := 0; i < len(words); {
		n, err := s.step(words[i:])
		if err != nil {
			t.Fatal(err)
		}
		i += n
	}
	p := &program{root: root, std: standard{strings.NewReader(""), io.Discard, io.Discard}, env: func(string) string { return "" }}
	app := p.app(words)
	var args []string
	var at string
	record := func(line *cli.Context) error {
		args, at = line.Args().Slice(), line.Command.Name
		return nil
	}
	var stub func(cmds []*cli.Command)
	stub = func(cmds []*cli.Command) {
		for _, c := range cmds {
			c.Action = record
			stub(c.Subcommands)
		}
	}
	app.Action = record
	stub(app.Commands)
	if err := app.RunContext(context.Background(), append([]string{root.name}, words...)); err != nil {
		if strings.Contains(err.Error(), "not defined") || strings.Contains(err.Error(), "needs an argument") {
			t.Fatalf("the library does not know %q: %v", words, err)
		}
		return // a value that does not parse
	}
	if at != s.inner().cmd.name || !slices.Equal(args, s.words) {
		t.Fatalf("%q: the library runs %s %q, we meant %s %q", words, at, args, s.inner().cmd.name, s.words)
	}
}
