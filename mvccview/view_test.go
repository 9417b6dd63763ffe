package mvccview

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/authpb"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/server/v3/lease/leasepb"
	"go.uber.org/zap"

	"boltvet/bolt"
)

// content is a small database: bucket, key, value.
type content map[string]map[string]string

// healthy is a database of one member that has no fault.
func healthy(t *testing.T) content {
	rev := func(main, sub int64, tomb bool) string {
		return string(AppendRevKey(nil, RevKey{Revision{main, sub}, tomb}))
	}
	put := func(main int64) string {
		return string(AppendKeyValue(nil, &KeyValue{Key: []byte("k"), Create: main, Mod: main, Version: 1, Lease: 7}))
	}
	user := &authpb.User{Name: []byte("root"), Password: []byte("$2a"), Roles: []string{"root"}}
	return content{
		"key":  {rev(2, 0, false): put(2), rev(3, 0, true): string(AppendKeyValue(nil, &KeyValue{Key: []byte("k")})), rev(4, 0, false): put(4)},
		"meta": {"consistent_index": "\x00\x00\x00\x00\x00\x00\x00\x09", "term": "\x00\x00\x00\x00\x00\x00\x00\x02", "scheduledCompactRev": rev(2, 0, false), "finishedCompactRev": rev(2, 0, false), "confState": `{"voters":[10],"auto_leave":false}`, "storageVersion": "3.7.0"},
		"lease": {
			"\x00\x00\x00\x00\x00\x00\x00\x07": string(marshal(t, &leasepb.Lease{ID: 7, TTL: 60})),
			"\x00\x00\x00\x00\x00\x00\x00\x08": string(marshal(t, &leasepb.Lease{ID: 8, TTL: 9})),
		},
		"alarm":           {},
		"cluster":         {"clusterVersion": "3.7.0", "downgrade": `{"target-version":"","enabled":false}`},
		"members":         {"a": `{"id":10,"peerURLs":["http://127.0.0.1:2380"],"name":"m","clientURLs":[]}`},
		"members_removed": {"b": "removed"},
		"auth":            {"authEnabled": "\x01", "authRevision": "\x00\x00\x00\x00\x00\x00\x00\x05"},
		"authUsers":       {"root": string(marshal(t, user))},
		"authRoles":       {"root": string(marshal(t, &authpb.Role{Name: []byte("root")}))},
	}
}

