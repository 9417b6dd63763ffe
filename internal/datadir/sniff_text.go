package datadir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is quoted of a text is only what an error page is about: its title or message. The rest may
// be someone's secret.

// sniffText recognises web pages, error bodies and other text.
func sniffText(head []byte, size int64) (verdict, bool) {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if !isText(text) {
		return verdict{}, false
	}
	trimmed := strings.TrimSpace(string(text))
	lower := strings.ToLower(trimmed[:min(len(trimmed), 4096)])
	const again = "download it again and check the address and the credentials"
	switch {
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return verdict{kind: KindHTML, reason: "a web page, not a backup" + between(trimmed, "<title>", "</title>"), try: again}, true
	case strings.HasPrefix(lower, "<?xml"), strings.HasPrefix(lower, "<error>"):
		return verdict{kind: KindXML, reason: "an XML document, not a backup" +
			between(trimmed, "<Code>", "</Code>") + between(trimmed, "<Message>", "</Message>"), try: again}, true
	case isJSON(trimmed, size):
		return verdict{kind: KindJSON, reason: "a JSON document, not a backup" + jsonMessage(trimmed), try: again}, true
	}
	return verdict{kind: KindText, reason: "a text file, not a backup", try: tryOther}, true
}

// isText reports whether b is UTF-8 without control characters. Its end may cut a character.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f\x1b", r) {
			return false
		}
		b = b[n:]
	}
	return true
}

func isJSON(s string, size int64) bool {
	if size <= sniffBytes {
		return (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")) && json.Valid([]byte(s))
	}
	return strings.HasPrefix(s, `{"`) || strings.HasPrefix(s, "[{")
}

// jsonMessage is the message of an error body, quoted.
func jsonMessage(s string) string {
	var body struct {
		Message, Error any
	}
	if json.Unmarshal([]byte(s), &body) != nil {
		return ""
	}
	for _, v := range []any{body.Message, body.Error} {
		if text, ok := v.(string); ok && text != "" {
			return quoted(text)
		}
	}
	return ""
}

// between is the quoted text between two marks, "" when there is none.
func between(s, begin, end string) string {
	_, after, ok := strings.Cut(s, begin)
	if !ok {
		return ""
	}
	text, _, ok := strings.Cut(after, end)
	if !ok {
		return ""
	}
	return quoted(strings.TrimSpace(text))
}

func quoted(text string) string {
	const limit = 100
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return fmt.Sprintf(": %+q", text)
}
