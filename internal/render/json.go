package render

import (
	"bufio"
	"strings"
)

// renderJSON writes the document as one JSON object, indented by two.
func renderJSON(w *bufio.Writer, d Document, _ Options) error {
	writeJSON(w, documentNode(d), 0)
	return w.WriteByte('\n')
}

// writeJSON indents by depth; a negative depth writes one line. Errors stay in w
// and come out at Flush.
func writeJSON(w *bufio.Writer, n node, depth int) {
	switch n.kind {
	case literalNode:
		w.WriteString(n.text)
	case stringNode:
		w.Write(appendJSONString(w.AvailableBuffer(), n.text))
	case listNode:
		writeJSONItems(w, n, depth, '[', ']')
	case objectNode:
		writeJSONItems(w, n, depth, '{', '}')
	}
}

func writeJSONItems(w *bufio.Writer, n node, depth int, first, last byte) {
	inner := depth
	if depth >= 0 {
		inner++
	}
	w.WriteByte(first)
	for i := range n.size() {
		if isBroken(w) {
			return
		}
		if i > 0 {
			w.WriteByte(',')
		}
		writeJSONBreak(w, inner)
		if n.kind == objectNode {
			w.Write(appendJSONString(w.AvailableBuffer(), strings.ToValidUTF8(n.names[i], "\uFFFD")))
			w.WriteByte(':')
			if depth >= 0 {
				w.WriteByte(' ')
			}
		}
		writeJSON(w, n.kid(i), inner)
	}
	if n.size() > 0 {
		writeJSONBreak(w, depth)
	}
	w.WriteByte(last)
}

func writeJSONBreak(w *bufio.Writer, depth int) {
	if depth < 0 {
		return
	}
	w.WriteByte('\n')
	for range depth {
		w.WriteString("  ")
	}
}
