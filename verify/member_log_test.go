package verify

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.uber.org/zap"

	"boltvet/internal/datadir"
)

// An etcdLog is what etcd's own code gets out of a log.
type etcdLog struct {
	snaps         []uint64
	survey, read  logStop
	last, commit  uint64
	node          uint64
	hasReadResult bool
}

// stopByError names the error of etcd's log.
func stopByError(err error) logStop {
	text := fmt.Sprint(err)
	switch {
	case err == nil:
		return logRead
	case errors.Is(err, io.ErrUnexpectedEOF):
		return logTorn
	case strings.Contains(text, "crc mismatch: expected"):
		return logCRC
	case errors.Is(err, wal.ErrCRCMismatch):
		return logChain
	case errors.Is(err, wal.ErrMetadataConflict):
		return logMetadata
	case errors.Is(err, wal.ErrSnapshotMismatch):
		return logTerm
	case errors.Is(err, wal.ErrSliceOutOfRange):
		return logGap
	case strings.Contains(text, "unexpected block type"):
		return logType
	case strings.Contains(text, "file not found"):
		return logNoStart
	case strings.Contains(text, "do not increase"):
		return logSequence
	case strings.Contains(text, "unmarshal should never fail"):
		return logPayload
	}
	return logProto
}

// guarded runs fn and gives a panic as an error: etcd's way to refuse a payload.
func guarded(fn func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%v", x)
		}
	}()
	return fn()
}

// askEtcd reads the log as etcd 3.7 does at its start, repair included. It changes the files.
func askEtcd(dir string) etcdLog {
	var l etcdLog
	lg := zap.NewNop()
	start := &walpb.Snapshot{}
	l.survey = stopByError(guarded(func() error {
		snaps, err := wal.ValidSnapshotEntries(lg, dir)
		for _, s := range snaps {
			l.snaps, start = append(l.snaps, s.GetIndex()), s
		}
		return err
	}))
	if l.survey != logRead {
		return l
	}
	l.hasReadResult = true
	for try := 0; ; try++ {
		l.read = stopByError(guarded(func() error { return l.readAll(lg, dir, start) }))
		if l.read != logTorn || try > 0 {
			return l
		}
		if !wal.Repair(lg, dir) {
			return l
		}
	}
}

func (l *etcdLog) readAll(lg *zap.Logger, dir string, start *walpb.Snapshot) error {
	w, err := wal.Open(lg, dir, start)
	if err != nil {
		return err
	}
	defer w.Close()
	meta, state, entries, err := w.ReadAll()
	if err != nil {
		return err
	}
	l.node, l.commit, l.last = numbers(meta)[1], state.GetCommit(), start.GetIndex()
	if n := len(entries); n > 0 {
		l.last = entries[n-1].GetIndex()
	}
	return nil
}

// askOurs is the same by our reading.
func askOurs(t *testing.T, dir string) etcdLog {
	t.Helper()
	d, err := datadir.ReadMemberDir("", dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := surveyLog(t.Context(), dir, d.Segments)
	if err != nil {
		t.Fatal(err)
	}
	l := etcdLog{survey: s.stop}
	if l.survey == logTorn {
		l.survey = logRead
	}
	if l.survey == logCut {
		l.survey = logProto
	}
	var start datadir.WALSnapshot
	for _, x := range s.snaps {
		l.snaps, start = append(l.snaps, x.Index), x
	}
	if l.survey != logRead {
		l.snaps = nil
		return l
	}
	r, err := replayLog(t.Context(), dir, d.Segments, start, 0)
	if err != nil {
		t.Fatal(err)
	}
	l.hasReadResult, l.read = true, r.stop
	if r.ends(false) {
		l.read, l.last, l.commit, l.node = logRead, r.last, r.state.Commit, r.meta.NodeID
	}
	if l.read == logCut {
		l.read = logProto
	}
	return l
}

// checkSame compares the two on the log in dir.
func checkSame(t *testing.T, dir, story string) etcdLog {
	t.Helper()
	ours := askOurs(t, dir)
	etcd := askEtcd(dir)
	if ours.survey != etcd.survey || ours.survey == logRead && fmt.Sprint(ours) != fmt.Sprint(etcd) {
		t.Errorf("%s: ours %+v, etcd %+v", story, ours, etcd)
	}
	return etcd
}

// A log with any byte changed, or cut anywhere, is to us what it is to etcd.
func TestLogAsEtcdReadsIt(t *testing.T) {
	m := unpackMember(t, "3.7-member.tar.gz")
	m.split()
	files := map[string][]byte{}
	for _, p := range m.segments() {
		b, err := os.ReadFile(p)
		m.must(err)
		b = b[:min(len(b), 80<<10)]
		files[filepath.Base(p)] = b
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	rounds := 400
	if full() {
		rounds = 4000
	}
	r := rand.New(rand.NewPCG(1, 2))
	dir := filepath.Join(t.TempDir(), "wal")
	seen := map[[2]logStop]int{}
	for i := range rounds {
		m.must(os.RemoveAll(dir))
		m.must(os.Mkdir(dir, 0o700))
		victim := names[r.IntN(len(names))]
		frames := readRecords(t, filepath.Join(m.path("wal"), victim))
		story := ""
		for name, b := range files {
			if name == victim {
				b, story = mutate(r, b, frames)
			}
			m.must(os.WriteFile(filepath.Join(dir, name), b, 0o600))
		}
		etcd := checkSame(t, dir, fmt.Sprintf("%d: %s %s", i, victim, story))
		seen[[2]logStop{etcd.survey, etcd.read}]++
	}
	t.Logf("how etcd's two passes end: %v", seen)
	if len(seen) < 5 {
		t.Errorf("only %d ways to end", len(seen))
	}
}

// mutate changes a byte of a frame's head or of its content, zeroes a range, or cuts the file.
func mutate(r *rand.Rand, b []byte, frames []testRecord) ([]byte, string) {
	b = slices.Clone(b)
	f := frames[r.IntN(len(frames))]
	switch r.IntN(5) {
	case 0:
		at := f.off + int64(r.IntN(8))
		b[at] ^= 1 << r.IntN(8)
		return b, fmt.Sprintf("length at %#x", at)
	case 1:
		at := f.off + 8 + int64(r.IntN(int(min(f.size-8, 24))))
		b[at] ^= 1 << r.IntN(8)
		return b, fmt.Sprintf("byte at %#x", at)
	case 2:
		at := f.off + int64(r.IntN(int(f.size)))
		n := int64(1 + r.IntN(1200))
		clear(b[at:min(at+n, int64(len(b)))])
		return b, fmt.Sprintf("zeros from %#x, %d bytes", at, n)
	case 3:
		at := f.off + int64(r.IntN(int(f.size)))
		return b[:at], fmt.Sprintf("cut at %#x", at)
	}
	last := frames[len(frames)-1]
	at := last.off + int64(r.IntN(int(last.size)))
	clear(b[at:min(at+700, int64(len(b)))])
	return b, fmt.Sprintf("end zeroed from %#x", at)
}
