package rewrite

import (
	"hash/crc32"

	"boltvet/bolt"
)

// castagnoli is never written to.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A contentHash is the hash that `etcdutl snapshot status` prints, over what is fed to
// it: the name of each bucket of the top level, then its keys and values.
// Source: etcd 3.7 etcdutl/snapshot/v3_snapshot.go (Status).
type contentHash struct {
	sum    uint32
	bucket *bolt.Bucket // of the last leaf
	name   []byte       // its name; a Writer uses a Bucket again
	open   bool
}

func (h *contentHash) write(b []byte) { h.sum = crc32.Update(h.sum, castagnoli, b) }

// leaf takes one leaf of a finished file in, in the order in which a Writer makes them.
func (h *contentHash) leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if len(b.Path) != 1 {
		return nil
	}
	if b != h.bucket || !h.open || string(b.Name()) != string(h.name) {
		h.bucket, h.open, h.name = b, true, append(h.name[:0], b.Name()...)
		h.write(b.Name())
	}
	if payload, ok := l.Packed(); ok {
		h.write(payload)
		return nil
	}
	for i := range l.Len() {
		key, value, _ := l.At(i) // the page had no fault
		h.write(key)
		h.write(value)
	}
	return nil
}
