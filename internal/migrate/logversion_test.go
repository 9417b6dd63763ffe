package migrate

import (
	"fmt"
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/membershippb"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"

	"boltvet/internal/datadir"
)

// requests are entries of many releases.
func requests() []*pb.InternalRaftRequest {
	return []*pb.InternalRaftRequest{
		{},
		{ID: 1, Put: &pb.PutRequest{Key: []byte("k"), Value: []byte("v")}},
		{Put: &pb.PutRequest{Key: []byte("k"), PrevKv: true}},
		{Put: &pb.PutRequest{Key: []byte("k"), IgnoreLease: true}},
		{Range: &pb.RangeRequest{SortTarget: pb.RangeRequest_MOD, MinModRevision: 3}},
		{Txn: &pb.TxnRequest{Compare: []*pb.Compare{{Target: pb.Compare_LEASE}}}},
		{LeaseCheckpoint: &pb.LeaseCheckpointRequest{Checkpoints: []*pb.LeaseCheckpoint{{ID: 1}}}},
		{AuthUserAdd: &pb.AuthUserAddRequest{Name: "n", HashedPassword: "h"}},
		{AuthStatus: &pb.AuthStatusRequest{}},
		{Alarm: &pb.AlarmRequest{Alarm: pb.AlarmType_CORRUPT, Action: pb.AlarmRequest_ACTIVATE}},
		{Alarm: &pb.AlarmRequest{Alarm: 77}},
		{ClusterVersionSet: &membershippb.ClusterVersionSetRequest{Ver: "3.7.0"}},
		{ClusterMemberAttrSet: &membershippb.ClusterMemberAttrSetRequest{Member_ID: 1}},
		{DowngradeInfoSet: &membershippb.DowngradeInfoSetRequest{Enabled: true, Ver: "3.6.0"}},
		{DowngradeVersionTest: &pb.DowngradeVersionTestRequest{Ver: "3.7.0"}},
		{DowngradeVersionTest: &pb.DowngradeVersionTestRequest{Ver: "3.5.0"}},
		{DowngradeVersionTest: &pb.DowngradeVersionTestRequest{Ver: "nonsense"}},
	}
}

