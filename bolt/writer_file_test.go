package bolt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func emptyFile(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestFileSinkSameBytes writes through the file sink what the memory sink has, in all
// ways and with page sizes that direct writing does not suit.
func TestFileSinkSameBytes(t *testing.T) {
	root := buckets(clusterLike(2500), &bucketful{})
	for _, ps := range []int{1024, 4096, 65536} {
		want, written := write(t, root, WriterOptions{PageSize: ps})
		for _, o := range []FileSinkOptions{{}, {Buffered: true}, {Size: written.Bytes}, {Size: 3 * written.Bytes}, {Size: 4096}} {
			for _, plan := range []*Written{nil, &written} {
				f := emptyFile(t)
				o.Hash = sha256.New()
				s, err := NewFileSink(f, o)
				if err != nil {
					t.Fatal(err)
				}
				w, err := NewWriter(s, WriterOptions{PageSize: ps, Plan: plan})
				if err != nil {
					t.Fatal(err)
				}
				finish(t, w, root)
				sum, ok, err := s.Sum()
				if wantSum := sha256.Sum256(want); err != nil || ok != (plan != nil) || ok && !bytes.Equal(sum, wantSum[:]) {
					t.Errorf("sum %x, %v, %v", sum, ok, err)
				}
				if _, err := s.Write([]byte("trailer")); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(f.Name())
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, append(bytes.Clone(want), "trailer"...)) {
					t.Errorf("page size %d, %+v, plan %v: other bytes, %d instead of %d", ps, o, plan != nil, len(got), len(want))
				}
			}
		}
	}
}

// faultyFile fails at one of its calls.
type faultyFile struct {
	*os.File
	calls, failAt int
	err           error
}

func (f *faultyFile) step() error {
	f.calls++
	if f.calls == f.failAt {
		return f.err
	}
	return nil
}

func (f *faultyFile) WriteAt(b []byte, off int64) (int, error) {
	if err := f.step(); err != nil {
		n, _ := f.File.WriteAt(b[:len(b)/2], off)
		if err == errShortWrite {
			err = nil
		}
		return n, err
	}
	return f.File.WriteAt(b, off)
}

func (f *faultyFile) Truncate(size int64) error {
	if err := f.step(); err != nil {
		if err == errShortWrite {
			err = syscall.EIO
		}
		return err
	}
	return f.File.Truncate(size)
}

// TestFileSinkFailsAtEachStep lets each call to the file fail in turn: the error comes
// up, with its place, by Close at the latest, and nothing hangs.
func TestFileSinkFailsAtEachStep(t *testing.T) {
	root := buckets(clusterLike(5000))
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO, errShortWrite} {
		for at := 1; ; at++ {
			f := &faultyFile{File: emptyFile(t), failAt: at, err: cause}
			err := writeTo(f, root)
			if f.calls < at {
				if err != nil {
					t.Errorf("nothing failed: %v", err)
				}
				if at < 5 {
					t.Fatalf("only %d calls: the file is too small for this test", f.calls)
				}
				break
			}
			var place *WriteError
			if err == nil || errors.As(err, &place) && (!errors.Is(err, cause) || place.Off < 0) {
				t.Errorf("call %d fails with %v: got %v", at, cause, err)
			}
		}
	}
}

func writeTo(f outFile, root *bucketful) error {
	s, err := newFileSink(f, FileSinkOptions{})
	if err != nil {
		return err
	}
	w, err := NewWriter(s, WriterOptions{})
	if err == nil {
		err = root.put(w)
	}
	if err == nil {
		_, err = w.Finish()
	}
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return err
}

// TestWriterStopsAtEachFailedWrite is the same for any sink.
func TestWriterStopsAtEachFailedWrite(t *testing.T) {
	root := buckets(clusterLike(200), deep(3))
	broken := errors.New("broken")
	for at := 1; ; at++ {
		s := &failingSink{failAt: at, err: broken}
		w, err := NewWriter(s, WriterOptions{})
		if err == nil {
			err = root.put(w)
		}
		if err == nil {
			_, err = w.Finish()
		}
		if s.calls < at {
			if err != nil || at < 50 {
				t.Errorf("%d calls: %v", s.calls, err)
			}
			return
		}
		if !errors.Is(err, broken) {
			t.Fatalf("call %d failed, and the writer says %v", at, err)
		}
		if w == nil {
			continue
		}
		if _, err := w.Finish(); !errors.Is(err, broken) || s.calls > at {
			t.Fatalf("the writer went on after call %d: %v", at, err)
		}
	}
}

type failingSink struct {
	MemorySink
	calls, failAt int
	err           error
}

func (s *failingSink) Write(b []byte) (int, error) {
	if s.calls++; s.calls == s.failAt {
		return 0, s.err
	}
	return s.MemorySink.Write(b)
}

func (s *failingSink) WriteAt(b []byte, off int64) (int, error) {
	if s.calls++; s.calls == s.failAt {
		return 0, s.err
	}
	return s.MemorySink.WriteAt(b, off)
}

// TestFileSinkFullDisk writes to a device that is always full.
func TestFileSinkFullDisk(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no full device: %v", err)
	}
	defer f.Close()
	var place *WriteError
	if err := writeTo(f, buckets(clusterLike(100))); !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &place) {
		t.Errorf("got %v", err)
	}
}

