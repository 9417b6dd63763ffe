package k8s

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Form is how a value of etcd is written.
type Form uint8

// The forms of a value.
const (
	FormOther     Form = iota // not written by a Kubernetes API server
	FormProtobuf              // "k8s\0" and a message: built-in types
	FormJSON                  // a JSON object: custom resources, and everything of old
	FormCBOR                  // CBOR, which Kubernetes can be told to use
	FormEncrypted             // encrypted at rest by the API server
)

// String returns the word for the form: other, protobuf, json, cbor,
// encrypted.
func (f Form) String() string {
	return [...]string{"other", "protobuf", "json", "cbor", "encrypted"}[min(f, FormEncrypted)]
}

// A Value is what a value of etcd turned out to be.
type Value struct {
	Form       Form
	APIVersion string // "apps/v1", as far as it is known
	Kind       string // "Deployment", as far as it is known
	// Object is the object as kubectl shows it; nil if it was not decoded, and
	// then Reason says why, in one sentence without its full stop.
	Object Object
	Reason string
	// Notes say what is odd about an object that was decoded all the same.
	Notes []string

	disordered bool // its fields are not in the order in which API servers write them
}

// A Decoder decodes values. The zero value is ready; the embedded descriptors
// are read when the first value in protobuf is decoded. It may be used by
// several goroutines.
type Decoder struct {
	once   sync.Once
	schema schema
	err    error
}

// protobufMark is how a value in protobuf begins. Source: Kubernetes 1.37,
// staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf.
var protobufMark = []byte("k8s\x00")

// Decode tells what a value of etcd is, and decodes it where it can. The
// result shares no memory with the value. An error is a [DamageError]: the
// value is not whole; what its envelope said is returned with it. A value that
// is whole and cannot be decoded is no error but has a Reason.
func (d *Decoder) Decode(value []byte) (Value, error) {
	v, err := d.decode(value)
	if err == nil && countLevels(v.Object, 0) > maxLevels {
		v.Object, v.Reason = nil, "it has too many parts that are nested too deep"
	}
	return v, err
}

func (d *Decoder) decode(value []byte) (Value, error) {
	form := formOf(value)
	if len(value) > maxValue && form != FormEncrypted && form != FormOther {
		return Value{Form: form, Reason: fmt.Sprintf("it has %d bytes; more than %d are not decoded", len(value), maxValue)}, nil
	}
	switch form {
	case FormProtobuf:
		return d.protobuf(value)
	case FormJSON:
		return object(FormJSON, value, parseJSON)
	case FormCBOR:
		return object(FormCBOR, value, parseCBOR)
	case FormEncrypted:
		return Value{Form: FormEncrypted, Reason: "it is encrypted (" + provider(value) + ")"}, nil
	}
	return Value{Reason: "it is not a Kubernetes object"}, nil
}

// formOf tells the form by the first bytes.
func formOf(value []byte) Form {
	switch {
	case bytes.HasPrefix(value, protobufMark):
		return FormProtobuf
	case bytes.HasPrefix(value, encryptedMark):
		return FormEncrypted
	case isCBOR(value):
		return FormCBOR
	case bytes.HasPrefix(bytes.TrimLeft(value, " \t\r\n"), []byte("{")):
		return FormJSON
	}
	return FormOther
}

// object decodes a value that holds its fields by name.
func object(form Form, value []byte, parse func([]byte) (any, error)) (Value, error) {
	v, err := parse(value)
	if err != nil {
		return Value{Form: form}, err
	}
	o, _ := v.(Object)
	out := Value{Form: form, APIVersion: o.Text("apiVersion"), Kind: o.Text("kind"), Object: o}
	if out.APIVersion == "" || out.Kind == "" {
		return Value{Form: FormOther, Reason: "it has no apiVersion and kind"}, nil
	}
	return out, nil
}

// Field numbers of the envelope, runtime.Unknown, and of the TypeMeta in it.
// Source: k8s.io/apimachinery 0.37 pkg/runtime/generated.proto.
const (
	envelopeType        protowire.Number = 1
	envelopeRaw         protowire.Number = 2
	envelopeEncoding    protowire.Number = 3
	envelopeContentType protowire.Number = 4
	typeAPIVersion      protowire.Number = 1
	typeKind            protowire.Number = 2
)

