package verify

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// fuzzBases are small files of different shapes: several levels, a freelist and a
// trailer, a store in the middle of a compaction, nested buckets, a damaged one.
func fuzzBases(f *testing.F) (images [][]byte) {
	f.Helper()
	dir := f.TempDir()
	for _, name := range []string{"small", "snapshot", "freelist", "half-compacted", "leases", "plain-nested"} {
		b, err := fixtures.NamedBase(name)
		if err != nil {
			f.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := b.Build(path); err != nil {
			f.Fatal(err)
		}
		image, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		images = append(images, image)
	}
	return images
}

// FuzzVerify verifies mutated files, alone and as the db of a member: it comes to an
// end, takes no memory on a file's word, says why a file is not healthy, and finds
// nothing in a file that is as it was. The input is a list of edits, see edited.
func FuzzVerify(f *testing.F) {
	images := fuzzBases(f)
	f.Add(uint8(0), []byte{})
	f.Add(uint8(1), []byte{0, 0, 16, 8, 0, 9, 0, 0})
	f.Add(uint8(8), []byte{3, 0, 0, 4, 0, 0, 32, 1})
	f.Fuzz(func(t *testing.T, base uint8, edits []byte) {
		healthy := images[int(base)%len(images)]
		image := edited(healthy, edits)
		path := filepath.Join(t.TempDir(), "db")
		if base >= 128 {
			dir := filepath.Join(t.TempDir(), "member", "snap")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path = filepath.Join(dir, "db")
		}
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		if base >= 128 {
			path = filepath.Dir(filepath.Dir(path))
		}
		for _, o := range []Options{{}, {Level: Tree, Jobs: 2}, {Level: Quick}, {ExitOnFirst: true, MaxFindings: 1}} {
			fuzzRun(t, path, int64(len(image)), o)
		}
	})
}

// fuzzRun is one verification with its limits.
func fuzzRun(t *testing.T, path string, size int64, o Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	src, err := datadir.Resolve(ctx, path, datadir.Options{})
	var refused *datadir.RefusedError
	if errors.As(err, &refused) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	report, err := Run(ctx, src, o)
	if errors.Is(err, mvccview.ErrNotEtcd) {
		return
	}
	if err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	runtime.ReadMemStats(&after)
	if got := int64(after.TotalAlloc - before.TotalAlloc); got > 64<<20+64*size {
		t.Errorf("%+v: %d bytes allocated for a file of %d", o, got, size)
	}
	if report.Verdict != VerdictHealthy && len(report.Codes) == 0 || report.Why == "" {
		t.Errorf("%+v: %v without a word", o, report.Verdict)
	}
	for _, c := range report.Codes {
		if c.Code == "fault.unknown" || c.Count <= 0 || len(c.Sample) == 0 || c.Sample[0].Meaning == "" {
			t.Errorf("%+v: finding %+v", o, c)
		}
	}
}

// edited makes edits of 8 bytes each: what to do, where (3 bytes), how much (2 bytes)
// and a value. Metas can get a right checksum again, or nothing behind them would be
// reached.
func edited(healthy, edits []byte) []byte {
	image := append([]byte(nil), healthy...)
	const page = 4096
	for n := 0; len(edits) >= 8 && n < 32 && len(image) > 2*page; n++ {
		e := edits[:8]
		edits = edits[8:]
		at := int(binary.BigEndian.Uint32([]byte{0, e[1], e[2], e[3]})) % len(image)
		size := int(binary.BigEndian.Uint16(e[4:])) % (len(image) - at)
		switch e[0] % 8 {
		case 0, 1:
			image[at] = e[7]
		case 2:
			image[at] ^= 1 << (e[7] % 8)
		case 3:
			clear(image[at : at+size])
		case 4:
			from := int(e[7]) * page % (len(image) - page)
			copy(image[at/page*page:min(at/page*page+page, len(image))], image[from:from+page])
		case 5:
			image = image[:len(image)-size]
		case 6:
			image = append(image, make([]byte, size)...)
		case 7:
			sealMetas(image)
		}
	}
	return image
}

// sealMetas writes the checksum of both metas.
func sealMetas(image []byte) {
	for _, at := range []int{16, 4096 + 16} {
		h := fnv.New64a()
		h.Write(image[at : at+56])
		binary.LittleEndian.PutUint64(image[at+56:], h.Sum64())
	}
}
