package verify

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"
)

// A bootCase damages a member. codes are what must be found of log, names and relations, in any
// order; outcome is what the release must do of itself, so that verdict and server cannot both be
// wrong unnoticed where it matters.
type bootCase struct {
	name   string
	damage func(m *testMember)
	codes  string // separated by blanks; "-": do not look
	quick  bool   // in every run
}

func bytesOf(n int, b byte) []byte { return slices.Repeat([]byte{b}, n) }

// at picks the record in the middle of the last segment that is an entry.
func (m *testMember) middle(path string) testRecord {
	records := readRecords(m.t, path)
	for _, r := range records[len(records)/2:] {
		if r.kind == 2 {
			return r
		}
	}
	m.t.Fatal("no entry")
	return testRecord{}
}

func (m *testMember) lastRecord() testRecord {
	records := readRecords(m.t, m.lastSegment())
	return records[len(records)-1]
}

var walCases = []bootCase{
	{"wal-whole", func(m *testMember) {}, "", true},
	{"wal-crc-mid", func(m *testMember) { p := m.segments()[2]; r := m.middle(p); m.flip(p, r.off+r.size-12, 1) }, "wal.crc", true},
	{"wal-crc-old", func(m *testMember) { p := m.segments()[0]; r := m.middle(p); m.flip(p, r.off+r.size-12, 1) }, "wal.crc", false},
	{"wal-crc-last", func(m *testMember) { p := m.lastSegment(); r := m.middle(p); m.flip(p, r.off+r.size-12, 1) }, "wal.crc", false},
	{"wal-len-huge", func(m *testMember) { p := m.lastSegment(); m.patch(p, m.middle(p).off+4, []byte{0x7f}) }, "-", true},
	{"wal-len-huge-mid", func(m *testMember) { p := m.segments()[2]; m.patch(p, m.middle(p).off+4, []byte{0x7f}) }, "-", true},
	{"wal-zero-mid", func(m *testMember) { p := m.lastSegment(); m.patch(p, m.middle(p).off, bytesOf(8, 0)) }, "-", true},
	{"wal-zero-mid-segment", func(m *testMember) { p := m.segments()[2]; m.patch(p, m.middle(p).off, bytesOf(8, 0)) }, "-", false},
	{"wal-torn-tail", func(m *testMember) {
		r := m.lastRecord()
		m.patch(m.lastSegment(), r.off+8, bytesOf(int(r.size-8), 0))
	}, "-", true},
	{"wal-cut-tail", func(m *testMember) { r := m.lastRecord(); m.must(os.Truncate(m.lastSegment(), r.off+r.size-10)) }, "-", true},
	{"wal-cut-in-word", func(m *testMember) { r := m.lastRecord(); m.must(os.Truncate(m.lastSegment(), r.off+3)) }, "-", false},
	{"wal-cut-mid-segment", func(m *testMember) { p := m.segments()[2]; m.must(os.Truncate(p, m.middle(p).off+12)) }, "-", false},
	{"wal-tail-garbage", func(m *testMember) {
		r := m.lastRecord()
		m.patch(m.lastSegment(), r.off+r.size+4096, bytesOf(64, 0xa5))
	}, "-", false},
	{"wal-lost-tail", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord { return b[:len(b)-60] })
	}, "member.ahead-of-log", true},
	{"wal-lost-two", func(m *testMember) { m.putIndex(m.lastEntry() + 1) }, "member.ahead-of-log", true},
	{"wal-segment-zero", func(m *testMember) {
		info, err := os.Stat(m.lastSegment())
		m.must(err)
		m.must(os.WriteFile(m.lastSegment(), make([]byte, info.Size()), 0o600))
	}, "-", false},
	{"wal-segment-empty", func(m *testMember) { m.must(os.Truncate(m.lastSegment(), 0)) }, "-", true},
	{"wal-missing-mid", func(m *testMember) { m.must(os.Remove(m.segments()[1])) }, "-", true},
	{"wal-missing-first", func(m *testMember) { m.must(os.Remove(m.segments()[0])) }, "", true},
	{"wal-missing-last", func(m *testMember) { m.must(os.Remove(m.lastSegment())) }, "-", false},
	{"wal-empty-dir", func(m *testMember) { m.must(os.RemoveAll(m.path("wal"))) }, "dir.wal-missing", true},
	{"wal-seq-name", func(m *testMember) {
		p := m.lastSegment()
		m.must(os.Rename(p, filepath.Join(filepath.Dir(p), "0000000000000009"+filepath.Base(p)[16:])))
	}, "-", true},
	{"wal-index-name", func(m *testMember) {
		p := m.lastSegment()
		m.must(os.Rename(p, filepath.Join(filepath.Dir(p), filepath.Base(p)[:16]+"-00000000000000ff.wal")))
	}, "-", false},
	{"wal-metadata-mismatch", func(m *testMember) {
		meta, body := m.records()
		v := numbers(meta)
		metas := slices.Repeat([][]byte{meta}, 19)
		m.rewrite(20, append(metas, message(1, v[1]+1, 2, v[2])), body)
	}, "wal.metadata", true},
	{"wal-metadata-mismatch-old", func(m *testMember) {
		meta, body := m.records()
		v := numbers(meta)
		m.rewrite(4, [][]byte{meta, meta, meta, message(1, v[1]+1, 2, v[2])}, body)
	}, "wal.metadata", false},
	{"wal-metadata-other", func(m *testMember) {
		meta, body := m.records()
		v := numbers(meta)
		m.rewrite(4, [][]byte{message(1, v[1]+1, 2, v[2])}, body)
	}, "member.foreign-log", true},
	{"wal-type-unknown", func(m *testMember) { p := m.lastSegment(); m.patch(p, m.middle(p).off+8+1, []byte{9}) }, "-", true},
	{"wal-type-unknown-old", func(m *testMember) { p := m.segments()[0]; m.patch(p, m.middle(p).off+8+1, []byte{9}) }, "-", false},
	{"wal-entry-gap", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord {
			return slices.Delete(b, len(b)-10, len(b)-6)
		})
	}, "wal.entry-gap", true},
	{"wal-entry-gap-old", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord { return slices.Delete(b, 30, 36) })
	}, "-", false},
	{"wal-no-snapshot-record", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord {
			return slices.DeleteFunc(b, func(r testRecord) bool { return r.kind == 5 })
		})
	}, "wal.snapshot-missing", true},
	{"wal-snapshot-term", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord {
			for i := len(b) - 1; i > 0; i-- {
				if b[i].kind == 5 {
					other := b[i]
					other.data = message(1, numbers(b[i].data)[1], 2, 1)
					return slices.Insert(b, i, other)
				}
			}
			return b
		})
	}, "-", true},
	{"wal-term-back", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord {
			v := numbers(b[len(b)-1].data)
			return append(b, testRecord{kind: 3, data: message(1, 1, 2, v[2], 3, m.lastEntry())})
		})
	}, "-", false},
	{"wal-commit-high", func(m *testMember) {
		m.change(func(_ []byte, b []testRecord) []testRecord {
			return append(b, testRecord{kind: 3, data: message(1, 2, 2, 7, 3, m.lastEntry()+500)})
		})
	}, "-", true},
	{"wal-crc-record", func(m *testMember) { p := m.segments()[3]; r := readRecords(m.t, p)[0]; m.flip(p, r.off+8+4, 1) }, "wal.crc-record", true},
}

