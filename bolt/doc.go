// Package bolt reads the bbolt file format from untrusted bytes, and writes new
// files of it from sorted input.
//
// It is not a database: it never writes to what it reads, takes no locks, and
// knows nothing of etcd. A file is opened read-only and mapped; every page, element
// and length is checked against what the file really holds before it is used. Damage
// never panics, loops or allocates on the file's word: it becomes a [Fault], which
// names the page, the element, the byte offset, what was found and what should have
// been there. The writer (see [NewWriter]) makes whole files, bottom-up.
//
// # Coordinates
//
// A place is a page number ([Pgid]), an element index in that page (0-based)
// and a byte offset in the file. Key ranges are half-open.
//
// # The file
//
// An array of pages of one size (512 bytes to 64 KiB, a power of two); page n
// lies at n × page size. All integers are in the byte order of the writer;
// this package reads little-endian files.
//
//	Page header, 16 bytes
//	Offset | Size | Field    | Meaning
//	     0 |    8 | id       | the page's own number (0 in an inline bucket)
//	     8 |    2 | flags    | 0x01 branch, 0x02 leaf, 0x04 meta, 0x10 freelist
//	    10 |    2 | count    | elements; in a freelist, ids (0xFFFF: see freelist.go)
//	    12 |    4 | overflow | further pages that belong to this one; they have no header
//
//	Meta, 64 bytes behind the header of pages 0 and 1
//	Offset | Size | Field         | Meaning
//	     0 |    4 | magic         | 0xED0CDAED
//	     4 |    4 | version       | 2
//	     8 |    4 | page size     | bytes
//	    12 |    4 | flags         | unused
//	    16 |    8 | root page     | root of the bucket directory
//	    24 |    8 | root sequence | 0 in practice
//	    32 |    8 | freelist      | page, or 2^64-1: not persisted, as etcd leaves it
//	    40 |    8 | high water    | first page that was never allocated
//	    48 |    8 | txid          | the transaction that wrote it
//	    56 |    8 | checksum      | FNV-1a 64 of the 56 bytes before
//
//	Branch element, 16 bytes: pos 4 | key size 4 | child page 8
//	Leaf element, 16 bytes:   flags 4 | pos 4 | key size 4 | value size 4
//	Bucket header, 16 bytes:  root page 8 (0: inline) | sequence 8
//
// pos counts from the start of the element itself. The value of a leaf element
// with flag 1 is a bucket header, followed by a whole leaf page image if the
// bucket is inline.
//
// # What the library guarantees and its own check does not look at
//
// Every page that bbolt writes is packed tightly, has zero bytes behind its last
// element, has exactly the overflow it needs, and every branch key equals the
// first key of the page it points to. [File.Walk] checks all four: they catch
// what range and order checks cannot.
//
// Source: go.etcd.io/bbolt v1.5.0, internal/common and node.go.
package bolt
