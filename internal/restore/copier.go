package restore

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"boltvet/bolt"
)

// A copier reads a file once, in order, and gives each block to everybody who needs it:
// the sha256, through Window, and a writer for each copy. They work side by side; the
// blocks are few, so that the slowest sets the pace. Pages that no tree reaches are left
// out as soon as it is known which these are.
type copier struct {
	from  *os.File
	size  int64 // bytes that are read
	db    int64 // bytes of them that are copied
	page  int64 // size of a page
	outs  []*os.File
	used  atomic.Pointer[bolt.Survey] // which pages a tree reaches; nil: not known yet
	wrote *pageSet                    // pages that were given to the writers; the reader's until wait

	memory [][]byte
	hash   bool // somebody calls Window for all of it
	free   chan *block
	hashed chan *block // to Window, in order
	queues []chan *block
	quit   chan struct{}
	stop   sync.Once
	flight sync.WaitGroup
	cur    *block // that Window gave last

	mu  sync.Mutex
	err error // the first of any writer
	bad error // of the reader
}

// A block is a piece of the file on its way.
type block struct {
	data  []byte
	off   int64
	runs  []run // what of data is copied
	holds atomic.Int32
}

// A run is a range of a block, in bytes.
type run struct{ lo, hi int64 }

// Blocks are read, hashed and written while they are in the processor's cache, where only a
// few fit, and are as good as any larger ones for a disk: with sixteen of them a restore takes
// some 5 % longer. A gap that is shorter than minGap is written along, for each write costs time.
const (
	blockBytes = 1 << 20
	blockCount = 6
	minGap     = 256 << 10
)

// newCopier starts nothing.
func newCopier(from *os.File, size, db int64, pageSize int, outs []*os.File) (*copier, error) {
	c := &copier{from: from, size: size, db: db, page: int64(pageSize), outs: outs, wrote: newPageSet(db / int64(pageSize)),
		free: make(chan *block, blockCount), hashed: make(chan *block, blockCount), quit: make(chan struct{})}
	for range blockCount {
		b, err := unix.Mmap(-1, 0, blockBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			c.unmap()
			return nil, os.NewSyscallError("memory for copying", err)
		}
		c.memory = append(c.memory, b)
		c.free <- &block{data: b}
	}
	return c, nil
}

func (c *copier) unmap() {
	for _, b := range c.memory {
		_ = unix.Munmap(b) // a mapping of our own
	}
	c.memory = nil
}

// start begins to read. Whoever starts a copier calls wait.
func (c *copier) start() error {
	var writers []*bolt.BlockWriter
	for _, f := range c.outs {
		w, err := bolt.NewBlockWriter(f, c.db)
		if err != nil {
			return errors.Join(err, closeWriters(writers))
		}
		writers = append(writers, w)
		c.queues = append(c.queues, make(chan *block, blockCount))
	}
	for i, w := range writers {
		c.flight.Go(func() { c.write(w, c.queues[i]) })
	}
	c.flight.Go(c.read)
	return nil
}

func closeWriters(writers []*bolt.BlockWriter) error {
	var errs []error
	for _, w := range writers {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// read is the goroutine that reads.
func (c *copier) read() {
	defer func() {
		close(c.hashed)
		for _, q := range c.queues {
			close(q)
		}
	}()
	for off := int64(0); off < c.size; off += blockBytes {
		var b *block
		select {
		case b = <-c.free:
		case <-c.quit:
			return
		}
		b.off, b.data = off, b.data[:min(blockBytes, c.size-off)]
		if n, err := c.from.ReadAt(b.data, off); n < len(b.data) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			c.bad = err // seen behind the end of hashed, or of flight
			return
		}
		b.runs = c.runsOf(b)
		b.holds.Store(int32(1 + len(c.queues)))
		for _, q := range c.queues {
			q <- b // there is room for all blocks
		}
		if c.hash {
			c.hashed <- b
		} else {
			c.release(b)
		}
	}
}

// runsOf cuts a block into what is copied of it, and notes that.
func (c *copier) runsOf(b *block) []run {
	end := min(int64(len(b.data)), c.db-b.off)
	runs := b.runs[:0]
	if end <= 0 {
		return runs
	}
	used := c.used.Load()
	if used == nil || c.page < directBlock {
		c.wrote.add(b.off/c.page, (b.off+end)/c.page)
		return append(runs, run{0, end})
	}
	for lo := int64(0); lo < end; lo += c.page {
		if !used.Reached(bolt.Pgid((b.off + lo) / c.page)) {
			continue
		}
		if n := len(runs); n > 0 && lo-runs[n-1].hi < minGap {
			runs[n-1].hi = min(lo+c.page, end)
		} else {
			runs = append(runs, run{lo, min(lo+c.page, end)})
		}
	}
	for _, r := range runs {
		c.wrote.add((b.off+r.lo)/c.page, (b.off+r.hi)/c.page)
	}
	return runs
}

// directBlock is what a write past the page cache is aligned to.
const directBlock = 4096

// write is the goroutine that writes one copy.
func (c *copier) write(w *bolt.BlockWriter, queue chan *block) {
	for b := range queue {
		for _, r := range b.runs {
			if c.failed() != nil {
				break
			}
			if err := w.WriteBlock(b.data[r.lo:r.hi], b.off+r.lo); err != nil {
				c.fail(err)
			}
		}
		c.release(b)
	}
	if err := w.Close(); err != nil {
		c.fail(err)
	}
}

func (c *copier) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *copier) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// release gives a block up; the last one to do so frees it.
func (c *copier) release(b *block) {
	if b.holds.Add(-1) == 0 {
		c.free <- b
	}
}

// ReadAt reads the file anew, for what is out of the order.
func (c *copier) ReadAt(b []byte, off int64) (int, error) { return c.from.ReadAt(b, off) }

// Window gives the bytes at lo as they were read for the copies. See [datadir.Windows].
func (c *copier) Window(ctx context.Context, lo, hi int64) ([]byte, error) {
	for c.cur == nil || lo >= c.cur.off+int64(len(c.cur.data)) {
		c.leave()
		select {
		case b, more := <-c.hashed:
			if !more {
				return nil, errors.Join(c.bad, io.ErrUnexpectedEOF)
			}
			c.cur = b
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.quit:
			return nil, os.ErrClosed
		}
	}
	at := lo - c.cur.off
	if at < 0 {
		return nil, os.ErrInvalid
	}
	return c.cur.data[at:min(hi-c.cur.off, int64(len(c.cur.data)))], nil
}

// leave gives up the block of the last window.
func (c *copier) leave() {
	if c.cur != nil {
		c.release(c.cur)
		c.cur = nil
	}
}

// wait has the rest read and copied, though nobody may hash it, and tells whether all
// copies have what was read. The memory is gone then.
func (c *copier) wait(ctx context.Context) error {
	defer c.end()
	c.leave()
	for {
		select {
		case b, more := <-c.hashed:
			if more {
				c.release(b)
				continue
			}
			c.end()
			return errors.Join(c.bad, c.failed())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// end stops everything and waits for it. It may be called twice, and by nobody beside wait.
func (c *copier) end() {
	c.stop.Do(func() {
		close(c.quit)
		c.leave()
		for b := range c.hashed {
			c.release(b)
		}
		c.flight.Wait()
		c.unmap()
	})
}
