package migrate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/versionpb"
	"go.etcd.io/raft/v3/raftpb"

	"boltvet/internal/datadir"
	"boltvet/internal/wire"
	"boltvet/mvccview"
)

// libraryVersion is entryVersion by protobuf's own runtime and the generated types, of which
// boltvet links nothing. Unlike etcd's code it does not die, so that errors can be compared.
func libraryVersion(kind uint64, data []byte) (*mvccview.Version, error) {
	switch kind {
	case entryConfChange:
		return librarySince(data, &raftpb.ConfChange{}, 0), nil
	case entryConfChangeV2:
		return librarySince(data, &raftpb.ConfChangeV2{}, 4), nil
	case entryNormal:
	default:
		return nil, fmt.Errorf("unknown type %d", kind)
	}
	request := dynamicpb.NewMessage((&pb.InternalRaftRequest{}).ProtoReflect().Descriptor())
	if err := proto.Unmarshal(data, request); err != nil {
		if isMessage(data) {
			return nil, nil
		}
		return nil, err
	}
	n := &libraryNewest{}
	if test := request.Descriptor().Fields().ByName("downgrade_version_test"); request.Has(test) {
		v, err := mvccview.ParseVersion(request.Get(test).Message().Get(test.Message().Fields().ByName("ver")).String())
		if err != nil {
			return nil, err
		}
		n.take(v)
	}
	n.message(request)
	return n.version, n.err
}

func librarySince(data []byte, m proto.Message, minor int64) *mvccview.Version {
	if proto.Unmarshal(data, m) != nil {
		return nil
	}
	return &mvccview.Version{Major: 3, Minor: minor}
}

type libraryNewest struct{ newest }

func (n *libraryNewest) message(m protoreflect.Message) {
	n.note(m.Descriptor().Options(), versionpb.E_EtcdVersionMsg)
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		n.note(field.Options(), versionpb.E_EtcdVersionField)
		switch v := value.Interface().(type) {
		case protoreflect.Message:
			n.message(v)
		case protoreflect.EnumNumber:
			n.enum(field.Enum(), v)
		}
		return n.err == nil
	})
}

func (n *libraryNewest) enum(e protoreflect.EnumDescriptor, number protoreflect.EnumNumber) {
	n.note(e.Options(), versionpb.E_EtcdVersionEnum)
	if number < 0 || int(number) >= e.Values().Len() {
		n.err = errEnum
		return
	}
	if o, ok := e.Values().Get(int(number)).Options().(*descriptorpb.EnumValueOptions); ok && o != nil {
		n.note(o, versionpb.E_EtcdVersionEnumValue)
	}
}

func (n *libraryNewest) note(options protoreflect.ProtoMessage, extension protoreflect.ExtensionType) {
	text, _ := proto.GetExtension(options, extension).(string)
	n.newest.note(text)
}

// sameAsLibrary holds our answer about an entry against the runtime's, errors word by word.
func sameAsLibrary(t *testing.T, g *grammar, kind uint64, data []byte) {
	t.Helper()
	got := answer(g.entryVersion(&datadir.WALEntry{Type: kind, Data: data}))
	if want := answer(libraryVersion(kind, data)); got != want {
		t.Errorf("type %d, %x: %s, the runtime says %s", kind, data, got, want)
	}
}

func answer(v *mvccview.Version, err error) string {
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), "\u00a0", " ") // the runtime varies it
	}
	if v == nil {
		return "none"
	}
	return v.String()
}

// TestEntryVersionGenerated tries messages with any fields set, two in one, and damaged ones.
func TestEntryVersionGenerated(t *testing.T) {
	g := ourGrammar(t)
	r := rand.New(rand.NewPCG(1, 2))
	forms := []proto.Message{&pb.InternalRaftRequest{}, &raftpb.ConfChange{}, &raftpb.ConfChangeV2{}}
	seen := map[string]int{}
	for range 20000 {
		kind := uint64(r.IntN(8)) % 6 % 4 % 3
		var data []byte
		for range 1 + r.IntN(2) {
			m := forms[kind].ProtoReflect().New()
			fill(r, m, 6)
			data = append(data, encoded(t, m.Interface())...)
		}
		sameAsLibrary(t, g, kind, data)
		seen[answer(libraryVersion(kind, data))]++
		for range 4 {
			sameAsLibrary(t, g, kind, damaged(r, data))
		}
		if t.Failed() {
			return
		}
	}
	if len(seen) < 5 {
		t.Errorf("only these answers: %v", seen)
	}
	t.Log(seen)
}

