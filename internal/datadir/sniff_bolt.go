package datadir

import (
	"encoding/binary"
	"hash/fnv"
	"io"
)

// How a bolt file is told from anything else, without reading it as one. Package bolt does that.

const (
	boltMagic    = 0xED0CDAED
	boltMagicBE  = 0xEDDA0CED // what boltMagic of a big-endian machine reads as here
	magicOffset  = 16
	metaBytes    = 64
	minPageSize  = 512
	maxMetaShift = 14 // Source: bbolt v1.5.0 db.go (getPageSizeFromSecondMeta): meta1 at 1024<<0..14
)

// A boltLook is what a first look at a file shows.
type boltLook struct {
	bolt      bool // a meta page's magic, or page ids that fit
	certain   bool // it stands at offset 0, or belongs to a valid meta page at its own place
	bigEndian bool
	pageSize  int64 // of a valid meta, 0 when none is valid
	highWater int64 // pages, of the valid meta with the greatest txid
	txid      uint64
}

// highWaterBytes is the size that a whole file has at least, 0 when it is not known.
func (l boltLook) highWaterBytes() int64 {
	if l.pageSize <= 0 || l.highWater <= 0 || l.highWater > (1<<62)/l.pageSize {
		return 0
	}
	return l.highWater * l.pageSize
}

// lookBolt looks for a meta page at every offset where one can be, and failing that for pages whose
// ids are their positions.
func lookBolt(r io.ReaderAt, size int64) boltLook {
	var l boltLook
	l.meta(r, 0)
	l.meta(r, minPageSize)
	for shift := 0; shift <= maxMetaShift; shift++ {
		if off := int64(1024) << shift; off < size {
			l.meta(r, off)
		}
	}
	if !l.bolt && !l.bigEndian {
		l.bolt = cutHeader(r, size) || pageIDsFit(r, size)
	}
	return l
}

// meta takes in the meta page at off, if there is one.
func (l *boltLook) meta(r io.ReaderAt, off int64) {
	var b [metaBytes]byte
	n, _ := r.ReadAt(b[:], off+magicOffset)
	if n < 4 {
		return
	}
	switch binary.LittleEndian.Uint32(b[:]) {
	case boltMagicBE:
		l.bigEndian = true
		return
	case boltMagic:
		l.bolt = true
		l.certain = l.certain || off == 0
	default:
		return
	}
	h := fnv.New64a()
	h.Write(b[:56])
	if n < metaBytes || binary.LittleEndian.Uint64(b[56:]) != h.Sum64() {
		return
	}
	pageSize := int64(binary.LittleEndian.Uint32(b[8:]))
	txid := binary.LittleEndian.Uint64(b[48:])
	if pageSize < minPageSize || l.pageSize != 0 && txid <= l.txid {
		return
	}
	hwm := binary.LittleEndian.Uint64(b[40:])
	if hwm > 1<<48 {
		return
	}
	if off != 0 && off != pageSize {
		return // a whole bolt file inside another file, such as a tar archive
	}
	l.certain = true
	l.pageSize, l.highWater, l.txid = pageSize, int64(hwm), txid
}

// cutHeader recognises a file cut inside the first meta page: the header of page 0 and no magic.
func cutHeader(r io.ReaderAt, size int64) bool {
	if size >= magicOffset+4 || size <= 8 {
		return false
	}
	b := make([]byte, size)
	r.ReadAt(b, 0)
	const metaFlag = 4
	return allZero(b[:8]) && b[8] == metaFlag && allZero(b[9:])
}

// pageIDsFit reports whether pages carry their own position as id, for some page size. Two hits with
// a page type are enough: 64 bits do not agree by chance.
func pageIDsFit(r io.ReaderAt, size int64) bool {
	const samples = 128
	for pageSize := int64(minPageSize); pageSize <= 64<<10; pageSize *= 2 {
		pages := size / pageSize
		hits := 0
		for i := range min(pages, 2*samples) {
			id := i
			if i >= samples {
				id = pages / (2 * samples) * i // spread over the rest
			}
			if id < 2 || !pageHeaderFits(r, id, pageSize) {
				continue
			}
			if hits++; hits == 2 {
				return true
			}
		}
	}
	return false
}

func pageHeaderFits(r io.ReaderAt, id, pageSize int64) bool {
	var b [10]byte
	if n, _ := r.ReadAt(b[:], id*pageSize); n < len(b) {
		return false
	}
	if binary.LittleEndian.Uint64(b[:]) != uint64(id) {
		return false
	}
	switch binary.LittleEndian.Uint16(b[8:]) {
	case 1, 2, 4, 16:
		return true
	}
	return false
}
