package migrate

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"go.etcd.io/etcd/api/v3/versionpb"
	"go.etcd.io/raft/v3/raftpb"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// The types of entries. Source: etcd-io/raft v3 raftpb/raft.proto.
const (
	entryNormal       = 0
	entryConfChange   = 1
	entryConfChangeV2 = 2
)

// entryVersion is the release since which an entry can be interpreted; nil if it does not say.
//
// Before 3.6 the log has requests of the v2 store too, which are no InternalRaftRequest. etcd tries
// that first and then takes them for what they are; its migration dies of them. Each release that
// has a storage version to go back from, or to, knows them.
//
// Source: etcd v3.7.3 server/storage/wal/version.go (visitEntryData).
func (g *grammar) entryVersion(e *datadir.WALEntry) (*mvccview.Version, error) {
	switch e.Type {
	case entryConfChange:
		return since(e.Data, &raftpb.ConfChange{}, 0), nil
	case entryConfChangeV2:
		return since(e.Data, &raftpb.ConfChangeV2{}, 4), nil
	case entryNormal:
	default:
		return nil, fmt.Errorf("unknown type %d", e.Type)
	}
	request := g.request.New()
	if err := proto.Unmarshal(e.Data, request.Interface()); err != nil {
		if isMessage(e.Data) {
			return nil, nil
		}
		return nil, err
	}
	n := &newest{}
	if test := g.request.Descriptor().Fields().ByName("downgrade_version_test"); test != nil && request.Has(test) {
		v, err := mvccview.ParseVersion(request.Get(test).Message().Get(test.Message().Fields().ByName("ver")).String())
		if err != nil {
			return nil, err
		}
		n.take(v)
	}
	n.message(request)
	return n.version, n.err
}

// since is 3.minor for an entry of that form; nil for one that is not.
func since(data []byte, form proto.Message, minor int64) *mvccview.Version {
	if proto.Unmarshal(data, form) != nil {
		return nil
	}
	return &mvccview.Version{Major: 3, Minor: minor}
}

// isMessage tells whether b is the encoding of any message.
func isMessage(b []byte) bool {
	for len(b) > 0 {
		_, _, n := protowire.ConsumeField(b)
		if n < 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

// newest collects the newest version that a message names.
type newest struct {
	version *mvccview.Version
	err     error
}

func (n *newest) take(v mvccview.Version) {
	if n.version == nil || less(*n.version, v) {
		n.version = &v
	}
}

// message looks at a message, at its fields that are set, and into those that hold one message.
// Like etcd it does not look into lists. It goes as deep as the types do, which is not far: what
// contains itself does so through a list.
//
// Source: etcd v3.7.3 server/storage/wal/version.go (visitMessage).
func (n *newest) message(m protoreflect.Message) {
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

var errEnum = errors.New("an enum has no such value")

// enum looks at the value of an enum, which etcd takes for an index.
func (n *newest) enum(e protoreflect.EnumDescriptor, number protoreflect.EnumNumber) {
	n.note(e.Options(), versionpb.E_EtcdVersionEnum)
	if number < 0 || int(number) >= e.Values().Len() {
		n.err = errEnum
		return
	}
	if o, ok := e.Values().Get(int(number)).Options().(*descriptorpb.EnumValueOptions); ok && o != nil {
		n.note(o, versionpb.E_EtcdVersionEnumValue)
	}
}

// note reads the version that a descriptor was given in the message definitions.
func (n *newest) note(options protoreflect.ProtoMessage, extension protoreflect.ExtensionType) {
	text, ok := proto.GetExtension(options, extension).(string)
	if !ok || text == "" || n.err != nil {
		return
	}
	v, err := mvccview.ParseVersion(text + ".0")
	if err != nil {
		n.err = err
		return
	}
	n.take(v)
}
