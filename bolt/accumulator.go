package bolt

// An Accumulator collects facts in one visit of a tree. Within a range, leaves come
// in ascending key order; ranges are merged in key order, so that the result does
// not depend on where a tree was cut. Steps must not keep anything of a [Leaf].
type Accumulator interface {
	// Bucket is told that a bucket begins, before its first leaf. Nested buckets
	// come after the bucket that holds them.
	Bucket(b *Bucket)
	// Leaf sees one leaf of a bucket. An error ends the walk.
	Leaf(b *Bucket, l Leaf) error
	// Fork makes an empty accumulator for a range that follows.
	Fork() Accumulator
	// Merge absorbs the accumulator of the range that directly follows.
	Merge(next Accumulator)
}

// nothing is the accumulator of a walk that only checks structure.
type nothing struct{}

func (nothing) Bucket(*Bucket)           {}
func (nothing) Leaf(*Bucket, Leaf) error { return nil }
func (n nothing) Fork() Accumulator      { return n }
func (nothing) Merge(Accumulator)        {}
