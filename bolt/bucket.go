package bolt

import (
	"bytes"
	"strings"
)

// Bucket is one bucket of the file as a walk meets it.
type Bucket struct {
	Path     [][]byte // names from the top level down; copies
	Root     Pgid     // root page; 0 if the bucket is inline
	Sequence uint64
	Inline   bool
	Page     Pgid  // the page whose element holds the bucket
	Elem     int   // that element
	Off      int64 // file offset of its value

	image []byte // the inline page, aliasing the file
	shown string
}

// Name is the last part of the path; nil for the bucket directory itself.
func (b *Bucket) Name() []byte {
	if len(b.Path) == 0 {
		return nil
	}
	return b.Path[len(b.Path)-1]
}

// String is the printable path, its parts joined by "/". The bucket directory,
// which no key of a user lives in, is "(directory)".
func (b *Bucket) String() string {
	if b == nil {
		return ""
	}
	if b.shown == "" {
		b.shown = showPath(b.Path)
	}
	return b.shown
}

func showPath(path [][]byte) string {
	if len(path) == 0 {
		return "(directory)"
	}
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = ShowName(p)
	}
	return strings.Join(parts, "/")
}

// maxDepth bounds how deep buckets may nest. bbolt sets no bound and etcd does not
// nest at all; but each level costs its whole path, and a few bytes of a hostile
// file make one.
const maxDepth = 128

// child makes the bucket that element e of a leaf of b describes; nil if its value
// is not a bucket's.
func (w *walker) child(b *Bucket, l Leaf, i int, at *place) *Bucket {
	key, value, ok := l.At(i)
	if !ok {
		return nil
	}
	e := parseElement(l.data, FlagLeaf, i)
	off := l.off + int64(e.keyEnd)
	bad := func(got, want string) *Bucket {
		f := at.fault(BucketHeader, l.page, i, off, got, want)
		f.Bucket = showPath(append(bytesClip(b.Path), key))
		f.Hidden = &KeyRange{}
		w.sink(f)
		return nil
	}
	root, sequence, ok := parseBucketHeader(value)
	switch {
	case len(b.Path) >= maxDepth:
		return bad("a bucket within "+dec(maxDepth)+" others", "fewer levels")
	case !ok:
		return bad(dec(len(value))+" bytes", "16 bytes or more")
	case root == 0 && len(value) < BucketHeaderSize+PageHeaderSize:
		return bad(dec(len(value))+" bytes", "an inline page, 32 bytes or more")
	case root != 0 && len(value) != BucketHeaderSize:
		return bad(dec(len(value))+" bytes with root page "+dec(root), "16 bytes, or root page 0")
	}
	path := append(bytesClip(b.Path), bytes.Clone(key))
	c := &Bucket{Path: path, Root: root, Sequence: sequence, Inline: root == 0, Page: l.page, Elem: i, Off: off}
	if c.Inline {
		c.image = value[BucketHeaderSize:]
	}
	return c
}

func bytesClip(p [][]byte) [][]byte { return p[:len(p):len(p)] }