func (m *testMember) snaps() []string { return m.names("snap", ".snap") }

// purge drops the first segment, as etcd does with old ones.
func (m *testMember) purge() { m.must(os.Remove(m.segments()[0])) }

// snapKeys gives the newest .snap file a key of the v2 API.
func (m *testMember) snapKeys() {
	s := m.snaps()
	path := s[len(s)-1]
	b, err := os.ReadFile(path)
	m.must(err)
	var data, store, meta []byte
	fieldsOf(b, func(num protowire.Number, _ uint64, x []byte) {
		if num == 2 {
			data = x
		}
	})
	fieldsOf(data, func(num protowire.Number, _ uint64, x []byte) {
		if num == 1 {
			store = x
		} else {
			meta = x
		}
	})
	const node = `{"Path":"/1","CreatedIndex":0,"ModifiedIndex":0,"ExpireTime":"0001-01-01T00:00:00Z","Value":"","Children":{`
	const key = `"x":{"Path":"/1/x","CreatedIndex":9,"ModifiedIndex":9,"ExpireTime":"0001-01-01T00:00:00Z","Value":"v","Children":null}`
	at := strings.Index(string(store), node)
	if at < 0 {
		m.t.Fatalf("no /1 in %s", store)
	}
	store = slices.Insert(slices.Clone(store), at+len(node), []byte(key)...)
	data = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), store)
	data = protowire.AppendBytes(protowire.AppendTag(data, 2, protowire.BytesType), meta)
	sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	b = protowire.AppendBytes(protowire.AppendTag(message(1, uint64(sum)), 2, protowire.BytesType), data)
	m.must(os.WriteFile(path, b, 0o644))
}

