package rewrite

import (
	"slices"

	"boltvet/mvccview"
)

// This file: which pages a run need not see, and what has become of their records.

// wants tells whether a run has to see the records from key lo on and before hi. An
// empty lo or hi is no bound.
func (s *selection) wants(lo, hi []byte) bool {
	to, err := mvccview.ParseRevKey(hi)
	if s.all || err != nil || to.Main > s.rev {
		return true
	}
	var from mvccview.RevKey
	if len(lo) > 0 {
		if from, err = mvccview.ParseRevKey(lo); err != nil {
			return true
		}
	}
	i := s.search(mvccview.CutSub(from.Revision))
	if i == len(s.list) {
		return false
	}
	end := mvccview.CutSub(to.Revision)
	order := s.list[i].Compare(end)
	// What is of the revision of hi may be before it all the same: a put, if hi is a
	// tombstone, and whatever has its sub cut as hi has.
	return order < 0 || order == 0 && (len(hi) > mvccview.RevKeyLen || end != to.Revision)
}

// search is the index of the first survivor at or above r. It looks from the last answer
// on, for nearly all questions ascend.
func (s *selection) search(r mvccview.Revision) int {
	lo := s.asked
	if lo > 0 && s.list[lo-1].Compare(r) >= 0 {
		lo = 0
	}
	hi := lo
	for step := 1; hi < len(s.list) && s.list[hi].Compare(r) < 0; step *= 2 {
		lo, hi = hi+1, hi+step
	}
	n, _ := slices.BinarySearchFunc(s.list[lo:min(hi, len(s.list))], r, mvccview.Revision.Compare)
	s.asked = lo + n
	return s.asked
}

// outcome notes what became of the records of the source: those that were not kept are
// dropped, whether a run has seen them or not. So it is the kept ones that are held
// against what the check has counted: end against the survivors, this against the
// records above the revision, and each prefix against its own.
func (s *selection) outcome(source *mvccview.Totals, r *Result) error {
	r.Records = s.count
	r.Records.Dropped = source.Records - s.count.Kept
	r.Records.DroppedBytes = source.KeyBytes + source.ValueBytes - s.count.KeptBytes
	r.Compaction.KeptTombstones = s.tombstones
	if err := proof("kept records above the revision", "%d", s.above, source.Records-s.below.records); err != nil {
		return err
	}
	dropped := &s.prefixes
	if !s.all {
		if dropped = &s.below.table; !dropped.subtract(&s.prefixes) {
			return &ProofError{What: "the number of kept records of a prefix", Got: "more than it has", Want: "as many or less"}
		}
	}
	r.Compaction.Prefixes, r.Compaction.OtherPrefixes = dropped.top()
	return nil
}
