package verify

import (
	"context"
	"path/filepath"
	"slices"

	"boltvet/bolt"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// memberFacts is what is known of one member directory without starting anything.
type memberFacts struct {
	dir     *datadir.MemberDir
	log     *datadir.WALSummary // everything in the log, beyond damage too; nil when there is none
	snaps   []snapFact          // newest first, as etcd tries them
	view    *mvccview.View      // nil if there is no db or it cannot be read
	damaged bool                // a fault in the db's pages: view is what is left
	faults  dbFaults            // see noteDB; empty if nobody told

	survey logSurvey // etcd's first pass over the log
	bySnap replay    // its second from the .snap file that etcd 3.5 and 3.6 load
	byLog  replay    // its second from the log's own snapshot record, as 3.7 does
	chosen *snapFact // the file for bySnap; nil: none, from the beginning
}

// A snapFact is a .snap file. Etcd sets a file that is not usable aside and takes an older one.
type snapFact struct {
	entry  datadir.SnapEntry
	file   *datadir.SnapFile // nil when nothing could be read
	usable bool
	json   bool // the v2 store in it parses
}

// dbFaults are the first fault of each kind that the walk over the db found.
type dbFaults struct {
	page    error
	meaning map[mvccview.FaultKind]mvccview.Fault
	auth    map[string]mvccview.Fault // faults of kind AuthValue by bucket and key
}

// noteDB takes in a fault of the db. The verdicts depend on them: a user who cannot be parsed is not
// in the view, but etcd dies of it. It is a sink, and not safe for concurrent use.
func (m *memberFacts) noteDB(fault error) bool {
	switch f := fault.(type) {
	case bolt.Fault:
		if m.faults.page == nil {
			m.faults.page = f
		}
	case mvccview.Fault:
		if m.faults.meaning == nil {
			m.faults.meaning = map[mvccview.FaultKind]mvccview.Fault{}
			m.faults.auth = map[string]mvccview.Fault{}
		}
		if _, seen := m.faults.meaning[f.Kind]; !seen {
			m.faults.meaning[f.Kind] = f
		}
		if f.Kind == mvccview.AuthValue && len(m.faults.auth) < 16 {
			m.faults.auth[authPlace(f)] = f
		}
	}
	return true
}

// authPlace names what of auth cannot be read: one of the settings, any user, or any role.
func authPlace(f mvccview.Fault) string {
	if f.Bucket == mvccview.BucketAuth {
		return string(f.Key)
	}
	return f.Bucket
}

// has tells whether the walk over the db found this kind.
func (m *memberFacts) has(k mvccview.FaultKind) bool {
	_, found := m.faults.meaning[k]
	return found
}

// read reads the log and the .snap files of src.Member, and never writes. view is what a walk over
// the db gave (nil if there is no db or it cannot be opened); damaged tells whether that walk found
// faults in its pages; the faults themselves were given to noteDB. onFault gets every fault of log,
// names and .snap files, and those between the files; it returns false to end the reading, which is
// then not an error. Errors are of I/O or of ctx. src must have a Member.
func (m *memberFacts) read(ctx context.Context, src *datadir.Source, view *mvccview.View, damaged bool, onFault func(error) bool) error {
	m.dir, m.view, m.damaged = src.Member, view, damaged
	goOn := true
	sink := func(f datadir.Fault) bool {
		goOn = goOn && onFault(f)
		return goOn
	}
	m.dir.Check(sink)
	if len(m.dir.Segments) > 0 && goOn {
		var err error
		if m.log, err = datadir.ReadWAL(ctx, m.dir.WALDir, nil, sink); err != nil {
			return err
		}
	}
	if err := m.readSnaps(ctx, sink, &goOn); err != nil {
		return err
	}
	if err := m.readAsEtcd(ctx); err != nil {
		return err
	}
	if goOn && m.dir.Dir != "" {
		m.check(onFault)
	}
	return nil
}

// readSnaps reads the .snap files.
func (m *memberFacts) readSnaps(ctx context.Context, sink func(datadir.Fault) bool, goOn *bool) error {
	for _, e := range m.dir.Snaps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !*goOn {
			return nil
		}
		s := snapFact{entry: e, usable: true, json: true}
		file, err := datadir.ReadSnap(filepath.Join(m.dir.SnapDir, e.Name), func(f datadir.Fault) bool {
			s.note(f)
			return sink(f)
		})
		if err != nil {
			return err
		}
		s.file = file
		s.usable = s.usable && file != nil
		m.snaps = append(m.snaps, s)
	}
	return nil
}

