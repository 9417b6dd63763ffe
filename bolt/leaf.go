package bolt

// Leaf is one leaf page, on disk or inline, as an accumulator sees it. It is valid
// during the call that hands it over. The slices that it gives alias the mapping, or are
// memory of their own where there is none: a goroutine with a [File.Guard] can read them
// as long as the File is open. What they say may change with the file.
type Leaf struct {
	page   Pgid
	off    int64 // file offset of data[0]
	data   []byte
	n      int
	packed bool
	first  uint64 // start of the first key, when packed
	end    uint64 // end of the last value, when packed
}

// Len is the number of elements, readable or not.
func (l *Leaf) Len() int { return l.n }

// Page is the page that holds the leaf; for an inline leaf, the page that its
// bucket element lies on.
func (l *Leaf) Page() Pgid { return l.page }

// Bytes is the size of the leaf's image: its pages, or the inline page.
func (l *Leaf) Bytes() int { return len(l.data) }

// At gives key and value of element i, aliasing the mapping. ok is false if the
// element is damaged so that they cannot be read.
func (l *Leaf) At(i int) (key, value []byte, ok bool) {
	e := parseElement(l.data, FlagLeaf, i)
	if !e.within(uint64(PageHeaderSize+l.n*ElementSize), uint64(len(l.data))) {
		return nil, nil, false
	}
	return l.data[e.start:e.keyEnd:e.keyEnd], l.data[e.keyEnd:e.end:e.end], true
}

// Plain gives key and value of element i, aliasing the mapping, and the file offset of
// the key; ok is false if the element is a nested bucket or cannot be read. It is At,
// IsBucket and Offset in one, for those who go through all of a leaf.
func (l *Leaf) Plain(i int) (key, value []byte, off int64, ok bool) {
	e := parseElement(l.data, FlagLeaf, i)
	if e.flags&elementBucket != 0 || !e.within(uint64(PageHeaderSize+l.n*ElementSize), uint64(len(l.data))) {
		return nil, nil, 0, false
	}
	return l.data[e.start:e.keyEnd:e.keyEnd], l.data[e.keyEnd:e.end:e.end], l.off + int64(e.start), true
}

// IsBucket tells whether element i is a nested bucket.
func (l *Leaf) IsBucket(i int) bool {
	return parseElement(l.data, FlagLeaf, i).flags&elementBucket != 0
}

// Offset is the file offset of element i's key.
func (l *Leaf) Offset(i int) int64 {
	return l.off + int64(parseElement(l.data, FlagLeaf, i).start)
}

// Packed gives all keys and values of the leaf in order as one slice, so that a
// hash needs one call a page. ok is false if they do not lie that way, or if one
// of them is a bucket or unreadable: then go element by element.
func (l *Leaf) Packed() (payload []byte, ok bool) {
	if !l.packed {
		return nil, false
	}
	return l.data[l.first:l.end:l.end], true
}
