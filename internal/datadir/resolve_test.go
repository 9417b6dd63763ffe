package datadir

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// boltBytes is a small bolt file made by bbolt, with its size cut to the high water mark.
func boltBytes(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096, NoFreelistSync: true})
	check(t, err)
	check(t, db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("key"))
		check(t, err)
		for i := range 200 {
			check(t, b.Put(binary.BigEndian.AppendUint64(nil, uint64(i)), make([]byte, 100)))
		}
		return nil
	}))
	var buf bytes.Buffer
	check(t, db.View(func(tx *bbolt.Tx) error { _, err := tx.WriteTo(&buf); return err }))
	check(t, db.Close())
	return buf.Bytes()
}

func sealed(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(bytes.Clone(b), sum[:]...)
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, b := range files {
		f, err := w.Create(name)
		check(t, err)
		f.Write(b)
	}
	check(t, w.Close())
	return out.Bytes()
}

func zstded(b []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(b, nil)
}

func tarred(b []byte) []byte {
	head := make([]byte, 512)
	copy(head, "snapshot.db")
	copy(head[257:], "ustar")
	return append(head, b...)
}

type contentCase struct {
	name    string
	content []byte
	want    Kind
	packed  string
}

// contentCases are files by content; names matter only for .part and .wal.
func contentCases(t *testing.T, db, snapshot []byte) []contentCase {
	_, snapFile := writeSnap(t)
	headless := bytes.Clone(db)
	clear(headless[:8192])
	big := bytes.Clone(db)
	for _, at := range []int{16, 4096 + 16} {
		binary.BigEndian.PutUint32(big[at:], boltMagic)
	}
	return []contentCase{
		{"db", db, KindDB, ""},
		{"snapshot.db", snapshot, KindSnapshot, ""},
		{"cut", db[:5000], KindDB, ""},
		{"cut-in-meta", db[:30], KindDB, ""},
		{"cut-in-header", db[:12], KindDB, ""},
		{"both-metas-zero", headless, KindDB, ""},
		{"first-page-zero", append(make([]byte, 4096), db[4096:]...), KindDB, ""},
		{"whole.part", snapshot, KindSnapshot, ""},
		{"cut.part", snapshot[:9000], KindPartDownload, ""},
		{"empty", nil, KindEmpty, ""},
		{"zero", make([]byte, 100000), KindZero, ""},
		{"text", []byte("hello\nworld\n"), KindText, ""},
		{"html", []byte("<!DOCTYPE html><html><title>403 Forbidden</title>"), KindHTML, ""},
		{"xml", []byte(`<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>`), KindXML, ""},
		{"json", []byte(`{"error":"not found","message":"no such backup"}`), KindJSON, ""},
		{"big-endian", big, KindBigEndian, ""},
		{"renamed.db", threeSegments()[seg0], KindWALSegment, ""},
		{seg0, []byte("\x01\x02\x03garbage\x00\xff"), KindWALSegment, ""},
		{"x", snapFile, KindSnapFile, ""},
		{"tar", tarred(db), KindTar, ""},
		{"xz", []byte("\xfd7zXZ\x00...."), KindCompressed, ""},
		{"age", []byte("age-encryption.org/v1\n-> X25519"), KindEncrypted, ""},
		{"openssl", []byte("Salted__\x00\x01\x02\x03"), KindEncrypted, ""},
		{"elf", []byte("\x7fELF\x02\x01\x01"), KindExecutable, ""},
		{"random", []byte("\x00\xff\x13\x37\xfe\xed\xfa\xce\x80\x81"), KindUnknown, ""},
		{"a.gz", gz(snapshot), KindSnapshot, "gzip"},
		{"a.zst", zstded(snapshot), KindSnapshot, "zstd"},
		{"a.zip", zipped(t, map[string][]byte{"s.db": snapshot}), KindSnapshot, "zip"},
		{"k3s.zip", zipped(t, map[string][]byte{"etcd-snapshot": snapshot, ".metadata/etcd-snapshot": []byte("{}")}), KindSnapshot, "zip"},
		{"two.zip", zipped(t, map[string][]byte{"a": snapshot, "b": snapshot}), KindArchive, ""},
		{"tar.gz", gz(tarred(db)), KindTar, ""},
		{"gz.gz", gz(gz(snapshot)), KindCompressed, ""},
		{"text.gz", gz([]byte("hello")), KindText, ""},
		{"empty.gz", gz(nil), KindEmpty, ""},
		{"cut.gz", gz(snapshot)[:6], KindDamagedArchive, ""},
	}
}

