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

	"boltvet/fixtures/golden"
)

// A testMember is an unpacked data dir that a case damages. The tools below know the formats by
// themselves, so that a parser's bug cannot hide itself.
type testMember struct {
	t   testing.TB
	dir string // the data dir
}

func unpackMember(t testing.TB, name string) *testMember {
	t.Helper()
	f, err := golden.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := f.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &testMember{t, dir}
}

func (m *testMember) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *testMember) path(parts ...string) string {
	return filepath.Join(append([]string{m.dir, "member"}, parts...)...)
}

func (m *testMember) names(dir, suffix string) []string {
	entries, err := os.ReadDir(m.path(dir))
	m.must(err)
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			names = append(names, m.path(dir, e.Name()))
		}
	}
	return names
}

func (m *testMember) segments() []string { return m.names("wal", ".wal") }
func (m *testMember) lastSegment() string {
	s := m.segments()
	return s[len(s)-1]
}

// Offsets of the log's framing: 8 bytes of length (bits 0 to 55), pad bits 56 to 58, bit 63 if
// padded; then the record {1 type, 2 crc, 3 data}.
const frameWord = 8

// A testRecord is a record of the log with its place.
type testRecord struct {
	off, size int64 // of the frame with its word and padding
	kind      uint64
	data      []byte
}

func readRecords(t testing.TB, path string) []testRecord {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var records []testRecord
	for off := 0; off+frameWord <= len(b); {
		word := binary.LittleEndian.Uint64(b[off:])
		if word == 0 {
			break
		}
		n, pad := int(word&(1<<56-1)), 0
		if word>>63 == 1 {
			pad = int(word >> 56 & 7)
		}
		r := testRecord{off: int64(off), size: int64(frameWord + n + pad)}
		fieldsOf(b[off+frameWord:off+frameWord+n], func(num protowire.Number, v uint64, data []byte) {
			switch num {
			case 1:
				r.kind = v
			case 3:
				r.data = data
			}
		})
		records = append(records, r)
		off += int(r.size)
	}
	return records
}

func fieldsOf(b []byte, visit func(num protowire.Number, v uint64, data []byte)) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		b = b[n:]
		var v uint64
		var data []byte
		if typ == protowire.VarintType {
			v, n = protowire.ConsumeVarint(b)
		} else {
			data, n = protowire.ConsumeBytes(b)
		}
		visit(num, v, data)
		b = b[n:]
	}
}

// numbers are the varint fields 1 to 3.
func numbers(b []byte) (v [4]uint64) {
	fieldsOf(b, func(num protowire.Number, x uint64, _ []byte) {
		if num < 4 {
			v[num] = x
		}
	})
	return v
}

func message(pairs ...uint64) (b []byte) {
	for i := 0; i < len(pairs); i += 2 {
		b = protowire.AppendVarint(protowire.AppendTag(b, protowire.Number(pairs[i]), protowire.VarintType), pairs[i+1])
	}
	return b
}

// records are all of the log but crc records and the heads of later segments.
func (m *testMember) records() (meta []byte, body []testRecord) {
	for i, path := range m.segments() {
		for j, r := range readRecords(m.t, path) {
			switch {
			case r.kind == 4:
			case r.kind == 1:
				meta = r.data
			case i > 0 && j == 2 && r.kind == 3:
			default:
				body = append(body, r)
			}
		}
	}
	return meta, body
}

// A testLogWriter writes segments with right checksums.
type testLogWriter struct {
	crc   uint32
	state []byte
	last  uint64 // entry
}

func (w *testLogWriter) record(b []byte, kind uint64, data []byte) []byte {
	w.crc = crc32.Update(w.crc, crc32.MakeTable(crc32.Castagnoli), data)
	rec := message(1, kind, 2, uint64(w.crc))
	if kind != 4 {
		rec = protowire.AppendBytes(protowire.AppendTag(rec, 3, protowire.BytesType), data)
	}
	pad := (8 - len(rec)%8) % 8
	word := uint64(len(rec))
	if pad > 0 {
		word |= uint64(0x80|pad) << 56
	}
	b = binary.LittleEndian.AppendUint64(b, word)
	return append(append(b, rec...), make([]byte, pad)...)
}

