package mvccview

// A ChainResult is what a Chain has found, in exact numbers, however many
// faults the sink wanted to see.
type ChainResult struct {
	Records      int64 // records stepped
	MissingMains int64 // main revisions in all faults RevisionGap together
	MissingSubs  int64 // changes in all faults RevisionSubGap together
	// Explained counts the records above C whose predecessor is not the one they
	// need, but may be one of the records that are hidden or reported as missing.
	// They are no faults.
	Explained int64

	counts [numFaultKinds]int64
}

// Count is the number of faults of a kind.
func (r *ChainResult) Count(kind FaultKind) int64 {
	if kind >= numFaultKinds {
		return 0
	}
	return r.counts[kind]
}

// Faults is the number of faults of all kinds.
func (r *ChainResult) Faults() int64 {
	var n int64
	for _, c := range r.counts {
		n += c
	}
	return n
}

func (r *ChainResult) add(o *ChainResult) {
	r.Records += o.Records
	r.MissingMains += o.MissingMains
	r.MissingSubs += o.MissingSubs
	r.Explained += o.Explained
	for i := range r.counts {
		r.counts[i] += o.counts[i]
	}
}