// TestFileSinkWithoutDirectWrites has the first direct write refused, as some file
// systems do, and writes to one that keeps its files in memory.
func TestFileSinkWithoutDirectWrites(t *testing.T) {
	root := buckets(clusterLike(3000))
	want, _ := write(t, root, WriterOptions{})
	files := []*os.File{emptyFile(t)}
	if f, err := os.CreateTemp("/dev/shm", "boltvet-test-"); err == nil {
		t.Cleanup(func() { os.Remove(f.Name()); f.Close() })
		files = append(files, f)
	}
	for i, file := range files {
		f := &faultyFile{File: file, failAt: 1 - i, err: syscall.EINVAL}
		if err := writeTo(f, root); err != nil {
			t.Errorf("%s: %v", file.Name(), err)
		}
		got, err := os.ReadFile(file.Name())
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes instead of %d", file.Name(), err, len(got), len(want))
		}
	}
}

// TestFileSinkReservesFirst asks for more room than any disk has.
func TestFileSinkReservesFirst(t *testing.T) {
	f := emptyFile(t)
	s, err := NewFileSink(f, FileSinkOptions{Size: 1 << 53})
	if err == nil {
		s.Close()
		t.Skip("the file system has no reservation")
	}
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v", err)
	}
}

func TestFileSinkAfterClose(t *testing.T) {
	s, err := NewFileSink(emptyFile(t), FileSinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Write([]byte{1}); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if _, err := s.WriteAt(nil, 0); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if _, _, err := s.Sum(); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

// TestProofFindsDamage breaks finished images byte by byte: all that the file format
// knows of must come up. What the reader cannot know, the content, is left out.
func TestProofFindsDamage(t *testing.T) {
	var images [][]byte
	root := buckets(revisions(500, fixedValue(100)))
	write(t, root, WriterOptions{PageSize: 1024, OnPage: func(id Pgid, image []byte) error {
		if h, _ := ParsePageHeader(image); h.Flags == FlagLeaf || h.Flags == FlagBranch {
			images = append(images, bytes.Clone(image))
		}
		return nil
	}})
	proof := newPageProof(1024)
	b := &Bucket{Path: [][]byte{[]byte("b")}}
	for _, image := range images {
		h, _ := ParsePageHeader(image)
		if _, err := proof.page(b, h.ID, image); err != nil {
			t.Fatalf("sound image: %v", err)
		}
		for at := range PageHeaderSize + int(h.Count)*ElementSize {
			if onlyContent(h, at) {
				continue
			}
			image[at] ^= 0x11
			if _, err := proof.page(b, h.ID, image); err == nil {
				t.Errorf("page %d, a wrong byte at +%d: not found", h.ID, at)
			}
			image[at] ^= 0x11
		}
		image[len(image)-1] ^= 1
		if _, err := proof.page(b, h.ID, image); err == nil {
			t.Errorf("page %d: a dirty tail was not found", h.ID)
		}
	}
}

// onlyContent tells of a byte that a page by itself says nothing about: the child of
// a branch element, and the sizes of a last element, which end in zeros either way.
func onlyContent(h PageHeader, at int) bool {
	i, field := (at-PageHeaderSize)/ElementSize, (at-PageHeaderSize)%ElementSize
	last := i == int(h.Count)-1
	switch {
	case at < PageHeaderSize:
		return false
	case h.Flags == FlagBranch:
		return field >= 8 || last && field >= 4
	}
	return last && field >= 8
}

// TestWriterHookErrors ends the writing when a hook says so.
func TestWriterHookErrors(t *testing.T) {
	stop := errors.New("stop")
	for _, o := range []WriterOptions{
		{OnPage: func(Pgid, []byte) error { return stop }},
		{OnLeaf: func(*Bucket, Leaf) error { return stop }},
	} {
		w, err := NewWriter(&MemorySink{}, o)
		if err == nil {
			err = buckets(revisions(100, fixedValue(100))).put(w)
		}
		if err == nil {
			_, err = w.Finish()
		}
		if !errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
	}
}

// TestWriterShowsEveryPage puts the file together from what OnPage sees, and the
// content from what OnLeaf does.
func TestWriterShowsEveryPage(t *testing.T) {
	root := buckets(clusterLike(300), deep(2), &bucketful{})
	pages := map[Pgid][]byte{}
	keys := map[string]int{}
	file, written := write(t, root, WriterOptions{
		OnPage: func(id Pgid, image []byte) error { pages[id] = bytes.Clone(image); return nil },
		OnLeaf: func(b *Bucket, l Leaf) error { keys[b.String()] += l.Len(); return nil },
	})
	got := make([]byte, 0, len(file))
	for id := Pgid(0); id < written.HighWater; {
		image, ok := pages[id]
		if !ok {
			t.Fatalf("page %d was not shown", id)
		}
		got = append(got, image...)
		id += Pgid(len(image) / written.PageSize)
	}
	if !bytes.Equal(got, file) {
		t.Error("the pages shown are not the file")
	}
	for _, it := range root.items {
		if n := keys[string(it.key)]; n != len(it.sub.items) {
			t.Errorf("bucket %s: saw %d elements of %d", it.key, n, len(it.sub.items))
		}
	}
	if n := keys[fmt.Sprint((&Bucket{}).String())]; n != len(root.items) {
		t.Errorf("the directory: saw %d of %d", n, len(root.items))
	}
}
