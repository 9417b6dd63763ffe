package datadir

import (
	"crypto/sha256"
	"fmt"
)

// A raftLog follows indexes and terms through the records.
type raftLog struct {
	known    bool // last is meaningful
	first    uint64
	last     uint64
	lastTerm uint64
	runs     []termRun
	hasState bool
	state    HardState
}

// A termRun says that entries from index on have the term, up to the next run.
type termRun struct{ index, term uint64 }

// maxTermRuns bounds the memory of a log whose terms change with every entry.
const maxTermRuns = 1 << 14

// restart forgets the continuity, so that a known hole is not reported as a gap as well.
func (l *raftLog) restart() {
	l.known = false
	l.runs = l.runs[:0]
}

// termAt is the term of the surviving entry at index, 0 when it is not known.
func (l *raftLog) termAt(index uint64) uint64 {
	for i := len(l.runs) - 1; i >= 0; i-- {
		if l.runs[i].index <= index {
			return l.runs[i].term
		}
	}
	return 0
}

// add takes in an entry. An entry at or below the last index overwrites what an old leader had
// left uncommitted, from there on; that is raft at work. Its term may even be lower than the
// overwritten one's, but never lower than that of the entry before it.
func (l *raftLog) add(e WALEntry) (gap, back bool, want uint64) {
	want = l.last + 1
	gap = l.known && e.Index > want
	if gap || !l.known {
		l.runs = l.runs[:0]
	}
	for len(l.runs) > 0 && l.runs[len(l.runs)-1].index >= e.Index {
		l.runs = l.runs[:len(l.runs)-1]
	}
	before := uint64(0)
	if e.Index > 0 {
		before = l.termAt(e.Index - 1)
	}
	back = e.Term < before
	if before != e.Term {
		if len(l.runs) >= maxTermRuns {
			l.runs = l.runs[:copy(l.runs, l.runs[maxTermRuns/2:])]
		}
		l.runs = append(l.runs, termRun{e.Index, e.Term})
	}
	if l.first == 0 {
		l.first = e.Index
	}
	l.known, l.last, l.lastTerm = true, e.Index, e.Term
	return gap, back, want
}

// snapshot takes in a snapshot record. One beyond the last entry came from the leader and replaces
// the log before it.
func (l *raftLog) snapshot(s WALSnapshot) {
	if !l.known || s.Index > l.last {
		l.runs = append(l.runs[:0], termRun{s.Index, s.Term})
		l.known, l.last, l.lastTerm = true, s.Index, s.Term
	}
}

// A metadataCheck compares metadata records by their bytes, as etcd does.
type metadataCheck struct {
	seen bool
	sum  [sha256.Size]byte
}

func (m *metadataCheck) same(b []byte) bool {
	sum := sha256.Sum256(b)
	if !m.seen {
		m.seen, m.sum = true, sum
	}
	return m.sum == sum
}

// take runs the rules over a record that fits its checksum, counts it and shows it.
func (r *walReader) take(rec *WALRecord) error {
	if r.seg.Records == 0 && rec.Type != RecordCRC {
		if err := r.faultAt(WALCRCRecord, rec.Off, 0, rec.Type.String()+" record first", "a crc record first"); err != nil {
			return err
		}
	}
	if err := parsePayload(rec); err != nil {
		r.hide(rec.Off)
		if err := r.faultAt(WALParse, rec.Off, 0, fmt.Sprintf("%s record: %v", rec.Type, err), "etcd's protobuf"); err != nil {
			return err
		}
		return r.show(rec)
	}
	if err := r.rules(rec); err != nil {
		return err
	}
	return r.show(rec)
}

// show counts the record and hands it to the visitor.
func (r *walReader) show(rec *WALRecord) error {
	rec.Hidden = r.hidden
	r.seg.Records++
	r.seg.ValidEnd = rec.Off + rec.Size
	entry := rec.Type == RecordEntry && rec.CRCOK
	if entry {
		if r.seg.FirstIndex == 0 {
			r.seg.FirstIndex = rec.Entry.Index
		}
		r.seg.LastIndex = rec.Entry.Index
	}
	records, entries := &r.sum.Records, &r.sum.Entries
	if r.hidden {
		records, entries = &r.sum.Hidden.Records, &r.sum.Hidden.Entries
	}
	*records++
	if entry {
		*entries++
	}
	if r.visit == nil {
		return nil
	}
	if err := r.visit(*rec); err != nil {
		r.sum.Stopped = true
		return err
	}
	return nil
}

