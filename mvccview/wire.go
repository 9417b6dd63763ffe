package mvccview

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// errWire is the answer to bytes that are not a protobuf message. It is one
// value, so that refusing bytes allocates nothing; where it happened is said
// by the Fault.
var errWire = errors.New("not a protobuf message")

// errUTF8 is the answer to a string field that is not UTF-8, which protobuf
// refuses in a proto3 message.
var errUTF8 = errors.New("string field is not UTF-8")

// A wireField is one field of a protobuf message. Only one of Num and Bytes is
// set, as the type says; other types are kept as unknown.
type wireField struct {
	Number protowire.Number
	Type   protowire.Type
	Num    uint64 // VarintType
	Bytes  []byte // BytesType; an alias of the message
}

// nextField reads the first field of b, which is not empty, and returns the rest. A known field
// with an unexpected wire type is not an error: protobuf keeps it as unknown,
// so callers match number and type.
func nextField(b []byte, f *wireField) (rest []byte, err error) {
	tag, n := uint64(b[0]), 1
	if tag >= 0x80 {
		if tag, n = protowire.ConsumeVarint(b); n < 0 {
			return nil, errWire
		}
	}
	num := tag >> 3
	if num < uint64(protowire.MinValidNumber) || num > uint64(protowire.MaxValidNumber) {
		return nil, errWire
	}
	f.Number, f.Type = protowire.Number(num), protowire.Type(tag&7)
	b = b[n:]
	switch f.Type {
	case protowire.VarintType:
		f.Num, n = protowire.ConsumeVarint(b)
	case protowire.BytesType:
		var size uint64
		if size, n = protowire.ConsumeVarint(b); n < 0 || size > uint64(len(b)-n) {
			return nil, errWire
		}
		f.Bytes = b[n:][:size]
		n += int(size)
	default:
		n = protowire.ConsumeFieldValue(f.Number, f.Type, b)
	}
	if n < 0 {
		return nil, errWire
	}
	return b[n:], nil
}

// walkFields calls visit for every field of the message b.
func walkFields(b []byte, visit func(wireField) error) error {
	var f wireField
	for len(b) > 0 {
		var err error
		if b, err = nextField(b, &f); err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// isVarint and isBytes tell whether f is the field num with the type that
// protobuf expects of it.
func (f wireField) isVarint(num protowire.Number) bool {
	return f.Number == num && f.Type == protowire.VarintType
}

func (f wireField) isBytes(num protowire.Number) bool {
	return f.Number == num && f.Type == protowire.BytesType
}
