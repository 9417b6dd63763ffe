package bolt

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// File is one bbolt file, opened read-only. It is safe for concurrent use by
// goroutines that each read inside their own [File.Guard].
type File struct {
	file     *os.File // nil for bytes in memory
	data     []byte   // the mapping, or the bytes; nil when reads are positioned
	mapped   bool
	size     int64
	pageSize int
	metas    [2]MetaSlot
	live     int
	choice   string

	unmapping sync.WaitGroup // of Release
	unmapErr  error
}

// Open maps the first size bytes of f, reads both metas and finds out the page
// size. size excludes a snapshot's sha256 trailer. Where the file cannot be
// mapped it is read by position. f stays the caller's and must stay open.
// The error is a [Fault] if the bytes are to blame: [MetaNone] if no meta is valid.
func Open(f *os.File, size int64) (*File, error) {
	if size < 0 || size > math.MaxInt {
		return nil, fmt.Errorf("impossible file size %d", size)
	}
	return openFile(f, size, true)
}

// OpenPositioned is Open for a look at a few pages: nothing is mapped, for where it is not in
// memory a page fault has the kernel read ahead by as much as it likes, and wait for it.
func OpenPositioned(f *os.File, size int64) (*File, error) { return openFile(f, size, false) }

// openFile is Open with the choice between mapping and positioned reads, which
// give the same answers.
func openFile(f *os.File, size int64, mapped bool) (*File, error) {
	b := &File{file: f, size: size}
	if mapped && size > 0 {
		if data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED); err == nil {
			b.data, b.mapped = data, true
		}
	}
	if err := b.Guard(b.readMetas); err != nil {
		return nil, closing(b, err)
	}
	return b, nil
}

// FromBytes reads a file that is already in memory; b must not change meanwhile.
func FromBytes(b []byte) (*File, error) {
	f := &File{data: b, size: int64(len(b))}
	if err := f.readMetas(); err != nil {
		return nil, err
	}
	return f, nil
}

func closing(f *File, err error) error {
	if cerr := f.Close(); cerr != nil {
		return fmt.Errorf("%w (and %w)", err, cerr)
	}
	return err
}

// Release begins to unmap the file: nothing that aliases it may be used afterwards. It takes
// the kernel some time, beside what else there is to do until [File.Close].
func (f *File) Release() {
	data, mapped := f.data, f.mapped
	f.data, f.mapped = nil, false
	if mapped {
		f.unmapping.Go(func() { f.unmapErr = unmap(data) })
	}
}

// Close unmaps the file. Nothing that aliases it may be used afterwards.
func (f *File) Close() error {
	f.Release()
	f.unmapping.Wait()
	if f.unmapErr != nil {
		return fmt.Errorf("unmap: %w", f.unmapErr)
	}
	return nil
}

// Size is the number of bytes of the db, without a trailer.
func (f *File) Size() int64 { return f.size }

// PageSize is the page size in bytes that the file was found to have.
func (f *File) PageSize() int { return f.pageSize }

// Metas gives both meta pages, valid or not.
func (f *File) Metas() [2]MetaSlot { return f.metas }

// LiveSlot is 0 or 1: the meta that bbolt would use.
func (f *File) LiveSlot() int { return f.live }

// Live is the meta that bbolt would use. It is valid.
func (f *File) Live() MetaSlot { return f.metas[f.live] }

// Choice says in one sentence why the live meta was chosen.
func (f *File) Choice() string { return f.choice }

// filePages is the number of whole pages that the file really has.
func (f *File) filePages() Pgid { return Pgid(f.size / int64(f.pageSize)) }

// offset is where a page starts. Callers check id against the high water mark first.
func (f *File) offset(id Pgid) int64 { return int64(id) * int64(f.pageSize) }

// Bytes gives the n bytes at off, aliasing the mapping where there is one: for what a
// walk has left a note of. ok is false if the file does not reach that far. The caller
// holds the [File.Guard].
func (f *File) Bytes(off, n int64) (b []byte, ok bool, err error) {
	b, err = f.bytesAt(off, n)
	return b, err == nil && n >= 0 && int64(len(b)) == n, err
}

// Mapped tells whether bytes of the file alias a mapping; if not, each call copies.
func (f *File) Mapped() bool { return f.mapped }

// ReadAhead has the kernel begin to read the n bytes at off, where they are mapped. It does
// not wait, and what goes wrong shows when they are read.
func (f *File) ReadAhead(off, n int64) {
	page := int64(os.Getpagesize())
	off, end := off/page*page, min(off+n, f.size)
	if f.mapped && off >= 0 && off < end {
		_ = unix.Madvise(f.data[off:end], unix.MADV_WILLNEED)
	}
}

// bytesAt gives up to n bytes at off, fewer only at the end of the file: an alias
// of the mapping, or a fresh copy when reads are positioned.
func (f *File) bytesAt(off, n int64) ([]byte, error) {
	if off < 0 || off >= f.size || n <= 0 {
		return nil, nil
	}
	n = min(n, f.size-off)
	if f.data != nil {
		return f.data[off : off+n : off+n], nil
	}
	buf := make([]byte, n)
	got, err := f.file.ReadAt(buf, off)
	if err == io.EOF {
		return nil, &ShrunkError{Off: off + int64(got), Size: f.size, Now: sizeNow(f.file)}
	}
	if err != nil {
		return nil, fmt.Errorf("read %d bytes at +0x%x: %w", n, off, err)
	}
	return buf, nil
}