// write makes a bbolt file of the content.
func (c content) write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for name, pairs := range c {
			b, err := tx.CreateBucketIfNotExists([]byte(name))
			if err != nil {
				return err
			}
			for k, v := range pairs {
				if v == "BUCKET" {
					_, err = b.CreateBucket([]byte(k))
				} else {
					err = b.Put([]byte(k), []byte(v))
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// inspect reads the content and returns the View and the codes of its faults.
func (c content) inspect(t *testing.T) (*View, []string) {
	t.Helper()
	codes := []string{}
	v := NewView(ViewOptions{OnFault: func(f Fault) bool { codes = append(codes, f.Kind.String()); return true }})
	walk(t, c.write(t), v, true)
	v.Check()
	slices.Sort(codes)
	return v, codes
}

func TestViewHealthy(t *testing.T) {
	v, codes := healthy(t).inspect(t)
	if len(codes) != 0 {
		t.Errorf("faults %v", codes)
	}
	if v.Totals.Records != 3 || v.Totals.Tombstones != 1 || v.Totals.First.Main != 2 || v.Totals.Last.Main != 4 {
		t.Errorf("totals %+v", v.Totals)
	}
	if v.Meta.ConsistentIndex.Value != 9 || v.Meta.Term.Value != 2 || v.Meta.Compact() != 2 || v.Latest() != 4 ||
		v.Meta.StorageVersion.Value.String() != "3.7.0" {
		t.Errorf("meta %+v", v.Meta)
	}
	if v.Leases.Count != 2 || v.Leases.MinTTL != 9 || v.Leases.MaxTTL != 60 || !v.Leases.Has(7) || v.Leases.Has(9) {
		t.Errorf("leases %+v", v.Leases)
	}
	if v.Members.Count != 1 || v.Members.List[0].ID != 10 || v.Members.RemovedCount != 1 {
		t.Errorf("members %+v", v.Members)
	}
	if !v.Auth.Enabled.Value || v.Auth.Revision.Value != 5 || v.Auth.Users != 1 || v.Auth.Roles != 1 {
		t.Errorf("auth %+v", v.Auth)
	}
	if v.Cluster.Version.Value.String() != "3.7.0" || !v.Cluster.Downgrade.Set || v.Buckets != 10 || !v.Has("key") {
		t.Errorf("cluster %+v, %d buckets", v.Cluster, v.Buckets)
	}
}

// TestViewFaults damages the healthy database in one place and demands exactly
// the codes of that damage.
func TestViewFaults(t *testing.T) {
	marker := string(AppendRevKey(nil, RevKey{Revision: Revision{Main: 2}}))
	lateMarker := string(AppendRevKey(nil, RevKey{Revision: Revision{Main: 9}}))
	kv := func(kv KeyValue) string { return string(AppendKeyValue(nil, &kv)) }
	for _, c := range []struct {
		bucket, key, value string
		want               []string
	}{
		{"key", "short", kv(KeyValue{Key: []byte("k")}), []string{"revision.length"}},
		{"key", "12345678-12345678", "", []string{"revision.separator"}},
		{"key", "\xff2345678_12345678"[:17], "", []string{"revision.negative"}},
		{"key", lateMarker + "x", kv(KeyValue{Key: []byte("k")}), []string{"revision.mark"}},
		{"key", "\x00\x00\x00\x00\x00\x00\x00\x01_12345678", kv(KeyValue{Key: []byte("k")}), []string{"revision.zero"}},
		{"key", lateMarker, "\xff", []string{"value.unparseable"}},
		{"key", lateMarker, "", []string{"value.empty"}},
		{"key", marker, "", []string{}},
		{"key", lateMarker, kv(KeyValue{Mod: 9}), []string{"value.key-empty"}},
		{"key", "nested", "BUCKET", []string{"bucket.nested"}},
		{"meta", "consistent_index", "\x01", []string{"index.value"}},
		{"meta", "term", "", []string{"term.value"}},
		{"meta", "scheduledCompactRev", "xx", []string{"compact.order", "compact.value"}},
		{"meta", "finishedCompactRev", lateMarker, []string{"compact.beyond-latest", "compact.order"}},
		{"meta", "scheduledCompactRev", lateMarker, []string{"compact.beyond-latest", "compact.unfinished"}},
		{"meta", "confState", "{", []string{"conf-state.value"}},
		{"meta", "confState", `{"voters":[11]}`, []string{"member.conf-state"}},
		{"meta", "storageVersion", "three", []string{"schema.version"}},
		{"meta", "storageVersion", "3.99.0", []string{"schema.too-new"}},
		{"meta", "wibble", "", []string{"schema.unknown-key"}},
		{"lease", "bad", string(marshal(t, &leasepb.Lease{ID: 1, TTL: 1})), []string{"lease.key"}},
		{"lease", "12345678", string(marshal(t, &leasepb.Lease{ID: 1, TTL: 1})), []string{"lease.id"}},
		{"lease", "12345678", "\xff", []string{"lease.value"}},
		{"lease", "\x00\x00\x00\x00\x00\x00\x00\x07", string(marshal(t, &leasepb.Lease{ID: 7})), []string{"lease.ttl"}},
		{"alarm", "\xff", "", []string{"alarm.key"}},
		{"alarm", "\x08\x0a\x10\x01", "", []string{"alarm.nospace"}},
		{"alarm", "\x08\x0a\x10\x02", "x", []string{"alarm.corrupt", "alarm.value"}},
		{"alarm", "\x08\x0a\x10\x05", "", []string{"alarm.unknown"}},
		{"cluster", "clusterVersion", "three", []string{"cluster.version"}},
		{"cluster", "downgrade", `{"enabled":true}`, []string{"cluster.downgrade"}},
		{"cluster", "downgrade", "[", []string{"cluster.downgrade"}},
		{"cluster", "other", "", []string{"cluster.unknown-key"}},
		{"members", "zz", "{}", []string{"member.key"}},
		{"members", "a", "{", []string{"member.value"}},
		{"members", "a", `{"id":11}`, []string{"member.id"}},
		{"members_removed", "a", "removed", []string{"member.removed"}},
		{"members_removed", "zz", "removed", []string{"member.key"}},
		{"auth", "authEnabled", "yes", []string{"auth.value"}},
		{"auth", "authRevision", "1", []string{"auth.value"}},
		{"auth", "other", "", []string{"auth.unknown-key"}},
		{"authUsers", "eve", "\xff", []string{"auth.value"}},
		{"authUsers", "root", string(marshal(t, &authpb.User{Name: []byte("root"), Password: []byte("x")})), []string{"auth.root"}},
		{"authUsers", "eve", string(marshal(t, &authpb.User{Name: []byte("adam"), Roles: []string{"gone"}})), []string{"auth.name", "auth.password", "auth.reference"}},
		{"authRoles", "eve", "\xff", []string{"auth.value"}},
		{"authRoles", "eve", string(marshal(t, &authpb.Role{Name: []byte("adam")})), []string{"auth.name"}},
		{"wibble", "k", "v", []string{"bucket.unknown"}},
	} {
		db := healthy(t)
		if db[c.bucket] == nil {
			db[c.bucket] = map[string]string{}
		}
		db[c.bucket][c.key] = c.value
		if _, got := db.inspect(t); !slices.Equal(got, c.want) {
			t.Errorf("%s %q = %q: %v, want %v", c.bucket, c.key, c.value, got, c.want)
		}
	}
}

// TestViewNestedHash compares with etcdutl when there is a bucket inside one of
// etcd's: its name counts, what it holds does not.
func TestViewNestedHash(t *testing.T) {
	db := healthy(t)
	db["lease"]["aaaa"] = "BUCKET"
	db["wibble"] = map[string]string{"nested": "BUCKET"}
	path := db.write(t)
	want, err := snapshot.NewV3(zap.NewNop()).Status(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []bool{false, true} {
		if v, _ := view(t, path, cut); v.Hash() != want.Hash || v.Elements != 21 {
			t.Errorf("cut=%t: hash %x over %d elements, want %x over 21", cut, v.Hash(), v.Elements, want.Hash)
		}
	}
}

// TestViewManyRoles demands that an absurd number of roles costs neither much
// time nor a false fault.
func TestViewManyRoles(t *testing.T) {
	var auth Auth
	for i := range 2 * maxRoles {
		auth.refer(reference{role: strconv.Itoa(1<<20 - i)})
	}
	auth.check(func(f Fault) { t.Error(f) })
	if len(auth.references) != maxRoles {
		t.Errorf("%d references are kept", len(auth.references))
	}
}

// TestViewMissing takes one thing away.
func TestViewMissing(t *testing.T) {
	for _, name := range BucketNames() {
		db := healthy(t)
		delete(db, name)
		_, got := db.inspect(t)
		want := "bucket.missing"
		if !slices.Contains(got, want) || slices.Contains(got, "index.missing") {
			t.Errorf("without %s: %v, want %v", name, got, want)
		}
	}
	for key, want := range map[string]string{"consistent_index": "index.missing", "term": "term.missing"} {
		db := healthy(t)
		delete(db["meta"], key)
		if _, got := db.inspect(t); !slices.Equal(got, []string{want}) {
			t.Errorf("without %s: %v, want %v", key, got, want)
		}
	}
	db := healthy(t)
	delete(db["authRoles"], "root")
	if _, got := db.inspect(t); !slices.Equal(got, []string{"auth.reference", "auth.root"}) {
		t.Errorf("without role root: %v", got)
	}
}

// TestViewManyMarkers demands that no more than a few candidates are kept, and
// that the cut does not matter.
func TestViewManyMarkers(t *testing.T) {
	db := healthy(t)
	for i := range int64(1000) {
		db["key"][string(AppendRevKey(nil, RevKey{Revision: Revision{Main: 10 + i}}))] = ""
	}
	db["meta"]["scheduledCompactRev"] = string(AppendRevKey(nil, RevKey{Revision: Revision{Main: 5000}}))
	v, got := db.inspect(t)
	n := 0
	for _, code := range got {
		if code == "value.empty" {
			n++
		}
	}
	if n != 1000-maxMarkers || v.BumpMarkers() != maxMarkers {
		t.Errorf("%d reported, %d markers", n, v.BumpMarkers())
	}
}

// TestViewStops demands that a sink which wants no more ends the walk.
func TestViewStops(t *testing.T) {
	db := healthy(t)
	for _, k := range []string{"a", "b", "c"} {
		db["meta"][k] = ""
	}
	n := 0
	v := NewView(ViewOptions{OnFault: func(Fault) bool { n++; return false }})
	b, err := os.ReadFile(db.write(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := bolt.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Walk(t.Context(), f.Live().Meta, v, bolt.WalkOptions{}); !errors.Is(err, ErrStopped) || n != 1 {
		t.Errorf("%d faults, %v", n, err)
	}
}

// TestViewAllocations demands that records cost nothing: reading a file with
// ten times the records must not allocate more often.
func TestViewAllocations(t *testing.T) {
	allocs := func(ops int) (float64, int64) {
		path := history{seed: 9, ops: ops, keys: 20, never: true}.make(t)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := bolt.FromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		leaves := &leafKeeper{}
		if _, err := f.Walk(t.Context(), f.Live().Meta, leaves, bolt.WalkOptions{}); err != nil {
			t.Fatal(err)
		}
		keys := NewKeyTable(1 << 40)
		v := NewView(ViewOptions{Records: []RecordAccumulator{keys}})
		h := NewHashKV(1<<40, 1<<39, keys)
		n := testing.AllocsPerRun(5, func() {
			for i, l := range leaves.leaves {
				if err := errors.Join(v.Leaf(leaves.buckets[i], l), h.Leaf(leaves.buckets[i], l)); err != nil {
					t.Fatal(err)
				}
			}
		})
		return n, v.Totals.Records / 6
	}
	few, fewRecords := allocs(200)
	many, manyRecords := allocs(3000)
	if manyRecords < 5*fewRecords || many > few+2 {
		t.Errorf("%v allocations for %d records, %v for %d", few, fewRecords, many, manyRecords)
	}
}

// leafKeeper keeps the leaves of bucket "key".
type leafKeeper struct {
	buckets []*bolt.Bucket
	leaves  []bolt.Leaf
}

func (k *leafKeeper) Bucket(*bolt.Bucket) {}
func (k *leafKeeper) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if string(b.Name()) == BucketKey {
		k.buckets, k.leaves = append(k.buckets, b), append(k.leaves, l)
	}
	return nil
}
func (k *leafKeeper) Fork() bolt.Accumulator { return &leafKeeper{} }
func (k *leafKeeper) Merge(bolt.Accumulator) {}