func encoded(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// etcdsVersion is etcd's answer about one entry; "panic" where it dies.
func etcdsVersion(e *raftpb.Entry) (answer string) {
	defer func() {
		if recover() != nil {
			answer = "panic"
		}
	}()
	if v := wal.MinimalEtcdVersion([]*raftpb.Entry{e}); v != nil {
		return v.String()
	}
	return "none"
}

// sameVersion holds our answer about one entry against etcd's, which dies of requests to the v2 store.
func sameVersion(t *testing.T, g *grammar, kind uint64, data []byte) {
	t.Helper()
	sameAsLibrary(t, g, kind, data)
	typ := raftpb.EntryType(kind)
	v, err := g.entryVersion(&datadir.WALEntry{Type: kind, Data: data})
	got := "none"
	if err != nil {
		got = "panic"
	} else if v != nil {
		got = v.String()
	}
	want := etcdsVersion(&raftpb.Entry{Type: &typ, Data: data})
	if got != want && !(want == "panic" && kind == entryNormal && err == nil && v == nil) {
		t.Errorf("type %d, %x: %s, etcd says %s", kind, data, got, want)
	}
}

func ourGrammar(t testing.TB) *grammar {
	t.Helper()
	g, err := readGrammar()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEntryVersion(t *testing.T) {
	g := ourGrammar(t)
	for _, r := range requests() {
		sameVersion(t, g, entryNormal, encoded(t, r))
	}
	for kind := range uint64(4) {
		sameVersion(t, g, kind, nil)
		sameVersion(t, g, kind, []byte{0xff})
		sameVersion(t, g, kind, encoded(t, &pb.InternalRaftRequest{ID: 5}))
	}
	v2 := []byte("\x08\x01\x12\x03PUT\x1a\x02/1\x22\x01v")
	if v, err := g.entryVersion(&datadir.WALEntry{Data: v2}); v != nil || err != nil {
		t.Errorf("a request to the v2 store: %v, %v", v, err)
	}
}

func FuzzEntryVersion(f *testing.F) {
	g := ourGrammar(f)
	for _, r := range requests() {
		f.Add(uint64(0), encoded(f, r))
	}
	f.Add(uint64(1), []byte{8, 1})
	f.Fuzz(func(t *testing.T, kind uint64, data []byte) { sameVersion(t, g, kind%4, data) })
}

// An append is one write to a log.
type appended struct {
	commit   uint64
	entries  map[uint64]string // by index: the version that it needs
	from, to uint64            // of the indexes in entries
	snapshot uint64            // a snapshot record at this index, 0 for none
}

// TestLogVersion makes logs with etcd's writer and has them read by its reader and by ours.
func TestLogVersion(t *testing.T) {
	for name, writes := range map[string][]appended{
		"empty":              {},
		"behind a snapshot":  {{commit: 3, from: 1, to: 3, entries: map[uint64]string{2: "3.7.0"}, snapshot: 3}, {commit: 5, from: 4, to: 5, entries: map[uint64]string{5: "3.6.0"}}},
		"before a snapshot":  {{commit: 3, from: 1, to: 3, entries: map[uint64]string{2: "3.7.0"}, snapshot: 1}},
		"not committed":      {{commit: 1, from: 1, to: 3, entries: map[uint64]string{3: "3.7.0"}}},
		"snapshot ahead":     {{commit: 1, from: 1, to: 3, entries: map[uint64]string{2: "3.7.0"}, snapshot: 3}},
		"overwritten":        {{commit: 1, from: 1, to: 3, entries: map[uint64]string{3: "3.7.0"}}, {commit: 3, from: 3, to: 3, entries: map[uint64]string{3: "3.6.0"}}},
		"cut by an earlier":  {{commit: 1, from: 1, to: 3, entries: map[uint64]string{2: "3.6.0", 3: "3.7.0"}}, {commit: 2, from: 2, to: 2}},
		"the newest is kept": {{commit: 4, from: 1, to: 4, entries: map[uint64]string{1: "3.7.0", 3: "3.6.0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeLog(t, writes)
			want, wantErr := etcdsLogVersion(dir)
			got, err := logVersion(t.Context(), dir, true)
			text := "none"
			if got != nil {
				text = got.String()
			}
			if (err == nil) != (wantErr == nil) || err == nil && text != want {
				t.Errorf("%s, %v; etcd says %s, %v", text, err, want, wantErr)
			}
		})
	}
}

// writeLog makes a log with etcd's code.
func writeLog(t *testing.T, writes []appended) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "wal")
	w, err := wal.Create(zap.NewNop(), dir, encoded(t, &pb.Metadata{NodeID: proto.Uint64(1), ClusterID: proto.Uint64(2)}))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range writes {
		var entries []*raftpb.Entry
		for i := a.from; i <= a.to; i++ {
			r := &pb.InternalRaftRequest{ID: i}
			if ver := a.entries[i]; ver != "" {
				r.DowngradeVersionTest = &pb.DowngradeVersionTestRequest{Ver: ver}
			}
			entries = append(entries, &raftpb.Entry{Term: proto.Uint64(1), Index: proto.Uint64(i), Data: encoded(t, r)})
		}
		state := &raftpb.HardState{Term: proto.Uint64(1), Vote: proto.Uint64(1), Commit: proto.Uint64(a.commit)}
		if err := w.Save(state, entries); err != nil {
			t.Fatal(err)
		}
		if a.snapshot > 0 {
			if err := w.SaveSnapshot(&walpb.Snapshot{Index: proto.Uint64(a.snapshot), Term: proto.Uint64(1), ConfState: &raftpb.ConfState{Voters: []uint64{1}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// etcdsLogVersion is what `etcdutl migrate` finds.
func etcdsLogVersion(dir string) (string, error) {
	snaps, err := wal.ValidSnapshotEntries(zap.NewNop(), dir)
	if err != nil {
		return "", err
	}
	start := &walpb.Snapshot{}
	if len(snaps) > 0 {
		start = snaps[len(snaps)-1]
	}
	w, err := wal.OpenForRead(zap.NewNop(), dir, start)
	if err != nil {
		return "", err
	}
	defer w.Close()
	v, err := wal.ReadWALVersion(w)
	if err != nil {
		return "", err
	}
	if m := v.MinimalEtcdVersion(); m != nil {
		return fmt.Sprint(m), nil
	}
	return "none", nil
}
