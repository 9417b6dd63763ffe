package bolt

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// unmapPart is the least that a core of its own is worth: some 0.6 ms of work.
const unmapPart = 64 << 20

// unmap gives a mapping back. The kernel forgets its pages one by one, some 10 ms a GB, and
// on one core only, unless each part of them is dropped before.
func unmap(data []byte) error {
	parts := min(runtime.GOMAXPROCS(0), len(data)/unmapPart)
	if parts > 1 {
		var dropping sync.WaitGroup
		step := len(data) / parts / hugePage * hugePage
		for i := range parts {
			part := data[i*step:]
			if i < parts-1 {
				part = part[:step]
			}
			dropping.Go(func() { _ = unix.Madvise(part, unix.MADV_DONTNEED) }) // munmap does it, if not
		}
		dropping.Wait()
	}
	return unix.Munmap(data)
}
