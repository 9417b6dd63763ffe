package bolt

// Both makes one accumulator of two: each sees every leaf, the first one first.
func Both(first, second Parallel) Parallel { return both{first, second} }

// both holds two accumulators of a walk, or two forks of them, which need not be parallel.
type both [2]Accumulator

func (x both) Bucket(b *Bucket) {
	x[0].Bucket(b)
	x[1].Bucket(b)
}

func (x both) Leaf(b *Bucket, l Leaf) error {
	if err := x[0].Leaf(b, l); err != nil {
		return err
	}
	return x[1].Leaf(b, l)
}

func (x both) Fork() Accumulator { return both{x[0].Fork(), x[1].Fork()} }

func (x both) Merge(next Accumulator) {
	n := next.(both)
	x[0].Merge(n[0])
	x[1].Merge(n[1])
}

// ForkEarly is nil if one of the two wants to see everything in its turn.
func (x both) ForkEarly() Accumulator {
	first, second := forkEarly(x[0]), forkEarly(x[1])
	if first == nil || second == nil {
		return nil
	}
	return both{first, second}
}

func forkEarly(a Accumulator) Accumulator {
	if p, ok := a.(Parallel); ok {
		return p.ForkEarly()
	}
	return nil
}

// Settle has both do what they put off.
func (x both) Settle() error {
	if err := settle(x[0]); err != nil {
		return err
	}
	return settle(x[1])
}
