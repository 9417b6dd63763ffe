package bolt

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// discard takes everything and keeps nothing.
type discard struct{}

func (discard) Write(b []byte) (int, error)            { return len(b), nil }
func (discard) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

// loop puts the records of c again and again, with ever higher keys, until their
// payload is megabytes.
func loop(w *Writer, c *bucketful, megabytes int) error {
	if err := w.Begin([]byte("key"), 0); err != nil {
		return err
	}
	key := make([]byte, 17)
	for n, size := uint64(1), 0; size < megabytes<<20; n++ {
		v := c.items[n%uint64(len(c.items))].value
		for i := range 8 {
			key[i] = byte(n >> (56 - 8*i))
		}
		if err := w.Put(key, v); err != nil {
			return err
		}
		size += len(v) + len(key)
	}
	return w.End()
}

// TestWriterHeap writes much more than it may hold. The bound leaves room for what
// the test itself and its framework have.
func TestWriterHeap(t *testing.T) {
	c := clusterLike(2000)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w, err := NewWriter(discard{}, WriterOptions{OnLeaf: func(*Bucket, Leaf) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := loop(w, c, 512); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("allocated %d bytes for 512 MB", got)
	}
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}

// TestWriterHeapOfDeepBuckets has a long leaf in each of many buckets within another.
func TestWriterHeapOfDeepBuckets(t *testing.T) {
	w, err := NewWriter(discard{}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	long := make([]byte, maxOpenRun-100)
	measure := func(when string) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > 24<<20 {
			t.Errorf("%s: %d bytes of heap", when, m.HeapAlloc)
		}
	}
	for range maxDepth {
		if err := errors.Join(w.Begin([]byte("c"), 0), w.Put([]byte("b"), long)); err != nil {
			t.Fatal(err)
		}
	}
	measure("all open")
	for range maxDepth {
		if err := errors.Join(w.Put([]byte("d"), long), w.End()); err != nil {
			t.Fatal(err)
		}
	}
	measure("all ended")
	if _, err := w.Finish(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkWriter writes BOLTVET_BENCH_MB of records (64 if not set) to nothing and to
// a file with a sync at the end, with and without a proof of each page and a hash.
// BOLTVET_BENCH_DIR names the directory of the file.
func BenchmarkWriter(b *testing.B) {
	c := clusterLike(20_000)
	proof := func(*Bucket, Leaf) error { return nil }
	for _, v := range []struct {
		name  string
		file  bool
		o     WriterOptions
		f     FileSinkOptions
		sized bool
	}{
		{name: "plan"},
		{name: "nothing"},
		{name: "nothing-proof", o: WriterOptions{OnLeaf: proof}},
		{name: "file", file: true},
		{name: "file-sized", file: true, sized: true},
		{name: "file-proof", file: true, sized: true, o: WriterOptions{OnLeaf: proof}},
		{name: "file-proof-sha256", file: true, sized: true, o: WriterOptions{OnLeaf: proof}, f: FileSinkOptions{Hash: sha256.New()}},
		{name: "file-buffered", file: true, f: FileSinkOptions{Buffered: true}},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v.sized {
					v.f.Size = int64(benchMB()) << 20 * 107 / 100
				}
				n, err := benchWrite(b, c, v.file, v.name == "plan", v.o, v.f)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(n)
			}
		})
	}
}

func benchWrite(b *testing.B, c *bucketful, file, plan bool, o WriterOptions, fo FileSinkOptions) (int64, error) {
	if plan {
		w, err := NewPlanner(o)
		if err != nil {
			return 0, err
		}
		return benchFinish(w, c)
	}
	if !file {
		w, err := NewWriter(discard{}, o)
		if err != nil {
			return 0, err
		}
		return benchFinish(w, c)
	}
	dir := os.Getenv("BOLTVET_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	f, err := os.Create(filepath.Join(dir, "bench-out"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	s, err := NewFileSink(f, fo)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	w, err := NewWriter(s, o)
	if err != nil {
		return 0, err
	}
	n, err := benchFinish(w, c)
	if err != nil {
		return 0, err
	}
	if err := s.Close(); err != nil {
		return 0, fmt.Errorf("close: %w", err)
	}
	return n, f.Sync()
}

func benchFinish(w *Writer, c *bucketful) (int64, error) {
	if err := loop(w, c, benchMB()); err != nil {
		return 0, err
	}
	got, err := w.Finish()
	return got.Bytes, err
}

// BenchmarkRebuild reads a file that bbolt made and writes it anew to nothing, each
// page proven: what a defragmentation costs beside the disk.
func BenchmarkRebuild(b *testing.B) {
	f := openTest(b, bigFile(b, benchMB()))
	b.SetBytes(f.Size())
	b.ReportAllocs()
	for b.Loop() {
		w, err := NewWriter(discard{}, WriterOptions{OnLeaf: func(*Bucket, Leaf) error { return nil }})
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Guard(func() error { return f.Feed(context.Background(), f.Live().Meta, w) }); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}