func (m *testMember) spoilSnap(path string) { m.flip(path, 200, 1) }

var snapCases = []bootCase{
	{"snap-crc", func(m *testMember) { s := m.snaps(); m.spoilSnap(s[len(s)-1]) }, "snap.crc", false},
	{"snap-crc-all", func(m *testMember) {
		for _, s := range m.snaps() {
			m.spoilSnap(s)
		}
	}, "-", false},
	{"snap-empty", func(m *testMember) { s := m.snaps(); m.must(os.Truncate(s[len(s)-1], 0)) }, "snap.empty", false},
	{"snap-missing-latest", func(m *testMember) { s := m.snaps(); m.must(os.Remove(s[len(s)-1])) }, "", false},
	{"snap-missing-all", func(m *testMember) {
		for _, s := range m.snaps() {
			m.must(os.Remove(s))
		}
	}, "", true},
	{"snap-missing-all-purged", func(m *testMember) {
		for _, s := range m.snaps() {
			m.must(os.Remove(s))
		}
		m.purge()
	}, "member.snap-missing", true},
	{"snap-future", func(m *testMember) {
		s := m.snaps()
		b, err := os.ReadFile(s[len(s)-1])
		m.must(err)
		m.must(os.WriteFile(m.path("snap", "0000000000000009-0000000000009999.snap"), b, 0o644))
	}, "snap.name", false},
	{"snap-db-tmp", func(m *testMember) {
		m.must(os.WriteFile(m.path("snap", "tmp123456"), []byte("x"), 0o600))
		m.must(os.WriteFile(m.path("snap", "db.tmp.1"), []byte("x"), 0o600))
	}, "dir.leftover dir.leftover", false},
	{"snap-db-waits", func(m *testMember) {
		b, err := os.ReadFile(m.path("snap", "db"))
		m.must(err)
		m.must(os.WriteFile(m.path("snap", "00000000000000cc.snap.db"), b, 0o600))
		m.putIndex(150)
	}, "dir.snap-db", false},
	{"snap-v2-keys", (*testMember).snapKeys, "member.snap-user-keys", true},
	{"db-missing", func(m *testMember) { m.must(os.Remove(m.path("snap", "db"))) }, "dir.db-missing", true},
	{"db-missing-from-start", func(m *testMember) {
		m.must(os.Remove(m.path("snap", "db")))
		for _, s := range m.snaps() {
			m.must(os.Remove(s))
		}
		m.change(func(_ []byte, b []testRecord) []testRecord {
			return slices.DeleteFunc(b, func(r testRecord) bool { return r.kind == 5 && numbers(r.data)[1] > 0 })
		})
	}, "dir.db-missing", true},
	{"db-and-wal-missing", func(m *testMember) {
		m.must(os.RemoveAll(m.path("snap")))
		m.must(os.RemoveAll(m.path("wal")))
		m.must(os.MkdirAll(m.path("snap"), 0o700))
	}, "dir.db-missing dir.wal-missing", false},
	{"db-meta-both", func(m *testMember) {
		m.patch(m.path("snap", "db"), 16, bytesOf(64, 0))
		m.patch(m.path("snap", "db"), 4096+16, bytesOf(64, 0))
	}, "-", true},
}

