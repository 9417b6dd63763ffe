package rewrite

import "boltvet/mvccview"

// A selection decides for each record of bucket "key" whether a compaction leaves it:
// all above its revision, and of those at or below it the survivors, whose revisions the
// table of keys lists once the check has filled it. The records of a run come in the
// order of that list, so that nothing has to be looked up.
type selection struct {
	rev   int64
	table *mvccview.KeyTable // nil once the survivors are listed
	list  []mvccview.Revision

	first   int  // of list, where a fork began
	next    int  // of list, the one that comes next in this run
	met     bool // the run has met it
	changed bool // the run has missed one that the check had seen

	asked int // of list, where the last question led

	counted    bool // by a run before
	count      Records
	above      int64       // of the kept ones, those above rev
	tombstones int64       // deletions that stay at or below rev
	below      *belowTable // all that the check has seen at or below rev
	all        bool        // that has given up: dropped records have to be seen to be counted
	prefixes   prefixTable // the kept ones at or below rev; if all, the dropped ones
}

// decide lists the survivors. The table goes.
func (s *selection) decide() {
	s.list, s.table = s.table.SurvivingRevisions(), nil
	s.all = s.below.full.Load()
}

// keeps tells whether the next record of the run stays. What is no record is damage,
// which the check has refused; so it does not matter that it stays.
func (s *selection) keeps(key, value []byte) bool {
	k, err := mvccview.ParseRevKey(key)
	if !usable(err) {
		return true
	}
	keep, below := true, k.Main <= s.rev
	if below {
		keep = s.survives(mvccview.CutSub(k.Revision))
	}
	if !s.counted {
		s.tell(keep, k, int64(len(key))+int64(len(value)), value)
	}
	return keep
}

// survives looks for a revision in what is left of the list.
func (s *selection) survives(r mvccview.Revision) bool {
	for s.next < len(s.list) {
		order := s.list[s.next].Compare(r)
		if order == 0 {
			s.met = true
			return true
		}
		if order > 0 {
			break
		}
		s.changed = s.changed || !s.met
		s.next, s.met = s.next+1, false
	}
	return false
}

// tell counts one record.
func (s *selection) tell(kept bool, k mvccview.RevKey, size int64, value []byte) {
	below := k.Main <= s.rev
	if below && kept != s.all {
		s.prefixes.add(mvccview.UserKey(value), size)
	}
	if !kept {
		return
	}
	s.count.Kept++
	s.count.KeptBytes += size
	switch {
	case !below:
		s.above++
	case k.Tombstone:
		s.tombstones++
	}
}

// end ends a run, and tells whether it has met all survivors.
func (s *selection) end() bool {
	if s.met {
		s.next++
	}
	all := !s.changed && s.next == len(s.list)
	s.next, s.met, s.changed, s.counted = 0, false, false, true
	return all
}

// usable tells whether etcd works with the record all the same.
func usable(err error) bool {
	f, fault := err.(mvccview.Fault)
	return err == nil || fault && f.Usable()
}

// metaRows is what a compaction that has ended leaves in bucket "meta", in key order.
func (s *selection) metaRows() []row {
	value := mvccview.AppendCompactRev(nil, s.rev)
	return []row{
		{[]byte(mvccview.MetaFinishedCompactRev), value},
		{[]byte(mvccview.MetaScheduledCompactRev), value},
	}
}
