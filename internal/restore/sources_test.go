package restore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"

	"boltvet/fixtures/peers"
)

// sealed appends the sha256 that a snapshot ends with.
func sealed(t *testing.T, path string) string {
	t.Helper()
	b := readFile(t, path)
	sum := sha256.Sum256(b)
	to := filepath.Join(t.TempDir(), "sealed.db")
	if err := os.WriteFile(to, append(b, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// manyLeases adds so many leases to the 3.7 snapshot.
func manyLeases(t *testing.T, many uint64) string {
	return change(t, "3.7-snapshot.db.gz", func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("lease"))
		for id := range many {
			value := binary.AppendUvarint([]byte{0x08}, id+1)
			if err := b.Put(binary.BigEndian.AppendUint64(nil, id+1), append(value, 0x10, 60)); err != nil {
				return err
			}
		}
		return nil
	})
}

// withLearner has a learner among the members and in the conf state of the old cluster.
func withLearner(t *testing.T) string {
	return change(t, "3.7-snapshot.db.gz", func(tx *bbolt.Tx) error {
		if err := tx.Bucket([]byte("members")).Put([]byte("77"), []byte(`{"id":119,"peerURLs":["http://l:2380"],"isLearner":true,"name":"l"}`)); err != nil {
			return err
		}
		return tx.Bucket([]byte("meta")).Put([]byte("confState"), []byte(`{"voters":[1],"learners":[119],"auto_leave":false}`))
	})
}

// sources are snapshots of every kind that a restore must take.
func sources(t *testing.T) map[string]string {
	list := map[string]string{
		"an alarm":      sealed(t, dirty(t, 1)),
		"a learner":     sealed(t, withLearner(t)),
		"50,000 leases": sealed(t, manyLeases(t, 50_000)),
	}
	for _, f := range goldenSnapshots(t) {
		list[f.Name] = unpack(t, f.Name)
	}
	return list
}

// TestSources restores snapshots of every kind: with etcdutl's flags the result is etcdutl's, and with ours a real etcd
// serves every key at every old revision from it.
func TestSources(t *testing.T) {
	for name, path := range sources(t) {
		t.Run(name, func(t *testing.T) {
			ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
			restoreTo(t, path, Options{Cluster: cluster(t, three), Outputs: []Target{{Name: "m1", DataDir: ours}}, LikeEtcdutl: true})
			etcdutl(t, path, theirs, three, "m1", 0)
			compareMembers(t, ours, theirs, 3)
			if testing.Short() {
				return
			}
			s, _ := bootOne(t, path, Options{})
			if s.Outcome().State != peers.Ready {
				t.Fatalf("%v\n%s", s.Outcome(), s.Log())
			}
			servesHistory(t, s, filepath.Join(theirs, "member", "snap", "db"))
		})
	}
}

// servesHistory compares what a server says with the records of a db, at every revision that the db holds.
func servesHistory(t *testing.T, s *peers.Server, db string) {
	t.Helper()
	h := historyOf(t, db)
	if h.last <= h.first {
		t.Fatalf("revisions %d to %d: too few to say anything", h.first, h.last)
	}
	for rev := h.first; rev <= h.last; rev++ {
		got, err := s.All(t.Context(), rev)
		if err != nil {
			t.Fatalf("revision %d: %v", rev, err)
		}
		want := h.at(rev)
		if len(got.KVs) != len(want) {
			t.Errorf("revision %d: %d keys, want %d", rev, len(got.KVs), len(want))
		}
		for _, kv := range got.KVs {
			w := want[string(kv.Key)]
			if w == nil || !bytes.Equal(kv.Value, w.Value) || kv.ModRevision != w.ModRevision || kv.CreateRevision != w.CreateRevision ||
				kv.Version != w.Version || kv.Lease != w.Lease {
				t.Fatalf("revision %d: %q is %+v, want %v", rev, kv.Key, kv, w)
			}
		}
	}
	if _, err := s.All(t.Context(), h.first-1); h.compacted && err == nil {
		t.Errorf("revision %d is served, although it is compacted", h.first-1)
	}
}

// A history is bucket key as bbolt and etcd's own messages have it.
type history struct {
	first, last int64 // revisions that can be asked for
	compacted   bool
	records     []historyRecord
}

type historyRecord struct {
	main int64
	kv   *mvccpb.KeyValue
	gone bool
}

func historyOf(t *testing.T, path string) *history {
	t.Helper()
	all := content(t, path)
	h := &history{first: 2}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if rev, ok := strings.CutPrefix(k, "key\x00"); ok {
			kv := &mvccpb.KeyValue{}
			if err := proto.Unmarshal([]byte(all[k]), kv); err != nil {
				t.Fatal(err)
			}
			h.last = int64(binary.BigEndian.Uint64([]byte(rev)))
			h.records = append(h.records, historyRecord{h.last, kv, strings.HasSuffix(rev, "t") && len(rev) == 18})
		}
	}
	for _, name := range []string{"scheduledCompactRev", "finishedCompactRev"} {
		if v := all["meta\x00"+name]; v != "" {
			h.compacted = true
			h.first = max(h.first, int64(binary.BigEndian.Uint64([]byte(v))))
		}
	}
	return h
}

