package render

import (
	"bufio"
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// node is a document as JSON and YAML see it: typed, ordered, and with the
// siblings that non-UTF-8 bytes need.
type node struct {
	kind  nodeKind
	text  string   // of a literal or a string
	names []string // of an object's children
	kids  []node
	// items are a list's children in place of kids: a list may have a million rows, and
	// each is a node only while it is written.
	items []Value
}

// size is the number of children.
func (n *node) size() int { return len(n.kids) + len(n.items) }

// kid is child i.
func (n *node) kid(i int) node {
	if n.items != nil {
		return valueNode(n.items[i])
	}
	return n.kids[i]
}

type nodeKind uint8

const (
	literalNode nodeKind = iota // null, true, false, a number
	stringNode
	listNode
	objectNode
)

func literal(text string) node { return node{kind: literalNode, text: text} }

// text is a string that is valid UTF-8: the bytes, or else their quoted form.
func textNode(s string) node {
	if !utf8.ValidString(s) {
		s = strconv.Quote(s)
	}
	return node{kind: stringNode, text: s}
}

func (n *node) add(name string, kid node) {
	n.names = append(n.names, name)
	n.kids = append(n.kids, kid)
}

// addField adds a field, and NAME_b64 if it holds bytes that JSON cannot.
func (n *node) addField(name string, v Value) {
	n.add(name, valueNode(v))
	if needsBase64(v) {
		n.add(name+"_b64", base64Node(v))
	}
}

func (n *node) addFields(fields []Field) {
	for _, f := range fields {
		n.addField(f.Name, f.Value)
	}
}

func valueNode(v Value) node {
	switch v.kind {
	case KindNull:
		return literal("null")
	case KindText, KindKey:
		return textNode(v.text)
	case KindTime, KindID:
		return node{kind: stringNode, text: v.machine()}
	case KindList:
		return node{kind: listNode, items: v.list}
	case KindObject:
		n := node{kind: objectNode}
		n.addFields(v.fields)
		return n
	}
	return literal(v.machine())
}

// needsBase64 tells whether v, or an item of the list v, is not UTF-8. Objects
// in a list carry their own siblings.
func needsBase64(v Value) bool {
	switch v.kind {
	case KindText, KindKey:
		return !utf8.ValidString(v.text)
	case KindList:
		for _, item := range v.list {
			if needsBase64(item) {
				return true
			}
		}
	}
	return false
}

// base64Node is v with all text in base64. In a list every item has one, so that
// the sibling list can be used alone.
func base64Node(v Value) node {
	switch v.kind {
	case KindText, KindKey:
		return node{kind: stringNode, text: base64.StdEncoding.EncodeToString([]byte(v.text))}
	case KindList:
		n := node{kind: listNode}
		for _, item := range v.list {
			n.kids = append(n.kids, base64Node(item))
		}
		return n
	}
	return literal("null")
}

// documentNode is the one document of json and yaml.
func documentNode(d Document) node {
	n := node{kind: objectNode}
	n.addField("schema_version", Int(SchemaVersion))
	n.addField("command", Text(d.Command))
	n.addField("exit_code", Int(int64(d.ExitCode)))
	results := node{kind: listNode}
	for _, r := range d.Results {
		one := node{kind: objectNode}
		one.addField("source", Text(r.Source))
		one.addFields(r.Fields)
		results.kids = append(results.kids, one)
	}
	n.add("results", results)
	return n
}

// isBroken tells whether w has met an error. It comes out at Flush; long lists look here,
// because nobody waits for the rest of one any more.
func isBroken(w *bufio.Writer) bool {
	_, err := w.Write(nil)
	return err != nil
}
