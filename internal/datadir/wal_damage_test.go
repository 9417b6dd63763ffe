package datadir

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A testLog writes log segments byte by byte, on its own understanding of the format.
type testLog struct {
	crc uint32
	buf []byte
}

func (l *testLog) record(typ uint64, data []byte) *testLog {
	if typ != 4 {
		l.crc = crc32.Update(l.crc, crc32.MakeTable(crc32.Castagnoli), data)
	}
	var rec []byte
	rec = protowire.AppendVarint(append(rec, 0x08), typ)
	rec = protowire.AppendVarint(append(rec, 0x10), uint64(l.crc))
	if typ != 4 {
		rec = protowire.AppendBytes(append(rec, 0x1a), data)
	}
	pad := (8 - len(rec)%8) % 8
	word := uint64(len(rec))
	if pad > 0 {
		word |= uint64(0x80|pad) << 56
	}
	l.buf = binary.LittleEndian.AppendUint64(l.buf, word)
	l.buf = append(append(l.buf, rec...), make([]byte, pad)...)
	return l
}

func fields(pairs ...uint64) (b []byte) {
	for i := 0; i < len(pairs); i += 2 {
		b = protowire.AppendTag(b, protowire.Number(pairs[i]), protowire.VarintType)
		b = protowire.AppendVarint(b, pairs[i+1])
	}
	return b
}

func (l *testLog) meta(node uint64) *testLog { return l.record(1, fields(1, node, 2, testCluster)) }
func (l *testLog) entry(term, index uint64) *testLog {
	return l.record(2, append(fields(1, 0, 2, term, 3, index), protowire.AppendBytes([]byte{0x22}, []byte("data"))...))
}
func (l *testLog) state(term, commit uint64) *testLog {
	return l.record(3, fields(1, term, 2, 7, 3, commit))
}
func (l *testLog) snap(term, index uint64) *testLog { return l.record(5, fields(1, index, 2, term)) }
func (l *testLog) begin() *testLog                  { return l.record(4, nil).meta(testNode) }

// cut returns the segment so far and begins the next.
func (l *testLog) cut() []byte {
	b := l.buf
	l.buf = nil
	l.begin()
	return b
}

