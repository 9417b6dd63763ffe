package upstream

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one printable line of at most limit bytes of a text from
// upstream code, which may quote any byte of the file. Values that it quotes are
// left out.
func Line(s string, limit int) string {
	var b strings.Builder
	for _, r := range withoutValues(s) {
		piece := string(r)
		switch {
		case r == '\n':
			piece = "; "
		case unicode.IsSpace(r): // protobuf writes one kind or another, by chance
			piece = " "
		case r == utf8.RuneError || !unicode.IsPrint(r):
			piece = strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		}
		if b.Len()+len(piece) > limit {
			b.WriteString("…")
			break
		}
		b.WriteString(piece)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// withoutValues cuts quoted values out of a text: they are secrets.
// Source: etcd 3.7.3, etcdutl/snapshot/v3_snapshot.go (Status: `value: %q`).
func withoutValues(s string) string {
	const mark = `value: "`
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, mark)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		rest = `"` + rest
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil { // no end: cut off; drop all of it
			b.WriteString("value: (not shown)")
			return b.String()
		}
		value, _ := strconv.Unquote(quoted) // QuotedPrefix has checked it
		fmt.Fprintf(&b, "value: (%d bytes, not shown)", len(value))
		s = rest[len(quoted):]
	}
}
