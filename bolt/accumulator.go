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

// A Parallel is an [Accumulator] whose ranges may be visited ahead of their turn, by
// several goroutines. Others see a file with one worker.
type Parallel interface {
	Accumulator
	// ForkEarly makes an empty accumulator for a range that may not count in the end:
	// then it is thrown away, and the range is visited anew in its turn. So it changes
	// nothing that is shared, and tells nobody of anything: if it would have to, its
	// Leaf returns an error instead, which has the range visited in its turn. Other
	// goroutines fill it. nil: everything has to be visited in its turn.
	ForkEarly() Accumulator
}

// A Settler is an early fork that has something to do which may be done only if its
// range counts, but in any order: such as filling a table that all forks share. Settle
// is called once that is certain, before the fork is merged; several forks settle at
// the same time. It must not touch the file. An error ends the walk.
type Settler interface{ Settle() error }

// A Chooser is an [Accumulator], or a fork of one, that has no use for parts of a tree. A
// walk that is [WalkOptions.Checked] asks it before it follows a pointer of a branch of
// bucket b: below it there are only keys from lo on and before hi. An empty lo or hi says
// that there is no such bound. false leaves the page out with all that is below it, the
// buckets in it too; the account of such a walk means nothing. The keys are valid during
// the call. A page may be handed over that nobody has asked for.
//
// Each fork is asked by the goroutine that fills it, in key order.
type Chooser interface {
	Wants(b *Bucket, lo, hi []byte) bool
}

// nothing is the accumulator of a walk that only checks structure.
type nothing struct{}

func (nothing) Bucket(*Bucket)           {}
func (nothing) Leaf(*Bucket, Leaf) error { return nil }
func (n nothing) Fork() Accumulator      { return n }
func (nothing) Merge(Accumulator)        {}
func (n nothing) ForkEarly() Accumulator { return n }
