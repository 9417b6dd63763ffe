package inspect

import (
	"context"

	"boltvet/internal/datadir"
)

// WAL is the state of a member's log against its db.
type WAL struct {
	*datadir.WALSummary
	// Behind is how many entries the log has that the db has not applied: normal in a
	// running or killed member, for etcd replays them. Negative: the db is ahead of its
	// log, and etcd would skip as many new writes without a word.
	Behind int64
	Known  bool // whether Behind is: the log is whole, and both it and the db name an index
	Broken bool // etcd would not read the log to its end: what lies behind LastIndex is not known
}

// stopsReading tells the faults at which etcd stops or dies, so that what it has read
// is not the whole log.
func stopsReading(k datadir.FaultKind) bool {
	switch k {
	case datadir.WALSequence, datadir.WALEmptySegment, datadir.WALFrame, datadir.WALParse, datadir.WALType,
		datadir.WALCRC, datadir.WALCRCRecord, datadir.WALHiddenRecords, datadir.WALEntryGap:
		return true
	}
	return false
}

// readMember reads the log beside the db, or the log alone.
func (s *Status) readMember(ctx context.Context, o Options) error {
	m := s.Source.Member
	broken := false
	report := func(f datadir.Fault) bool {
		broken = broken || stopsReading(f.Kind)
		return o.OnFault(f)
	}
	m.Check(report)
	if m.WALDir == "" || len(m.Segments) == 0 {
		return nil
	}
	sum, err := datadir.ReadWAL(ctx, m.WALDir, nil, report)
	if err != nil {
		return err
	}
	s.WAL = &WAL{WALSummary: sum, Broken: broken}
	if !broken && s.DB != nil && s.DB.View.Meta.ConsistentIndex.Set {
		s.WAL.Known = true
		s.WAL.Behind = int64(sum.LastIndex - s.DB.View.Meta.ConsistentIndex.Value)
	}
	return nil
}
