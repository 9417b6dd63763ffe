package mvccview

import (
	"encoding/binary"
	"encoding/json"
	"strconv"
)

// Keys of bucket "meta".
// Source: etcd 3.7 server/storage/schema/bucket.go.
const (
	metaIndex     = "consistent_index"
	metaTerm      = "term"
	metaScheduled = "scheduledCompactRev"
	metaFinished  = "finishedCompactRev"
	metaConfState = "confState"
	metaStorage   = "storageVersion"
)

// newestStorage is the newest storage version that is known here.
var newestStorage = Version{Major: 3, Minor: 7}

// maxJSON bounds the JSON values that are decoded, in bytes. etcd writes a few
// hundred; what is longer is a Fault.
const maxJSON = 64 << 10

// A ConfState is etcd's raft configuration, as member IDs.
type ConfState struct {
	Voters         []uint64 `json:"voters"`
	Learners       []uint64 `json:"learners"`
	VotersOutgoing []uint64 `json:"voters_outgoing"`
	LearnersNext   []uint64 `json:"learners_next"`
	AutoLeave      bool     `json:"auto_leave"`
}

// Meta is what bucket "meta" says.
type Meta struct {
	ConsistentIndex Maybe[uint64] // raft index of the last entry that is in the file
	Term            Maybe[uint64] // raft term of that entry; since 3.5
	Scheduled       Maybe[int64]  // S: main revision of the last compaction that began
	Finished        Maybe[int64]  // F: main revision of the last compaction that ended
	ConfState       Maybe[ConfState]
	StorageVersion  Maybe[Version] // since 3.6
	UnknownKeys     int            // keys that no release writes
	present         metaSeen
}

// metaSeen are the keys that exist, whether their values parse or not; so that
// a bad value is not reported as a missing one too.
type metaSeen struct{ index, term bool }

// Compact is C = max(F, S), the revision at or below which history is not
// complete; -1 if the store was never compacted, as etcd has it.
// Source: etcd 3.7 server/storage/mvcc/kvstore.go (restore).
func (m *Meta) Compact() int64 {
	c := int64(-1)
	for _, r := range [...]Maybe[int64]{m.Finished, m.Scheduled} {
		if r.Set {
			c = max(c, r.Value)
		}
	}
	return c
}

// Unfinished tells whether a compaction began that has not ended.
func (m *Meta) Unfinished() bool {
	return m.Scheduled.Set && m.Scheduled.Value > m.Finished.Value
}

// Latest is L, the revision at which etcd comes up, from the last main
// revision of bucket "key" (0 if it is empty).
// Source: etcd 3.7 server/storage/mvcc/kvstore.go (restore); S counts since
// 3.4.32 and 3.5.14.
func (m *Meta) Latest(lastMain int64) int64 {
	return max(1, lastMain, m.Finished.Value, m.Scheduled.Value)
}

// parse takes one element of the bucket in.
func (m *Meta) parse(e *entry) {
	switch string(e.key) {
	case metaIndex:
		m.present.index = true
		m.ConsistentIndex = parseUint64(e, IndexValue)
	case metaTerm:
		m.present.term = true
		m.Term = parseUint64(e, TermValue)
	case metaScheduled:
		m.Scheduled = parseCompact(e)
	case metaFinished:
		m.Finished = parseCompact(e)
	case metaConfState:
		m.ConfState = parseConfState(e)
	case metaStorage:
		m.StorageVersion = parseStorage(e)
	default:
		m.UnknownKeys++
		e.fault(SchemaUnknownKey, "", "a key that etcd writes to meta")
	}
}

func (m *Meta) merge(o *Meta) {
	m.ConsistentIndex.absorb(o.ConsistentIndex)
	m.Term.absorb(o.Term)
	m.Scheduled.absorb(o.Scheduled)
	m.Finished.absorb(o.Finished)
	m.ConfState.absorb(o.ConfState)
	m.StorageVersion.absorb(o.StorageVersion)
	m.UnknownKeys += o.UnknownKeys
	m.present.index = m.present.index || o.present.index
	m.present.term = m.present.term || o.present.term
}

// parseUint64 wants exactly 8 bytes: etcd reads the first 8 and dies of fewer.
func parseUint64(e *entry, kind FaultKind) Maybe[uint64] {
	if len(e.value) != 8 {
		e.fault(kind, strconv.Itoa(len(e.value))+" bytes", "8 bytes")
		return Maybe[uint64]{}
	}
	return some(binary.BigEndian.Uint64(e.value))
}

// parseCompact takes any revision key that etcd takes; revisions below 2 are
// normal here, for a store may be compacted at revision 1.
func parseCompact(e *entry) Maybe[int64] {
	k, err := ParseRevKey(e.value)
	if f, ok := err.(Fault); ok && !f.Usable() {
		e.fault(CompactValue, f.Got, "a revision key: "+f.Want)
		return Maybe[int64]{}
	}
	return some(k.Main)
}

func parseConfState(e *entry) Maybe[ConfState] {
	var c ConfState
	if err := parseJSON(e.value, &c); err != nil {
		e.fault(ConfStateValue, jsonTrouble(e.value, err), "the JSON of a raftpb.ConfState")
		return Maybe[ConfState]{}
	}
	return some(c)
}

func parseStorage(e *entry) Maybe[Version] {
	v, err := ParseVersion(clipText(e.value))
	if err != nil {
		e.fault(SchemaVersion, quoteClipped(e.value), "a version like 3.6.0")
		return Maybe[Version]{}
	}
	if newestStorage.Less(v) {
		e.fault(SchemaTooNew, v.String(), newestStorage.String()+" or older")
	}
	return some(v)
}

// parseJSON decodes b into v; what is longer than maxJSON is refused.
func parseJSON(b []byte, v any) error {
	if len(b) > maxJSON {
		return errLongJSON
	}
	return json.Unmarshal(b, v)
}
