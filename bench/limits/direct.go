package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// directBlock is dd's bs. Larger blocks were no faster.
const directBlock = 4 << 20

// writeDirect writes zeros to a new file past the page cache, as dd does with
// oflag=direct: no sync at the end, and an ordinary write for the last bytes,
// which are no whole block of the disk.
func writeDirect(path string, size int64) error {
	if openDirect == 0 {
		return errors.New("this platform has no O_DIRECT")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|openDirect, 0o600)
	if err != nil {
		return fmt.Errorf("past the page cache: %w", err)
	}
	// A mapping starts at a page, as O_DIRECT wants it.
	block, err := syscall.Mmap(-1, 0, directBlock, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	const sector = 4096
	for size >= sector && err == nil {
		n := min(size, directBlock) / sector * sector
		_, err = f.Write(block[:n])
		size -= n
	}
	if err := errors.Join(err, f.Close()); err != nil || size == 0 {
		return err
	}
	return appendTail(path, block[:size])
}

func appendTail(path string, tail []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(tail)
	return errors.Join(err, f.Close())
}