func TestResolveContent(t *testing.T) {
	db := boltBytes(t)
	for _, tt := range contentCases(t, db, sealed(db)) {
		dir, tmp := t.TempDir(), t.TempDir()
		path := filepath.Join(dir, tt.name)
		check(t, os.WriteFile(path, tt.content, 0o600))
		s, err := Resolve(context.Background(), path, Options{TmpDir: tmp})
		var refused *RefusedError
		switch {
		case errors.As(err, &refused):
			if refused.Kind != tt.want || refused.Reason == "" {
				t.Errorf("%s: refused as %v (%s), want %v", tt.name, refused.Kind, refused.Reason, tt.want)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case s.Kind != tt.want || s.Compression != tt.packed:
			t.Errorf("%s: %v %q, want %v %q", tt.name, s.Kind, s.Compression, tt.want, tt.packed)
		}
		if s != nil && s.Kind == KindSnapshot {
			c, err := s.checkTrailer(context.Background(), s.File, nil)
			check(t, err)
			if !c.OK || s.DBSize != int64(len(db)) {
				t.Errorf("%s: trailer %+v", tt.name, c)
			}
		}
		check(t, s.Close())
		if left, _ := os.ReadDir(tmp); len(left) > 0 {
			t.Errorf("%s: left %v in the spool directory", tt.name, left)
		}
	}
}

func TestResolveCutGzipKeepsWhatThereIs(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	packed := gz(append(boltBytes(t), noise...))
	path := filepath.Join(t.TempDir(), "s.gz")
	check(t, os.WriteFile(path, packed[:len(packed)/2], 0o600))
	s, err := Resolve(context.Background(), path, Options{TmpDir: t.TempDir()})
	check(t, err)
	defer s.Close()
	if s.Kind != KindDB || len(s.Faults) != 1 || s.Faults[0].Kind != FileCompressed {
		t.Errorf("%v, %v", s.Kind, s.Faults)
	}
}

func TestResolveDirs(t *testing.T) {
	root := t.TempDir()
	snapDir := filepath.Join(root, "member", "snap")
	check(t, os.MkdirAll(snapDir, 0o700))
	db := filepath.Join(snapDir, "db")
	check(t, os.WriteFile(db, boltBytes(t), 0o600))
	walDir := filepath.Join(root, "member", "wal")
	check(t, os.Rename(writeWAL(t, 30, 1024), walDir))
	for _, name := range []string{"tmp123", "db.tmp.77", "0000000000000001-0000000000000002.snap.broken", "00000000000003e9.snap.db",
		"bad.snap", "notes.txt", "0000000000000001-0000000000000009.snap"} {
		check(t, os.WriteFile(filepath.Join(snapDir, name), nil, 0o600))
	}
	for path, want := range map[string]Kind{root: KindDataDir, filepath.Join(root, "member"): KindMemberDir,
		snapDir: KindMemberDir, db: KindDB, walDir: KindWALDir} {
		s, err := Resolve(context.Background(), path, Options{})
		check(t, err)
		if s.Kind != want || s.Member == nil || len(s.Member.Segments) < 2 {
			t.Errorf("%s: %v, member %+v", path, s.Kind, s.Member)
		}
		if (s.File == nil) != (want == KindWALDir) {
			t.Errorf("%s: db open: %v", path, s.File != nil)
		}
		check(t, s.Close())
	}
	s, err := Resolve(context.Background(), root, Options{})
	check(t, err)
	defer s.Close()
	var faults []Fault
	s.Member.Check(func(f Fault) bool { faults = append(faults, f); return true })
	if got := strings.Join(kindsOf(faults), " "); got != "dir.ignored dir.leftover dir.snap-db snap.name" {
		t.Errorf("names: %v", faults)
	}
	if len(s.Member.Snaps) != 1 || s.Member.Snaps[0].Index != 9 {
		t.Errorf("snaps: %+v", s.Member.Snaps)
	}
	var refused *RefusedError
	if _, err := Resolve(context.Background(), t.TempDir(), Options{}); !errors.As(err, &refused) || refused.Kind != KindOtherDir {
		t.Errorf("empty directory: %v", err)
	}
	if _, err := Resolve(context.Background(), "/dev/null", Options{}); !errors.As(err, &refused) || refused.Kind != KindDevice {
		t.Errorf("device: %v", err)
	}
	if _, err := Resolve(context.Background(), filepath.Join(root, "nothing"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestResolveStreams(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	check(t, unix.Mkfifo(fifo, 0o600))
	tmp := t.TempDir()

	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := Resolve(ctx, fifo, Options{TmpDir: tmp}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("fifo without writer: %v", err)
	}

	content := sealed(boltBytes(t))
	go func() {
		w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err == nil {
			w.Write(gz(content))
			w.Close()
		}
	}()
	s, err := Resolve(context.Background(), fifo, Options{TmpDir: tmp})
	check(t, err)
	if s.Kind != KindSnapshot || s.Compression != "gzip" || s.FileSize != int64(len(content)) || s.Lock.Use != LockNone {
		t.Errorf("fifo: %+v", s)
	}
	got := make([]byte, len(content))
	if _, err := io.ReadFull(s.File, got); err != nil || !bytes.Equal(got, content) {
		t.Errorf("fifo content: %v", err)
	}
	check(t, s.Close())

	r, w, err := os.Pipe()
	check(t, err)
	go func() { w.Write(content); w.Close() }()
	var limit *SpoolLimitError
	if _, err := Resolve(context.Background(), "-", Options{TmpDir: tmp, MaxSpool: 10000, Stdin: r}); !errors.As(err, &limit) {
		t.Errorf("limit: %v", err)
	}
	r.Close()
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left in the spool directory: %v", left)
	}
}

// The sparse size is what an 800 TB file of a real report looked like.
func TestResolveSparseZeros(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	check(t, os.WriteFile(path, nil, 0o600))
	check(t, os.Truncate(path, 8<<40))
	start := time.Now()
	var refused *RefusedError
	if _, err := Resolve(context.Background(), path, Options{}); !errors.As(err, &refused) || refused.Kind != KindZero {
		t.Errorf("sparse: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}
