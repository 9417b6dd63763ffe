package datadir

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

const (
	testNode    = 0x3c2bdafe2850b2c0
	testCluster = 0xdeadbeefcafe0001
)

// writeWAL makes a log with etcd's own code: entries 1 to n in terms that rise every 10 entries,
// a snapshot record half way, segments of segmentBytes.
func writeWAL(t testing.TB, n uint64, segmentBytes int64) string {
	t.Helper()
	old := wal.SegmentSizeBytes
	wal.SegmentSizeBytes = segmentBytes
	defer func() { wal.SegmentSizeBytes = old }()
	dir := filepath.Join(t.TempDir(), "wal")
	meta := etcdserverpb.Metadata{NodeID: proto.Uint64(testNode), ClusterID: proto.Uint64(testCluster)}
	b, err := proto.Marshal(&meta)
	check(t, err)
	w, err := wal.Create(nil, dir, b)
	check(t, err)
	w.SetUnsafeNoFsync()
	for i := uint64(1); i <= n; i++ {
		term := 1 + i/10
		e := &raftpb.Entry{Term: &term, Index: proto.Uint64(i), Data: make([]byte, 30+i%7)}
		for j := range e.Data {
			e.Data[j] = byte(i) | 1
		}
		st := &raftpb.HardState{Term: &term, Vote: proto.Uint64(testNode), Commit: proto.Uint64(i - 1)}
		check(t, w.Save(st, []*raftpb.Entry{e}))
		if i == n/2 && i > 1 {
			check(t, w.SaveSnapshot(&walpb.Snapshot{Index: proto.Uint64(i - 1), Term: proto.Uint64(1 + (i-1)/10),
				ConfState: &raftpb.ConfState{Voters: []uint64{testNode}}}))
		}
	}
	check(t, w.Close())
	removeTmp(t, dir)
	return dir
}

