package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"boltvet/internal/datadir"
)

// maxReplayList bounds the lists that are kept of a log. A healthy one has a handful of each.
const maxReplayList = 1 << 14

// A logStop says why etcd does not get to the end of its log.
type logStop uint8

const (
	logRead     logStop = iota // it gets there
	logTorn                    // it stops as at a torn write, and repairing does not help
	logCRC                     // a record does not fit its checksum
	logChain                   // the checksums of two segments do not continue
	logProto                   // a record cannot be read
	logCut                     // a record ends within a field
	logPayload                 // the content of a record cannot be read
	logType                    // a record of an unknown type
	logMetadata                // metadata records that differ
	logTerm                    // a snapshot record of another term than the snapshot's
	logGap                     // entries are missing
	logNoStart                 // no segment that can hold the snapshot's index
	logSequence                // a segment is missing
	logTooLarge                // a record larger than is read here
)

// A logSurvey is the first of the two passes that etcd makes over its log: all segments, for the
// snapshots that it may start from.
type logSurvey struct {
	snaps  []datadir.WALSnapshot // valid ones: up to the last commit
	commit uint64
	stop   logStop // logTorn does not matter in this pass
	place  string
}

// surveyLog is etcd's first pass. The error is of I/O or of ctx.
//
// Source: etcd v3.7.3 server/storage/wal/wal.go (validSnapshotEntries).
func surveyLog(ctx context.Context, dir string, segments []datadir.Segment) (logSurvey, error) {
	d := newLogDecoder(dir, segments)
	defer d.Close()
	var s logSurvey
	var all []datadir.WALSnapshot
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		place := d.place()
		rec, err := d.next()
		if err == nil {
			all, err = s.take(d, rec, all)
		}
		if err != nil {
			stop, err := stopOf(err)
			s.stop, s.place = stop, place
			s.snaps = slices.DeleteFunc(all, func(x datadir.WALSnapshot) bool { return x.Index > s.commit })
			return s, err
		}
	}
}

// errPayload is a record whose content cannot be read: etcd panics on it.
var errPayload = errors.New("payload")

func (s *logSurvey) take(d *logDecoder, rec logRecord, all []datadir.WALSnapshot) ([]datadir.WALSnapshot, error) {
	switch rec.kind {
	case datadir.RecordSnapshot:
		v, err := threeNumbers(rec.data)
		if err != nil {
			return all, errPayload
		}
		if len(all) >= maxReplayList {
			all = slices.Delete(all, 0, maxReplayList/2)
		}
		return append(all, datadir.WALSnapshot{Index: v[0], Term: v[1]}), nil
	case datadir.RecordState:
		v, err := threeNumbers(rec.data)
		if err != nil {
			return all, errPayload
		}
		s.commit = v[2]
	case datadir.RecordCRC:
		return all, d.chain(rec)
	}
	return all, nil
}

// stopOf tells etcd's reasons to stop from errors of I/O.
func stopOf(err error) (logStop, error) {
	for _, known := range [...]struct {
		err  error
		stop logStop
	}{{io.EOF, logRead}, {errLogTorn, logTorn}, {errLogCRC, logCRC}, {errLogChain, logChain}, {errLogProto, logProto}, {errLogCut, logCut}, {errPayload, logPayload}, {errLogHuge, logTooLarge}} {
		if err == known.err {
			return known.stop, nil
		}
	}
	return logRead, err
}

// EtcdReadsLog tells whether etcd's own code, where it only reads a log, gets to what it takes for
// the end. It may be wrong about that: it takes a record of impossible length for one that was
// being written. The error is of I/O or of ctx.
//
// Source: etcd v3.7.3 server/storage/wal/wal.go (ValidSnapshotEntries, OpenForRead, ReadAll).
func EtcdReadsLog(ctx context.Context, dir string) (bool, error) {
	m, err := datadir.ReadMemberDir("", dir)
	if err != nil {
		return false, err
	}
	segments := segmentsByName(m.Segments)
	s, err := surveyLog(ctx, dir, segments)
	if err != nil || !s.stop.quiet() || len(s.snaps) == 0 {
		return false, err
	}
	r, err := replayLog(ctx, dir, segments, s.snaps[len(s.snaps)-1], 0)
	return err == nil && r.stop.quiet(), err
}

// segmentsByName is the order in which etcd reads them.
func segmentsByName(list []datadir.Segment) []datadir.Segment {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b datadir.Segment) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// quiet tells whether a reader that does not mean to write takes the place for the end.
func (s logStop) quiet() bool { return s == logRead || s == logTorn }

// A replay is the second pass: what etcd gets out of its log from a snapshot on.
type replay struct {
	start   datadir.WALSnapshot // zero: from the beginning
	stop    logStop
	place   string
	repair  bool // place is in the last segment, where etcd cuts off what looks torn
	meta    datadir.WALMetadata
	state   datadir.HardState
	last    uint64 // index of the last entry, or of the snapshot
	changes []confChange
	atIndex datadir.WALEntry // the entry of the index that was asked for; zero if it is not there
	ask     uint64
	version string // of the cluster, as the last entry that sets it says; "" when none does
	metaRaw []byte
	hasMeta bool
}

