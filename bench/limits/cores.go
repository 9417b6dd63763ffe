package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// pieceSize is how much is read at a time: as fast as larger ones, and within
// the cache of a core.
const pieceSize = 256 << 10

// onAllCores runs worker once for each core and waits for all.
func onAllCores(worker func() error) error {
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = worker() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// crcFile reads a file once and prints the sum of the checksums of its pieces:
// joining them to the checksum of the whole would cost next to nothing.
func crcFile(path string, stdout io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	table := crc32.MakeTable(crc32.Castagnoli)
	var next atomic.Int64
	var all atomic.Uint64
	err = onAllCores(func() error {
		buf := make([]byte, pieceSize)
		for {
			n, err := f.ReadAt(buf, (next.Add(1)-1)*pieceSize)
			if n > 0 {
				all.Add(uint64(crc32.Checksum(buf[:n], table)))
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%x\n", all.Load())
	return err
}

// A run32 is pages that follow each other.
type run32 struct{ first, n uint32 }

// touchPages maps a file and adds up one byte of each page on the list.
func touchPages(path, list string, stdout io.Writer) error {
	runs, pageSize, err := readList(list)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(fi.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err
	}
	var next atomic.Int64
	var all atomic.Uint64
	err = onAllCores(func() error {
		sum := uint64(0)
		for {
			i := int(next.Add(1)) - 1
			if i >= len(runs) {
				all.Add(sum)
				return nil
			}
			for p := int64(runs[i].first); p < int64(runs[i].first)+int64(runs[i].n); p++ {
				if at := p * pageSize; at < int64(len(data)) {
					sum += uint64(data[at])
				}
			}
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%x\n", all.Load())
	return err
}

// longestRun is the most pages that a core takes at a time.
const longestRun = 1024

// readList reads a list of used pages, which the bench has written: the page
// size first. Long runs are cut, for several cores to share them.
func readList(path string) (runs []run32, pageSize int64, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	if len(b) < 8 || len(b)%8 != 0 {
		return nil, 0, fmt.Errorf("%d bytes are no list of pages", len(b))
	}
	for p := b[8:]; len(p) > 0; p = p[8:] {
		first, n := binary.LittleEndian.Uint32(p), binary.LittleEndian.Uint32(p[4:])
		for ; n > longestRun; n -= longestRun {
			runs = append(runs, run32{first, longestRun})
			first += longestRun
		}
		runs = append(runs, run32{first, n})
	}
	return runs, int64(binary.LittleEndian.Uint32(b)), nil
}
