package bolt

import (
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
)

// FileSinkOptions say how a file is written; the zero value is a sound choice.
type FileSinkOptions struct {
	// Size is what the file is expected to come to, in bytes: so much room is reserved
	// first, where the file system can, and a full disk shows before anything is
	// written. 0: not known.
	Size int64
	// Hash runs over the file in order, beside the writing; it costs a core, and no
	// second reading if the [Writer] has a plan. nil: none.
	Hash hash.Hash
	// Buffered leaves the page cache in the way even where it could be avoided.
	Buffered bool
}

// FileSink writes a file in order, in large aligned blocks, while the next block is
// being filled. It goes past the page cache where the file system lets it; elsewhere
// it starts the disk's writing behind itself, so that the final sync finds little left
// to do. Its memory is 8 MiB outside the heap.
type FileSink struct {
	f     outFile
	hash  hash.Hash
	size  int64  // bytes taken so far
	block []byte // being filled; nil: none
	start int64  // file offset of the block

	memory blockMemory   // of all blocks
	free   chan []byte   // blocks that can be filled
	hashed chan job      // blocks on their way to the hash
	todo   chan job      // blocks on their way to the disk
	ended  chan struct{} // closed when the last goroutine has gone
	flight sync.WaitGroup
	disk   diskWriter

	mu     sync.Mutex
	err    error // the first write error
	broken bool  // bytes that the hash has seen were overwritten
	closed bool
}

// outFile is what a FileSink needs of an *os.File.
type outFile interface {
	io.WriterAt
	Truncate(size int64) error
	Fd() uintptr
}

// job is one block for the file.
type job struct {
	data  []byte // what of the block is to be written
	block []byte // goes back to the free ones
	off   int64
}

// WriteError says where in the file a write failed.
type WriteError struct {
	Off int64 // where it began
	Len int   // how many bytes it was
	Err error
}

// Error tells place and cause.
func (e *WriteError) Error() string {
	return fmt.Sprintf("write %d bytes at +0x%x: %v", e.Len, e.Off, e.Err)
}

// Unwrap gives the cause, such as ENOSPC.
func (e *WriteError) Unwrap() error { return e.Err }

// NewFileSink starts to write f from its beginning. f must be empty; it stays the
// caller's, who syncs and closes it after [FileSink.Close].
func NewFileSink(f *os.File, o FileSinkOptions) (*FileSink, error) {
	return newFileSink(f, o)
}

func newFileSink(f outFile, o FileSinkOptions) (*FileSink, error) {
	if o.Size > 0 {
		if err := reserve(f, o.Size); err != nil {
			return nil, &WriteError{Len: int(o.Size), Err: err}
		}
	}
	s := &FileSink{f: f, hash: o.Hash, disk: newDiskWriter(f, o.Buffered),
		free: make(chan []byte, sinkBlocks), todo: make(chan job, sinkBlocks), hashed: make(chan job, sinkBlocks), ended: make(chan struct{})}
	memory, err := newBlockMemory()
	if err != nil {
		return nil, err
	}
	s.memory = memory
	for b := range memory.blocks() {
		s.free <- b
	}
	go s.hashBlocks()
	go s.writeBlocks()
	return s, nil
}

// Write appends b. The error is the first [WriteError] of any write so far.
func (s *FileSink) Write(b []byte) (int, error) {
	if s.closed {
		return 0, os.ErrClosed
	}
	taken := 0
	for taken < len(b) {
		if err := s.failed(); err != nil {
			return taken, err
		}
		if s.block == nil {
			s.block, s.start = (<-s.free)[:0], s.size
		}
		room := min(len(b)-taken, cap(s.block)-len(s.block))
		s.block = s.block[:len(s.block)+room]
		if to := s.block[len(s.block)-room:]; &to[0] != &b[taken] { // else it is of Space
			copy(to, b[taken:])
		}
		taken += room
		s.size += int64(room)
		if len(s.block) == cap(s.block) {
			s.submit()
		}
	}
	return taken, nil
}

// Space is n bytes of memory which the next Write, if it begins with them, takes without
// copying; nil if there are none. What is in them is of no meaning, and whoever does not
// write them need not give them back.
func (s *FileSink) Space(n int) []byte {
	if s.closed || n <= 0 || n > sinkBlock {
		return nil
	}
	if s.block == nil {
		s.block, s.start = (<-s.free)[:0], s.size
	}
	at := len(s.block)
	if n > cap(s.block)-at {
		return nil
	}
	return s.block[at : at+n : at+n]
}

// submit sends the block on its way.
func (s *FileSink) submit() {
	if len(s.block) == 0 {
		return
	}
	s.flight.Add(1)
	s.hashed <- job{data: s.block, block: s.block, off: s.start}
	s.block = nil
}

// drain waits until everything taken so far has been hashed and written.
func (s *FileSink) drain() error {
	s.submit()
	s.flight.Wait()
	return s.failed()
}

// WriteAt overwrites bytes that were appended before. The running hash is of no use
// after that: see [FileSink.Sum].
func (s *FileSink) WriteAt(b []byte, off int64) (int, error) {
	if s.closed {
		return 0, os.ErrClosed
	}
	if off < 0 || off > s.size-int64(len(b)) {
		return 0, &WriteError{Off: off, Len: len(b), Err: errShortWrite}
	}
	if err := s.drain(); err != nil {
		return 0, err
	}
	s.broken = true
	n, err := s.disk.rewrite(b, off)
	if err != nil {
		s.setError(&WriteError{Off: off, Len: len(b), Err: err})
		return n, s.failed()
	}
	return n, nil
}

// Sum gives the hash of everything appended so far. ok is false if there is none: no
// hash was asked for, or bytes were overwritten that it had seen. A [Writer] with a
// plan overwrites nothing.
func (s *FileSink) Sum() (sum []byte, ok bool, err error) {
	if s.closed {
		return nil, false, os.ErrClosed
	}
	if err := s.drain(); err != nil || s.hash == nil || s.broken {
		return nil, false, err
	}
	return s.hash.Sum(nil), true, nil
}

// Size is the number of bytes appended so far.
func (s *FileSink) Size() int64 { return s.size }

// Close writes what is left and makes the file exactly as long as what it was given.
// It neither syncs nor closes the file. It must be called in any case, for it ends
// the goroutine; a second call does nothing.
func (s *FileSink) Close() error {
	if s.closed {
		return s.failed()
	}
	s.closed = true
	err := s.drain()
	close(s.hashed)
	<-s.ended
	s.memory.unmap()
	s.block = nil
	if err == nil {
		err = s.disk.restore()
	}
	if err == nil {
		err = s.f.Truncate(s.size)
	}
	return err
}

func (s *FileSink) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *FileSink) setError(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// hashBlocks is the goroutine that hashes; the blocks pass it in order.
func (s *FileSink) hashBlocks() {
	defer close(s.todo)
	for j := range s.hashed {
		if s.hash != nil {
			HashBytes(s.hash, j.data)
		}
		s.todo <- j
	}
}

// writeBlocks is the goroutine that writes. After an error it only hands blocks back.
func (s *FileSink) writeBlocks() {
	defer close(s.ended)
	prompt()
	for j := range s.todo {
		if s.failed() == nil {
			if err := s.disk.write(j.data, j.off); err != nil {
				s.setError(&WriteError{Off: j.off, Len: len(j.data), Err: err})
			}
		}
		s.free <- j.block
		s.flight.Done()
	}
}