// replayLog is etcd's second pass. ask is an index whose term is wanted.
//
// Source: etcd v3.7.3 server/storage/wal/wal.go (selectWALFiles, ReadAll), util.go (searchIndex,
// isValidSeq), repair.go.
func replayLog(ctx context.Context, dir string, segments []datadir.Segment, start datadir.WALSnapshot, ask uint64) (replay, error) {
	r := replay{start: start, last: start.Index, ask: ask}
	first := -1
	for i, s := range segments {
		if s.Index <= start.Index {
			first = i
		}
	}
	if first < 0 {
		r.stop, r.place = logNoStart, fmt.Sprintf("index %d", start.Index)
		return r, nil
	}
	segments = segments[first:]
	for i := 1; i < len(segments); i++ {
		if before := segments[i-1].Seq; before != 0 && segments[i].Seq != before+1 {
			r.stop, r.place = logSequence, segments[i].Name
			return r, nil
		}
	}
	return r, r.run(ctx, dir, segments)
}

func (r *replay) run(ctx context.Context, dir string, segments []datadir.Segment) error {
	d := newLogDecoder(dir, segments)
	defer d.Close()
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.place = d.place()
		rec, err := d.next()
		if err == nil && r.take(d, rec) {
			return nil
		}
		if err == nil {
			continue
		}
		r.stop, err = stopOf(err)
		r.repair = len(d.segments) == 1 // etcd's repair looks at the last segment only
		return err
	}
}

// ends tells whether etcd takes the end of what was read for the end of the log, if need be after
// its repair has cut off what follows. etcd up to 3.6 takes a record that ends within a field for
// torn, too: its protobuf decoder gave the same error for both.
func (r *replay) ends(old bool) bool {
	return r.stop == logRead || r.repair && (r.stop == logTorn || r.stop == logCut && old)
}

// take takes a record in and tells whether etcd stops at it.
func (r *replay) take(d *logDecoder, rec logRecord) bool {
	switch rec.kind {
	case datadir.RecordEntry:
		r.takeEntry(rec)
	case datadir.RecordState:
		v, err := threeNumbers(rec.data)
		r.payload(err)
		r.state = datadir.HardState{Term: v[0], Vote: v[1], Commit: v[2]}
	case datadir.RecordMetadata:
		r.takeMetadata(rec)
	case datadir.RecordCRC:
		if d.chain(rec) != nil {
			r.stop = logChain
		}
	case datadir.RecordSnapshot:
		v, err := threeNumbers(rec.data)
		r.payload(err)
		if v[0] == r.start.Index && v[1] != r.start.Term {
			r.stop = logTerm
		}
	default:
		r.stop = logType
	}
	return r.stop != logRead
}

func (r *replay) payload(err error) {
	if err != nil {
		r.stop = logPayload
	}
}

// takeMetadata compares the bytes, as etcd does.
func (r *replay) takeMetadata(rec logRecord) {
	if r.hasMeta && string(r.metaRaw) != string(rec.data) {
		r.stop = logMetadata
		return
	}
	v, err := threeNumbers(rec.data)
	r.payload(err)
	r.hasMeta, r.metaRaw = true, slices.Clone(rec.data)
	r.meta = datadir.WALMetadata{NodeID: v[0], ClusterID: v[1]}
}

// takeEntry takes an entry in, which replaces whatever stood at its index and behind.
func (r *replay) takeEntry(rec logRecord) {
	e, err := parseLogEntry(rec.data)
	r.payload(err)
	if e.Index == r.ask {
		r.atIndex = datadir.WALEntry{Type: e.Type, Term: e.Term, Index: e.Index}
	}
	if err != nil || e.Index <= r.start.Index {
		return
	}
	if e.Index > r.last+1 {
		r.stop = logGap
		return
	}
	r.last = e.Index
	if r.ask > r.last {
		r.atIndex = datadir.WALEntry{}
	}
	for len(r.changes) > 0 && r.changes[len(r.changes)-1].index >= e.Index {
		r.changes = r.changes[:len(r.changes)-1]
	}
	if v := clusterVersionSet(e); v != "" {
		r.version = v
	}
	changes, err := parseConfChanges(e)
	r.payload(err)
	if len(r.changes)+len(changes) <= maxReplayList {
		r.changes = append(r.changes, changes...)
	}
}

// members applies the changes with an index in (after, upTo] to a configuration.
func (r *replay) members(c datadir.ConfState, after, upTo uint64) datadir.ConfState {
	voters, learners := slices.Clone(c.Voters), slices.Clone(c.Learners)
	for _, x := range r.changes {
		if x.index <= after || x.index > upTo {
			continue
		}
		is := func(id uint64) bool { return id == x.node }
		switch x.kind {
		case confAddVoter:
			voters, learners = append(slices.DeleteFunc(voters, is), x.node), slices.DeleteFunc(learners, is)
		case confRemove:
			voters, learners = slices.DeleteFunc(voters, is), slices.DeleteFunc(learners, is)
		case confAddLearner:
			if !slices.Contains(voters, x.node) {
				learners = append(slices.DeleteFunc(learners, is), x.node)
			}
		}
	}
	slices.Sort(voters)
	slices.Sort(learners)
	return datadir.ConfState{Voters: voters, Learners: learners}
}