// note marks what a fault means for etcd's use of the file. It parses the v2 store only later.
func (s *snapFact) note(f datadir.Fault) {
	switch {
	case f.Kind == datadir.SnapName:
	case f.Kind == datadir.SnapParse && f.Want == "the JSON of a v2 store":
		s.json = false
	default:
		s.usable = false
	}
}

// readAsEtcd makes etcd's passes over the log.
func (m *memberFacts) readAsEtcd(ctx context.Context) (err error) {
	if len(m.dir.Segments) == 0 {
		return nil
	}
	dir, segments := m.dir.WALDir, segmentsByName(m.dir.Segments)
	if m.survey, err = surveyLog(ctx, dir, segments); err != nil {
		return err
	}
	ask := uint64(0)
	if m.view != nil {
		ask = m.view.Meta.ConsistentIndex.Value
	}
	var bySnap, byLog datadir.WALSnapshot
	if m.chosen = m.chooseSnap(); m.chosen != nil {
		bySnap = datadir.WALSnapshot{Index: m.chosen.file.Index, Term: m.chosen.file.Term}
	}
	if n := len(m.survey.snaps); n > 0 {
		byLog = m.survey.snaps[n-1]
	}
	if m.byLog, err = replayLog(ctx, dir, segments, byLog, ask); err != nil {
		return err
	}
	if m.bySnap = m.byLog; bySnap != byLog {
		m.bySnap, err = replayLog(ctx, dir, segments, bySnap, ask)
	}
	return err
}

// chooseSnap is the .snap file that etcd up to 3.6 starts from: the newest by name that can be read
// and that a valid snapshot record of the log names. nil: none.
//
// Source: etcd v3.6.16 server/etcdserver/api/snap/snapshotter.go (LoadNewestAvailable).
func (m *memberFacts) chooseSnap() *snapFact {
	for i := range m.snaps {
		s := &m.snaps[i]
		if s.usable && slices.ContainsFunc(m.survey.snaps, func(w datadir.WALSnapshot) bool {
			return w.Index == s.file.Index && w.Term == s.file.Term
		}) {
			return s
		}
	}
	return nil
}

// index is the db's consistent index as etcd reads it: 0 when there is no db or no index in it.
func (m *memberFacts) index() uint64 {
	if m.view == nil {
		return 0
	}
	return m.view.Meta.ConsistentIndex.Value
}

// mayHoldMore tells whether the log holds entries that the db has not applied, or, where
// it is damaged, may hold some: acknowledged writes that a restore of the db lacks.
func (m *memberFacts) mayHoldMore() bool {
	if m.log == nil || m.view == nil {
		return false
	}
	hidden := m.log.Hidden.LastIndex
	return max(m.log.LastIndex, hidden) > m.index() || hidden == 0 && !m.logWhole()
}

// known tells whether the index can be relied on: a damaged tree may hide or change it.
func (m *memberFacts) known() bool {
	return m.view != nil && !m.damaged && m.view.Meta.ConsistentIndex.Set
}

// received tells whether a db from the leader waits for this index.
func (m *memberFacts) received(index uint64) bool {
	return slices.ContainsFunc(m.dir.SnapDBs, func(r datadir.Received) bool { return r.Index == index })
}

// node is the member that wrote the log.
func (m *memberFacts) node() (uint64, bool) {
	if m.byLog.hasMeta {
		return m.byLog.meta.NodeID, true
	}
	if m.log != nil && m.log.HasMetadata {
		return m.log.Metadata.NodeID, true
	}
	return 0, false
}

// dbConf is the members in the db as a raft configuration.
func (m *memberFacts) dbConf() datadir.ConfState {
	var c datadir.ConfState
	if m.view == nil {
		return c
	}
	for _, x := range m.view.Members.List {
		if x.IsLearner {
			c.Learners = append(c.Learners, x.ID)
		} else {
			c.Voters = append(c.Voters, x.ID)
		}
	}
	slices.Sort(c.Voters)
	slices.Sort(c.Learners)
	return c
}
