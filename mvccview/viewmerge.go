package mvccview

import "boltvet/bolt"

// Fork gives an empty View for a later range of the same walk.
func (v *View) Fork() bolt.Accumulator {
	o := v.options
	o.Records = make([]RecordAccumulator, len(v.options.Records))
	for i, a := range v.options.Records {
		o.Records[i] = a.Fork()
	}
	return NewView(o)
}

// ForkEarly gives an empty View for a range that may not count in the end. It
// stops at the first fault, for only this View may report. nil if one of the
// Records wants to see everything in its turn.
func (v *View) ForkEarly() bolt.Accumulator {
	if n := len(v.spare); n > 0 {
		f := v.spare[n-1]
		v.spare = v.spare[:n-1]
		return f.forkedFrom(v)
	}
	f := &View{}
	f.entry.report = f.report
	if f.forkedFrom(v) == nil {
		return nil // not a *View that is nil
	}
	return f
}

// forkedFrom makes f an early fork of v; nil if that cannot be.
func (f *View) forkedFrom(v *View) *View {
	records := f.options.Records[:0]
	for _, a := range v.options.Records {
		p, ok := a.(ParallelRecords)
		if !ok {
			return nil
		}
		records = append(records, p.ForkEarly())
	}
	report, limits := f.entry.report, f.limits[:0]
	*f = View{options: v.options, early: true, limits: limits}
	f.options.Records, f.entry.report = records, report
	f.findLimits()
	return f
}

// Settle has those of the Records settle that have put something off.
func (v *View) Settle() error {
	for _, a := range v.options.Records {
		if s, ok := a.(bolt.Settler); ok {
			if err := s.Settle(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Err is the reason of the first of the Records that had to give up; nil if
// none had.
func (v *View) Err() error {
	for _, l := range v.limits {
		if err := l.Err(); err != nil {
			return err
		}
	}
	return nil
}

// findLimits remembers which of the Records may have to give up.
func (v *View) findLimits() {
	for _, a := range v.options.Records {
		if l, ok := a.(limited); ok {
			v.limits = append(v.limits, l)
		}
	}
}

// Merge takes over what the View of the following range has found.
func (v *View) Merge(next bolt.Accumulator) {
	n := next.(*View)
	v.hash.join(n.hash)
	v.Totals.add(&n.Totals)
	for i, a := range v.options.Records {
		a.Merge(n.options.Records[i])
	}
	v.Meta.merge(&n.Meta)
	v.Cluster.merge(&n.Cluster)
	v.Members.merge(&n.Members)
	v.Alarms.merge(&n.Alarms)
	v.Leases.merge(&n.Leases)
	v.Auth.merge(&n.Auth)
	v.Buckets += n.Buckets
	v.UnknownBuckets += n.UnknownBuckets
	v.Elements += n.Elements
	v.Unparsed += n.Unparsed
	v.seen |= n.seen
	v.hidden |= n.hidden
	v.stopped = v.stopped || n.stopped
	v.mergeMarkers(n)
	if n.early {
		v.spare = append(v.spare, n)
	}
}

// mergeMarkers keeps the first maxMarkers candidates of both ranges, so that
// the result does not depend on the cut.
func (v *View) mergeMarkers(n *View) {
	room := min(len(n.markers), maxMarkers-len(v.markers))
	v.markers = append(v.markers, n.markers[:room]...)
	for i := room; i < len(n.markers); i++ {
		v.reportEmpty(&n.markers[i])
	}
}

// seenBuckets is a set of etcd's buckets: bit i stands for BucketNames()[i].
type seenBuckets uint16

// add takes a name in; false if it is not one of etcd's.
func (s *seenBuckets) add(name string) bool {
	for i, known := range BucketNames() {
		if known == name {
			*s |= 1 << i
			return true
		}
	}
	return false
}

// all adds every bucket that etcd has.
func (s *seenBuckets) all() { *s = 1<<len(BucketNames()) - 1 }

func (s seenBuckets) has(name string) bool {
	var one seenBuckets
	return one.add(name) && s&one != 0
}
