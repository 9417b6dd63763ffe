package migrate

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

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
		return since(e.Data, g.change, 0), nil
	case entryConfChangeV2:
		return since(e.Data, g.changeV2, 4), nil
	case entryNormal:
	default:
		return nil, fmt.Errorf("unknown type %d", e.Type)
	}
	request := &message{form: g.request, values: map[*field]*value{}}
	if err := request.parse(e.Data, 0); err != nil {
		if isMessage(e.Data) {
			return nil, nil
		}
		return nil, err
	}
	n := &newest{}
	if test := request.get("downgrade_version_test"); test != nil {
		v, err := mvccview.ParseVersion(test.child.text("ver"))
		if err != nil {
			return nil, err
		}
		n.take(v)
	}
	n.message(request)
	return n.version, n.err
}

// since is 3.minor for an entry of that form; nil for one that is not.
func since(data []byte, f *form, minor int64) *mvccview.Version {
	if (&message{form: f}).parse(data, 0) != nil {
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
func (n *newest) message(m *message) {
	n.note(m.form.since)
	for f, v := range m.values {
		if n.err != nil {
			return
		}
		if !v.set {
			continue
		}
		n.note(f.since)
		switch {
		case f.repeated:
		case v.child != nil:
			n.message(v.child)
		case f.enum != nil:
			n.enum(f.enum, int32(uint32(v.number)))
		}
	}
}

var errEnum = errors.New("an enum has no such value")

// enum looks at the value of an enum, which etcd takes for an index.
func (n *newest) enum(e *enum, number int32) {
	n.note(e.since)
	if number < 0 || int(number) >= len(e.values) {
		n.err = errEnum
		return
	}
	n.note(e.values[number])
}

// note takes in the version that a definition names; text is "" if it does not.
func (n *newest) note(text string) {
	if text == "" || n.err != nil {
		return
	}
	v, err := mvccview.ParseVersion(text + ".0")
	if err != nil {
		n.err = err
		return
	}
	n.take(v)
}
