package verify

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"boltvet/internal/datadir"
)

// The log as etcd itself would read it. datadir.ReadWAL tells all that is in a log and finds its way
// back behind damage; what etcd does at its start depends on something else, namely where its own
// decoder stops and with which error. So these are its rules, read-only and nothing tolerated.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Where etcd's decoder stops. io.EOF is the regular end of the last segment.
var (
	errLogTorn  = errors.New("unexpected EOF")      // a record that looks cut by a crash
	errLogCRC   = errors.New("crc mismatch")        // a record that does not fit its checksum
	errLogProto = errors.New("no walpb.Record")     // a record that is no protobuf
	errLogCut   = errors.New("cut walpb.Record")    // a record that ends within a field
	errLogHuge  = errors.New("a record too large")  // more than is read here; etcd might
	errLogChain = errors.New("crc record mismatch") // segments whose checksums do not continue
)

// maxLogRecord bounds what is read of one record. etcd's requests are limited to some MiB.
const maxLogRecord = 256 << 20

const logSector = 512 // a disk writes whole sectors: one that is all zero was not written

// A logDecoder yields the records of segments in order, as etcd's decoder does.
//
// Source: etcd v3.7.3 server/storage/wal/decoder.go (decodeRecord, isTornEntry); 3.5 and 3.6 agree.
type logDecoder struct {
	dir      string
	segments []datadir.Segment // the open one first
	file     *os.File
	in       *bufio.Reader
	size     int64 // of the open segment
	off      int64 // behind the last valid record
	crc      uint32
	buf      []byte
}

func newLogDecoder(dir string, segments []datadir.Segment) *logDecoder {
	return &logDecoder{dir: dir, segments: segments}
}

// Close closes the segment that is open.
func (d *logDecoder) Close() error {
	if d.file == nil {
		return nil
	}
	f := d.file
	d.file = nil
	return f.Close()
}

// place is where the decoder stands, as etcd words it.
func (d *logDecoder) place() string {
	if len(d.segments) == 0 {
		return "the end of the log"
	}
	return fmt.Sprintf("%s +%#x", d.segments[0].Name, d.off)
}

// next reads a record, whose data is valid until the next call.
func (d *logDecoder) next() (logRecord, error) {
	for len(d.segments) > 0 {
		if d.file == nil {
			if err := d.open(); err != nil {
				return logRecord{}, err
			}
		}
		word, err := d.word()
		if err == nil && word != 0 {
			return d.record(word)
		}
		if err != nil && err != io.EOF {
			return logRecord{}, err
		}
		if err := d.Close(); err != nil {
			return logRecord{}, fmt.Errorf("close log segment: %w", err)
		}
		d.segments = d.segments[1:]
	}
	return logRecord{}, io.EOF
}

func (d *logDecoder) open() error {
	f, err := datadir.OpenRead(filepath.Join(d.dir, d.segments[0].Name))
	if err != nil {
		return fmt.Errorf("open log segment: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return fmt.Errorf("size of log segment: %w", err)
	}
	d.file, d.in, d.size, d.off = f, bufio.NewReaderSize(f, 64<<10), info.Size(), 0
	return nil
}

// word reads a length field. A file that ends within one is a torn write to etcd.
func (d *logDecoder) word() (uint64, error) {
	var b [8]byte
	_, err := io.ReadFull(d.in, b[:])
	switch err {
	case nil:
		return binary.LittleEndian.Uint64(b[:]), nil
	case io.EOF:
		return 0, io.EOF
	case io.ErrUnexpectedEOF:
		return 0, errLogTorn
	}
	return 0, fmt.Errorf("read log segment: %w", err)
}

// record reads the record behind a length field: 56 bits of length, then, if the top bit is set,
// three bits of padding.
func (d *logDecoder) record(word uint64) (logRecord, error) {
	n, pad := int64(word&(1<<56-1)), int64(0)
	if word>>63 == 1 {
		pad = int64(word >> 56 & 7)
	}
	if n > d.size-d.off-pad {
		return logRecord{}, errLogTorn
	}
	if n > maxLogRecord {
		return logRecord{}, errLogHuge
	}
	if int64(cap(d.buf)) < n+pad {
		d.buf = make([]byte, n+pad)
	}
	d.buf = d.buf[:n+pad]
	if _, err := io.ReadFull(d.in, d.buf); err == io.EOF || err == io.ErrUnexpectedEOF {
		return logRecord{}, errLogTorn
	} else if err != nil {
		return logRecord{}, fmt.Errorf("read log segment: %w", err)
	}
	rec, err := parseLogRecord(d.buf[:n])
	if err == io.ErrUnexpectedEOF {
		return rec, d.unlessTorn(errLogCut)
	}
	if err != nil {
		return rec, d.unlessTorn(errLogProto)
	}
	if rec.kind != datadir.RecordCRC {
		d.crc = crc32.Update(d.crc, castagnoli, rec.data)
		if rec.crc != d.crc {
			return rec, d.unlessTorn(errLogCRC)
		}
	}
	d.off += 8 + n + pad
	return rec, nil
}

// unlessTorn is err, or errLogTorn if a sector of the record in the last segment was never written.
func (d *logDecoder) unlessTorn(err error) error {
	if len(d.segments) != 1 {
		return err
	}
	at := d.off + 8
	for b := d.buf; len(b) > 0; {
		n := min(logSector-at%logSector, int64(len(b)))
		if len(bytes.TrimLeft(b[:n], "\x00")) == 0 {
			return errLogTorn
		}
		b, at = b[n:], at+n
	}
	return err
}

// chain takes a crc record in, with which a segment begins. etcd does not compare with zero, the
// value of a fresh decoder.
func (d *logDecoder) chain(rec logRecord) error {
	if d.crc != 0 && rec.crc != d.crc {
		return errLogChain
	}
	d.crc = rec.crc
	return nil
}
