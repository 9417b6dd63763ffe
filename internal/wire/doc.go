// Package wire reads protobuf without protobuf's runtime: messages field by field, and the
// definitions of messages (descriptors) that are embedded here and there.
//
//	err := wire.Fields(record, func(f wire.Field) error { … })
//	files, err := wire.ReadDefinitions(packed)
//
// The runtime, google.golang.org/protobuf/proto with descriptorpb and what they need, builds its
// tables anew at each start of a program, before main: for a program that answers in some
// milliseconds that is a good part of its time. Only its package protowire, which has no tables,
// is used.
//
// It knows the form of messages and nothing of their meaning. Offsets are bytes of the slice that
// it is handed, and what it hands out aliases that slice where it says so.
//
// # Layout of a field
//
//	Part    | Size     | Meaning
//	tag     | varint   | number<<3 | type
//	content | varint   | type 0
//	        | 8        | type 1: fixed64
//	        | varint n | type 2: n bytes follow
//	        | 4        | type 5: fixed32
//
// Source: https://protobuf.dev/programming-guides/encoding/
package wire
