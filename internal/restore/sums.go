package restore

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"boltvet/bolt"
)

// bucketSums are checksums of the content of each bucket.
type bucketSums map[string]*bucketSum

type bucketSum struct {
	crc     uint32
	records int64
}

// of is the sum of one bucket, by the names on the way to it.
func (s bucketSums) of(path [][]byte) *bucketSum {
	name := string(bytes.Join(path, []byte{0}))
	b := s[name]
	if b == nil {
		b = &bucketSum{}
		s[name] = b
	}
	return b
}

func (b *bucketSum) add(key, value []byte) {
	b.crc = crc32.Update(b.crc, castagnoli, key)
	b.crc = crc32.Update(b.crc, castagnoli, value)
	b.records++
}

// leaf takes in a leaf of the new file as its reader sees it.
func (s bucketSums) leaf(b *bolt.Bucket, l bolt.Leaf) error {
	if len(b.Path) == 0 {
		return nil
	}
	sum := s.of(b.Path)
	for i := range l.Len() {
		key, value, ok := l.At(i)
		if ok && !l.IsBucket(i) {
			sum.add(key, value)
		}
	}
	return nil
}

// differs names a bucket in which two sides differ, "" if there is none.
func (s bucketSums) differs(o bucketSums) string {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if other := o[name]; other == nil && s[name].records > 0 || other != nil && *other != *s[name] {
			return name
		}
	}
	for name := range o {
		if s[name] == nil {
			return name
		}
	}
	return ""
}

// A MismatchError says that what was written is not what was read: a fault of memory,
// or of this program. Nothing is left of the output.
type MismatchError struct{ Bucket string }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("bucket %s of the new db is not what was read: nothing was kept", e.Bucket)
}
