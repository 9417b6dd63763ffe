package datadir

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	frameHeader = 8
	sectorSize  = 512 // Source: etcd v3.7.3 storage/wal/decoder.go (minSectorSize)

	// maxRecord is the largest record that is believed. etcd's requests are limited to 1.5 MiB by
	// default and to what gRPC carries at all; a longer one is a damaged length in a large file.
	maxRecord = 256 << 20

	windowBytes = 1 << 20
)

// A frame is a length field taken apart. It may be nonsense: see fits.
type frame struct {
	rec    int64 // bytes of the record
	pad    int64 // bytes of padding that the field claims
	header uint64
}

// parseFrame takes a length field apart as etcd does: 56 bits of length, and 3 bits of padding
// when the sign bit is set.
//
// Source: etcd v3.7.3 storage/wal/decoder.go (decodeFrameSize).
func parseFrame(word uint64) frame {
	f := frame{rec: int64(word &^ (0xff << 56)), header: word}
	if int64(word) < 0 {
		f.pad = int64(word>>56) & 7
	}
	return f
}

// alignedPad is the padding that every writer since etcd 3.0 puts behind a record of rec bytes.
func alignedPad(rec int64) int64 { return (8 - rec%8) % 8 }

// wellFormed reports whether the field is one that etcd's encoder could have written.
func (f frame) wellFormed() bool {
	pad := alignedPad(f.rec)
	if pad == 0 {
		return f.header>>56 == 0 && f.rec > 0
	}
	return f.header>>56 == uint64(0x80|pad)
}

// size is the whole frame with header and aligned padding.
func (f frame) size() int64 { return frameHeader + f.rec + alignedPad(f.rec) }

func (f frame) String() string { return fmt.Sprintf("length field %#016x", f.header) }

// A window reads a segment through one buffer that grows to the largest record and no further.
type window struct {
	r     io.ReaderAt
	name  string // for errors
	size  int64  // of the segment, fixed when it was opened
	zeros int64  // from here on there is a hole, as the file system says; 0: not known
	buf   []byte
	base  int64 // file offset of buf[0]
}

// bytes returns n bytes at off, or an error when they are not there. The slice is valid until the
// next call. The caller has checked n against size; a file that shrank meanwhile is an error.
func (w *window) bytes(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > w.size || n > w.size-off {
		return nil, io.ErrUnexpectedEOF
	}
	if off >= w.base && off+n <= w.base+int64(len(w.buf)) {
		return w.buf[off-w.base:][:n], nil
	}
	want := min(max(n, windowBytes), w.size-off)
	if int64(cap(w.buf)) < want {
		w.buf = make([]byte, want)
	}
	w.buf = w.buf[:want]
	w.base = off
	read, err := w.r.ReadAt(w.buf, off)
	if int64(read) < want {
		w.buf = w.buf[:read]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read %s at %d: %w", w.name, off+int64(read), err)
	}
	return w.buf[:n], nil
}

// word reads the length field at off. ok is false when fewer than 8 bytes are left.
func (w *window) word(off int64) (v uint64, ok bool, err error) {
	if w.size-off < frameHeader {
		return 0, false, nil
	}
	b, err := w.bytes(off, frameHeader)
	if err != nil {
		return 0, false, err
	}
	return binary.LittleEndian.Uint64(b), true, nil
}

// hasZeroSector reports whether a 512-byte sector of the file that data covers, in whole or at
// either end in part, is all zero: the sign of a write that a power loss cut short.
//
// Source: etcd v3.7.3 storage/wal/decoder.go (isTornEntry).
func hasZeroSector(data []byte, off int64) bool {
	for len(data) > 0 {
		n := min(int64(len(data)), sectorSize-off%sectorSize)
		if allZero(data[:n]) {
			return true
		}
		data = data[n:]
		off += n
	}
	return false
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