func (r *walReader) rules(rec *WALRecord) error {
	switch rec.Type {
	case RecordCRC:
		return nil
	case RecordMetadata:
		return r.metadataRules(rec)
	case RecordEntry:
		return r.entryRules(rec)
	case RecordState:
		return r.stateRules(rec)
	case RecordSnapshot:
		return r.snapshotRules(rec)
	}
	r.hide(rec.Off)
	return r.faultAt(WALType, rec.Off, 0, rec.Type.String(), "a type from 1 to 5")
}

func (r *walReader) metadataRules(rec *WALRecord) error {
	if !r.sum.HasMetadata {
		r.sum.HasMetadata, r.sum.Metadata = true, rec.Metadata
	}
	if r.meta.same(rec.Data) {
		return nil
	}
	r.hide(rec.Off)
	text := func(m WALMetadata) string { return fmt.Sprintf("member %x of cluster %x", m.NodeID, m.ClusterID) }
	return r.faultAt(WALMetadataConflict, rec.Off, 0, text(rec.Metadata), text(r.sum.Metadata))
}

func (r *walReader) entryRules(rec *WALRecord) error {
	e := rec.Entry
	if e.Index == 0 || e.Type > 2 || e.Type == 1 && len(e.Data) == 0 {
		r.hide(rec.Off)
		return r.faultAt(WALParse, rec.Off, e.Index, fmt.Sprintf("entry of type %d, index %d, %d bytes", e.Type, e.Index, len(e.Data)),
			"an entry of type 0 to 2; a type that reads as another does this")
	}
	first := r.seg.FirstIndex == 0 && !r.log.known
	if first && e.Index > r.seg.Index && r.seg.Seq > 0 && !r.hidden {
		if err := r.faultAt(WALName, rec.Off, e.Index, fmt.Sprintf("index %d in the name", r.seg.Index),
			fmt.Sprintf("%d, the first entry", e.Index)); err != nil {
			return err
		}
	}
	known := r.log
	gap, back, want := r.log.add(e)
	if gap {
		r.log.last, r.log.lastTerm = known.last, known.lastTerm
		r.hide(rec.Off)
		r.log.add(e)
		return r.faultAt(WALEntryGap, rec.Off, e.Index, fmt.Sprintf("entry %d", e.Index), fmt.Sprintf("%d at most", want))
	}
	if back {
		return r.faultAt(WALTermBack, rec.Off, e.Index, fmt.Sprintf("term %d", e.Term), "the term of the entry before, or later")
	}
	return nil
}

func (r *walReader) stateRules(rec *WALRecord) error {
	before := r.log.state
	r.log.hasState, r.log.state = true, rec.State
	if rec.State.Term < before.Term {
		return r.faultAt(WALTermBack, rec.Off, rec.State.Commit, fmt.Sprintf("term %d in the hard state", rec.State.Term),
			fmt.Sprintf("%d or later", before.Term))
	}
	return nil
}

func (r *walReader) snapshotRules(rec *WALRecord) error {
	s := rec.Snapshot
	r.log.snapshot(s)
	if r.hidden {
		return nil
	}
	if len(r.sum.Snapshots) >= maxSnapshotList {
		r.sum.Snapshots = r.sum.Snapshots[:copy(r.sum.Snapshots, r.sum.Snapshots[maxSnapshotList/2:])]
		r.snapTerm = nil
	}
	r.sum.Snapshots = append(r.sum.Snapshots, s)
	if term, seen := r.snapTerm[s.Index]; seen && term != s.Term {
		return r.faultAt(WALSnapshotConflict, rec.Off, s.Index, fmt.Sprintf("term %d", s.Term),
			fmt.Sprintf("%d, as in the earlier record", term))
	}
	if r.snapTerm == nil {
		r.snapTerm = make(map[uint64]uint64)
	}
	r.snapTerm[s.Index] = s.Term
	return nil
}
