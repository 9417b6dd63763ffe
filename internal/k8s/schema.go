package k8s

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
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
	kind     descriptorpb.FieldDescriptorProto_Type
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
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("embedded descriptors: %w", err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("embedded descriptors: %w", err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		return nil, fmt.Errorf("embedded descriptors: %w", err)
	}
	s := schema{}
	for _, f := range set.File {
		s.name(f.GetPackage(), f.MessageType)
	}
	for _, f := range set.File {
		s.fill(f.GetPackage(), f.MessageType)
	}
	return s, nil
}

// name enters every message and the entry types in it by name.
func (s schema) name(scope string, all []*descriptorpb.DescriptorProto) {
	for _, d := range all {
		full := scope + "." + d.GetName()
		s[full] = &message{name: full, special: specialOf(full), slice: option(d.GetOptions()) != 0}
		s.name(full, d.NestedType)
	}
}

// fill gives every message its fields, now that all are entered.
func (s schema) fill(scope string, all []*descriptorpb.DescriptorProto) {
	for _, d := range all {
		full := scope + "." + d.GetName()
		s.fill(full, d.NestedType)
		m := s[full]
		m.fields = make([]field, 0, len(d.Field))
		for _, f := range d.Field {
			out := field{
				number:   protowire.Number(f.GetNumber()),
				kind:     f.GetType(),
				name:     f.GetJsonName(),
				flags:    option(f.GetOptions()),
				repeated: f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED,
				msg:      s[strings.TrimPrefix(f.GetTypeName(), ".")],
			}
			// Maps are repeated messages of a type nested in the message.
			out.isMap = out.repeated && strings.HasPrefix(f.GetTypeName(), "."+full+".")
			m.fields = append(m.fields, out)
		}
	}
}

// option returns the value of our option among options, 0 without one. It is
// not registered anywhere, so that the options are kept as unknown bytes.
func option(options proto.Message) uint64 {
	if options == nil {
		return 0
	}
	unknown := options.ProtoReflect().GetUnknown()
	number, typ, n := protowire.ConsumeTag(unknown)
	if n < 0 || number != optionNumber || typ != protowire.VarintType {
		return 0
	}
	v, _ := protowire.ConsumeVarint(unknown[n:])
	return v
}