func (w *testLogWriter) segment(meta []byte, first bool, body []testRecord) []byte {
	b := w.record(nil, 4, nil)
	b = w.record(b, 1, meta)
	if !first {
		b = w.record(b, 3, w.state)
	}
	for _, r := range body {
		b = w.record(b, r.kind, r.data)
		switch r.kind {
		case 2:
			w.last = numbers(r.data)[3]
		case 3:
			w.state = r.data
		}
	}
	return b
}

// rewrite replaces the log by n segments of these records, split at entries.
func (m *testMember) rewrite(n int, metas [][]byte, body []testRecord) {
	for _, path := range m.segments() {
		m.must(os.Remove(path))
	}
	var w testLogWriter
	for i := range n {
		index := uint64(0)
		if i > 0 {
			index = w.last + 1
		}
		part := body[:len(body)/(n-i)]
		body = body[len(part):]
		for i < n-1 && len(body) > 0 && body[0].kind != 2 {
			part, body = append(slices.Clip(part), body[0]), body[1:]
		}
		b := w.segment(metas[min(i, len(metas)-1)], i == 0, part)
		if i == n-1 {
			b = append(b, make([]byte, 64<<10)...)
		}
		m.must(os.WriteFile(m.path("wal", fmt.Sprintf("%016x-%016x.wal", i, index)), b, 0o600))
	}
}

// split gives the log four segments, as damage needs them.
func (m *testMember) split() {
	meta, body := m.records()
	m.rewrite(4, [][]byte{meta}, body)
}

// change rewrites the log with other records.
func (m *testMember) change(edit func(meta []byte, body []testRecord) []testRecord) {
	meta, body := m.records()
	m.rewrite(4, [][]byte{meta}, edit(meta, body))
}

// lastEntry is the index of the log's last entry.
func (m *testMember) lastEntry() uint64 {
	_, body := m.records()
	last := uint64(0)
	for _, r := range body {
		if r.kind == 2 {
			last = numbers(r.data)[3]
		}
	}
	return last
}

// patch changes bytes of a file.
func (m *testMember) patch(path string, off int64, b []byte) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	m.must(err)
	defer f.Close()
	_, err = f.WriteAt(b, off)
	m.must(err)
}

// flip flips a bit of every byte in a range of a file.
func (m *testMember) flip(path string, off, n int64) {
	b, err := os.ReadFile(path)
	m.must(err)
	for i := off; i < off+n; i++ {
		b[i] ^= 1
	}
	m.must(os.WriteFile(path, b, 0o600))
}

// db changes the db by what it means.
func (m *testMember) db(edit func(tx *bbolt.Tx) error) {
	db, err := bbolt.Open(m.path("snap", "db"), 0o600, &bbolt.Options{NoFreelistSync: true})
	m.must(err)
	m.must(db.Update(edit))
	m.must(db.Close())
}

// put sets a key of a bucket; a nil value deletes it.
func (m *testMember) put(bucket, key string, value []byte) {
	m.db(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		if value == nil {
			return b.Delete([]byte(key))
		}
		return b.Put([]byte(key), value)
	})
}

// get is the first key and value of a bucket, or the value of a key.
func (m *testMember) get(bucket, key string) (k, v []byte) {
	m.db(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucket)).Cursor()
		x, y := c.First()
		if key != "" {
			x, y = c.Seek([]byte(key))
		}
		k, v = slices.Clone(x), slices.Clone(y)
		return nil
	})
	return k, v
}

func (m *testMember) index() uint64 {
	_, v := m.get("meta", "consistent_index")
	return binary.BigEndian.Uint64(v)
}

func (m *testMember) putIndex(i uint64) {
	m.put("meta", "consistent_index", binary.BigEndian.AppendUint64(nil, i))
}