func removeTmp(t testing.TB, dir string) {
	tmps, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
	check(t, err)
	for _, name := range tmps {
		check(t, os.Remove(name))
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readTolerant reads the log and collects the faults.
func readTolerant(t testing.TB, dir string) (*WALSummary, []Fault) {
	t.Helper()
	var faults []Fault
	sum, err := ReadWAL(context.Background(), dir, nil, func(f Fault) bool {
		if len(faults) < 1000 {
			faults = append(faults, f)
		}
		return true
	})
	check(t, err)
	return sum, faults
}

func kindsOf(faults []Fault) []string {
	codes := []string{}
	for _, f := range faults {
		codes = append(codes, f.Kind.String())
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func TestWALAgreesWithEtcd(t *testing.T) {
	for _, n := range []uint64{0, 1, 2, 25, 200} {
		dir := writeWAL(t, n, 4096)
		var entries []WALEntry
		sum, err := ReadWAL(context.Background(), dir, func(r WALRecord) error {
			if r.Type == RecordEntry {
				e := r.Entry
				e.Data = slices.Clone(e.Data)
				entries = append(entries, e)
			}
			if !r.CRCOK || r.Hidden {
				t.Errorf("record at %d of %s: crc %v, hidden %v", r.Off, r.File, r.CRCOK, r.Hidden)
			}
			return nil
		}, nil)
		check(t, err)

		w, err := wal.OpenForRead(nil, dir, &walpb.Snapshot{})
		check(t, err)
		meta, state, ents, err := w.ReadAll()
		check(t, err)
		var m etcdserverpb.Metadata
		check(t, proto.Unmarshal(meta, &m))
		if sum.Metadata.NodeID != m.GetNodeID() || sum.Metadata.ClusterID != m.GetClusterID() {
			t.Errorf("metadata %+v, etcd %v", sum.Metadata, &m)
		}
		if sum.State != (HardState{state.GetTerm(), state.GetVote(), state.GetCommit()}) {
			t.Errorf("state %+v, etcd %v", sum.State, state)
		}
		if len(entries) != len(ents) || sum.Entries != int64(len(ents)) || uint64(len(ents)) != n {
			t.Fatalf("%d entries, summary %d, etcd %d, written %d", len(entries), sum.Entries, len(ents), n)
		}
		for i, e := range ents {
			got := entries[i]
			if got.Index != e.GetIndex() || got.Term != e.GetTerm() || string(got.Data) != string(e.Data) {
				t.Fatalf("entry %d: %+v, etcd %v", i, got, e)
			}
		}
		if sum.LastIndex != n || n > 0 && sum.FirstIndex != 1 {
			t.Errorf("indexes %d to %d of %d", sum.FirstIndex, sum.LastIndex, n)
		}
		snaps, err := wal.ValidSnapshotEntries(nil, dir)
		if n > 0 {
			check(t, err)
		}
		valid := 0
		for _, s := range sum.Snapshots {
			if s.Index <= sum.State.Commit {
				valid++
			}
		}
		if valid != len(snaps) {
			t.Errorf("%d valid snapshot records, etcd %d", valid, len(snaps))
		}
		if _, err := wal.Verify(nil, dir, &walpb.Snapshot{}); err != nil {
			t.Errorf("etcd's own verdict: %v", err)
		}
		if n == 200 && len(sum.Segments) < 4 {
			t.Errorf("only %d segments", len(sum.Segments))
		}
	}
}

// oneSegment returns the path and content of the only segment of a log with n entries, with some
// of the preallocated tail.
func oneSegment(t testing.TB, n uint64) (dir, path string, content []byte) {
	t.Helper()
	dir = writeWAL(t, n, 1<<20)
	path = filepath.Join(dir, "0000000000000000-0000000000000000.wal")
	b, err := os.ReadFile(path)
	check(t, err)
	sum, _ := readTolerant(t, dir)
	return dir, path, b[:sum.Bytes+64]
}

func TestWALCutAtEveryLength(t *testing.T) {
	dir, path, whole := oneSegment(t, 30)
	end := len(whole) - 64
	for cut := range whole {
		check(t, os.WriteFile(path, whole[:cut], 0o600))
		sum, faults := readTolerant(t, dir)
		codes := kindsOf(faults)
		switch {
		case cut == 0:
			if !slices.Contains(codes, "wal.empty-segment") {
				t.Errorf("cut at 0: %v", codes)
			}
		case cut >= end && cut%8 == 0:
			if len(codes) > 0 {
				t.Errorf("cut at %d in the zero tail: %v", cut, codes)
			}
		case slices.Contains(codes, "wal.frame") || slices.Contains(codes, "wal.crc"):
			t.Errorf("cut at %d is called damage: %v", cut, faults)
		}
		if sum.Torn && sum.Hidden.Records > 0 {
			t.Errorf("cut at %d: records hidden behind a torn tail", cut)
		}
	}
}

func TestWALCutMatchesEtcdEntries(t *testing.T) {
	dir, path, whole := oneSegment(t, 12)
	for cut := 200; cut < len(whole); cut += 3 {
		check(t, os.WriteFile(path, whole[:cut], 0o600))
		sum, _ := readTolerant(t, dir)
		w, err := wal.OpenForRead(nil, dir, &walpb.Snapshot{})
		check(t, err)
		_, _, ents, err := w.ReadAll()
		if err != nil {
			continue
		}
		if sum.Entries != int64(len(ents)) {
			t.Errorf("cut at %d: %d entries, etcd %d", cut, sum.Entries, len(ents))
		}
	}
}

// Every framing byte (length field, tag, type) is overwritten: the answer must be a fault, or the
// same records as before.
func TestWALFramingSweep(t *testing.T) {
	dir, path, whole := oneSegment(t, 12)
	var frames []int64
	healthy, err := ReadWAL(context.Background(), dir, func(r WALRecord) error { frames = append(frames, r.Off); return nil }, nil)
	check(t, err)
	silent := 0
	for _, off := range frames {
		for at := off; at < off+12; at++ {
			for _, flip := range []byte{0x01, 0x10, 0x80, 0xff} {
				b := slices.Clone(whole)
				b[at] ^= flip
				check(t, os.WriteFile(path, b, 0o600))
				sum, faults := readTolerant(t, dir)
				if len(faults) == 0 {
					silent++
					if sum.Entries != healthy.Entries || sum.Records != healthy.Records {
						t.Errorf("byte %d ^ %#x: %d records without a fault, want %d", at, flip, sum.Records, healthy.Records)
					}
				}
			}
		}
	}
	if silent > 0 {
		t.Logf("%d overwrites changed nothing", silent)
	}
}

// A zeroed length in the middle hides everything behind it from etcd, which then erases it.
func TestWALZeroLengthHides(t *testing.T) {
	dir, path, whole := oneSegment(t, 30)
	var offs []int64
	_, err := ReadWAL(context.Background(), dir, func(r WALRecord) error {
		if r.Type == RecordEntry {
			offs = append(offs, r.Off)
		}
		return nil
	}, nil)
	check(t, err)
	for name, word := range map[string]uint64{"zero": 0, "huge": 1 << 40, "long": 3000} {
		b := slices.Clone(whole)
		binary.LittleEndian.PutUint64(b[offs[14]:], word)
		check(t, os.WriteFile(path, b, 0o600))
		sum, faults := readTolerant(t, dir)
		if !slices.Contains(kindsOf(faults), "wal.hidden-records") && !slices.Contains(kindsOf(faults), "wal.parse") {
			t.Errorf("%s: %v", name, faults)
		}
		if sum.LastIndex != 14 || sum.Torn {
			t.Errorf("%s: last index %d, torn %v", name, sum.LastIndex, sum.Torn)
		}
		if sum.Hidden.LastIndex != 30 || sum.Hidden.Entries != 15 {
			t.Errorf("%s: hidden %+v", name, sum.Hidden)
		}
	}
}
