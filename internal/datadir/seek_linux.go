package datadir

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// nextData is the offset of the next bytes from off on that are no hole, size when none are left.
func nextData(r io.ReaderAt, off, size int64) int64 {
	f, ok := r.(*os.File)
	if !ok {
		return off
	}
	data, err := f.Seek(off, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size
	}
	if err != nil {
		return off
	}
	return data
}

// zerosFrom is where the hole begins that the file ends with, size when it has none. It
// must be asked before the file is read: what was read of a hole is no hole to some file
// systems.
func zerosFrom(f *os.File, size int64) int64 {
	hole, err := f.Seek(0, unix.SEEK_HOLE)
	if err != nil || nextData(f, hole, size) < size {
		return size
	}
	return hole
}
