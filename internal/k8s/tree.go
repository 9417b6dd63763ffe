package k8s

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
)

// An Object is a JSON object, its members sorted by name, as kubectl shows
// them. The values of a tree are nil, bool, string, json.Number, [List] and
// Object, and nothing else.
type Object []Member

// A Member is one name and its value.
type Member struct {
	Name  string
	Value any
}

// A List is a JSON array.
type List []any

// Get returns the value under a name, nil if there is none.
func (o Object) Get(name string) any {
	i, ok := slices.BinarySearchFunc(o, name, func(m Member, name string) int { return strings.Compare(m.Name, name) })
	if !ok {
		return nil
	}
	return o[i].Value
}

// Text returns the string under a name, "" if there is none.
func (o Object) Text(name string) string {
	s, _ := o.Get(name).(string)
	return s
}

// index is where a name is among members in any order, -1 if nowhere.
func (o Object) index(name string) int {
	return slices.IndexFunc(o, func(m Member) bool { return m.Name == name })
}

func (o Object) sort() {
	slices.SortStableFunc(o, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
}

// countLevels is how deep the parts of a tree are, all together.
func countLevels(v any, depth int) int {
	sum := depth
	switch v := v.(type) {
	case Object:
		for i := range v {
			sum += countLevels(v[i].Value, depth+1)
		}
	case List:
		for i := range v {
			sum += countLevels(v[i], depth+1)
		}
	}
	return sum
}

// AppendJSON appends v, a value of a tree, as JSON on one line.
func AppendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case Object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.Name), ':')
			b = AppendJSON(b, m.Value)
		}
		return append(b, '}')
	case List:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, e)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, v...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

// appendString writes <, > and & as they are, as kubectl does it in YAML.
func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return append(b, "null"...) // a string always has a JSON
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// parseJSON reads one JSON value with nothing after it. The error is a
// [DamageError] and quotes nothing of b. Of two members with one name the last
// counts, as in Go.
func parseJSON(b []byte) (any, error) {
	if bytes.Count(b, []byte(","))+bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > maxParts {
		return nil, &DamageError{In: "JSON", Reason: "more parts than any object has"}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil {
		if _, err = dec.Token(); err == io.EOF {
			tree, ok := fromAny(v, 0)
			if !ok {
				return nil, &DamageError{In: "JSON", Reason: "it is nested too deep"}
			}
			return tree, nil
		}
	}
	return nil, &DamageError{Off: int(dec.InputOffset()), In: "JSON", Reason: "it is not well-formed"}
}

// fromAny makes a tree of what encoding/json reads; false if it is too deep:
// each line of it would be indented by as much.
func fromAny(v any, depth int) (any, bool) {
	if depth > maxDepth {
		return nil, false
	}
	switch v := v.(type) {
	case map[string]any:
		o := make(Object, 0, len(v))
		for name, e := range v {
			kid, ok := fromAny(e, depth+1)
			if !ok {
				return nil, false
			}
			o = append(o, Member{Name: name, Value: kid})
		}
		o.sort()
		return o, true
	case []any:
		l := make(List, 0, len(v))
		for _, e := range v {
			kid, ok := fromAny(e, depth+1)
			if !ok {
				return nil, false
			}
			l = append(l, kid)
		}
		return l, true
	}
	return v, true
}
