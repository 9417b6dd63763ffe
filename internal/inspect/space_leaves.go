package inspect

import (
	"boltvet/bolt"
	"boltvet/mvccview"
)

// leafCounts is what leaves hold besides records that could be read, in bytes. Of
// buckets other than "key" only the whole is counted.
type leafCounts struct {
	headers, elements int64 // of leaves of bucket "key"
	slack             int64 // unused room in leaves of one page
	waste             int64 // unused room in leaves of several pages
	unreadable        int64 // records that do not parse, and what no element leads to
	nested            int64 // buckets within bucket "key", where no bucket belongs
	twice             int64 // records that lie on top of each other, as only damage makes them
	keyLeaves         int64 // all leaves of bucket "key" that have pages
	otherLeaves       int64 // those of the other buckets
	inlineKey         int64 // bucket "key" if it lies within its own element of the directory
}

func (c *leafCounts) add(o *leafCounts) {
	c.headers += o.headers
	c.elements += o.elements
	c.slack += o.slack
	c.waste += o.waste
	c.unreadable += o.unreadable
	c.nested += o.nested
	c.twice += o.twice
	c.keyLeaves += o.keyLeaves
	c.otherLeaves += o.otherLeaves
	c.inlineKey += o.inlineKey
}

// leafWalk is a View that also accounts for every byte of the leaves that it is shown.
type leafWalk struct {
	*mvccview.View
	leafCounts
	pageSize int64
}

// Leaf takes one leaf in.
func (w *leafWalk) Leaf(b *bolt.Bucket, l bolt.Leaf) error {
	before := recordBytes(w.View)
	if err := w.View.Leaf(b, l); err != nil {
		return err
	}
	key := len(b.Path) == 1 && string(b.Name()) == mvccview.BucketKey
	switch {
	case key && b.Inline:
		w.inlineKey += int64(l.Bytes())
	case key:
		w.keyLeaves += int64(l.Bytes())
	case !b.Inline: // an inline one lies within a leaf that is counted already
		w.otherLeaves += int64(l.Bytes())
	}
	if key {
		w.keyLeaf(b, l, recordBytes(w.View)-before)
	}
	return nil
}

// recordBytes are the keys and values of all records that could be worked with.
func recordBytes(v *mvccview.View) int64 { return v.Totals.KeyBytes + v.Totals.ValueBytes }

// keyLeaf divides a leaf of bucket "key", which has records of so many bytes.
func (w *leafWalk) keyLeaf(b *bolt.Bucket, l bolt.Leaf, records int64) {
	elements := int64(l.Len()) * bolt.ElementSize
	w.headers += bolt.PageHeaderSize
	w.elements += elements
	left := int64(l.Bytes()) - bolt.PageHeaderSize - elements - records
	payload, packed := l.Packed()
	broken := false
	if packed {
		left -= int64(len(payload)) - records
		w.unreadable += int64(len(payload)) - records
		// The first key stands behind the last element, unless the count was lowered.
		broken = !b.Inline && l.Offset(0)-int64(l.Page())*w.pageSize != bolt.PageHeaderSize+elements
	} else if l.Len() > 0 {
		var lost, nested int64
		lost, nested, broken = loose(l)
		lost -= records
		w.unreadable += lost
		w.nested += nested
		left -= lost + nested
	}
	switch {
	case left < 0:
		w.twice -= left
	case broken:
		w.unreadable += left
	case int64(l.Bytes()) > w.pageSize:
		w.waste += left
	default:
		w.slack += left
	}
}

// loose adds up the elements of a leaf that has other things than records side by side.
// broken tells that there is room which nothing leads to, or may be.
func loose(l bolt.Leaf) (payload, nested int64, broken bool) {
	for i := range l.Len() {
		key, value, ok := l.At(i)
		switch {
		case !ok:
			broken = true
		case l.IsBucket(i):
			nested += int64(len(key) + len(value))
		default:
			payload += int64(len(key) + len(value))
		}
	}
	return payload, nested, broken || nested == 0
}

// Fork gives an empty walk for a later range.
func (w *leafWalk) Fork() bolt.Accumulator { return w.around(w.View.Fork()) }

// ForkEarly gives an empty walk for a range that may not count in the end.
func (w *leafWalk) ForkEarly() bolt.Accumulator { return w.around(w.View.ForkEarly()) }

func (w *leafWalk) around(v bolt.Accumulator) bolt.Accumulator {
	view, ok := v.(*mvccview.View)
	if !ok {
		return nil
	}
	return &leafWalk{View: view, pageSize: w.pageSize}
}

// Merge takes over what the walk of the following range has found.
func (w *leafWalk) Merge(next bolt.Accumulator) {
	n := next.(*leafWalk)
	w.View.Merge(n.View)
	w.leafCounts.add(&n.leafCounts)
}
