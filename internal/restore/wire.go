package restore

import "encoding/binary"

// The wire types of protobuf that are needed.
const (
	wireVarint = 0
	wireBytes  = 2
)

// appendUint appends a field of a message. Zero is written too: etcd sets these fields
// explicitly, and its readers of 3.5 to 3.7 want some of them present.
func appendUint(b []byte, field int, v uint64) []byte {
	b = binary.AppendUvarint(b, uint64(field)<<3|wireVarint)
	return binary.AppendUvarint(b, v)
}

// appendBytes appends a field of bytes, or an embedded message.
func appendBytes(b []byte, field int, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(field)<<3|wireBytes)
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// appendConfState encodes raftpb.ConfState, unpacked as proto2 does.
func appendConfState(b []byte, c *Cluster) []byte {
	for _, id := range c.Voters() {
		b = appendUint(b, 1, id)
	}
	for _, id := range c.Learners() {
		b = appendUint(b, 2, id)
	}
	return b
}
