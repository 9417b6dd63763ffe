package query

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// maxJSONDepth bounds how deep a comparison goes into values; what lies deeper is
// compared as a whole.
const maxJSONDepth = 64

// json compares two objects or lists; false if one of them is neither.
func (d *ValueDiff) json(before, after []byte) bool {
	a, ok := parseContainer(before)
	if !ok {
		return false
	}
	b, ok := parseContainer(after)
	if !ok {
		return false
	}
	d.Kind = DiffJSON
	d.compare("", a, b, 0)
	if len(d.Steps) == 0 {
		d.add(DiffStep{At: "spelling only"}) // blanks, order of members, escapes
	}
	return true
}

// parseContainer reads a JSON object or list, numbers as they are written.
func parseContainer(b []byte) (any, bool) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil, false
	}
	_, err := dec.Token()
	return v, err == io.EOF
}

// compare adds what differs below a path.
func (d *ValueDiff) compare(path string, a, b any, depth int) {
	if d.More || reflect.DeepEqual(a, b) {
		return
	}
	if depth < maxJSONDepth {
		switch a := a.(type) {
		case map[string]any:
			if b, ok := b.(map[string]any); ok {
				d.compareObjects(path, a, b, depth+1)
				return
			}
		case []any:
			if b, ok := b.([]any); ok {
				d.compareLists(path, a, b, depth+1)
				return
			}
		}
	}
	d.add(DiffStep{At: pathOrRoot(path), Old: spelled(a), New: spelled(b)})
}

func (d *ValueDiff) compareObjects(path string, a, b map[string]any, depth int) {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		x, inA := a[name]
		y, inB := b[name]
		at := path + member(name)
		switch {
		case !inB:
			d.add(DiffStep{At: at, Old: spelled(x)})
		case !inA:
			d.add(DiffStep{At: at, New: spelled(y)})
		default:
			d.compare(at, x, y, depth)
		}
	}
}

func (d *ValueDiff) compareLists(path string, a, b []any, depth int) {
	for i := range max(len(a), len(b)) {
		at := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case i >= len(b):
			d.add(DiffStep{At: at, Old: spelled(a[i])})
		case i >= len(a):
			d.add(DiffStep{At: at, New: spelled(b[i])})
		default:
			d.compare(at, a[i], b[i], depth)
		}
	}
}

// member is the step of a path into an object: .name, or ["a name"].
func member(name string) string {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return "[" + strconv.Quote(name) + "]"
		}
	}
	if name == "" {
		return `[""]`
	}
	return "." + name
}

func pathOrRoot(path string) string {
	if path == "" {
		return "."
	}
	return path
}

// spelled is a part of a value in one line of JSON.
func spelled(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("?")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
