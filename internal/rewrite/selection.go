package rewrite

import "boltvet/mvccview"

// A selection decides for each record of bucket "key" whether a compaction leaves it.
// It decides once, in the first run over the records, and remembers one bit for each:
// further runs see the same records in the same order and need no table.
type selection struct {
	rev   int64
	table *mvccview.KeyTable // nil once all is decided
	keys  mvccview.KeyStats  // of the table, once it is filled

	bits    []uint64
	decided int64 // records that have a bit
	next    int64 // the record that comes next in this run
	record  mvccview.Record

	count      Records
	below      int64 // kept, at or below rev
	tombstones int64 // of these, deletions
	prefixes   prefixTable
	changed    bool // a later run met more records than the first
}

// keeps decides, or remembers.
func (s *selection) keeps(key, value []byte) bool {
	i := s.next
	s.next++
	if s.table == nil {
		if i >= s.decided {
			s.changed = true
			return true
		}
		return s.bits[i/64]>>(i%64)&1 != 0
	}
	if i%64 == 0 {
		s.bits = append(s.bits, 0)
	}
	s.decided++
	keep := s.decide(key, value)
	if keep {
		s.bits[i/64] |= 1 << (i % 64)
	}
	return keep
}

// decide asks the table. What does not parse is damage, which the check has refused; so
// it does not matter that it stays.
func (s *selection) decide(key, value []byte) bool {
	size := int64(len(key)) + int64(len(value))
	r := &s.record
	keep := true
	var err error
	if r.RevKey, err = mvccview.ParseRevKey(key); usable(err) && r.Main <= s.rev {
		if err := mvccview.ParseKeyValue(value, &r.KV); usable(err) {
			keep = s.table.Survives(r)
		}
	}
	if keep {
		s.count.Kept++
		s.count.KeptBytes += size
		if r.Main <= s.rev {
			s.below++
			if r.Tombstone {
				s.tombstones++
			}
		}
		return true
	}
	s.count.Dropped++
	s.count.DroppedBytes += size
	s.prefixes.add(r.KV.Key, size)
	return false
}

// usable tells whether etcd works with the record all the same.
func usable(err error) bool {
	f, fault := err.(mvccview.Fault)
	return err == nil || fault && f.Usable()
}

// again prepares the next run. The first one must be complete.
func (s *selection) again() {
	s.table, s.next = nil, 0
}

// metaRows is what a compaction that has ended leaves in bucket "meta", in key order.
func (s *selection) metaRows() []row {
	value := mvccview.AppendCompactRev(nil, s.rev)
	return []row{
		{[]byte(mvccview.MetaFinishedCompactRev), value},
		{[]byte(mvccview.MetaScheduledCompactRev), value},
	}
}
