package render

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable is b as text that is safe to show: b itself if it is UTF-8 of
// printable characters, else Go-quoted. Control characters, ESC, bidirectional
// and other invisible controls, exotic blanks and invalid UTF-8 are never let
// through.
//
// The text is exact: what begins with a double quote is Go-quoted and
// strconv.Unquote gives b; anything else is b. Therefore nothing, a leading
// quote, and blanks at either end (which no one would see) are quoted as well.
func Printable(b []byte) string { return printable(string(b), false) }

// printable is Printable; with ascii it quotes all but ASCII.
func printable(s string, ascii bool) string {
	if s == "" || s[0] == '"' || s[0] == ' ' || s[len(s)-1] == ' ' || !isPrintable(s, ascii) {
		return quote(s, ascii)
	}
	return s
}

// plain is like printable for our own words: quoted only if it must be.
func plain(s string, ascii bool) string {
	if isPrintable(s, ascii) {
		return s
	}
	return quote(s, ascii)
}

func quote(s string, ascii bool) string {
	if ascii {
		return strconv.QuoteToASCII(s)
	}
	return strconv.Quote(s)
}

// isPrintable follows strconv.IsPrint: letters, marks, numbers, punctuation,
// symbols and the ASCII blank. Not so the controls (Cc), the formats (Cf, with
// the bidirectional ones), line separators and blanks other than ASCII's.
func isPrintable(s string, ascii bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !strconv.IsPrint(r) || ascii && r >= utf8.RuneSelf
	}) < 0
}
