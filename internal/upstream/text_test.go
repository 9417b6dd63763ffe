package upstream

import (
	"os"
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"page 5: already freed", maxText, "page 5: already freed"},
		{"2 errors found.\npage 1\n", maxText, "2 errors found.; page 1"},
		{"proto:\u00a0cannot", maxText, "proto: cannot"},
		{"\x1b[31mred\x00\xff", maxText, `\x1b[31mred\x00\ufffd`},
		{`key: "k" value: "p\"w" err: x`, maxText, `key: "k" value: (3 bytes, not shown) err: x`},
		{`a value: "b" value: "cd" z`, maxText, `a value: (1 bytes, not shown) value: (2 bytes, not shown) z`},
		{`value: "cut of`, maxText, `value: (not shown)`},
		{strings.Repeat("ä", 50), 41, strings.Repeat("ä", 20) + "…"},
	} {
		if got := printable(c.text, c.limit); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestDeathOf(t *testing.T) {
	for _, c := range []struct {
		stderr, want string
		outcome      Outcome
	}{
		{"panic: assertion failed: x\n\ngoroutine 1 [running]:\npanic: again\n", "panic: assertion failed: x", Crashed},
		{"unexpected fault address 0x7f00\nfatal error: fault\n[signal SIGBUS: bus error code=0x2 addr=0x7f00 pc=0x1]\n", "fatal error: fault (SIGBUS)", Crashed},
		{"panic: runtime error: nil\n[signal SIGSEGV: segmentation violation code=0x1]\n", "panic: runtime error: nil (SIGSEGV)", Crashed},
		{`{"level":"panic","msg":"failed to open database","path":"x","error":"invalid"}` + "\npanic: failed\n", "panic: failed to open database: invalid", Crashed},
		{`{"level":"fatal","msg":"bye"}` + "\n", "fatal: bye", Crashed},
		{"fatal error: runtime: out of memory\n", "fatal error: runtime: out of memory", OutOfMemory},
		{"fatal error: runtime: cannot allocate memory\n", "fatal error: runtime: cannot allocate memory", OutOfMemory},
		{"SIGXCPU: cpu limit exceeded\n", "SIGXCPU: cpu limit exceeded", TimedOut},
		{"hm\n{broken\n", (&os.ProcessState{}).String(), Crashed},
	} {
		got := deathOf([]byte(c.stderr), &os.ProcessState{})
		if got != c.want || outcomeOf(got) != c.outcome {
			t.Errorf("%q: %q %s, want %q %s", c.stderr, got, outcomeOf(got), c.want, c.outcome)
		}
	}
}

func TestServeArgs(t *testing.T) {
	for _, args := range [][]string{nil, {"hashkv"}, {"nosuch", "x"}, {"hashkv", "x", "y"}, {"hashkv", "x", "1", "2"}} {
		var out strings.Builder
		if err := Serve(args, &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v, %q", args, err, out.String())
		}
	}
	if err := Serve([]string{"bolt-check", t.TempDir() + "/none"}, tellNothing{}); err == nil {
		t.Error("no error with a broken stdout")
	}
	for _, k := range Kinds() {
		q := Question{k, 0}
		if k == HashKV {
			q.Revision = 12
		}
		if got, path, err := parseQuestion(q.args("p")); got != q || path != "p" || err != nil {
			t.Errorf("%s: %v %q %v", q, got, path, err)
		}
	}
}
