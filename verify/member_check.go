package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// check yields what only the files of a member together show. A db that is damaged or missing and a
// log that etcd cannot read to its end are reported by others; nothing is concluded from them here.
func (m *memberFacts) check(onFault func(error) bool) {
	for _, rule := range [...]func() *MemberFault{
		m.checkAhead, m.checkBehind, m.checkTerm, m.checkNode, m.checkVoters, m.checkSnapNeeded, m.checkUserKeys,
	} {
		if f := rule(); f != nil && !onFault(*f) {
			return
		}
	}
	for _, s := range m.snaps {
		if f := s.checkMembers(); f != nil && !onFault(*f) {
			return
		}
	}
}

// logWhole tells whether etcd reads the log to its end. A torn tail is cut off and so an end.
func (m *memberFacts) logWhole() bool {
	return len(m.dir.Segments) > 0 && m.survey.stop <= logTorn && m.byLog.ends(false)
}

// lastIndex is the last index that etcd finds: of an entry or of the snapshot it starts from.
func (m *memberFacts) lastIndex() uint64 { return max(m.byLog.last, m.bySnap.last) }

// checkAhead finds the most dangerous state of all: etcd starts, and drops every new entry up to the
// db's index without a word. An index above the commit index is normal: commits alone are not synced.
func (m *memberFacts) checkAhead() *MemberFault {
	if !m.known() || len(m.dir.Segments) == 0 || !m.byLog.ends(false) || m.index() <= m.lastIndex() {
		return nil
	}
	return &MemberFault{Kind: MemberAheadOfLog, File: "db", Index: m.index(),
		Got:  fmt.Sprintf("consistent index %d", m.index()),
		Want: fmt.Sprintf("at most %d, the last entry of the log; a lone member would drop the next %d entries", m.lastIndex(), m.index()-m.lastIndex())}
}

// checkBehind looks for the db that a snapshot record stands for.
func (m *memberFacts) checkBehind() *MemberFault {
	want := max(m.byLog.start.Index, m.bySnap.start.Index)
	if !m.known() || want <= m.index() || m.received(want) {
		return nil // an index that is missing is reported as such
	}
	return &MemberFault{Kind: MemberBehindSnapshot, File: "db", Index: want,
		Got:  fmt.Sprintf("consistent index %d", m.index()),
		Want: fmt.Sprintf("%d or above, as a snapshot record of the log says, or the file %016x.snap.db", want, want)}
}

// checkTerm compares the db's term with that of the entry that it names as its last.
func (m *memberFacts) checkTerm() *MemberFault {
	if !m.known() || !m.view.Meta.Term.Set || !m.byLog.ends(false) || len(m.dir.Segments) == 0 {
		return nil
	}
	term := m.view.Meta.Term.Value
	f := &MemberFault{Kind: MemberTerm, File: "db", Index: m.index(), Got: "term " + strconv.FormatUint(term, 10)}
	switch {
	case m.byLog.atIndex.Index != 0 && m.byLog.atIndex.Term != term:
		f.Want = fmt.Sprintf("%d, the term of entry %d", m.byLog.atIndex.Term, m.index())
	case m.byLog.atIndex.Index == 0 && m.index() <= m.byLog.last && m.byLog.state.Term != 0 && term > m.byLog.state.Term:
		f.Want = fmt.Sprintf("at most %d, the last term of the log", m.byLog.state.Term)
	default:
		return nil
	}
	return f
}

// checkNode compares the log's member with the db's.
func (m *memberFacts) checkNode() *MemberFault {
	id, ok := m.node()
	if !ok || m.view == nil || m.damaged || !m.view.Has(mvccview.BucketMembers) {
		return nil
	}
	if m.log != nil && m.log.HasMetadata && m.log.Metadata.NodeID != id {
		return nil // segments of two members are reported as such
	}
	conf := m.dbConf()
	log := &MemberFault{Kind: MemberForeignLog, File: "wal", Got: "the log of member " + memberText(id)}
	switch {
	case slices.Contains(m.view.Members.Removed, id):
		log.Kind, log.Want = MemberRemovedSelf, "a member that the db does not have among the removed ones"
	case m.view.Members.Count == 0 || m.has(mvccview.MemberValue) || m.has(mvccview.MemberKey):
		return nil // reported as such
	case slices.Contains(conf.Voters, id), slices.Contains(conf.Learners, id):
		return nil
	case slices.ContainsFunc(m.byLog.changes, func(c confChange) bool { return c.node == id && c.index > m.index() }):
		return nil // the db is older than the entry that adds it
	default:
		log.Want = "a member of the db: " + memberList(append(conf.Voters, conf.Learners...))
	}
	return log
}

