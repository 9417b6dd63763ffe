package migrate

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
)

var update = flag.Bool("update", false, "make grammar.pb.gz anew from etcd's and raft's packages")

// TestPackedGrammar holds the embedded definitions against those of the etcd and raft releases in go.mod.
func TestPackedGrammar(t *testing.T) {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	collect(set, seen, pb.File_raft_internal_proto)
	collect(set, seen, raftpb.File_raft_proto)
	want, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if _, err := w.Write(want); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("grammar.pb.gz", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		packedGrammar = b.Bytes()
	}
	r, err := gzip.NewReader(bytes.NewReader(packedGrammar))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := got.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("the embedded definitions are not those of go.mod's etcd and raft: go test ./internal/migrate -run TestPackedGrammar -update")
	}
	if _, err := readGrammar(); err != nil {
		t.Error(err)
	}
	if mod, err := os.ReadFile("../../go.mod"); err != nil || !bytes.Contains(mod, []byte("\tgo.etcd.io/etcd/api/v3 "+Definitions+"\n")) {
		t.Errorf("%v; Definitions says %s, and go.mod not", err, Definitions)
	}
	t.Logf("%d files, %d bytes, packed %d", len(set.File), len(want), len(packedGrammar))
}

// collect adds a file behind those that its fields need: messages and enums only. Which these
// are is told by the fields: etcd's files import each other by other paths than their own.
func collect(set *descriptorpb.FileDescriptorSet, seen map[string]bool, file protoreflect.FileDescriptor) {
	seen[file.Path()] = true
	p := protodesc.ToFileDescriptorProto(file)
	p.Service, p.Extension, p.Options, p.SourceCodeInfo, p.PublicDependency, p.OptionDependency = nil, nil, nil, nil, nil, nil
	p.Dependency = nil
	for _, dep := range needed(file.Messages()) {
		if dep.Path() == file.Path() || slices.Contains(p.Dependency, dep.Path()) {
			continue
		}
		if !seen[dep.Path()] {
			collect(set, seen, dep)
		}
		p.Dependency = append(p.Dependency, dep.Path())
	}
	set.File = append(set.File, p)
}

// needed lists the files of the types of all fields.
func needed(all protoreflect.MessageDescriptors) (files []protoreflect.FileDescriptor) {
	for i := range all.Len() {
		m := all.Get(i)
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			if f.Message() != nil {
				files = append(files, f.Message().ParentFile())
			}
			if f.Enum() != nil {
				files = append(files, f.Enum().ParentFile())
			}
		}
		files = append(files, needed(m.Messages())...)
	}
	return files
}