// protobuf decodes a value in protobuf: an envelope that names the type, and
// the object in it.
func (d *Decoder) protobuf(value []byte) (Value, error) {
	out := Value{Form: FormProtobuf}
	var raw []byte
	rawOff := len(value)
	var encoding, content string
	err := eachBytes("envelope", value, len(protobufMark), func(n protowire.Number, b []byte, off int) error {
		switch n {
		case envelopeType:
			return eachBytes("TypeMeta", value[:off+len(b)], off, func(n protowire.Number, b []byte, _ int) error {
				switch n {
				case typeAPIVersion:
					out.APIVersion = string(b)
				case typeKind:
					out.Kind = string(b)
				}
				return nil
			})
		case envelopeRaw:
			raw, rawOff = b, off
		case envelopeEncoding:
			encoding = string(b)
		case envelopeContentType:
			content = string(b)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	if encoding != "" || content != "" && content != "application/vnd.kubernetes.protobuf" {
		out.Reason = fmt.Sprintf("it is kept as %s with encoding %s", safeWord(content), safeWord(encoding))
		return out, nil
	}
	return d.message(out, raw, rawOff)
}

// message decodes the object in an envelope, which begins at byte off.
func (d *Decoder) message(out Value, raw []byte, off int) (Value, error) {
	d.once.Do(func() { d.schema, d.err = readSchema(packedDescriptors) })
	if d.err != nil {
		out.Reason = d.err.Error()
		return out, nil
	}
	m := d.schema.find(out.APIVersion, out.Kind)
	if m == nil {
		out.Reason = fmt.Sprintf("its type, %s of %s, is in no release of Kubernetes that is known here", safeWord(out.Kind), safeWord(out.APIVersion))
		return out, nil
	}
	var said notes
	var n node
	r := reader{notes: &said}
	if err := r.message(m, raw, off, 0, &n); err != nil {
		return out, err
	}
	b := builder{notes: &said}
	o, _ := b.message(m, &n).(Object)
	if b.full() {
		return out, &DamageError{Off: off, In: m.name, Reason: "more parts than any object has"}
	}
	o = append(o, Member{Name: "apiVersion", Value: out.APIVersion}, Member{Name: "kind", Value: out.Kind})
	o.sort()
	out.Object, out.Notes, out.disordered = o, said.all, r.disordered
	return out, nil
}

// safeWord quotes a word of an envelope. In a damaged one the object itself,
// and the secrets in it, may be where a word should be.
func safeWord(s string) string {
	if s != "" && !plainWord([]byte(strings.ReplaceAll(s, "/", "."))) {
		return fmt.Sprintf("a text of %d bytes", len(s))
	}
	return strconv.Quote(s)
}

// eachBytes visits the fields of a message that have a length; it begins at
// byte off of value and goes on to its end.
func eachBytes(in string, value []byte, off int, visit func(n protowire.Number, b []byte, off int) error) error {
	for at := off; at < len(value); {
		number, typ, size := protowire.ConsumeTag(value[at:])
		if size < 0 {
			return &DamageError{Off: at, In: in, Reason: "no field begins here"}
		}
		length := protowire.ConsumeFieldValue(number, typ, value[at+size:])
		if length < 0 {
			return &DamageError{Off: at, In: in, Reason: fmt.Sprintf("field %d is cut short or malformed", number)}
		}
		end := at + size + length
		if typ == protowire.BytesType {
			b, _ := protowire.ConsumeBytes(value[at+size : end])
			if err := visit(number, b, end-len(b)); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// find returns the message of a kind, nil if it is not known. Kinds that every
// group has, as Status, are those of meta/v1.
func (s schema) find(apiVersion, kind string) *message {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	first, rest, _ := strings.Cut(group, ".")
	switch {
	case group == "":
		first = "core"
	case group == "internal.apiserver.k8s.io":
		first = "apiserverinternal"
	case rest != "" && rest != "k8s.io" && !strings.HasSuffix(rest, ".k8s.io"):
		return nil
	}
	for _, pkg := range []string{
		"k8s.io.api." + first + "." + version,
		"k8s.io.apiextensions_apiserver.pkg.apis." + first + "." + version,
		"k8s.io.kube_aggregator.pkg.apis." + first + "." + version,
		"k8s.io.apimachinery.pkg.apis." + first + "." + version,
		"k8s.io.apimachinery.pkg.apis.meta.v1",
	} {
		if m := s[pkg+"."+kind]; m != nil {
			return m
		}
	}
	return nil
}