// dbCases change the db alone.
var dbCases = []bootCase{
	{"cindex-missing", func(m *testMember) { m.put("meta", "consistent_index", nil) }, "", true},
	{"cindex-badlen", func(m *testMember) { m.put("meta", "consistent_index", []byte{1, 2, 3, 4}) }, "", true},
	{"cindex-low", func(m *testMember) { m.putIndex(m.index() - 3) }, "", false},
	{"cindex-behind-snapshot", func(m *testMember) { m.putIndex(20) }, "member.behind-snapshot", true},
	{"cindex-future", func(m *testMember) { m.putIndex(m.lastEntry() + 5000) }, "member.ahead-of-log", true},
	{"term-badlen", func(m *testMember) { m.put("meta", "term", []byte{1}) }, "", false},
	{"term-future", func(m *testMember) { m.put("meta", "term", binary.BigEndian.AppendUint64(nil, 77)) }, "member.term", true},
	{"storageversion-missing", func(m *testMember) { m.put("meta", "storageVersion", nil) }, "", false},
	{"storageversion-garbage", func(m *testMember) { m.put("meta", "storageVersion", []byte("new")) }, "", false},
	{"storageversion-future", func(m *testMember) { m.put("meta", "storageVersion", []byte("3.99.0")) }, "", true},
	{"storageversion-old", func(m *testMember) { m.put("meta", "storageVersion", []byte("3.4.0")) }, "", false},
	{"storageversion-major", func(m *testMember) { m.put("meta", "storageVersion", []byte("4.0.0")) }, "", false},
	{"confstate-garbage", func(m *testMember) { m.put("meta", "confState", []byte("{{")) }, "", false},
	{"members-missing", func(m *testMember) {
		m.db(func(tx *bbolt.Tx) error {
			if err := tx.DeleteBucket([]byte("members")); err != nil {
				return err
			}
			_, err := tx.CreateBucket([]byte("members"))
			return err
		})
	}, "-", true},
	{"members-json", func(m *testMember) { k, _ := m.get("members", ""); m.put("members", string(k), []byte("X")) }, "-", true},
	{"members-badkey", func(m *testMember) { m.put("members", "zz-not-hex", []byte("{}")) }, "-", true},
	{"members-id-mismatch", func(m *testMember) {
		k, _ := m.get("members", "")
		m.put("members", string(k), []byte(`{"id":77,"peerURLs":["http://127.0.0.1:1"],"name":"x"}`))
	}, "-", false},
	{"members-second", func(m *testMember) {
		m.put("members", "77", []byte(`{"id":119,"peerURLs":["http://127.0.0.1:1"],"name":"x"}`))
	}, "member.voters", false},
	{"members-other", func(m *testMember) {
		k, _ := m.get("members", "")
		m.put("members", string(k), nil)
		m.put("members", "77", []byte(`{"id":119,"peerURLs":["http://127.0.0.1:1"],"name":"x"}`))
	}, "member.foreign-log", true},
	{"clusterversion-garbage", func(m *testMember) { m.put("cluster", "clusterVersion", []byte("three")) }, "", true},
	{"clusterversion-newer", func(m *testMember) { m.put("cluster", "clusterVersion", []byte("3.99.0")) }, "", true},
	{"alarm-corrupt", func(m *testMember) { m.put("alarm", string(message(1, 5, 2, 2)), []byte{}) }, "", true},
	{"alarm-nospace", func(m *testMember) { m.put("alarm", string(message(1, 5, 2, 1)), []byte{}) }, "", true},
	{"alarm-garbage", func(m *testMember) { m.put("alarm", "\x0f\xff\xff", []byte{}) }, "", true},
	{"auth-garbage-user", func(m *testMember) { m.put("authUsers", "u", []byte{0x0f, 0xff}) }, "", true},
	{"auth-rev-badlen", func(m *testMember) { m.put("auth", "authRevision", []byte{1, 2, 3}) }, "", true},
	{"lease-garbage", func(m *testMember) { m.put("lease", "12345678", []byte{0x0f, 0xff}) }, "", true},
	{"value-garbage", func(m *testMember) { k, _ := m.get("key", ""); m.put("key", string(k), []byte{0x0f, 0xff}) }, "", true},
	{"key-short", func(m *testMember) { k, v := m.get("key", ""); m.put("key", string(k[:16]), v) }, "", false},
	{"key-separator", func(m *testMember) {
		k, v := m.get("key", "")
		k[8] = '-'
		m.put("key", string(k), v)
	}, "", false},
	{"compact-badlen", func(m *testMember) { m.put("meta", "finishedCompactRev", bytesOf(9, 0)) }, "", false},
	{"bucket-missing-meta", func(m *testMember) {
		m.db(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("meta")) })
	}, "", false},
}

