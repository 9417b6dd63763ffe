package render

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestHumanAndMachine(t *testing.T) {
	tests := []struct {
		v              Value
		human, machine string
	}{
		{Null(), "-", ""},
		{Value{}, "-", ""},
		{Bool(true), "yes", "true"},
		{Bool(false), "no", "false"},
		{Int(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		{Uint(math.MaxUint64), "18446744073709551615", "18446744073709551615"},
		{Bytes(0), "0 B", "0"},
		{Bytes(1023), "1023 B", "1023"},
		{Bytes(1024), "1.0 KiB", "1024"},
		{Bytes(1468006), "1.4 MiB", "1468006"},
		{Bytes(1<<20 - 1), "1.0 MiB", "1048575"},
		{Bytes(1<<30 - 1), "1.0 GiB", "1073741823"},
		{Bytes(math.MaxInt64), "8.0 EiB", "9223372036854775807"},
		{Bytes(-2048), "-2.0 KiB", "-2048"},
		{Ratio(0), "0.0 %", "0"},
		{Ratio(0.362), "36.2 %", "0.362"},
		{Ratio(1), "100.0 %", "1"},
		{Ratio(0.99999), ">99.9 %", "0.99999"},
		{Ratio(0.0001), "<0.1 %", "0.0001"},
		{Ratio(-0.5), "-50.0 %", "-0.5"},
		{Ratio(1e-9), "<0.1 %", "1e-09"},
		{Ratio(math.NaN()), "-", ""},
		{Ratio(math.Inf(1)), "-", ""},
		{Duration(90*time.Second + 123456*time.Nanosecond), "1m30s", "90.000123456"},
		{Duration(1500 * time.Microsecond), "1.5ms", "0.0015"},
		{Time(time.Time{}), "-", ""},
		{Time(time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", -3600))), "2026-01-02T04:04:05Z", "2026-01-02T04:04:05Z"},
		{ID(0xCDF818194E3A8C32), "cdf818194e3a8c32", "cdf818194e3a8c32"},
		{ID(0), "0", "0"},
		{Text("a \"b\" "), "a \"b\" ", "a \"b\" "},
		{Text("a\nb"), `"a\nb"`, "a\nb"},
		{Key(nil), `""`, ""},
		{Key([]byte("a ")), `"a "`, "a "},
		{List(), "none", ""},
		{List(Int(1), Key([]byte("k\x00"))), `1, "k\x00"`, ""},
		{Object(), "none", ""},
		{Object(Field{"a", "", Int(1)}, Field{"b", "bee", Bytes(2048)}), "a=1 bee=2.0 KiB", ""},
	}
	for _, tt := range tests {
		if got := tt.v.human(false); got != tt.human {
			t.Errorf("human: %q, want %q", got, tt.human)
		}
		if got := tt.v.machine(); got != tt.machine {
			t.Errorf("machine: %q, want %q", got, tt.machine)
		}
	}
	if got := Bytes(1468006).humanExact(false); got != "1.4 MiB (1468006 bytes)" {
		t.Errorf("exact size: %s", got)
	}
}

func TestKeyIsCopied(t *testing.T) {
	b := []byte("abc")
	v := Key(b)
	b[0] = 'x'
	if v.machine() != "abc" {
		t.Error("the value changed with the caller's slice")
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"/registry/pods", "/registry/pods"},
		{"", `""`},
		{" a", `" a"`},
		{"a ", `"a "`},
		{"a b", "a b"},
		{`"a"`, `"\"a\""`},
		{`a"b\c`, `a"b\c`},
		{"\x1b[31m", `"\x1b[31m"`},
		{"a\x00b\nc\td", `"a\x00b\nc\td"`},
		{"\xff", `"\xff"`},
		{"\u202e", `"\u202e"`},
		{"\u200d", `"\u200d"`},
		{"\u00a0", `"\u00a0"`},
		{"\u2028", `"\u2028"`},
		{"ключ", "ключ"},
		{"=1+1", "=1+1"},
	}
	for _, tt := range tests {
		if got := Printable([]byte(tt.in)); got != tt.want {
			t.Errorf("Printable(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
	if got := printable("ключ", true); got != `"\u043a\u043b\u044e\u0447"` {
		t.Errorf("ascii: %s", got)
	}
}

func FuzzPrintable(f *testing.F) {
	for _, k := range hostileKeys() {
		f.Add([]byte(k))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, ascii := range []bool{false, true} {
			s := printable(string(b), ascii)
			if !utf8.ValidString(s) || !isPrintable(s, ascii) || s == "" {
				t.Errorf("%q became %q", b, s)
			}
			back := s
			if strings.HasPrefix(s, `"`) {
				var err error
				if back, err = strconv.Unquote(s); err != nil {
					t.Errorf("%s: %v", s, err)
				}
			}
			if back != string(b) {
				t.Errorf("%q came back as %q", b, back)
			}
		}
	})
}

func TestFlatten(t *testing.T) {
	var got []string
	for _, l := range Flatten(healthyResult()) {
		got = append(got, l.Name)
	}
	want := "kind healthy file_bytes free_ratio revision consistent_index cluster_id written took_seconds compacted " +
		"pages.total pages.free pages.by_kind.leaf pages.by_kind.branch " +
		"members.count members.0.id members.0.name members.0.db_bytes members.1.id members.1.name members.1.db_bytes members.1.learner " +
		"alarms.count terms.count terms.0 terms.1 terms.2 notes.count notes.0 notes.1 empty"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	for _, l := range Flatten(healthyResult()) {
		if l.Value.numeric() && (l.Name == "cluster_id" || l.Name == "compacted") { // an id is a name
			t.Errorf("%s is not a number", l.Name)
		}
	}
}

func TestFitWidths(t *testing.T) {
	tests := []struct {
		widths, data []int
		numbers      []bool
		avail        int
		want         []int
		fits         bool
	}{
		{[]int{5, 6}, []int{5, 6}, []bool{false, true}, 20, []int{5, 6}, true},
		{[]int{50, 6}, []int{50, 6}, []bool{false, true}, 30, []int{24, 6}, true},
		{[]int{50, 40, 6}, []int{50, 40, 6}, []bool{false, false, true}, 46, []int{20, 20, 6}, true},
		{[]int{50, 20}, []int{50, 20}, []bool{false, true}, 20, []int{7, 13}, true},
		{[]int{50, 20, 9}, []int{50, 20, 3}, []bool{false, true, true}, 36, []int{12, 20, 4}, true},
		{[]int{50, 20, 9}, []int{50, 20, 9}, []bool{false, true, true}, 35, []int{7, 20, 9}, false},
		{[]int{1 << 30, 1}, []int{1 << 30, 1}, []bool{false, false}, 10, []int{9, 1}, true},
		{[]int{9, 9}, []int{9, 9}, []bool{false, true}, 7, []int{4, 4}, false},
	}
	for _, tt := range tests {
		got := append([]int(nil), tt.widths...)
		fits := fitWidths(got, tt.data, tt.numbers, tt.avail)
		if fits != tt.fits || len(got) != len(tt.want) {
			t.Errorf("%v into %d: %v %v", tt.widths, tt.avail, got, fits)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%v into %d: %v, want %v", tt.widths, tt.avail, got, tt.want)
				break
			}
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in    string
		width int
		ascii bool
		want  string
	}{
		{"abc", 3, false, "abc"},
		{"abcd", 3, false, "ab…"},
		{"abcdef", 5, true, "ab..."},
		{"日本語", 5, false, "日本…"},
		{"日本語", 4, false, "日…"},
		{"abcd", 2, true, ".."},
		{"abcd", 0, false, ""},
	}
	for _, tt := range tests {
		if got := cut(tt.in, tt.width, tt.ascii); got != tt.want {
			t.Errorf("cut(%s, %d) = %s, want %s", tt.in, tt.width, got, tt.want)
		}
	}
}
