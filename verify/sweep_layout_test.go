package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// An offset table of bbolt's file that shares no code with package bolt, so that a
// mistake there cannot hide itself here. Little-endian only.

// A span is a run of structural bytes, [from, to) in the file.
type span struct {
	from, to int64
	class    string
	number   uint64 // main of a revision key
}

// A chart reads numbers of an image; whatever lies outside of it is an error.
type chart struct {
	image    []byte
	pageSize int64
	err      error
	budget   int // elements that may still be visited: a loop ends
}

var errOutside = errors.New("outside of the file")

func newChart(image []byte) (*chart, int64, error) {
	c := &chart{image: image, pageSize: 4096, budget: 1 << 16}
	root, best := int64(-1), int64(-1)
	for slot := range int64(2) {
		at := slot*c.pageSize + 16
		h := fnv.New64a()
		h.Write(c.bytes(at, 56))
		valid := c.num(at, 4) == 0xED0CDAED && c.num(at+4, 4) == 2 && c.num(at+56, 8) == h.Sum64()
		if txid := int64(c.num(at+48, 8)); valid && txid > best {
			root, best = int64(c.num(at+16, 8)), txid
		}
	}
	if root < 0 {
		return nil, 0, errors.New("no valid meta")
	}
	return c, root, c.err
}

func (c *chart) bytes(off, n int64) []byte {
	if off < 0 || n < 0 || off > int64(len(c.image))-n {
		c.err = errOutside
		return make([]byte, min(max(n, 0), 64))
	}
	return c.image[off : off+n]
}

func (c *chart) num(off, width int64) uint64 {
	var w [8]byte
	copy(w[:], c.bytes(off, width))
	return binary.LittleEndian.Uint64(w[:])
}

// A visitor is told of all that a tree consists of.
type visitor struct {
	span func(s span)
	item func(bucket string, key, value []byte)
}

// tree visits the page, or inline bucket, at file offset base, and all below it.
func (c *chart) tree(bucket string, base int64, where string, v visitor, depth int) {
	if depth > 16 {
		c.err = errors.New("too deep")
	}
	v.span(span{base, base + 16, where + " header", 0})
	flags, count := c.num(base+8, 2), int64(c.num(base+10, 2))
	for i := range count {
		if c.budget--; c.budget < 0 || c.err != nil {
			c.err = errors.Join(c.err, errors.New("no end"))
			return
		}
		switch at := base + 16 + 16*i; flags {
		case 1:
			c.branch(bucket, at, v, depth)
		case 2:
			c.leaf(bucket, at, where, v, depth)
		default:
			c.err = fmt.Errorf("flags %#x", flags)
			return
		}
	}
}

func (c *chart) branch(bucket string, at int64, v visitor, depth int) {
	pos, ksize := int64(c.num(at, 4)), int64(c.num(at+4, 4))
	v.span(span{at, at + 16, "branch element", 0})
	v.span(span{at + pos, at + pos + ksize, "separator", 0})
	c.tree(bucket, int64(c.num(at+8, 8))*c.pageSize, "page", v, depth+1)
}

func (c *chart) leaf(bucket string, at int64, where string, v visitor, depth int) {
	flags, pos := c.num(at, 4), int64(c.num(at+4, 4))
	ksize, vsize := int64(c.num(at+8, 4)), int64(c.num(at+12, 4))
	key, value := c.bytes(at+pos, ksize), c.bytes(at+pos+ksize, vsize)
	v.span(span{at, at + 16, where + " element", 0})
	nested := flags&1 != 0
	switch {
	case nested:
		v.span(span{at + pos, at + pos + ksize, "bucket name", 0})
	case bucket == "/key":
		v.span(span{at + pos, at + pos + ksize, "revision key", binary.BigEndian.Uint64(c.bytes(at+pos, 8))})
	}
	if !nested {
		v.item(bucket, key, value)
		return
	}
	head := at + pos + ksize
	v.span(span{head, head + 16, "bucket header", 0})
	v.item(bucket, key, c.bytes(head+8, 8))
	name := bucket + "/" + string(key)
	if root := int64(c.num(head, 8)); root != 0 {
		c.tree(name, root*c.pageSize, "page", v, depth+1)
		return
	}
	c.tree(name, head+16, "inline", v, depth+1)
}

// structure lists the structural bytes of both metas and of all pages in use.
func structure(image []byte) ([]span, error) {
	c, root, err := newChart(image)
	if err != nil {
		return nil, err
	}
	var spans []span
	for slot := range int64(2) {
		at := slot * c.pageSize
		spans = append(spans, span{at, at + 16, "meta header", 0}, span{at + 16, at + 80, "meta", 0})
	}
	c.tree("", root*c.pageSize, "page", visitor{func(s span) { spans = append(spans, s) }, func(string, []byte, []byte) {}}, 0)
	return spans, c.err
}

// extent is where the last page in use ends, and where the high water mark stands.
func extent(image []byte) (used, end int64, err error) {
	spans, err := structure(image)
	if err != nil {
		return 0, 0, err
	}
	c, _, err := newChart(image)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range spans {
		if s.class == "page header" {
			used = max(used, s.from+c.pageSize*(1+int64(c.num(s.from+12, 4))))
		}
	}
	for slot := range int64(2) {
		end = max(end, int64(c.num(slot*c.pageSize+56, 8))*c.pageSize)
	}
	return used, end, c.err
}

// A content is what a file says, wherever its pages lie.
type content struct {
	sum     [sha256.Size]byte // over the keys and values of all buckets, in their order
	compact uint64            // main of finishedCompactRev
}

func contentOf(image []byte) (content, error) {
	c, root, err := newChart(image)
	if err != nil {
		return content{}, err
	}
	var out content
	h := sha256.New()
	c.tree("", root*c.pageSize, "page", visitor{func(span) {}, func(bucket string, key, value []byte) {
		fmt.Fprintf(h, "%q %q %q\n", bucket, key, value)
		if bucket == "/meta" && string(key) == "finishedCompactRev" && len(value) >= 8 {
			out.compact = binary.BigEndian.Uint64(value)
		}
	}}, 0)
	h.Sum(out.sum[:0])
	return out, c.err
}
