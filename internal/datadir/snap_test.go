package datadir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/etcd/server/v3/etcdserver/api/snap"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"
)

const storeJSON = `{"Root":{"Path":"/","CreatedIndex":0,"ModifiedIndex":0,"ExpireTime":"0001-01-01T00:00:00Z","Value":"","Children":{
"0":{"Path":"/0","Value":"","Children":{
 "members":{"Path":"/0/members","Children":{"3c2bdafe2850b2c0":{"Path":"/0/members/3c2bdafe2850b2c0","Children":{
   "attributes":{"Path":"x","Value":"{\"name\":\"one\",\"clientURLs\":[\"http://127.0.0.1:2379\"]}"},
   "raftAttributes":{"Path":"y","Value":"{\"peerURLs\":[\"http://127.0.0.1:2380\"],\"isLearner\":true}"}}}}},
 "removed_members":{"Path":"/0/removed_members","Children":{"ff":{"Path":"z"}}},
 "version":{"Path":"/0/version","Value":"3.5.0"}}},
"1":{"Path":"/1","Value":"","Children":{"old":{"Path":"/1/old","Value":"v2 key"}}}}},"CurrentVersion":2}`

// writeSnap makes a .snap file with etcd's own code.
func writeSnap(t testing.TB) (path string, content []byte) {
	t.Helper()
	dir := t.TempDir()
	s := &raftpb.Snapshot{Data: []byte(storeJSON), Metadata: &raftpb.SnapshotMetadata{
		Index: proto.Uint64(1001), Term: proto.Uint64(3), ConfState: &raftpb.ConfState{Voters: []uint64{5, testNode}}}}
	check(t, snap.New(zap.NewNop(), dir).SaveSnap(s))
	path = filepath.Join(dir, fmt.Sprintf("%016x-%016x.snap", 3, 1001))
	b, err := os.ReadFile(path)
	check(t, err)
	return path, b
}

func TestSnapAgreesWithEtcd(t *testing.T) {
	path, _ := writeSnap(t)
	s, err := ReadSnap(path, nil)
	check(t, err)
	if s.Term != 3 || s.Index != 1001 || !slices.Equal(s.ConfState.Voters, []uint64{5, testNode}) {
		t.Errorf("metadata: %+v", s)
	}
	if len(s.Store.Members) != 1 || s.Store.UserKeys != 1 || s.Store.ClusterVersion != "3.5.0" || !slices.Equal(s.Store.Removed, []uint64{255}) {
		t.Fatalf("store: %+v", s.Store)
	}
	if m := s.Store.Members[0]; m.ID != testNode || m.Name != "one" || !m.Learner || len(m.PeerURLs) != 1 || len(m.ClientURLs) != 1 {
		t.Errorf("member: %+v", m)
	}
	moved := filepath.Join(filepath.Dir(path), "0000000000000003-00000000000003ea.snap")
	check(t, os.Rename(path, moved))
	var f []Fault
	s, err = ReadSnap(moved, func(x Fault) bool { f = append(f, x); return true })
	check(t, err)
	if s == nil || len(f) != 1 || f[0].Kind != SnapName {
		t.Errorf("renamed: %v", f)
	}
}

// Wherever etcd refuses a .snap file, there is a fault, and the other way round.
func TestSnapSweep(t *testing.T) {
	path, whole := writeSnap(t)
	agree := func(what string, b []byte) {
		check(t, os.WriteFile(path, b, 0o600))
		_, etcdErr := snap.Read(zap.NewNop(), path)
		var faults []Fault
		_, err := ReadSnap(path, func(f Fault) bool { faults = append(faults, f); return true })
		check(t, err)
		refused := slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind != SnapName })
		if refused != (etcdErr != nil) {
			t.Errorf("%s: etcd %v, ours %v", what, etcdErr, faults)
		}
	}
	for cut := range whole {
		agree(fmt.Sprintf("cut at %d", cut), whole[:cut])
	}
	for at := range whole {
		b := slices.Clone(whole)
		b[at] ^= 0x24
		agree(fmt.Sprintf("byte %d", at), b)
	}
}
