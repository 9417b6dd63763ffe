package render

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJSONString: what is written parses back to the same text, as one string, and has
// nothing raw in it that a terminal acts upon.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c\n\r\t", "\x00\x7f\u0085\u202e\u2028", "käse \U0001f9c0 \U000e0001", strings.Repeat("QUJD", 3000) + "\x01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		b := appendJSONString([]byte("kept"), s)
		var back string
		if err := json.Unmarshal(b[len("kept"):], &back); err != nil || back != s {
			t.Fatalf("%q became %s: %v", s, b, err)
		}
		if i := strings.IndexFunc(string(b), func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x202e || r == 0x2028 }); i >= 0 {
			t.Fatalf("%q has something raw: %q", s, b)
		}
	})
}

func BenchmarkJSONString(b *testing.B) {
	for name, s := range map[string]string{"base64": strings.Repeat("QUJDRA+/", 1<<17), "text": strings.Repeat("name: \"käse\"\n", 1<<16)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			var buf []byte
			for b.Loop() {
				buf = appendJSONString(buf[:0], s)
			}
		})
	}
}