// The verdict on every damage of log, .snap files and db is what the real release does.
func TestBootVerdicts(t *testing.T) {
	for _, r := range bootReleasesHere() {
		for _, group := range [][]bootCase{walCases, snapCases, dbCases} {
			for _, c := range group {
				if !c.quick && !full() {
					continue
				}
				t.Run(string(r)+"/"+c.name, func(t *testing.T) {
					t.Parallel()
					m := unpackMember(t, goldenOf(r))
					m.split()
					c.damage(m)
					facts, faults := judge(t, m.dir)
					checkCodes(t, c.codes, faults)
					v := verdictOf(t, facts, r)
					t.Logf("%s: %s %q (%s)", r, v.Outcome, v.Message, v.Why)
					checkBoot(t, m.dir, r, v)
				})
			}
		}
	}
}

// checkCodes compares the codes of faults. A purged segment leaves names that do not begin at 0.
func checkCodes(t *testing.T, want string, faults []error) {
	t.Helper()
	if want == "-" {
		return
	}
	var got []string
	for _, f := range faults {
		got = append(got, Grade(f, Context{Member: true}).Code)
		if f, ok := f.(MemberFault); ok {
			got[len(got)-1] = f.Kind.String()
		}
	}
	slices.Sort(got)
	wanted := strings.Fields(want)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("found %q, want %q\n%v", got, wanted, faults)
	}
}

// Whatever release wrote a healthy member, the verdict for each release is what that release does.
func TestBootPairs(t *testing.T) {
	for _, name := range []string{"3.4-member", "3.5-member", "3.6-member", "3.7-member", "3.7-killed", "3.7-defragged", "3.7-bumped", "3.7-compacting"} {
		for _, r := range bootReleasesHere() {
			t.Run(fmt.Sprintf("%s/%s", name, r), func(t *testing.T) {
				t.Parallel()
				m := unpackMember(t, name+".tar.gz")
				facts, faults := judge(t, m.dir)
				checkCodes(t, "", faults)
				v := verdictOf(t, facts, r)
				t.Logf("%s on %s: %s %q (%s)", r, name, v.Outcome, v.Message, v.Why)
				if own := name[:3] == "3."+string(r[2:]); own && v.Outcome != Boots {
					t.Errorf("verdict %s", v.Outcome)
				}
				checkBoot(t, m.dir, r, v)
			})
		}
	}
}
