package bolt

import (
	"fmt"
	"iter"
	"reflect"

	"golang.org/x/sys/unix"
)

// Blocks are long enough for a disk to work at full speed, short enough that it begins
// early and that they stay in the cache, and aligned for any direct write.
const (
	sinkBlock  = 1 << 20
	sinkBlocks = 8
	sinkAlign  = 4096
)

// blockMemory is the memory of a FileSink's blocks, outside the heap: one mapping in
// which huge pages fit, which the kernel looks up faster than small ones for every
// direct write.
type blockMemory []byte

// hugePage is the size of a huge page on amd64 and arm64.
const hugePage = 2 << 20

func newBlockMemory() (blockMemory, error) {
	m, err := unix.Mmap(-1, 0, sinkBlocks*sinkBlock+hugePage, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("memory for writing: %w", err)
	}
	adviseHuge(m)
	return m, nil
}

// blocks are the blocks, from the first huge page on.
func (m blockMemory) blocks() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		at := int(-reflect.ValueOf([]byte(m)).Pointer() & (hugePage - 1))
		for range sinkBlocks {
			if !yield(m[at : at+sinkBlock : at+sinkBlock]) {
				return
			}
			at += sinkBlock
		}
	}
}

func (m blockMemory) unmap() { _ = unix.Munmap(m) } // a mapping of our own
