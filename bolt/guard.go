package bolt

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
)

// ShrunkError says that bytes which the file had when it was opened could not be
// read any more: it was cut while being read, or its disk failed.
type ShrunkError struct {
	Off  int64 // offset of the byte that could not be read
	Size int64 // bytes the file had when it was opened
	Now  int64 // bytes it has now; -1 if that cannot be told
}

// Error tells whether the file shrank or the disk failed.
func (e *ShrunkError) Error() string {
	if e.Now >= 0 && e.Now < e.Size {
		return fmt.Sprintf("the file shrank from %d to %d bytes while it was read (at +0x%x)", e.Size, e.Now, e.Off)
	}
	return fmt.Sprintf("byte +0x%x could not be read from the disk", e.Off)
}

// Guard runs fn and turns a memory fault inside the mapping of f, which the
// kernel signals when the file shrinks or the disk fails, into a *ShrunkError.
// It guards the calling goroutine only: each worker needs its own. Bytes that
// alias the mapping must not be touched outside. Any other panic passes through.
// A cut within the last page of memory raises no signal but leaves zeros, so the
// size of the file is looked at afterwards too.
func (f *File) Guard(fn func() error) error {
	if err := f.guard(fn); err != nil {
		return err
	}
	return f.stillWhole()
}

// guard is Guard for a worker of somebody who has a Guard, and does not ask for the
// size each time.
func (f *File) guard(fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			off, ok := f.faultOffset(r)
			if !ok {
				panic(r) // not ours: a bug must stay loud
			}
			err = &ShrunkError{Off: off, Size: f.size, Now: sizeNow(f.file)}
		}
	}()
	return fn()
}

// stillWhole tells whether the file has as many bytes as when it was opened.
func (f *File) stillWhole() error {
	if now := sizeNow(f.file); now >= 0 && now < f.size {
		return &ShrunkError{Off: now, Size: f.size, Now: now}
	}
	return nil
}

// faultOffset tells whether r is a memory fault inside the mapping, and where.
func (f *File) faultOffset(r any) (int64, bool) {
	addressed, ok := r.(interface{ Addr() uintptr })
	if !ok || len(f.data) == 0 {
		return 0, false
	}
	base := reflect.ValueOf(f.data).Pointer()
	addr := addressed.Addr()
	if addr < base || addr-base >= uintptr(len(f.data)) {
		return 0, false
	}
	return int64(addr - base), true
}

// sizeNow is the size of a regular file; -1 where that cannot be told.
func sizeNow(file *os.File) int64 {
	if file == nil {
		return -1
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	return info.Size()
}