func writeSegments(t testing.TB, segments map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range segments {
		check(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	return dir
}

const (
	seg0 = "0000000000000000-0000000000000000.wal"
	seg1 = "0000000000000001-0000000000000003.wal"
	seg2 = "0000000000000002-0000000000000005.wal"
)

// threeSegments is a healthy log of entries 1 to 6.
func threeSegments() map[string][]byte {
	l := new(testLog)
	m := map[string][]byte{}
	l.begin().snap(0, 0).entry(1, 1).entry(1, 2).state(1, 1)
	m[seg0] = l.cut()
	l.state(1, 1).entry(1, 3).entry(2, 4).state(2, 3)
	m[seg1] = l.cut()
	l.state(2, 3).entry(2, 5).entry(2, 6).state(2, 6)
	m[seg2] = append(l.buf, make([]byte, 512)...)
	return m
}

func TestWALDamages(t *testing.T) {
	rename := func(m map[string][]byte, from, to string) { m[to] = m[from]; delete(m, from) }
	tests := []struct {
		story  string
		damage func(m map[string][]byte)
		want   []string
		last   uint64 // as etcd sees it
	}{
		{"healthy", func(map[string][]byte) {}, nil, 6},
		{"a segment in the middle is missing", func(m map[string][]byte) { delete(m, seg1) }, []string{"wal.sequence"}, 2},
		{"the first segment was purged", func(m map[string][]byte) { delete(m, seg0) }, []string{"wal.snapshot-missing"}, 6},
		{"a sequence number is wrong", func(m map[string][]byte) { rename(m, seg2, "0000000000000007-0000000000000005.wal") }, []string{"wal.sequence"}, 6},
		{"an index in a name is wrong", func(m map[string][]byte) { rename(m, seg2, "0000000000000002-0000000000000004.wal") }, []string{"wal.name"}, 6},
		{"the index of the first name is wrong", func(m map[string][]byte) { rename(m, seg0, "0000000000000000-0000000000000001.wal") }, []string{"wal.name"}, 6},
		{"the last segment is empty", func(m map[string][]byte) { m[seg2] = nil }, []string{"wal.empty-segment"}, 4},
		{"the last segment is zero", func(m map[string][]byte) { clear(m[seg2]) }, []string{"wal.empty-segment"}, 4},
		{"a bit in an entry flipped", func(m map[string][]byte) { flipText(m[seg1], "data", 1) }, []string{"wal.crc"}, 2},
		{"noise behind the end", func(m map[string][]byte) { m[seg2][len(m[seg2])-100] = 0x55 }, []string{"wal.tail-noise"}, 6},
		{"a segment in the middle is cut", func(m map[string][]byte) { m[seg1] = m[seg1][:len(m[seg1])-9] }, []string{"wal.frame"}, 4},
		{"a crc record is wrong", func(m map[string][]byte) { m[seg1][8+3] ^= 1 }, []string{"wal.crc-record"}, 2},
	}
	for _, tt := range tests {
		m := threeSegments()
		tt.damage(m)
		sum, faults := readTolerant(t, writeSegments(t, m))
		if got := kindsOf(faults); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v (%v), want %v", tt.story, got, faults, tt.want)
		}
		if sum.LastIndex != tt.last {
			t.Errorf("%s: last index %d, want %d", tt.story, sum.LastIndex, tt.last)
		}
	}
}

// flipText flips a bit in the nth occurrence of text.
func flipText(b []byte, text string, n int) {
	for i := 0; i+len(text) <= len(b); i++ {
		if string(b[i:i+len(text)]) == text {
			if n--; n == 0 {
				b[i] ^= 4
				return
			}
		}
	}
	panic("no such text in the test log")
}

func TestWALRules(t *testing.T) {
	start := func() *testLog { return new(testLog).begin().snap(0, 0).entry(1, 1).entry(1, 2).state(1, 2) }
	tests := []struct {
		story string
		log   *testLog
		want  []string
	}{
		{"an old leader's entries are overwritten", start().entry(3, 3).entry(3, 4).state(3, 2).entry(2, 3).entry(4, 4).state(4, 4), nil},
		{"an entry is skipped", start().entry(1, 4).state(1, 4), []string{"wal.entry-gap"}},
		{"a snapshot from the leader jumps ahead", start().snap(2, 9).entry(2, 10).state(2, 10), nil},
		{"a term goes back", start().entry(5, 3).entry(4, 4).state(5, 4), []string{"wal.term-back"}},
		{"the hard state's term goes back", start().state(0, 2).state(1, 2), []string{"wal.term-back"}},
		{"commit is beyond the last entry", start().state(1, 77), []string{"wal.commit-beyond"}},
		{"metadata conflicts", start().meta(8), []string{"wal.metadata"}},
		{"a type is unknown", start().record(9, []byte("x")).entry(1, 3), []string{"wal.type"}},
		{"data is no protobuf", start().record(3, []byte{0xff}), []string{"wal.parse"}},
		{"snapshot records conflict", start().snap(1, 2).snap(2, 2), []string{"wal.snapshot-conflict"}},
		{"no snapshot record", new(testLog).begin().entry(1, 1).state(1, 1), []string{"wal.snapshot-missing"}},
		{"no metadata", new(testLog).record(4, nil).snap(0, 0), []string{"wal.metadata-missing"}},
		{"no crc record", new(testLog).meta(1).snap(0, 0), []string{"wal.crc-record"}},
	}
	for _, tt := range tests {
		_, faults := readTolerant(t, writeSegments(t, map[string][]byte{seg0: tt.log.buf}))
		if got := kindsOf(faults); !slices.Equal(got, append([]string{}, tt.want...)) {
			t.Errorf("%s: %v (%v), want %v", tt.story, got, faults, tt.want)
		}
	}
}

// A power loss left a sector of the last record unwritten.
func TestWALTornSector(t *testing.T) {
	l := new(testLog).begin().snap(0, 0).entry(1, 1).state(1, 1)
	before := len(l.buf)
	big := append(fields(1, 0, 2, 1, 3, 2), protowire.AppendBytes([]byte{0x22}, slices.Repeat([]byte{7}, 3000))...)
	l.record(2, big)
	b := append(l.buf, make([]byte, 4096)...)
	clear(b[1024:1536])
	sum, faults := readTolerant(t, writeSegments(t, map[string][]byte{seg0: b}))
	if len(faults) != 1 || faults[0].Kind != WALTornTail || faults[0].Off != int64(before) || !sum.Torn {
		t.Errorf("torn sector: %v, torn %v", faults, sum.Torn)
	}
	// The same with intact records behind it is no torn write.
	l.entry(1, 3).state(1, 3)
	clear(l.buf[1024:1536])
	sum, faults = readTolerant(t, writeSegments(t, map[string][]byte{seg0: l.buf}))
	if got := kindsOf(faults); !slices.Equal(got, []string{"wal.crc", "wal.hidden-records"}) || sum.Torn || sum.Hidden.LastIndex != 3 {
		t.Errorf("zero sector in the middle: %v, %+v", faults, sum)
	}
}

func TestWALStrictAndStop(t *testing.T) {
	m := threeSegments()
	delete(m, seg1)
	dir := writeSegments(t, m)
	var f Fault
	if _, err := ReadWAL(context.Background(), dir, nil, nil); !errors.As(err, &f) || f.Kind != WALSequence {
		t.Errorf("strict: %v", err)
	}
	sum, err := ReadWAL(context.Background(), dir, nil, func(Fault) bool { return false })
	if err != nil || !sum.Stopped {
		t.Errorf("stopped: %v, %+v", err, sum)
	}
	boom := errors.New("boom")
	if _, err := ReadWAL(context.Background(), dir, func(WALRecord) error { return boom }, nil); err != boom {
		t.Errorf("visitor's error: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ReadWAL(ctx, dir, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := ReadWAL(context.Background(), filepath.Join(dir, "nowhere"), nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestFaultCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range FaultKinds() {
		if code := k.String(); code == "" || seen[code] {
			t.Errorf("kind %d: code %q empty or twice", k, code)
		} else {
			seen[code] = true
		}
	}
	for k := Kind(0); k < kindEnd; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no word", k)
		}
	}
	if !reflect.DeepEqual(FaultKinds()[0], FileTrailerWrong) {
		t.Error("first kind")
	}
}
