package wire

import (
	"bytes"
	"compress/gzip"
	"os"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// packed are the definitions that boltvet embeds.
var packed = []string{"../k8s/descriptors.pb.gz", "../migrate/grammar.pb.gz"}

// TestReadDefinitions holds what is read against the runtime's reading of the same bytes.
func TestReadDefinitions(t *testing.T) {
	for _, name := range packed {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadDefinitions(b)
		if err != nil {
			t.Fatal(err)
		}
		if want := definitions(t, unpack(t, b)); !reflect.DeepEqual(got, want) || len(got) < 3 {
			t.Errorf("%s: %d files are not as the runtime reads them", name, len(got))
		}
	}
}

func TestReadDefinitionsRefuses(t *testing.T) {
	deep := []byte("\x0a\x01m")
	for range maxNesting + 2 {
		deep = protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), deep)
	}
	file := func(message []byte) []byte {
		f := protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), message)
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), f)
	}
	for name, c := range map[string]struct {
		set  []byte
		want string
	}{
		"too deep":         {file(deep), "too deep"},
		"no field number":  {file([]byte("\x12\x04\x28\x01\x0a\x00")), "field number 0"},
		"no kind":          {file([]byte("\x12\x04\x18\x01\x0a\x00")), "kind 0"},
		"another type":     {file([]byte("\x08\x01")), "wire type"},
		"cut in a message": {file([]byte("\x0a\x05")), "unexpected EOF"},
	} {
		if _, err := ParseDefinitions(c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadDefinitions([]byte("not gzip")); err == nil {
		t.Error("no gzip, no error")
	}
}

func TestOptions(t *testing.T) {
	o := Options("\x18\x01\x18\x02\x1a\x00")
	o = protowire.AppendString(protowire.AppendTag(o, 50001, protowire.BytesType), "3.5")
	if n, s := o.Varint(3), o.Text(50001); n != 2 || s != "3.5" || o.Varint(50001) != 0 || o.Text(3) != "" {
		t.Errorf("%d, %q, %d, %q", n, s, o.Varint(50001), o.Text(3))
	}
}

func unpack(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// definitions are ours, made from the runtime's.
func definitions(t *testing.T, raw []byte) (files []File) {
	t.Helper()
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	for _, f := range set.File {
		files = append(files, File{f.GetPackage(), f.GetSyntax(), messages(t, f.MessageType), enums(t, f.EnumType)})
	}
	return files
}

func messages(t *testing.T, all []*descriptorpb.DescriptorProto) (out []Message) {
	t.Helper()
	for _, d := range all {
		m := Message{Name: d.GetName(), Messages: messages(t, d.NestedType), Enums: enums(t, d.EnumType), Options: options(t, d.Options)}
		for _, f := range d.Field {
			m.Fields = append(m.Fields, Definition{
				Number: protowire.Number(f.GetNumber()), Kind: Kind(f.GetType()), Oneof: f.OneofIndex != nil,
				Repeated: f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED,
				Required: f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED,
				Name:     f.GetName(), JSONName: f.GetJsonName(), TypeName: f.GetTypeName(), Options: options(t, f.Options),
			})
		}
		out = append(out, m)
	}
	return out
}

func enums(t *testing.T, all []*descriptorpb.EnumDescriptorProto) (out []Enum) {
	t.Helper()
	for _, e := range all {
		one := Enum{Name: e.GetName(), Options: options(t, e.Options)}
		for _, v := range e.Value {
			one.Values = append(one.Values, EnumValue{v.GetName(), options(t, v.Options)})
		}
		out = append(out, one)
	}
	return out
}

// options are written again as they are in the files: by field number.
func options[T any, P interface {
	*T
	proto.Message
}](t *testing.T, o P) Options {
	t.Helper()
	if o == nil {
		return nil
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