// at is the store as of a revision.
func (h *history) at(rev int64) map[string]*mvccpb.KeyValue {
	state := map[string]*mvccpb.KeyValue{}
	for _, r := range h.records {
		switch {
		case r.main > rev:
			return state
		case r.gone:
			delete(state, string(r.kv.Key))
		default:
			state[string(r.kv.Key)] = r.kv
		}
	}
	return state
}

// TestLeasedKeys counts the keys that become permanent, of every snapshot, in the plan and in no other case.
func TestLeasedKeys(t *testing.T) {
	counted := int64(0)
	for name, path := range sources(t) {
		all, want := content(t, bare(t, path)), int64(0)
		for _, kv := range historyOf(t, bare(t, path)).at(1 << 62) {
			if _, exists := all[fmt.Sprintf("lease\x00%s", binary.BigEndian.AppendUint64(nil, uint64(kv.Lease)))]; exists && kv.Lease != 0 {
				want++
			}
		}
		src := open(t, path)
		for _, drop := range []bool{false, true} {
			facts, err := Read(t.Context(), src, ReadOptions{Leased: drop})
			if err != nil {
				t.Fatal(err)
			}
			o, _ := one(t)
			o.DropLeases = drop
			p, err := NewPlan(facts, o)
			if err != nil {
				t.Fatal(err)
			}
			if !drop && p.Scrub.LeasedKeys != 0 || drop && p.Scrub.LeasedKeys != want {
				t.Errorf("%s, drop %v: %d keys become permanent, want %d", name, drop, p.Scrub.LeasedKeys, want)
			}
		}
		counted += want
	}
	if counted == 0 {
		t.Error("no snapshot has a key with a lease")
	}
}

// bare is a copy without the sha256.
func bare(t *testing.T, path string) string {
	t.Helper()
	b := readFile(t, path)
	to := filepath.Join(t.TempDir(), "bare.db")
	if err := os.WriteFile(to, b[:len(b)/512*512], 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestLearnerLimit holds the refusal against what real etcds do with a cluster of one voter and two learners.
func TestLearnerLimit(t *testing.T) {
	two := cluster(t, three, "m2", "m3")
	for _, c := range []struct {
		limit   int
		version string
		refused bool
	}{{0, "", true}, {1, "", true}, {2, "", false}, {0, "3.5", false}, {0, "3.6", true}, {3, "3.7", false}} {
		o, _ := one(t)
		o.Cluster, o.MaxLearners, o.TargetVersion = two, c.limit, c.version
		p, _, err := planFor(t, unpack(t, "3.5-snapshot.db.gz"), o)
		_, refused := err.(*RefusedError)
		if refused != c.refused || !refused && err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if err == nil && strings.Contains(Line(p.Outputs[0].Command), "--max-learners=") != (c.version != "3.5") {
			t.Errorf("%+v: %s", c, Line(p.Outputs[0].Command))
		}
	}
	if testing.Short() {
		return
	}
	for _, r := range releases() {
		dir, options := filepath.Join(t.TempDir(), "out"), members(t, 3)
		c := cluster(t, options[0].InitialCluster, "m2", "m3")
		restoreAll(t, unpack(t, "3.5-snapshot.db.gz"), dir, c, Options{MaxLearners: 2})
		plain := bootWith(t, r, dir, options[0])
		if starts := r == peers.V35; (plain == peers.Ready) != starts {
			t.Errorf("etcd %s without --max-learners: %v", r, plain)
		}
		if r != peers.V35 {
			if s := bootWith(t, r, dir, options[0], "--max-learners=2"); s != peers.Ready {
				t.Errorf("etcd %s with --max-learners: %v", r, s)
			}
		}
	}
}

func bootWith(t *testing.T, r peers.Release, dir string, o peers.Options, args ...string) peers.State {
	t.Helper()
	o.ExtraArgs = args
	s, err := peers.Boot(t.Context(), r, filepath.Join(dir, o.Name), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	return s.Outcome().State
}
