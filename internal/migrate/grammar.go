package migrate

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// packedGrammar is a gzipped FileDescriptorSet of the messages in etcd's log and of all that
// they are made of, with the options that say since which release each is understood, and
// without services. TestPackedGrammar makes it from etcd's Go package etcdserverpb, which is
// not imported here: its services would link all of gRPC into boltvet.
//
//go:embed grammar.pb.gz
var packedGrammar []byte

// A grammar is what is known of the requests in the log.
type grammar struct {
	request protoreflect.MessageType // etcdserverpb.InternalRaftRequest
}

// readGrammar unpacks what is embedded.
func readGrammar() (*grammar, error) {
	request, err := requestType(packedGrammar)
	if err != nil {
		return nil, fmt.Errorf("embedded message definitions: %w", err)
	}
	return &grammar{request}, nil
}

func requestType(packed []byte) (protoreflect.MessageType, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, err
	}
	d, err := files.FindDescriptorByName("etcdserverpb.InternalRaftRequest")
	if err != nil {
		return nil, err
	}
	return dynamicpb.NewMessageType(d.(protoreflect.MessageDescriptor)), nil
}
