package wire

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Field is one field of a protobuf message. Data aliases the message.
type Field struct {
	Number protowire.Number
	Type   protowire.Type
	Uint   uint64 // varint, fixed32 and fixed64
	Data   []byte // length-delimited
}

// Fields calls visit for every field of the message b, in order. It reads no further than b and
// allocates nothing. Unknown fields are visited too, so that a newer etcd's records stay readable.
// Groups are refused: no message that is read so has any.
func Fields(b []byte, visit func(Field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("tag: %w", protowire.ParseError(n))
		}
		b = b[n:]
		f := Field{Number: num, Type: typ}
		switch typ {
		case protowire.VarintType:
			f.Uint, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.Data, n = protowire.ConsumeBytes(b)
		case protowire.Fixed64Type:
			f.Uint, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.Uint = uint64(v)
		default:
			return fmt.Errorf("field %d: wire type %d", num, typ)
		}
		if n < 0 {
			return fmt.Errorf("field %d: %w", num, protowire.ParseError(n))
		}
		b = b[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// VarintTo stores a varint field, or says that it has another wire type.
func (f Field) VarintTo(dst *uint64) error {
	if f.Type != protowire.VarintType {
		return fmt.Errorf("field %d: wire type %d, want varint", f.Number, f.Type)
	}
	*dst = f.Uint
	return nil
}

// BytesTo stores an alias of a length-delimited field, or says that it has another wire type.
func (f Field) BytesTo(dst *[]byte) error {
	if f.Type != protowire.BytesType {
		return fmt.Errorf("field %d: wire type %d, want bytes", f.Number, f.Type)
	}
	*dst = f.Data
	return nil
}

// AppendIDs appends a repeated uint64 field, packed or not.
func (f Field) AppendIDs(dst *[]uint64) error {
	if f.Type == protowire.VarintType {
		*dst = append(*dst, f.Uint)
		return nil
	}
	if f.Type != protowire.BytesType {
		return fmt.Errorf("field %d: wire type %d, want varints", f.Number, f.Type)
	}
	for b := f.Data; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return fmt.Errorf("field %d: %w", f.Number, protowire.ParseError(n))
		}
		*dst = append(*dst, v)
		b = b[n:]
	}
	return nil
}
