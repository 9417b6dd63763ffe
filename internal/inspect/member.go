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
	Known  bool // whether Behind is: both the log and the db name an index
}

// readMember reads the log beside the db, or the log alone.
func (s *Status) readMember(ctx context.Context, o Options) error {
	m := s.Source.Member
	report := func(f datadir.Fault) bool { return o.OnFault(f) }
	m.Check(report)
	if m.WALDir == "" || len(m.Segments) == 0 {
		return nil
	}
	sum, err := datadir.ReadWAL(ctx, m.WALDir, nil, report)
	if err != nil {
		return err
	}
	s.WAL = &WAL{WALSummary: sum}
	if s.DB != nil && s.DB.View.Meta.ConsistentIndex.Set {
		s.WAL.Known = true
		s.WAL.Behind = int64(sum.LastIndex - s.DB.View.Meta.ConsistentIndex.Value)
	}
	return nil
}