// fill sets some fields of m, of messages in it up to that many levels.
func fill(r *rand.Rand, m protoreflect.Message, levels int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if r.IntN(fields.Len()) >= 3 || f.Message() != nil && levels == 0 {
			continue
		}
		switch {
		case f.IsList() && f.Message() != nil:
			fill(r, m.Mutable(f).List().AppendMutable().Message(), levels-1)
		case f.IsList():
			m.Mutable(f).List().Append(scalar(r, f))
		case f.Message() != nil:
			fill(r, m.Mutable(f).Message(), levels-1)
		default:
			m.Set(f, scalar(r, f))
		}
	}
}

// scalar is some value of a field.
func scalar(r *rand.Rand, f protoreflect.FieldDescriptor) protoreflect.Value {
	n := r.Int64N(4) - r.Int64N(2)
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n > 0)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(n << r.IntN(50))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(n))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("\xffkey")[:r.IntN(4)])
	}
	return protoreflect.ValueOfString([]string{"", "3.5.0", "3.7.0", "text"}[r.IntN(4)])
}

// damaged is a copy with one byte changed, left out or put in, or cut short.
func damaged(r *rand.Rand, b []byte) []byte {
	at := r.IntN(len(b) + 1)
	out := append([]byte(nil), b[:at]...)
	switch r.IntN(4) {
	case 0:
		return out
	case 1:
		return append(append(out, byte(r.Uint32())), b[at:]...)
	case 2:
		return append(append(out, byte(r.Uint32())), b[min(at+1, len(b)):]...)
	}
	return append(out, b[min(at+1, len(b)):]...)
}

// TestEntryVersionDeep goes to the depth where the runtime gives up, and one more.
func TestEntryVersionDeep(t *testing.T) {
	g := ourGrammar(t)
	inside := func(field protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
	}
	// An InternalRaftRequest has a txn (6), which has success (2), each with request_txn (4).
	txn := inside(2, nil)
	for range 4998 {
		txn = inside(2, inside(4, txn))
	}
	for more := range 4 {
		request := inside(6, txn)
		sameAsLibrary(t, g, entryNormal, request)
		deep := errors.Is((&message{form: g.request}).parse(request, 0), errDeep)
		if deep != (more > 0) {
			t.Errorf("%d more: too deep is %t", more, deep)
		}
		txn = inside(2, inside(4, txn))
	}
}

// TestGrammarShape holds what the parser takes for granted of etcd's and raft's definitions.
func TestGrammarShape(t *testing.T) {
	files, err := wire.ReadDefinitions(packedGrammar)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*wire.Message{}
	proto3 := map[string]bool{}
	var enter func(scope, syntax string, messages []wire.Message)
	enter = func(scope, syntax string, messages []wire.Message) {
		for i := range messages {
			full := scope + "." + messages[i].Name
			all["."+full], proto3["."+full] = &messages[i], syntax == "proto3"
			enter(full, syntax, messages[i].Messages)
		}
	}
	for i := range files {
		if s := files[i].Syntax; s != "proto3" && s != "" {
			t.Errorf("syntax %q", s)
		}
		enter(files[i].Package, files[i].Syntax, files[i].Messages)
	}
	for name, m := range all {
		for _, f := range m.Fields {
			if f.Required || f.Kind == wire.KindGroup || f.TypeName != "" && f.Kind == wire.KindMessage && all[f.TypeName] == nil {
				t.Errorf("%s.%s: required, a group, or of an unknown message", name, f.Name)
			}
		}
	}
	kept(t, all, proto3, ".etcdserverpb.InternalRaftRequest", 10)
}

// kept looks at the messages of which values are kept: not into lists.
func kept(t *testing.T, all map[string]*wire.Message, proto3 map[string]bool, name string, levels int) {
	t.Helper()
	if levels == 0 || !proto3[name] {
		t.Fatalf("%s contains itself, or is of proto2", name)
	}
	for _, f := range all[name].Fields {
		if f.Oneof {
			t.Errorf("%s.%s: presence that is not told by the value", name, f.Name)
		}
		if f.Kind == wire.KindMessage && !f.Repeated {
			kept(t, all, proto3, f.TypeName, levels-1)
		}
	}
}
