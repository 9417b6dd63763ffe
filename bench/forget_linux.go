package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget takes a file out of the page cache, as far as nobody else uses it.
func forget(f *os.File) {
	if f.Sync() == nil { // dirty pages stay
		_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
}
