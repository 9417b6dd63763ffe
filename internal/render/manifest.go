package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"boltvet/internal/k8s"
)

// ManifestYAML is an object of Kubernetes as kubectl can apply it: block style,
// and text of several lines as a block of its own. Nothing in it acts on a
// terminal. It ends with a line break.
func ManifestYAML(o k8s.Object) []byte {
	var buf bytes.Buffer
	w := bufio.NewWriter(&buf)
	writeManifest(w, o, 0, false)
	w.Flush() // a buffer takes everything
	return buf.Bytes()
}

// ManifestJSON is an object of Kubernetes as JSON, its lines after the first
// indented by depth steps of two blanks; a negative depth makes one line.
func ManifestJSON(o k8s.Object, depth int) []byte {
	var buf bytes.Buffer
	w := bufio.NewWriter(&buf)
	writeJSON(w, manifestNode(o), depth)
	w.Flush() // a buffer takes everything
	return buf.Bytes()
}

// manifestNode makes a node of a tree.
func manifestNode(v any) node {
	switch v := v.(type) {
	case k8s.Object:
		n := node{kind: objectNode}
		for _, m := range v {
			n.add(m.Name, manifestNode(m.Value))
		}
		return n
	case k8s.List:
		n := node{kind: listNode}
		for _, e := range v {
			n.kids = append(n.kids, manifestNode(e))
		}
		return n
	case string:
		return node{kind: stringNode, text: strings.ToValidUTF8(v, "\uFFFD")}
	case json.Number:
		return literal(v.String())
	case bool:
		return literal(strconv.FormatBool(v))
	}
	return literal("null")
}

// writeManifest writes an object or a list that is not empty, as writeYAML
// does it.
func writeManifest(w *bufio.Writer, v any, indent int, inline bool) {
	switch v := v.(type) {
	case k8s.Object:
		for i, m := range v {
			if i > 0 || !inline {
				writeBlanks(w, indent)
			}
			writeManifestName(w, m.Name, indent)
			writeManifestMember(w, m.Value, indent)
		}
		if len(v) == 0 {
			w.WriteString("{}\n")
		}
	case k8s.List:
		for i, e := range v {
			if i > 0 || !inline {
				writeBlanks(w, indent)
			}
			w.WriteByte('-')
			if isBranch(e) {
				w.WriteByte(' ')
				writeManifest(w, e, indent+2, true)
			} else {
				writeManifestScalar(w, e, indent)
			}
		}
	}
}

// maxSimpleName bounds the names that are written as most are, in bytes. Readers
// of YAML look for a colon in the next 1024 characters, and there may be six in
// the escape of one byte.
const maxSimpleName = 128

// writeManifestName writes a name and its colon.
func writeManifestName(w *bufio.Writer, name string, indent int) {
	long := len(name) > maxSimpleName
	if long {
		w.WriteString("? ")
	}
	writeYAMLString(w, strings.ToValidUTF8(name, "\uFFFD"))
	if long {
		w.WriteByte('\n')
		writeBlanks(w, indent)
	}
	w.WriteByte(':')
}

// writeManifestMember writes what comes behind a name and its colon.
func writeManifestMember(w *bufio.Writer, v any, indent int) {
	if !isBranch(v) {
		writeManifestScalar(w, v, indent)
		return
	}
	w.WriteByte('\n')
	if _, isList := v.(k8s.List); !isList {
		indent += 2
	}
	writeManifest(w, v, indent, false)
}

// isBranch tells an object or a list that is not empty.
func isBranch(v any) bool {
	switch v := v.(type) {
	case k8s.Object:
		return len(v) > 0
	case k8s.List:
		return len(v) > 0
	}
	return false
}

// writeManifestScalar ends the line with a scalar, or goes on below it with a
// block of text.
func writeManifestScalar(w *bufio.Writer, v any, indent int) {
	text, isText := v.(string)
	if !isText || !isBlock(text) {
		writeYAMLScalar(w, manifestNode(v))
		return
	}
	body := strings.TrimRight(text, "\n")
	switch len(text) - len(body) {
	case 0:
		w.WriteString(" |-\n")
	case 1:
		w.WriteString(" |\n")
	default:
		w.WriteString(" |+\n")
	}
	for line := range strings.Lines(text) {
		if line != "\n" {
			writeBlanks(w, indent+2)
		}
		w.WriteString(line)
	}
	if len(body) == len(text) {
		w.WriteByte('\n')
	}
}

// isBlock tells text that is the same as a block of YAML and safe to show: of
// several lines, the first of which is not empty and not indented, of
// characters that need no escape.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || strings.ContainsRune(" \t\n", rune(s[0])) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && !strconv.IsPrint(r) || r == '\uFFFD' }) < 0
}
