package query

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// stepText is a step as a test writes it.
func stepText(s DiffStep) string {
	show := func(b []byte) string {
		if b == nil {
			return "-"
		}
		return string(b)
	}
	return s.At + "|" + show(s.Old) + "|" + show(s.New)
}

func TestDiffValues(t *testing.T) {
	for _, c := range []struct {
		before, after string
		kind          DiffKind
		want          []string
	}{
		{"x", "x", DiffSame, nil},
		{"", "", DiffSame, nil},
		{`{"a":1,"b":{"c":[1,2]}}`, `{"a":2,"b":{"c":[1,3,4]}}`, DiffJSON, []string{".a|1|2", ".b.c[1]|2|3", ".b.c[2]|-|4"}},
		{`{"a b":1,"":2,"k/8.s":3}`, `{"a b":2}`, DiffJSON, []string{`[""]|2|-`, `["a b"]|1|2`, `["k/8.s"]|3|-`}},
		{`{"a":1}`, `[1]`, DiffJSON, []string{`.|{"a":1}|[1]`}},
		{`{"a":1,"b":2}`, `{"b":2, "a":1}`, DiffJSON, []string{"spelling only|-|-"}},
		{`{"n":12345678901234567890}`, `{"n":12345678901234567891}`, DiffJSON, []string{".n|12345678901234567890|12345678901234567891"}},
		{`{"a":"<&>"}`, `{"a":"é"}`, DiffJSON, []string{`.a|"<&>"|"é"`}},
		{`{"a":null}`, `{}`, DiffJSON, []string{".a|null|-"}},
		{`{"a":1}{}`, `{"a":2}{}`, DiffText, []string{`line 1|{"a":1}{}|-`, `line 1|-|{"a":2}{}`}},
		{"a\nb\nc\n", "a\nx\nc\n", DiffText, []string{"line 2|b|-", "line 2|-|x"}},
		{"a\nc\n", "a\nb\nc\n", DiffText, []string{"line 2|-|b"}},
		{"a\nb\nc\nd\n", "b\nd\n", DiffText, []string{"line 1|a|-", "line 3|c|-"}},
		{"", "one\n", DiffText, []string{"line 1|-|one"}},
		{"a\n", "a", DiffText, []string{"end of the last line|-|-"}},
		{"ab\x00cd", "ab\x00xy", DiffBytes, []string{"byte 3|cd|xy"}},
		{"ab\xff", "ab\xffc", DiffBytes, []string{"byte 3||c"}},
	} {
		d := DiffValues([]byte(c.before), []byte(c.after))
		var got []string
		for _, s := range d.Steps {
			got = append(got, stepText(s))
		}
		if d.Kind != c.kind || !slices.Equal(got, c.want) || d.More {
			t.Errorf("%q, %q: %v %q, want %v %q", c.before, c.after, d.Kind, got, c.kind, c.want)
		}
	}
}

// TestDiffBounds has values that would take too much time or room.
func TestDiffBounds(t *testing.T) {
	deep := func(n int, leaf string) []byte {
		return []byte(strings.Repeat(`{"a":`, n) + leaf + strings.Repeat("}", n))
	}
	if d := DiffValues(deep(5000, "1"), deep(5000, "2")); d.Kind != DiffJSON || len(d.Steps) != 1 {
		t.Errorf("deep: %v, %d steps", d.Kind, len(d.Steps))
	}
	if d := DiffValues(deep(20000, "1"), deep(20000, "2")); d.Kind != DiffText { // deeper than the parser goes
		t.Errorf("very deep: %v", d.Kind)
	}
	many := func(s string) []byte {
		var b bytes.Buffer
		for i := range 5000 {
			fmt.Fprintf(&b, "%s%d\n", s, i)
		}
		return b.Bytes()
	}
	if d := DiffValues(many("a"), many("b")); len(d.Steps) != MaxDiffSteps || !d.More {
		t.Errorf("many: %d steps, more %t", len(d.Steps), d.More)
	}
	large := bytes.Repeat([]byte("x\n"), maxDiffed)
	if d := DiffValues(large, large[2:]); d.Kind != DiffBytes {
		t.Errorf("large: %v", d.Kind)
	}
}

func FuzzDiffValues(f *testing.F) {
	f.Add([]byte(`{"a":[1]}`), []byte(`{"a":[2]}`))
	f.Add([]byte("a\nb"), []byte("b\n\n"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d := DiffValues(a, b)
		if bytes.Equal(a, b) != (d.Kind == DiffSame) || (d.Kind != DiffSame) != (len(d.Steps) > 0) {
			t.Errorf("%q, %q: %+v", a, b, d)
		}
		if d.Kind != DiffText {
			return
		}
		gone := 0
		for _, s := range d.Steps {
			if s.Old != nil {
				gone++
			} else if s.New != nil {
				gone--
			}
		}
		if gone != len(splitLines(a))-len(splitLines(b)) {
			t.Errorf("%q, %q: %d lines fewer", a, b, gone)
		}
	})
}
