package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strconv"

	"boltvet/internal/query"
	"boltvet/internal/render"
	"boltvet/mvccview"
)

// The writers of this file give the bytes of etcdctl.

// simpleKeys writes a key and its value, a line each. What a person looks at is
// escaped; what goes to a program is as it is.
// Source: etcd v3.7.3 etcdctl/ctlv3/command/util.go (printKV).
type simpleKeys struct {
	stream
	c       *call
	show    valueView
	request getRequest
}

func (w *simpleKeys) begin(*query.GetAnswer) error { return nil }

func (w *simpleKeys) key(it *query.Item) error {
	value, err := w.show(&it.KV)
	if err != nil {
		return err
	}
	if !w.request.valueOnly {
		w.line(it.KV.Key)
	}
	w.line(value)
	return nil
}

// line writes bytes as they are asked for. An error of writing stays in c.out.
func (w *simpleKeys) line(b []byte) {
	switch {
	case w.request.hex:
		writeHex(w.c.out, b)
	case w.c.out.terminal && len(b) > 0:
		io.WriteString(w.c.out, render.Printable(b))
	default:
		w.c.out.Write(b)
	}
	w.c.out.WriteByte('\n')
}

// writeHex writes bytes as \x61\x62.
func writeHex(w io.Writer, b []byte) {
	var text [4]byte
	copy(text[:], `\x`)
	for i := range b {
		hex.Encode(text[2:], b[i:i+1])
		w.Write(text[:])
	}
}

// end prints the number of keys if that is what was asked for; etcdctl itself refuses
// --count-only in simple.
func (w *simpleKeys) end(a *query.GetAnswer) (render.Result, error) {
	if w.request.query.CountOnly {
		w.c.out.WriteString(strconv.FormatInt(a.Count, 10) + "\n")
	}
	return render.Result{}, nil
}

// jsonKeys writes the JSON of a RangeResponse.
// Source: etcd v3.7.3 api/etcdserverpb/rpc.pb.go and mvccpb/kv.pb.go, the json tags.
type jsonKeys struct {
	stream
	c    *call
	show valueView
	any  bool
	buf  []byte
}

func (w *jsonKeys) begin(a *query.GetAnswer) error {
	b := append(w.buf[:0], `{"header":{`...)
	b = appendNumber(b, "cluster_id", a.Header.ClusterID)
	b = appendNumber(b, "member_id", a.Header.MemberID)
	b = appendNumber(b, "revision", uint64(a.Header.Revision))
	b = appendNumber(b, "raft_term", a.Header.RaftTerm)
	w.c.out.Write(append(b, '}'))
	return nil
}

func (w *jsonKeys) key(it *query.Item) error {
	value, err := w.show(&it.KV)
	if err != nil {
		return err
	}
	b := append(w.buf[:0], `,{`...)
	if !w.any {
		b = append(w.buf[:0], `,"kvs":[{`...)
	}
	w.any = true
	b = appendBase64(b, "key", it.KV.Key)
	b = appendSigned(b, "create_revision", it.KV.Create)
	b = appendSigned(b, "mod_revision", it.KV.Mod)
	b = appendSigned(b, "version", it.KV.Version)
	b = appendBase64(b, "value", value)
	b = appendSigned(b, "lease", it.KV.Lease)
	w.buf = append(b, '}')
	w.c.out.Write(w.buf)
	return nil
}

func (w *jsonKeys) end(a *query.GetAnswer) (render.Result, error) {
	if w.any {
		w.c.out.WriteByte(']')
	}
	if a.More {
		w.c.out.WriteString(`,"more":true`)
	}
	if a.Count != 0 {
		w.c.out.WriteString(`,"count":` + strconv.FormatInt(a.Count, 10))
	}
	w.c.out.WriteString("}\n")
	return render.Result{}, nil
}

// appendName begins a member of an object.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), `":`...)
}

// appendNumber, appendSigned and appendBase64 append a member unless it is empty.
func appendNumber(b []byte, name string, n uint64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(appendName(b, name), n, 10)
}

func appendSigned(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), n, 10)
}

func appendBase64(b []byte, name string, bytes []byte) []byte {
	if len(bytes) == 0 {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(base64.StdEncoding.AppendEncode(b, bytes), '"')
}

// protoKeys writes an etcdserverpb.RangeResponse.
// Source: etcd v3.7.3 api/etcdserverpb/rpc.proto.
type protoKeys struct {
	stream
	c    *call
	show valueView
	buf  []byte
}

// The tags of a RangeResponse: field number and wire type.
const (
	tagHeader = 1<<3 | 2
	tagKV     = 2<<3 | 2
	tagMore   = 3 << 3
	tagCount  = 4 << 3
)

func (w *protoKeys) begin(a *query.GetAnswer) error {
	var h []byte
	for i, n := range []uint64{a.Header.ClusterID, a.Header.MemberID, uint64(a.Header.Revision), a.Header.RaftTerm} {
		h = appendVarint(h, byte(i+1)<<3, n)
	}
	w.message(tagHeader, h)
	return nil
}

func (w *protoKeys) key(it *query.Item) error {
	value, err := w.show(&it.KV)
	if err != nil {
		return err
	}
	kv := it.KV
	kv.Value = value
	w.buf = mvccview.AppendKeyValue(w.buf[:0], &kv)
	w.message(tagKV, w.buf)
	return nil
}

func (w *protoKeys) message(tag byte, b []byte) {
	w.c.out.WriteByte(tag)
	w.c.out.Write(binary.AppendUvarint(nil, uint64(len(b))))
	w.c.out.Write(b)
}

func (w *protoKeys) end(a *query.GetAnswer) (render.Result, error) {
	more := uint64(0)
	if a.More {
		more = 1
	}
	w.c.out.Write(appendVarint(appendVarint(nil, tagMore, more), tagCount, uint64(a.Count)))
	return render.Result{}, nil
}

// appendVarint appends a field unless it is zero.
func appendVarint(b []byte, tag byte, n uint64) []byte {
	if n == 0 {
		return b
	}
	return binary.AppendUvarint(append(b, tag), n)
}
