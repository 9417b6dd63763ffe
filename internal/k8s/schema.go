package k8s

import (
	_ "embed"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"boltvet/internal/wire"
)

//go:generate go run -C ../../fixtures/peers/k8s/gen .

// packedDescriptors is what command gen made; see its documentation.
//
//go:embed descriptors.pb.gz
var packedDescriptors []byte

// optionNumber is the number of the options by which gen tells what Go's
// encoding/json makes of a field, and which messages are slices in Go.
const optionNumber protowire.Number = 51701

// Bits of the option of a field. Source: fixtures/peers/k8s/gen/gotypes.go.
const (
	flagPointer = 1 << iota
	flagOmitEmpty
	flagOmitZero
	flagInline
)

// A schema is every message that is known, by full name without leading dot.
type schema map[string]*message

// A message is the layout of one message and of its JSON.
type message struct {
	name    string
	fields  []field
	special specialForm // its JSON is no object of its fields
	slice   bool        // its JSON is the list of its only field
}

// A field is one field of a message.
type field struct {
	number   protowire.Number
	kind     wire.Kind
	flags    uint64
	name     string // in JSON
	repeated bool
	msg      *message // nil for scalars; of a map the message of its entries
	isMap    bool
}

func (f *field) has(flag uint64) bool { return f.flags&flag != 0 }

// field returns the field with the given number, or nil.
func (m *message) field(n protowire.Number) *field {
	for i := range m.fields {
		if m.fields[i].number == n {
			return &m.fields[i]
		}
	}
	return nil
}

// readSchema reads what gen made. It takes some milliseconds.
func readSchema(packed []byte) (schema, error) {
	files, err := wire.ReadDefinitions(packed)
	if err != nil {
		return nil, fmt.Errorf("embedded descriptors: %w", err)
	}
	s := schema{}
	for i := range files {
		s.name(files[i].Package, files[i].Messages)
	}
	for i := range files {
		s.fill(files[i].Package, files[i].Messages)
	}
	return s, nil
}

// name enters every message and the entry types in it by name.
func (s schema) name(scope string, all []wire.Message) {
	for i := range all {
		d := &all[i]
		full := scope + "." + d.Name
		s[full] = &message{name: full, special: specialOf(full), slice: d.Options.Varint(optionNumber) != 0}
		s.name(full, d.Messages)
	}
}

// fill gives every message its fields, now that all are entered.
func (s schema) fill(scope string, all []wire.Message) {
	for i := range all {
		d := &all[i]
		full := scope + "." + d.Name
		s.fill(full, d.Messages)
		m := s[full]
		m.fields = make([]field, 0, len(d.Fields))
		for j := range d.Fields {
			f := &d.Fields[j]
			out := field{
				number:   f.Number,
				kind:     f.Kind,
				name:     f.JSONName,
				flags:    f.Options.Varint(optionNumber),
				repeated: f.Repeated,
				msg:      s[strings.TrimPrefix(f.TypeName, ".")],
			}
			// Maps are repeated messages of a type nested in the message.
			out.isMap = out.repeated && strings.HasPrefix(f.TypeName, "."+full+".")
			m.fields = append(m.fields, out)
		}
	}
}
