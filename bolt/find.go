package bolt

import (
	"bytes"
	"sort"
)

// maxDescent bounds a descent: with two children a branch, a tree of this depth has
// more pages than a file can.
const maxDescent = 52

// Find descends the tree at root to the leaf whose range holds key. It checks only
// what it needs not to go astray; ok is false where the way down cannot be read. hwm
// is the high water mark of the meta that is believed. The caller holds the
// [File.Guard].
func (f *File) Find(root, hwm Pgid, key []byte) (l Leaf, ok bool, err error) {
	id := root
	for range maxDescent {
		pg, ok, err := f.plainPage(id, hwm)
		if err != nil || !ok {
			return Leaf{}, false, err
		}
		if pg.kind == FlagLeaf {
			return pg.leaf(), true, nil
		}
		// The child is the last whose separator is not above the key.
		next := sort.Search(pg.n, func(i int) bool {
			sep, ok := pg.key(i)
			return ok && bytes.Compare(sep, key) > 0
		})
		id = parseElement(pg.data, FlagBranch, max(next-1, 0)).child
	}
	return Leaf{}, false, nil
}

// plainPage reads a branch or leaf as far as its header tells.
func (f *File) plainPage(id, hwm Pgid) (pg page, ok bool, err error) {
	if id < 2 || id >= min(hwm, f.filePages()) {
		return page{}, false, nil
	}
	head, err := f.bytesAt(f.offset(id), PageHeaderSize)
	h, whole := ParsePageHeader(head)
	if err != nil || !whole || h.Flags != FlagLeaf && h.Flags != FlagBranch {
		return page{}, false, err
	}
	pages := min(int64(h.Overflow)+1, int64(hwm-id))
	data, err := f.bytesAt(f.offset(id), pages*int64(f.pageSize))
	if err != nil {
		return page{}, false, err
	}
	pg = page{id: id, off: f.offset(id), data: data, kind: h.Flags, n: int(h.Count)}
	return pg, pg.n > 0 && pg.table() <= uint64(len(data)), nil
}

// Search gives the value of a key in the leaf, whose keys ascend. ok is false if it
// is not there.
func (l *Leaf) Search(key []byte) (value []byte, ok bool) {
	i := sort.Search(l.n, func(i int) bool {
		k, _, ok := l.At(i)
		return ok && bytes.Compare(k, key) >= 0
	})
	if i == l.n {
		return nil, false
	}
	k, v, ok := l.At(i)
	return v, ok && bytes.Equal(k, key)
}

// Floor gives the greatest key of the leaf that is not above key.
func (l *Leaf) Floor(key []byte) (floor []byte, ok bool) {
	i := sort.Search(l.n, func(i int) bool {
		k, _, ok := l.At(i)
		return ok && bytes.Compare(k, key) > 0
	})
	if i == 0 {
		return nil, false
	}
	floor, _, ok = l.At(i - 1)
	return floor, ok
}
