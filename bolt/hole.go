package bolt

import "golang.org/x/sys/unix"

// nonZero finds the first byte at or behind off that is not zero. It jumps over
// holes, for a file may be sparse and claim any size.
func (f *File) nonZero(off int64) (int64, bool, error) {
	for off < f.size {
		off = f.nextData(off)
		b, err := f.bytesAt(off, int64(len(zeros)))
		if err != nil || len(b) == 0 {
			return 0, false, err
		}
		if i := firstNonZero(b); i >= 0 {
			return off + int64(i), true, nil
		}
		off += int64(len(b))
	}
	return 0, false, nil
}

// nextData skips a hole, where the system can tell.
func (f *File) nextData(off int64) int64 {
	if f.file == nil {
		return off
	}
	next, err := unix.Seek(int(f.file.Fd()), off, unix.SEEK_DATA)
	if err == unix.ENXIO {
		return f.size
	}
	if err != nil || next < off {
		return off
	}
	return next
}
