package render

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func conditionResult() Result {
	return Result{Fields: []Field{
		{"free_ratio", "", Ratio(0.1)},
		{"file_bytes", "", Bytes(2 << 30)},
		{"revision", "", Int(9007199254740993)}, // 2^53+1
		{"index", "", Uint(1<<64 - 1)},
		{"took_seconds", "", Duration(90 * time.Second)},
		{"behind", "", Null()},
		{"kind", "", Text("snapshot")},
		{"member", "", ID(7)},
		{"pages", "", Object(Field{"free", "", Int(12)})},
		{"alarms", "", List(Text("NOSPACE"))},
	}}
}

func TestEval(t *testing.T) {
	tests := map[string]bool{
		"free_ratio>0.5":               false,
		"free_ratio==0.1":              true,
		"free_ratio==10%":              true,
		"free_ratio>=10%":              true,
		"free_ratio<=0.1":              true,
		"free_ratio != 0.1":            false,
		"free_ratio<0.11":              true,
		"free_ratio>-1":                true,
		"file_bytes==2GiB":             true,
		"file_bytes == 2048 MiB":       true,
		"file_bytes>2GB":               true,
		"file_bytes>=2147483648":       true,
		"file_bytes>2.0001GiB":         false,
		"revision==9007199254740992":   false,
		"revision>9007199254740992":    true,
		"index==18446744073709551615":  true,
		"took_seconds>1m":              true,
		"took_seconds==1.5m":           true,
		"took_seconds<90s":             false,
		"took_seconds>1h":              false,
		"pages.free>10":                true,
		"alarms.count>0":               true,
		"  pages.free  <  +13  ":       true,
		"pages.free>0.01KiB":           true,
		"pages.free<00000000000000013": true,
	}
	for text, want := range tests {
		c, err := ParseCondition(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := c.Eval(conditionResult()); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestConditionsThatDoNotParse(t *testing.T) {
	for _, text := range []string{
		"", "free_ratio", ">1", "free ratio>1", "a>", "a>x", "a=1", "a=>1", "a!1", "a>>1", "a>1MiBs", "a>1kib", "a>1e9", "a>.5", "a>1.",
		"a>1 2", "a>0x10", "a>nan", "a>inf", "a\x1b>1", "a>1/2", "a>--1", "a>" + strings.Repeat("9", longestNumber+1),
	} {
		c, err := ParseCondition(text)
		var ce *ConditionError
		if err == nil || !errors.As(err, &ce) {
			t.Errorf("%q parsed to %+v, %v", text, c, err)
		}
	}
}

func TestConditionsThatHaveNoAnswer(t *testing.T) {
	tests := []struct {
		text    string
		unknown bool
		nearest string
	}{
		{"free_ration>1", false, "free_ratio"},
		{"fre_raito>1", false, ""},
		{"file_byte>1", false, "file_bytes"},
		{"free>1", false, "pages.free"},
		{"nothing_like_it>1", false, ""},
		{"behind>1", true, ""},
		{"kind>1", false, ""},
		{"member>1", false, ""},
		{"pages>1", false, ""},
		{"free_ratio>1GiB", false, ""},
		{"file_bytes>50%", false, ""},
		{"file_bytes>5m", false, ""},
		{"took_seconds>5GiB", false, ""},
	}
	for _, tt := range tests {
		c, err := ParseCondition(tt.text)
		if err != nil {
			t.Error(err)
			continue
		}
		_, err = c.Eval(conditionResult())
		var ce *ConditionError
		if !errors.As(err, &ce) || ce.Unknown != tt.unknown || strings.Join(ce.Nearest, " ") != tt.nearest {
			t.Errorf("%s: %v", tt.text, err)
		}
		if err != nil && tt.nearest != "" && !strings.Contains(err.Error(), tt.nearest) {
			t.Errorf("%s: the message does not help: %v", tt.text, err)
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "a", 0}, {"a", "", 1}, {"ab", "ba", 2}, {"kitten", "kittens", 1}, {"free", "fere", 2}, {"free", "used", 3},
		{"a", "abcd", 3}, {strings.Repeat("a", 200), strings.Repeat("a", 200), 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); min(got, 3) != tt.want {
			t.Errorf("distance(%s, %s) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func FuzzParseCondition(f *testing.F) {
	for _, s := range []string{"free_ratio>0.5", "a.b.0 >= 1.5GiB", "x!=-3%", "a==+1 h", "a=1", ">", "a<\x00", "a>1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCondition(s)
		if err != nil {
			if !isPrintable(err.Error(), false) {
				t.Errorf("the message is not printable: %q", err)
			}
			return
		}
		if c.String() != s || c.limit == nil {
			t.Errorf("%q parsed to %+v", s, c)
		}
		r := Result{Fields: []Field{{c.field, "", Int(1)}}}
		got, err := c.Eval(r)
		if err != nil {
			return // a unit that does not suit
		}
		inverse := map[string]string{">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
		c.op = inverse[c.op]
		if other, err := c.Eval(r); err != nil || other == got {
			t.Errorf("%q and its opposite are both %v, %v", s, got, err)
		}
	})
}
