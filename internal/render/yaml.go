package render

import (
	"bufio"
	"strings"
)

// renderYAML writes the same document as renderJSON. The emitter is our own
// because the libraries sort the names; it needs only what JSON has, and quotes
// every string that is not a plain word.
func renderYAML(w *bufio.Writer, d Document, _ Options) error {
	writeYAML(w, documentNode(d), 0, false)
	return nil
}

// writeYAML writes a list or an object that is not empty. inline: the cursor is
// already where the first line begins.
func writeYAML(w *bufio.Writer, n node, indent int, inline bool) {
	for i := range n.size() {
		if isBroken(w) {
			return
		}
		kid := n.kid(i)
		if i > 0 || !inline {
			writeBlanks(w, indent)
		}
		if n.kind == listNode {
			w.WriteByte('-')
			if kid.size() == 0 {
				writeYAMLScalar(w, kid)
				continue
			}
			w.WriteByte(' ')
			writeYAML(w, kid, indent+2, true)
			continue
		}
		writeYAMLString(w, strings.ToValidUTF8(n.names[i], "\uFFFD"))
		w.WriteByte(':')
		switch {
		case kid.size() == 0:
			writeYAMLScalar(w, kid)
		case kid.kind == listNode:
			w.WriteByte('\n')
			writeYAML(w, kid, indent, false)
		default:
			w.WriteByte('\n')
			writeYAML(w, kid, indent+2, false)
		}
	}
}

// writeYAMLScalar ends the line with a scalar or an empty list or object.
func writeYAMLScalar(w *bufio.Writer, n node) {
	w.WriteByte(' ')
	switch n.kind {
	case literalNode:
		w.WriteString(n.text)
	case stringNode:
		writeYAMLString(w, n.text)
	case listNode:
		w.WriteString("[]")
	case objectNode:
		w.WriteString("{}")
	}
	w.WriteByte('\n')
}

func writeYAMLString(w *bufio.Writer, s string) {
	if isYAMLWord(s) {
		w.WriteString(s)
		return
	}
	w.Write(appendYAMLString(w.AvailableBuffer(), s))
}

// isYAMLWord tells whether s needs no quotes under any reading of YAML 1.1 or
// 1.2. It is strict: a letter or slash, then letters, digits and _ . / -, and
// none of the words that mean something. Numbers and dates begin with neither.
func isYAMLWord(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '/':
		case i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'):
		default:
			return false
		}
	}
	switch strings.ToLower(s) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan":
		return false
	}
	return true
}

func writeBlanks(w *bufio.Writer, n int) {
	for range n {
		w.WriteByte(' ')
	}
}
