package mvccview

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of mvccpb.KeyValue.
// Source: etcd 3.7 api/mvccpb/kv.proto.
const (
	kvKey protowire.Number = iota + 1
	kvCreate
	kvMod
	kvVersion
	kvValue
	kvLease
)

// keyTag is the first byte of a KeyValue that etcd has written: field 1, of bytes.
const keyTag = byte(kvKey)<<3 | byte(protowire.BytesType)

// A KeyValue is a parsed mvccpb.KeyValue. Key and Value alias the bytes that
// were parsed and live as long as these.
type KeyValue struct {
	Key     []byte // the user's key
	Value   []byte // the user's value, a secret
	Create  int64  // main revision at which the key last came to life
	Mod     int64  // main revision of this record
	Version int64  // number of puts since Create
	Lease   int64  // ID of the lease, 0 if none
}

// ParseKeyValue parses b into *kv, all of whose fields are set. It accepts
// what proto.Unmarshal accepts and gives the same values: unknown fields are
// skipped, of a repeated field the last one counts. Nothing is allocated
// unless b is refused; the error is a [Fault] of kind ValueUnparseable.
func ParseKeyValue(b []byte, kv *KeyValue) error {
	*kv = KeyValue{}
	var f wireField
	for rest := b; len(rest) > 0; {
		var err error
		if rest, err = nextField(rest, &f); err != nil {
			return unparseable(ValueUnparseable, len(b), "mvccpb.KeyValue", err)
		}
		switch f.Type {
		case protowire.BytesType:
			kv.setBytes(f)
		case protowire.VarintType:
			kv.setVarint(f)
		}
	}
	return nil
}

// UserKey is the user's key of an encoded KeyValue, for who wants no more of it: what
// lies behind the key, where etcd puts it, is not read. An alias of b; nil if there is
// none.
func UserKey(b []byte) []byte {
	if len(b) == 0 {
		return nil // as a marker has it
	}
	var f wireField
	if _, err := nextField(b, &f); err == nil && f.isBytes(kvKey) {
		return f.Bytes
	}
	var kv KeyValue
	_ = ParseKeyValue(b, &kv) // what could be read of it
	return kv.Key
}

// setBytes and setVarint store one field; unknown ones are ignored.
func (kv *KeyValue) setBytes(f wireField) {
	switch f.Number {
	case kvKey:
		kv.Key = f.Bytes
	case kvValue:
		kv.Value = f.Bytes
	}
}

func (kv *KeyValue) setVarint(f wireField) {
	switch f.Number {
	case kvCreate:
		kv.Create = int64(f.Num)
	case kvMod:
		kv.Mod = int64(f.Num)
	case kvVersion:
		kv.Version = int64(f.Num)
	case kvLease:
		kv.Lease = int64(f.Num)
	}
}

// AppendKeyValue appends the canonical encoding of kv to dst, the one that
// etcd writes: fields ascending, zero and empty ones left out.
func AppendKeyValue(dst []byte, kv *KeyValue) []byte {
	dst = appendBytes(dst, kvKey, kv.Key)
	dst = appendVarint(dst, kvCreate, kv.Create)
	dst = appendVarint(dst, kvMod, kv.Mod)
	dst = appendVarint(dst, kvVersion, kv.Version)
	dst = appendBytes(dst, kvValue, kv.Value)
	return appendVarint(dst, kvLease, kv.Lease)
}

func appendBytes(dst []byte, num protowire.Number, b []byte) []byte {
	if len(b) == 0 {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, num, protowire.BytesType), b)
}

func appendVarint(dst []byte, num protowire.Number, v int64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, num, protowire.VarintType), uint64(v))
}

// canonicalSize is the length of what AppendKeyValue appends. All field
// numbers are below 16, so each tag is one byte.
func canonicalSize(kv *KeyValue) int {
	n := 0
	for _, b := range [...][]byte{kv.Key, kv.Value} {
		if len(b) > 0 {
			n += 1 + protowire.SizeBytes(len(b))
		}
	}
	for _, v := range [...]int64{kv.Create, kv.Mod, kv.Version, kv.Lease} {
		if v != 0 {
			n += 1 + protowire.SizeVarint(uint64(v))
		}
	}
	return n
}
