package wire

import "google.golang.org/protobuf/encoding/protowire"

// A Kind is the type of a field by its number in descriptors.
//
// Source: google/protobuf/descriptor.proto (FieldDescriptorProto.Type).
type Kind uint8

// The kinds of fields.
const (
	KindDouble Kind = 1 + iota
	KindFloat
	KindInt64
	KindUint64
	KindInt32
	KindFixed64
	KindFixed32
	KindBool
	KindString
	KindGroup
	KindMessage
	KindBytes
	KindUint32
	KindEnum
	KindSfixed32
	KindSfixed64
	KindSint32
	KindSint64
)

// Type is how one value of a kind is written.
func (k Kind) Type() protowire.Type {
	switch k {
	case KindString, KindBytes, KindMessage:
		return protowire.BytesType
	case KindDouble, KindFixed64, KindSfixed64:
		return protowire.Fixed64Type
	case KindFloat, KindFixed32, KindSfixed32:
		return protowire.Fixed32Type
	case KindGroup:
		return protowire.StartGroupType
	}
	return protowire.VarintType
}
