package bolt

import "os"

// A BlockWriter writes blocks of a file that come as they are, such as those of a copy.
// Like a [FileSink] it goes past the page cache where the file system lets it. It has
// no memory of its own and is for one goroutine.
type BlockWriter struct{ disk diskWriter }

// NewBlockWriter reserves size bytes for f, where the file system can: a full disk shows
// before anything is written. What is reserved and never written reads as zero. f stays
// the caller's.
func NewBlockWriter(f *os.File, size int64) (*BlockWriter, error) {
	if size > 0 {
		if err := reserve(f, size); err != nil {
			return nil, &WriteError{Len: int(size), Err: err}
		}
	}
	return &BlockWriter{disk: newDiskWriter(f, false)}, nil
}

// WriteBlock writes b at off. What begins at a multiple of 4096, in memory as in the
// file, goes past the page cache up to its last such multiple. The error is a [WriteError].
func (w *BlockWriter) WriteBlock(b []byte, off int64) error {
	if err := w.disk.write(b, off); err != nil {
		return &WriteError{Off: off, Len: len(b), Err: err}
	}
	return nil
}

// Close leaves the file as it was opened. It neither syncs nor closes it.
func (w *BlockWriter) Close() error { return w.disk.restore() }
