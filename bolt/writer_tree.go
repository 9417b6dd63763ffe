package bolt

import "bytes"

// tree is the bucket that a Writer is in the middle of: the open leaf, and for each
// branch level above it the page that is filling up. Children are written before
// the page that points to them, so nothing else of the bucket is in memory.
type tree struct {
	name   []byte
	bucket Bucket // as a leaf's reader is told of it
	pack   Packing
	leaf   image
	levels []*branchLevel
	depth  int    // how many of levels are in use
	last   []byte // the key or name before; empty: none
	nested bool   // it has sub-buckets
}

// branchLevel is one level of branches. A page is written when the next one has its
// second child, so that the last page of the level need not end up with one.
type branchLevel struct {
	pack    branchPacking
	full    image // complete, but not written; may be empty
	open    image
	written bool // a page of the level has been written
}

func newTree(pageSize int, dry bool) *tree {
	t := &tree{pack: *NewPacking(pageSize), leaf: image{kind: FlagLeaf, dry: dry}}
	t.leaf.reset()
	return t
}

// begin makes t an empty bucket within parent; nil is for the directory.
func (t *tree) begin(parent *tree, name []byte, sequence uint64) {
	t.name = append(t.name[:0], name...)
	t.depth, t.last, t.nested = 0, t.last[:0], false
	t.pack.reset()
	t.leaf.reset()
	t.bucket = Bucket{Sequence: sequence}
	if parent != nil {
		t.bucket.Path = append(bytesClip(parent.bucket.Path), t.name)
	}
}

// follows checks that a key comes behind the one before and may be a key at all.
func (t *tree) follows(what string, key []byte) error {
	if len(key) == 0 || len(key) > MaxKeySize {
		return &SizeError{Bucket: t.bucket.String(), What: what, Key: bytes.Clone(key), Got: int64(len(key)), Min: 1, Max: MaxKeySize}
	}
	if len(t.last) > 0 && bytes.Compare(key, t.last) <= 0 {
		return &OrderError{Bucket: t.bucket.String(), Key: bytes.Clone(key), Prev: bytes.Clone(t.last)}
	}
	t.last = append(t.last[:0], key...)
	return nil
}

// inline tells whether bbolt would keep the bucket within its parent's leaf.
// Source: bbolt v1.5.0 bucket.go (inlineable, maxInlineBucketSize).
func (t *tree) inline(pageSize int) bool {
	return t.depth == 0 && !t.nested && t.leaf.used <= int64(pageSize/4)
}

// inlineValue appends the value of a bucket that is kept inline.
func (t *tree) inlineValue(b []byte) []byte {
	b = appendBucketHeader(b, 0, t.bucket.Sequence)
	at := len(b)
	b = append(b, make([]byte, t.leaf.used)...)
	t.leaf.encode(b[at:], 0, 0, 0, t.leaf.count())
	return b
}

// level is branch level i, counted from the leaves.
func (t *tree) level(i, pageSize int) *branchLevel {
	if i == len(t.levels) {
		l := &branchLevel{pack: branchPacking{pageSize: int64(pageSize)}}
		l.full.kind, l.open.kind = FlagBranch, FlagBranch
		t.levels = append(t.levels, l)
	}
	l := t.levels[i]
	if i == t.depth {
		t.depth++
		l.written = false
		l.pack.close()
		l.full.reset()
		l.open.reset()
	}
	return l
}

// add takes a child and reports whether a full page is to be written.
func (l *branchLevel) add(key []byte, child Pgid) (write bool) {
	if fresh := l.pack.add(int64(ElementSize + len(key))); fresh && l.open.count() > 0 {
		l.full, l.open = l.open, l.full
		l.open.reset()
	}
	l.open.addBranch(key, child)
	return l.full.count() > 0 && l.open.count() == minSplit
}

// only gives the child of a level that has no other: then it is the root.
func (l *branchLevel) only() (Pgid, bool) {
	if l.written || l.full.count() > 0 || l.open.count() != 1 {
		return 0, false
	}
	return l.open.element(0).child, true
}

// settle sees to it that the last page of the level has two children: a lone one
// gets a neighbour from the page before, or joins it where that has but two itself.
func (l *branchLevel) settle() {
	if l.open.count() != 1 || l.full.count() == 0 {
		return
	}
	lone := bytes.Clone(l.open.key(0))
	child := l.open.element(0).child
	l.open.reset()
	if n := l.full.count(); n > minSplit {
		l.open.addBranch(l.full.key(n-1), l.full.element(n-1).child)
		l.full.dropLast()
		l.open.addBranch(lone, child)
	} else {
		l.full.addBranch(lone, child)
	}
}
