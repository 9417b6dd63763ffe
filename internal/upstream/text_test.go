package upstream

import (
	"os"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"page 5: already freed", MaxText, "page 5: already freed"},
		{"2 errors found.\npage 1\n", MaxText, "2 errors found.; page 1"},
		{"proto:\u00a0cannot", MaxText, "proto: cannot"},
		{"\x1b[31mred\x00\xff", MaxText, `\x1b[31mred\x00\ufffd`},
		{`key: "k" value: "p\"w" err: x`, MaxText, `key: "k" value: (3 bytes, not shown) err: x`},
		{`a value: "b" value: "cd" z`, MaxText, `a value: (1 bytes, not shown) value: (2 bytes, not shown) z`},
		{`value: "cut of`, MaxText, `value: (not shown)`},
		{strings.Repeat("ä", 50), 41, strings.Repeat("ä", 20) + "…"},
	} {
		if got := Line(c.text, c.limit); got != c.want {
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

func TestParseQuestion(t *testing.T) {
	for _, args := range [][]string{nil, {"hashkv"}, {"nosuch", "x"}, {"hashkv", "x", "y"}, {"hashkv", "x", "1", "2"}} {
		if q, path, err := ParseQuestion(args); err == nil {
			t.Errorf("%q: %v %q", args, q, path)
		}
	}
	for _, k := range Kinds() {
		q := Question{k, 0}
		if k == HashKV {
			q.Revision = 12
		}
		if got, path, err := ParseQuestion(q.args("p")); got != q || path != "p" || err != nil {
			t.Errorf("%s: %v %q %v", q, got, path, err)
		}
	}
}
