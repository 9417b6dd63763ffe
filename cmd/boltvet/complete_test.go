package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"", "status verify space hash hashkv get history diff buckets pages page dump restore defrag compact seal migrate snapshot version completion help"},
		{"sta", "status"},
		{"__c", ""}, // hidden
		{"snapshot ", "restore status"},
		{"status --no", "--no-hash --no-color --no-headers --no-csv-guard"},
		{"status a.db --rec", "--record"},
		{"--re", "--record"},
		{"status -w ", "simple table json ndjson yaml csv markdown fields"},
		{"status a.db -w j", "json"},
		{"status -o y", "yaml"},
		{"--write-out=j", "--write-out=json"},
		{"--write-out = j", "json"},
		{"--write-out =", "simple table json ndjson yaml csv markdown fields"},
		{"status --progress p", "plain"},
		{"completion z", "zsh"},
		{"help sn", "snapshot"},
		{"help snapshot ", "restore status"},
		{"status ", ""},           // a file: the shell knows
		{"status --wal-dir ", ""}, // likewise
		{"status --record ", ""},
		{"status --r=", ""},
		{"status -- --no", ""}, // an argument
		{"nosuch ", ""},
		{"status --nosuch ", ""},
		{"status -w json ", ""},
	} {
		words := strings.Split(c.words, " ")
		var got []string
		for _, found := range complete(newRoot(), words) {
			got = append(got, found.word)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: got %q, want %q", c.words, s, c.want)
		}
	}
	if got := complete(newRoot(), nil); got != nil {
		t.Errorf("no words: got %v", got)
	}
}

// TestCompletePartialFlags types every flag of every command letter by letter: the
// library's completion panics on that.
func TestCompletePartialFlags(t *testing.T) {
	root := newRoot()
	var walk func(c *command)
	walk = func(c *command) {
		for _, f := range slices.Concat(root.flags, c.flags) {
			for n := 1; n <= len(f.name)+2; n++ {
				words := append(strings.Fields(c.title()), ("--" + f.name)[:n])
				found := complete(newRoot(), words)
				if !slices.ContainsFunc(found, func(x candidate) bool { return x.word == "--"+f.name }) {
					t.Errorf("%q does not offer --%s", words, f.name)
				}
				complete(newRoot(), append(words, ""))
			}
		}
		for _, s := range c.subs {
			walk(s)
		}
	}
	walk(root)
}

// inShell runs a script with a boltvet on $PATH, which is this test binary.
func inShell(t *testing.T, shell, script string) string {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		if shell == "bash" {
			t.Fatal("bash is needed to test its completion")
		}
		t.Skipf("%s is not installed", shell)
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "boltvet")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shell, "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "BOLTVET_TEST_AS_PROGRAM=1", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBashCompletion(t *testing.T) {
	for _, c := range []struct{ words, cword, want string }{
		{"boltvet sta", "1", "status"},
		{"boltvet status --rec", "2", "--record"},
		{"boltvet status -w ''", "3", "simple table json ndjson yaml csv markdown fields"},
		{"boltvet --write-out = js", "3", "json"},
		{"boltvet status x --no-h y", "3", "--no-hash --no-headers"}, // the cursor is not at the end
		{"boltvet status ''", "2", ""},
	} {
		got := inShell(t, "bash", `source <(boltvet completion bash)
COMP_WORDS=(`+c.words+`) COMP_CWORD=`+c.cword+`
_boltvet
echo "${COMPREPLY[*]}"`)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.words, got, c.want)
		}
	}
}

// TestBashFallsBackToFiles asks bash itself what it would do with no candidate.
func TestBashFallsBackToFiles(t *testing.T) {
	got := inShell(t, "bash", `source <(boltvet completion bash); complete -p boltvet`)
	if got != "complete -o default -F _boltvet boltvet" {
		t.Errorf("got %q", got)
	}
}

func TestFishCompletion(t *testing.T) {
	got := inShell(t, "fish", `boltvet completion fish | source; complete -C 'boltvet snap'; complete -C 'boltvet status -w y'; touch a.db; complete -C 'boltvet status a.'`)
	for _, want := range []string{"snapshot\t", "yaml", "a.db"} {
		if !strings.Contains(got, want) {
			t.Errorf("fish offers %q, want %q among it", got, want)
		}
	}
}

func TestZshCompletion(t *testing.T) {
	got := inShell(t, "zsh", `autoload -U compinit; compinit -D -u
source <(boltvet completion zsh)
_describe() { print -l -- "${(@P)2}" }
_files() { print files }
words=(boltvet snap) CURRENT=2; _boltvet
words=(boltvet status -w y) CURRENT=4; _boltvet
words=(boltvet status '') CURRENT=3; _boltvet
print -- "${_comps[boltvet]}"`)
	for _, want := range []string{"snapshot:", "yaml", "files", "_boltvet"} {
		if !strings.Contains(got, want) {
			t.Errorf("zsh offers %q, want %q among it", got, want)
		}
	}
}
