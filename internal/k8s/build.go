package k8s

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"boltvet/internal/wire"
)

// A builder makes of nodes the JSON that Go's encoding/json makes of the Go
// types of Kubernetes. A field that is not there matters: without omitempty it
// is printed all the same, and a struct that is no pointer is never empty.
type builder struct {
	notes *notes
	parts int // members and elements; what is not there counts as well
}

// full tells that there are more parts than is bearable: a message of two
// bytes may be printed as an object with objects in it. What comes then is left
// out, and the whole is of no use.
func (b *builder) full() bool { return b.parts > maxParts }

// message returns the JSON of a message; n is nil for one that is not there.
func (b *builder) message(m *message, n *node) any {
	switch {
	case m.special != plain:
		return b.special(m, n)
	case m.slice && len(m.fields) == 1:
		if l := b.list(&m.fields[0], n.get(&m.fields[0])); l != nil || n == nil {
			return l
		}
		return List{} // it is there and has nothing in it
	}
	o := b.members(nil, m, n)
	o.sort()
	return o
}

// members adds the members of a message to o, last those of the messages that
// are inlined in it: a name that is there already hides theirs.
func (b *builder) members(o Object, m *message, n *node) Object {
	for i := range m.fields {
		f := &m.fields[i]
		if f.has(flagInline) || f.name == "-" || b.full() {
			continue
		}
		if v, ok := b.field(f, n.get(f)); ok {
			b.parts++
			o = append(o, Member{Name: f.name, Value: v})
		}
	}
	own := len(o)
	for i := range m.fields {
		f := &m.fields[i]
		if !f.has(flagInline) || f.msg == nil {
			continue
		}
		child, _ := n.get(f).(*node)
		if child == nil && f.has(flagPointer) {
			continue
		}
		for _, inlined := range b.members(nil, f.msg, child) {
			if o[:own].index(inlined.Name) < 0 {
				o = append(o, inlined)
			}
		}
	}
	return o
}

// field returns the JSON of a field and whether it is printed.
func (b *builder) field(f *field, v any) (out any, printed bool) {
	omit := f.has(flagOmitEmpty) || f.has(flagOmitZero)
	switch {
	case f.isMap:
		return b.entries(f, v), v != nil || !omit
	case f.repeated:
		return b.list(f, v), v != nil || !omit
	case f.has(flagPointer) && v == nil:
		return nil, !omit
	case f.msg != nil:
		n, _ := v.(*node)
		out := b.message(f.msg, n)
		if f.msg.slice {
			list, _ := out.(List)
			return out, len(list) > 0 || f.has(flagPointer) || !omit
		}
		return out, f.has(flagPointer) || !f.has(flagOmitZero) || !zero(f.msg, n)
	case f.has(flagPointer):
		return b.scalar(f, v), true
	}
	return b.scalar(f, v), !omit || !zeroScalar(v)
}

// list returns the JSON of a repeated field: null if there is no element, as
// for a nil slice.
func (b *builder) list(f *field, v any) any {
	all, _ := v.([]any)
	if len(all) == 0 {
		return nil
	}
	l := make(List, 0, len(all))
	for _, e := range all {
		if b.parts++; b.full() {
			break
		}
		l = append(l, b.element(f, e))
	}
	return l
}

func (b *builder) element(f *field, v any) any {
	if f.msg == nil {
		return b.scalar(f, v)
	}
	n, _ := v.(*node)
	return b.message(f.msg, n)
}

// entries returns the JSON of a map; of two entries with one key the last
// counts.
func (b *builder) entries(f *field, v any) any {
	all, _ := v.([]any)
	if len(all) == 0 {
		return nil
	}
	key, val := f.msg.field(1), f.msg.field(2)
	if key == nil || val == nil {
		return nil
	}
	at := map[string]int{}
	o := make(Object, 0, len(all))
	for _, e := range all {
		if b.parts++; b.full() {
			break
		}
		n, _ := e.(*node)
		m := Member{Name: b.keyText(key, n.get(key)), Value: b.entry(val, n.get(val))}
		if i, ok := at[m.Name]; ok {
			o[i] = m
			continue
		}
		at[m.Name] = len(o)
		o = append(o, m)
	}
	o.sort()
	return o
}

// entry returns the JSON of the value of an entry. One that is not there is
// empty, not null: the reader of Kubernetes begins with an empty value.
func (b *builder) entry(f *field, v any) any {
	switch {
	case v == nil && f.kind == wire.KindBytes:
		return ""
	case v == nil && f.msg != nil:
		v = &node{}
	}
	return b.element(f, v)
}

func (b *builder) keyText(f *field, v any) string {
	switch k := b.scalar(f, v).(type) {
	case string:
		return k
	case json.Number:
		return k.String()
	}
	return ""
}

// scalar returns the JSON of a scalar; nil is one that is not there.
func (b *builder) scalar(f *field, v any) any {
	switch v := v.(type) {
	case []byte:
		if f.kind == wire.KindBytes {
			return base64.StdEncoding.EncodeToString(v)
		}
		return b.text(v)
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case uint64:
		return json.Number(strconv.FormatUint(v, 10))
	case float64:
		return b.float(v)
	case bool:
		return v
	}
	switch f.kind {
	case wire.KindString:
		return ""
	case wire.KindBytes:
		return nil
	case wire.KindBool:
		return false
	}
	return json.Number("0")
}

// text returns a string as JSON can hold it, as Go's encoding/json does.
func (b *builder) text(v []byte) string {
	if !utf8.Valid(v) {
		b.notes.add("text that is not UTF-8 is shown with U+FFFD, as Kubernetes shows it")
		return string([]rune(string(v)))
	}
	return string(v)
}

// float returns a number, or a string for what JSON has no number for.
func (b *builder) float(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.notes.add("a number that JSON cannot hold is shown as text")
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return json.Number(text)
}

// zeroScalar tells whether omitempty drops a scalar.
func zeroScalar(v any) bool {
	switch v := v.(type) {
	case []byte:
		return len(v) == 0
	case int64:
		return v == 0
	case uint64:
		return v == 0
	case float64:
		return v == 0
	case bool:
		return !v
	}
	return v == nil
}

// zero tells whether omitzero drops a message: one of which nothing is there,
// and of other than times one whose parts are all zero.
func zero(m *message, n *node) bool {
	if n == nil || len(n.slots) == 0 {
		return true
	}
	if m.special == timeForm || m.special == microTimeForm {
		return false
	}
	for _, s := range n.slots {
		child, isMessage := s.value.(*node)
		switch {
		case s.f.repeated, s.f.has(flagPointer):
			return false
		case isMessage && !zero(s.f.msg, child), !isMessage && !zeroScalar(s.value):
			return false
		}
	}
	return true
}
