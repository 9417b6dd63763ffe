package migrate

import (
	_ "embed"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"boltvet/internal/wire"
)

// packedGrammar is a gzipped FileDescriptorSet of the messages in etcd's log and of all that
// they are made of, with the options that say since which release each is understood, and
// without services. TestPackedGrammar makes it from etcd's and raft's Go packages, which are
// not imported here: they would link the runtime of protobuf into boltvet, and all of gRPC.
//
//go:embed grammar.pb.gz
var packedGrammar []byte

// Definitions is the release of etcd's module api of which the definitions are.
const Definitions = "v3.7.3"

// The numbers of the options that say since which release something is understood.
//
// Source: etcd v3.7.3 api/versionpb/version.proto.
const (
	sinceMessage   protowire.Number = 50000
	sinceField     protowire.Number = 50001
	sinceEnum      protowire.Number = 50002
	sinceEnumValue protowire.Number = 50003
)

// A grammar is what is known of the messages in the log.
type grammar struct {
	request  *form // etcdserverpb.InternalRaftRequest
	change   *form // raftpb.ConfChange
	changeV2 *form // raftpb.ConfChangeV2
}

// A form is the definition of one message.
type form struct {
	name   string // the full one
	since  string // the release, "3.5"; "" where it is not said
	fields map[protowire.Number]*field
}

// A field is one field of a form. Either message or enum is set, or neither.
type field struct {
	name     string
	since    string
	kind     wire.Kind
	repeated bool
	text     bool // must be UTF-8
	message  *form
	enum     *enum
}

// An enum is the definition of one enum.
type enum struct {
	since  string
	values []string // since when each is understood, in the order of their definition
}

// readGrammar unpacks what is embedded.
func readGrammar() (*grammar, error) {
	files, err := wire.ReadDefinitions(packedGrammar)
	if err != nil {
		return nil, fmt.Errorf("embedded message definitions: %w", err)
	}
	g := &grammar{}
	all := formsOf(files)
	for name, to := range map[string]**form{
		"etcdserverpb.InternalRaftRequest": &g.request,
		"raftpb.ConfChange":                &g.change,
		"raftpb.ConfChangeV2":              &g.changeV2,
	} {
		if *to = all.messages[name]; *to == nil {
			return nil, fmt.Errorf("embedded message definitions: no %s", name)
		}
	}
	return g, nil
}

// A directory has all definitions by full name, without leading dot.
type directory struct {
	messages map[string]*form
	enums    map[string]*enum
}

// formsOf makes the forms of all messages.
func formsOf(files []wire.File) *directory {
	d := &directory{map[string]*form{}, map[string]*enum{}}
	for i := range files {
		d.enter(files[i].Package, files[i].Messages, files[i].Enums)
	}
	for i := range files {
		d.fill(files[i].Package, files[i].Syntax == "proto3", files[i].Messages)
	}
	return d
}

// enter takes in the names of messages and enums, and of those in them.
func (d *directory) enter(scope string, messages []wire.Message, enums []wire.Enum) {
	for i := range messages {
		m := &messages[i]
		full := scope + "." + m.Name
		d.messages[full] = &form{name: full, since: m.Options.Text(sinceMessage), fields: map[protowire.Number]*field{}}
		d.enter(full, m.Messages, m.Enums)
	}
	for i := range enums {
		e := &enum{since: enums[i].Options.Text(sinceEnum)}
		for _, v := range enums[i].Values {
			e.values = append(e.values, v.Options.Text(sinceEnumValue))
		}
		d.enums[scope+"."+enums[i].Name] = e
	}
}

// fill gives every message its fields, now that all are entered.
func (d *directory) fill(scope string, proto3 bool, messages []wire.Message) {
	for i := range messages {
		m := &messages[i]
		full := scope + "." + m.Name
		d.fill(full, proto3, m.Messages)
		for j := range m.Fields {
			f := &m.Fields[j]
			typ := strings.TrimPrefix(f.TypeName, ".")
			d.messages[full].fields[f.Number] = &field{
				name: f.Name, since: f.Options.Text(sinceField), kind: f.Kind, repeated: f.Repeated,
				text: proto3 && f.Kind == wire.KindString, message: d.messages[typ], enum: d.enums[typ],
			}
		}
	}
}
