package bolt

import "io"

// A Sink takes a file as a [Writer] makes it: Write appends, in whole pages; WriteAt
// goes back over bytes that were appended, which happens once, for the metas. Both
// may buffer. An error need not be that of the bytes just given.
type Sink interface {
	io.Writer
	io.WriterAt
}

// A spacious sink lends memory for what is written next, so that it need not be copied:
// see [FileSink.Space].
type spacious interface{ Space(n int) []byte }

var errShortWrite = io.ErrShortWrite

// writeAt overwrites all of b at off.
func writeAt(s Sink, b []byte, off int64) error {
	n, err := s.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = errShortWrite
	}
	return err
}

// MemorySink is a file in memory, for small files and tests. Its zero value is empty.
type MemorySink struct {
	// Bytes is the file so far.
	Bytes []byte
}

// Write appends b.
func (s *MemorySink) Write(b []byte) (int, error) {
	s.Bytes = append(s.Bytes, b...)
	return len(b), nil
}

// WriteAt overwrites what is there already; it does not grow the file.
func (s *MemorySink) WriteAt(b []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(s.Bytes)) {
		return 0, errShortWrite
	}
	n := copy(s.Bytes[off:], b)
	if n < len(b) {
		return n, errShortWrite
	}
	return n, nil
}
