package bolt

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// diskWriter writes aligned blocks past the page cache, as long as the file system
// takes that; the rest goes through the cache, and the disk is set to work on it at once.
type diskWriter struct {
	f      outFile
	flags  int                              // of the file, without O_DIRECT
	direct bool                             // O_DIRECT is set now
	able   bool                             // and may be set again
	ahead  [maxDirty]struct{ off, n int64 } // ranges the disk was set to work on last
	next   int                              // the oldest of them
}

// maxDirty is how many blocks may wait for the disk in the page cache.
const maxDirty = 16

func newDiskWriter(f outFile, buffered bool) diskWriter {
	d := diskWriter{f: f}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return d
	}
	d.flags = flags &^ unix.O_DIRECT
	d.able = !buffered
	d.set(!buffered)
	return d
}

// set turns direct writing on or off. A file system without it refuses here, or at
// the first write.
func (d *diskWriter) set(direct bool) {
	if direct = direct && d.able; direct == d.direct {
		return
	}
	flags := d.flags
	if direct {
		flags |= unix.O_DIRECT
	}
	if _, err := unix.FcntlInt(d.f.Fd(), unix.F_SETFL, flags); err != nil {
		d.able = d.able && !direct
		return
	}
	d.direct = direct
}

// restore leaves the file as it was opened.
func (d *diskWriter) restore() error {
	d.set(false)
	if d.direct {
		return errors.New("O_DIRECT cannot be turned off")
	}
	return nil
}

// write writes a block that lies in aligned memory.
func (d *diskWriter) write(b []byte, off int64) error {
	whole := 0
	if off%sinkAlign == 0 {
		whole = len(b) / sinkAlign * sinkAlign
	}
	if whole > 0 && d.able {
		d.set(true)
		err := writeFull(d.f, b[:whole], off)
		if !errors.Is(err, unix.EINVAL) {
			if err != nil {
				return err
			}
			b, off = b[whole:], off+int64(whole)
		} else {
			d.set(false)
			d.able = false
		}
	}
	if len(b) == 0 {
		return nil
	}
	_, err := d.rewrite(b, off)
	if err == nil {
		d.behind(off, int64(len(b)))
	}
	return err
}

// rewrite writes bytes of any place and length through the page cache.
func (d *diskWriter) rewrite(b []byte, off int64) (int, error) {
	d.set(false)
	if err := writeFull(d.f, b, off); err != nil {
		return 0, err
	}
	return len(b), nil
}

// behind starts the disk on the range just written and waits for an earlier one, so
// that only a few blocks are ever dirty. What goes wrong here comes back from the
// sync at the end.
func (d *diskWriter) behind(off, n int64) {
	fd := int(d.f.Fd())
	_ = unix.SyncFileRange(fd, off, n, unix.SYNC_FILE_RANGE_WRITE)
	old := &d.ahead[d.next]
	if old.n > 0 {
		_ = unix.SyncFileRange(fd, old.off, old.n,
			unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
	}
	old.off, old.n = off, n
	d.next = (d.next + 1) % maxDirty
}

// reserve allocates the file's blocks ahead. A file system that cannot is no error;
// a disk that is too small is.
func reserve(f outFile, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EIO):
			return err
		}
		return nil
	}
}

func writeFull(f io.WriterAt, b []byte, off int64) error {
	n, err := f.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = errShortWrite
	}
	return err
}

// adviseHuge asks for huge pages; a kernel that has none is no error.
func adviseHuge(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
