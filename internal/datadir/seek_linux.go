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
