package render

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// appendJSONString appends s, valid UTF-8, as a JSON string. Unlike the standard
// library it leaves <, > and & alone, and escapes whatever a terminal could act
// upon: not only the controls that JSON forbids, but DEL, C1, bidirectional
// controls and line separators too.
func appendJSONString(b []byte, s string) []byte {
	return appendQuoted(b, s, func(b []byte, r rune) []byte {
		if r > 0xFFFF {
			hi, lo := utf16.EncodeRune(r)
			return fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
		}
		return fmt.Appendf(b, `\u%04x`, r)
	})
}

// appendYAMLString appends s as a double-quoted YAML scalar. It differs from
// JSON beyond the basic plane: YAML has no surrogate pairs.
func appendYAMLString(b []byte, s string) []byte {
	return appendQuoted(b, s, func(b []byte, r rune) []byte {
		if r > 0xFFFF {
			return fmt.Appendf(b, `\U%08x`, r)
		}
		return fmt.Appendf(b, `\u%04x`, r)
	})
}

func appendQuoted(b []byte, s string, escape func([]byte, rune) []byte) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		n := plainRun(s)
		b, s = append(b, s[:n]...), s[n:]
		if s == "" {
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case strconv.IsPrint(r):
			b = utf8.AppendRune(b, r)
		default:
			b = escape(b, r)
		}
	}
	return append(b, '"')
}

// plainRun is how many bytes of s need no look: base64 and most text are one run.
func plainRun(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}
