package bolt

import (
	"encoding/binary"
	"hash/crc32"
)

// A PageSum tells sequences of page numbers apart. Its zero value is the empty one.
type PageSum struct {
	Pages int64
	CRC   uint32
}

// Add appends a page number.
func (s *PageSum) Add(id Pgid) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(id))
	s.CRC = crc32.Update(s.CRC, crc32.IEEETable, b[:])
	s.Pages++
}
