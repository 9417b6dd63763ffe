package mvccview

import (
	"bytes"
	"testing"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// FuzzKeyValue demands the same answer as protobuf, accepted or refused, and
// that encoding and the test for canonical bytes agree with each other.
func FuzzKeyValue(f *testing.F) {
	full := &KeyValue{Key: []byte("k"), Value: []byte("v"), Create: 2, Mod: 9, Version: 3, Lease: 1 << 60}
	f.Add(AppendKeyValue(nil, full))
	f.Add(AppendKeyValue(nil, &KeyValue{Key: []byte("gone")}))
	f.Add([]byte{})
	f.Add(append(AppendKeyValue(nil, full), AppendKeyValue(nil, full)...)) // repeated fields
	f.Add(appendBytes(appendVarint(nil, 2, 5), 1, []byte("k")))            // wrong order
	f.Add(appendVarint(nil, kvKey, 7))                                     // wrong type
	f.Add(appendBytes(nil, 99, []byte("unknown")))
	f.Add([]byte{0x0b, 0x0c})                                           // a group
	f.Add([]byte{0x10, 0x82, 0x00})                                     // a long varint
	f.Add(protowire.AppendVarint(nil, uint64(1<<29)<<3))                // field number too large
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}) // absurd length
	f.Fuzz(func(t *testing.T, b []byte) {
		var got KeyValue
		err := ParseKeyValue(b, &got)
		var want mvccpb.KeyValue
		wantErr := proto.Unmarshal(b, &want)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%x: %v, protobuf %v", b, err, wantErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(got.Key, want.Key) || !bytes.Equal(got.Value, want.Value) ||
			got.Create != want.CreateRevision || got.Mod != want.ModRevision ||
			got.Version != want.Version || got.Lease != want.Lease {
			t.Fatalf("%x: %+v, protobuf %+v", b, got, &want)
		}
		canonical := AppendKeyValue(nil, &got)
		if size := canonicalSize(&got); size != len(canonical) {
			t.Fatalf("%x: %d bytes foretold, encodes to %x", b, size, canonical)
		}
	})
}

// TestAppendKeyValue compares the encoding with protobuf's.
// TestUserKey has the key of every encoding, canonical or not, and of what is none.
func TestUserKey(t *testing.T) {
	whole := AppendKeyValue(nil, &KeyValue{Key: []byte("k"), Mod: 3, Value: []byte("v")})
	last := append(AppendKeyValue(nil, &KeyValue{Mod: 3}), AppendKeyValue(nil, &KeyValue{Key: []byte("k")})...)
	for want, inputs := range map[string][][]byte{"k": {whole, last, whole[:3], whole[:4]}, "": {nil, {}, {0x0a}, {0x0a, 0x05}, {0xff}, AppendKeyValue(nil, &KeyValue{Mod: 3})}} {
		for _, b := range inputs {
			if got := string(UserKey(b)); got != want {
				t.Errorf("%x: %q, want %q", b, got, want)
			}
		}
	}
}

func TestAppendKeyValue(t *testing.T) {
	for _, kv := range []KeyValue{
		{}, {Key: []byte("k")}, {Key: []byte("k"), Mod: 1 << 40, Lease: -1},
		{Key: bytes.Repeat([]byte("k"), 300), Value: make([]byte, 1<<16), Create: 2, Mod: 3, Version: 1},
	} {
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(&mvccpb.KeyValue{
			Key: kv.Key, Value: kv.Value, CreateRevision: kv.Create, ModRevision: kv.Mod,
			Version: kv.Version, Lease: kv.Lease,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendKeyValue(nil, &kv); !bytes.Equal(got, want) {
			t.Errorf("got %x, want %x", got, want)
		}
	}
}

// TestParseKeyValueShowsNoValue demands that the error of a record that does
// not parse holds nothing of it.
func TestParseKeyValueShowsNoValue(t *testing.T) {
	b := append(AppendKeyValue(nil, &KeyValue{Key: []byte("k"), Value: []byte("hunter2")}), 0xff)
	err := ParseKeyValue(b, new(KeyValue))
	if err == nil || bytes.Contains([]byte(err.Error()), []byte("hunter2")) {
		t.Errorf("got %v", err)
	}
}
