package bolt

import "encoding/binary"

// Pgid is a page number: the page lies at Pgid × page size in the file.
type Pgid uint64

// Txid is the number of a write transaction, counted by bbolt from 0.
type Txid uint64

// NoPgid stands for "no page". In a meta's freelist field it means that the
// freelist is not persisted. Source: bbolt, internal/common/meta.go PgidNoFreelist.
const NoPgid Pgid = 1<<64 - 1

// Magic is the first word of a meta; Version the only format version there is.
const (
	Magic   = 0xED0CDAED
	Version = 2
)

// Sizes in bytes of the fixed structures, and the bounds of keys and pages.
// Source: bbolt, internal/common and bucket.go (MaxKeySize).
const (
	PageHeaderSize   = 16
	ElementSize      = 16
	MetaSize         = 64
	BucketHeaderSize = 16
	MaxKeySize       = 32768
	MinPageSize      = 512
	MaxPageSize      = 65536
)

// PageFlags tell the kind of a page; a sound page has exactly one of them.
type PageFlags uint16

// The page flags that bbolt writes.
const (
	FlagBranch   PageFlags = 0x01
	FlagLeaf     PageFlags = 0x02
	FlagMeta     PageFlags = 0x04
	FlagFreelist PageFlags = 0x10
)

// String names the kind, or gives the flags in hex when they are not exactly one.
func (f PageFlags) String() string {
	switch f {
	case FlagBranch:
		return "branch"
	case FlagLeaf:
		return "leaf"
	case FlagMeta:
		return "meta"
	case FlagFreelist:
		return "freelist"
	}
	return hex(uint64(f))
}

// elementBucket is the leaf element flag that marks its value as a bucket.
const elementBucket = 1

// PageHeader is the decoded header of a page; nothing in it has been judged.
type PageHeader struct {
	ID       Pgid
	Flags    PageFlags
	Count    uint16
	Overflow uint32
}

// ParsePageHeader decodes the first 16 bytes of b; ok is false if there are fewer.
func ParsePageHeader(b []byte) (h PageHeader, ok bool) {
	if len(b) < PageHeaderSize {
		return h, false
	}
	le := binary.LittleEndian
	return PageHeader{
		ID:       Pgid(le.Uint64(b)),
		Flags:    PageFlags(le.Uint16(b[8:])),
		Count:    le.Uint16(b[10:]),
		Overflow: le.Uint32(b[12:]),
	}, true
}

// element is one decoded entry of a branch or leaf page's element table.
type element struct {
	start, keyEnd, end uint64 // of key and value, from the start of the page image
	keySize, valueSize uint32
	flags              uint32 // leaf only
	child              Pgid   // branch only
}

// parseElement decodes element i of a page image; the table is known to hold it.
func parseElement(data []byte, kind PageFlags, i int) element {
	at := PageHeaderSize + i*ElementSize
	return decodeElement(data[at:at+ElementSize], uint64(at), kind)
}

// decodeElement decodes the 16 bytes of an element that lies at byte at of its page.
func decodeElement(b []byte, at uint64, kind PageFlags) (e element) {
	le := binary.LittleEndian
	_ = b[ElementSize-1]
	if kind == FlagBranch {
		e.start = at + uint64(le.Uint32(b))
		e.keySize = le.Uint32(b[4:])
		e.child = Pgid(le.Uint64(b[8:]))
	} else {
		e.flags = le.Uint32(b)
		e.start = at + uint64(le.Uint32(b[4:]))
		e.keySize = le.Uint32(b[8:])
		e.valueSize = le.Uint32(b[12:])
	}
	e.keyEnd = e.start + uint64(e.keySize)
	e.end = e.keyEnd + uint64(e.valueSize)
	return e
}

// within tells whether key and value can be read: they lie between the element
// table and the end of the page image, and there is a key of possible size.
func (e *element) within(table, size uint64) bool {
	return e.start >= table && e.end <= size && e.keySize-1 < MaxKeySize
}

// parseBucketHeader decodes the first 16 bytes of a bucket value.
func parseBucketHeader(v []byte) (root Pgid, sequence uint64, ok bool) {
	if len(v) < BucketHeaderSize {
		return 0, 0, false
	}
	return Pgid(binary.LittleEndian.Uint64(v)), binary.LittleEndian.Uint64(v[8:]), true
}
