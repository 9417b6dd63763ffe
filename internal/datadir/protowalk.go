package datadir

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// A wireField is one field of a protobuf message. Data aliases the message.
type wireField struct {
	num  protowire.Number
	typ  protowire.Type
	uint uint64 // varint, fixed32 and fixed64
	data []byte // length-delimited
}

// walkFields calls visit for every field of the message b, in order. It reads no further than b and
// allocates nothing. Unknown fields are visited too, so that a newer etcd's records stay readable.
func walkFields(b []byte, visit func(wireField) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("tag: %w", protowire.ParseError(n))
		}
		b = b[n:]
		f := wireField{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.uint, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.data, n = protowire.ConsumeBytes(b)
		case protowire.Fixed64Type:
			f.uint, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.uint = uint64(v)
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

// varintTo stores a varint field, or says that it has another wire type.
func (f wireField) varintTo(dst *uint64) error {
	if f.typ != protowire.VarintType {
		return fmt.Errorf("field %d: wire type %d, want varint", f.num, f.typ)
	}
	*dst = f.uint
	return nil
}

// bytesTo stores an alias of a length-delimited field, or says that it has another wire type.
func (f wireField) bytesTo(dst *[]byte) error {
	if f.typ != protowire.BytesType {
		return fmt.Errorf("field %d: wire type %d, want bytes", f.num, f.typ)
	}
	*dst = f.data
	return nil
}

// appendIDs appends a repeated uint64 field, packed or not.
func (f wireField) appendIDs(dst *[]uint64) error {
	if f.typ == protowire.VarintType {
		*dst = append(*dst, f.uint)
		return nil
	}
	if f.typ != protowire.BytesType {
		return fmt.Errorf("field %d: wire type %d, want varints", f.num, f.typ)
	}
	for b := f.data; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return fmt.Errorf("field %d: %w", f.num, protowire.ParseError(n))
		}
		*dst = append(*dst, v)
		b = b[n:]
	}
	return nil
}