// checkVoters compares the members that the log leads to with the db's, when the db has applied all
// changes of members that were committed.
func (m *memberFacts) checkVoters() *MemberFault {
	if !m.known() || !m.logWhole() || m.view.Members.Count == 0 || m.checkNode() != nil ||
		m.has(mvccview.MemberValue) || m.has(mvccview.MemberID) || m.has(mvccview.MemberKey) {
		return nil
	}
	base, ok := m.raftBase()
	if !ok || slices.ContainsFunc(m.byLog.changes, func(c confChange) bool { return c.index > m.index() }) {
		return nil
	}
	log, db := m.byLog.members(base, 0, m.index()), m.dbConf()
	if slices.Equal(log.Voters, db.Voters) && slices.Equal(log.Learners, db.Learners) {
		return nil
	}
	return &MemberFault{Kind: MemberVoters, File: "db", Index: m.index(),
		Got:  "members " + memberList(append(db.Voters, db.Learners...)),
		Want: memberList(append(log.Voters, log.Learners...)) + ", as the log has it"}
}

// raftBase is the configuration that belongs to the snapshot which byLog starts from.
func (m *memberFacts) raftBase() (datadir.ConfState, bool) {
	if m.byLog.start.Index == 0 {
		return datadir.ConfState{}, true
	}
	if m.log != nil {
		for _, s := range m.log.Snapshots {
			if s.Index == m.byLog.start.Index && s.ConfState != nil {
				return *s.ConfState, true
			}
		}
	}
	return datadir.ConfState{}, false
}

// checkSnapNeeded finds a log whose beginning was purged while no .snap file can take its place.
func (m *memberFacts) checkSnapNeeded() *MemberFault {
	if !m.byLog.ends(false) || m.bySnap.stop != logNoStart {
		return nil
	}
	return &MemberFault{Kind: MemberSnapMissing, File: "snap", Index: m.byLog.start.Index,
		Got:  "no .snap file that can be used",
		Want: fmt.Sprintf("%016x-%016x.snap: the log before it is gone", m.byLog.start.Term, m.byLog.start.Index)}
}

func (m *memberFacts) checkUserKeys() *MemberFault {
	if m.chosen == nil || m.chosen.file.Store.UserKeys == 0 {
		return nil
	}
	return &MemberFault{Kind: MemberSnapUserKeys, File: m.chosen.entry.Name, Index: m.chosen.file.Index,
		Got: strconv.Itoa(m.chosen.file.Store.UserKeys) + " keys of the v2 API", Want: "none: etcd 3.6 refuses to start with them"}
}

// checkMembers compares the two lists of members within a .snap file.
func (s *snapFact) checkMembers() *MemberFault {
	if !s.usable || !s.json || len(s.file.Store.Members) == 0 {
		return nil
	}
	var store []uint64
	for _, x := range s.file.Store.Members {
		store = append(store, x.ID)
	}
	raft := slices.Concat(s.file.ConfState.Voters, s.file.ConfState.Learners)
	slices.Sort(store)
	slices.Sort(raft)
	if slices.Equal(store, raft) {
		return nil
	}
	return &MemberFault{Kind: MemberSnapMembers, File: s.entry.Name, Index: s.file.Index,
		Got: "members " + memberList(store), Want: memberList(raft) + ", as its raft configuration has it"}
}

func memberText(id uint64) string { return strconv.FormatUint(id, 16) }

func memberList(ids []uint64) string {
	if len(ids) == 0 {
		return "none"
	}
	var b strings.Builder
	for i, id := range ids[:min(len(ids), 9)] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(memberText(id))
	}
	return b.String()
}
