package migrate

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"boltvet/internal/wire"
)

// Why a message is none, in the words of protobuf.
var (
	errDecode = errors.New("proto: cannot parse invalid wire-format data")
	errDeep   = errors.New("proto: exceeded maximum recursion depth")
)

// A message is what of a message matters: which of its fields are set, and those that hold one
// message or one enum. What lists hold is checked, and not kept.
type message struct {
	form   *form
	values map[*field]*value
}

// A value is that of one field.
type value struct {
	set    bool
	number uint64   // of a scalar, cut to its kind
	text   []byte   // of a string; an alias
	child  *message // of a message
}

// parse parses b as protobuf's runtime does it: fields that are not known, or that have another
// wire type, are skipped; of a scalar that is there twice the last counts; of a message that is
// there twice the parts are merged; and a list may have its numbers packed or not. m.values may
// be nil: then b is checked only.
//
// depth counts the messages around it. The types alone set no limit, for lists may hold what they
// are in; the runtime's does.
//
// Source: google.golang.org/protobuf v1.36.11 proto/decode.go (unmarshalMessageSlow).
func (m *message) parse(b []byte, depth int) error {
	if depth >= protowire.DefaultRecursionLimit {
		return errDeep
	}
	for len(b) > 0 {
		number, typ, n := protowire.ConsumeTag(b)
		if n < 0 || number > protowire.MaxValidNumber {
			return errDecode
		}
		size := protowire.ConsumeFieldValue(number, typ, b[n:])
		if size < 0 {
			return errDecode
		}
		content := b[n : n+size]
		b = b[n+size:]
		f := m.form.fields[number]
		if f == nil {
			continue
		}
		if err := m.field(f, typ, content, depth); err != nil {
			return err
		}
	}
	return nil
}

// field parses the value of a known field.
func (m *message) field(f *field, typ protowire.Type, content []byte, depth int) error {
	want := f.kind.Type()
	packed := f.repeated && typ == protowire.BytesType && want != protowire.BytesType
	switch {
	case packed:
		return m.packed(f, want, content)
	case typ != want:
		return nil
	case typ == protowire.BytesType:
		content, _ = protowire.ConsumeBytes(content) // its length was checked by the caller
	}
	switch {
	case f.message != nil:
		return m.child(f, content, depth)
	case f.text && !utf8.Valid(content):
		return fmt.Errorf("proto: field %s.%s contains invalid UTF-8", m.form.name, f.name)
	}
	m.put(f, typ, content)
	return nil
}

// packed parses the numbers of a list that are written as one.
func (m *message) packed(f *field, typ protowire.Type, content []byte) error {
	content, _ = protowire.ConsumeBytes(content)
	for len(content) > 0 {
		n := protowire.ConsumeFieldValue(1, typ, content)
		if n < 0 {
			return errDecode
		}
		m.put(f, typ, content[:n])
		content = content[n:]
	}
	return nil
}

// child parses a message in this one, or an element of a list of messages.
func (m *message) child(f *field, content []byte, depth int) error {
	child := &message{form: f.message}
	if v := m.at(f); v != nil {
		v.set = true
		if v.child != nil {
			child = v.child
		} else if !f.repeated {
			child.values = map[*field]*value{}
			v.child = child
		}
	}
	return child.parse(content, depth+1)
}

// put keeps a scalar. One of proto3 that is zero is not set.
func (m *message) put(f *field, typ protowire.Type, content []byte) {
	v := m.at(f)
	if v == nil {
		return
	}
	if typ == protowire.BytesType {
		v.text, v.set = content, f.repeated || len(content) > 0
		return
	}
	v.number = number(f.kind, typ, content)
	v.set = f.repeated || v.number != 0
}

// number is a scalar that is no text, cut to its kind; only that it is zero, and what an enum is,
// matter.
func number(kind wire.Kind, typ protowire.Type, content []byte) (v uint64) {
	switch typ {
	case protowire.Fixed64Type:
		v, _ = protowire.ConsumeFixed64(content)
		return v
	case protowire.Fixed32Type:
		short, _ := protowire.ConsumeFixed32(content)
		return uint64(short)
	}
	v, _ = protowire.ConsumeVarint(content)
	switch kind {
	case wire.KindInt32, wire.KindUint32, wire.KindSint32, wire.KindEnum:
		return uint64(uint32(v))
	}
	return v
}

// at is the place of the value of a field; nil if values are not kept.
func (m *message) at(f *field) *value {
	if m.values == nil {
		return nil
	}
	if m.values[f] == nil {
		m.values[f] = &value{}
	}
	return m.values[f]
}

// get is the value of the field with a name; nil if it is not set.
func (m *message) get(name string) *value {
	for f, v := range m.values {
		if f.name == name && v.set {
			return v
		}
	}
	return nil
}

// text is the string in the field with a name, "" if it is not set.
func (m *message) text(name string) string {
	if v := m.get(name); v != nil {
		return string(v.text)
	}
	return ""
}
