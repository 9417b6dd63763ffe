package restore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// segmentBytes is the size of a log segment that etcd has just made.
// Source: etcd v3.7.3 server/storage/wal/wal.go (SegmentSizeBytes).
const segmentBytes = 64 * 1000 * 1000

// firstSegment is the name of a log's first segment.
const firstSegment = "0000000000000000-0000000000000000.wal"

// firstTerm is the raft term that a restored member begins with.
const firstTerm = 1

// The types of log records.
// Source: etcd v3.7.3 server/storage/wal/wal.go.
const (
	recordMetadata = 1 + iota
	recordEntry
	recordState
	recordCRC
	recordSnapshot
)

// The types of conf changes. Source: raft v3.7.0 raftpb/raft.proto.
const (
	confAddNode    = 0
	confAddLearner = 3
)

const entryConfChange = 1 // Source: raft v3.7.0 raftpb/raft.proto (EntryType)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A segment is the beginning of a log, growing by records.
type segment struct {
	bytes []byte
	crc   uint32 // of all data so far
}

// add appends one framed record; nil data is for the crc record, which has none.
//
// Source: etcd v3.7.3 server/storage/wal/encoder.go.
func (s *segment) add(kind uint64, data []byte) {
	s.crc = crc32.Update(s.crc, castagnoli, data)
	rec := appendUint(nil, 1, kind)
	rec = appendUint(rec, 2, uint64(s.crc))
	if data != nil {
		rec = appendBytes(rec, 3, data)
	}
	frame := uint64(len(rec))
	pad := (8 - len(rec)%8) % 8
	if pad > 0 {
		frame |= uint64(0x80|pad) << 56
	}
	s.bytes = binary.LittleEndian.AppendUint64(s.bytes, frame)
	s.bytes = append(s.bytes, rec...)
	s.bytes = append(s.bytes, make([]byte, pad)...)
}

// encodeWAL is the written part of the log of member own in the new cluster c: what
// etcdutl writes, byte for byte where there are no learners. The rest of the segment
// is zero.
//
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go (saveWALAndSnap), wal.go (Create).
func encodeWAL(c *Cluster, own *Member) ([]byte, error) {
	var s segment
	s.add(recordCRC, nil)
	s.add(recordMetadata, appendUint(appendUint(nil, 1, own.ID), 2, c.ID))
	s.add(recordSnapshot, appendUint(appendUint(nil, 1, 0), 2, 0))
	members := c.joining()
	for i, m := range members {
		entry, err := encodeJoin(uint64(i+1), &m)
		if err != nil {
			return nil, err
		}
		s.add(recordEntry, entry)
	}
	commit := uint64(len(members))
	state := appendUint(nil, 1, firstTerm)
	state = appendUint(state, 2, members[0].ID)
	s.add(recordState, appendUint(state, 3, commit))
	snap := appendUint(appendUint(nil, 1, commit), 2, firstTerm)
	s.add(recordSnapshot, appendBytes(snap, 3, appendConfState(nil, c)))
	if len(s.bytes) > segmentBytes {
		return nil, fmt.Errorf("a log of %d members does not fit into one segment", len(members))
	}
	return s.bytes, nil
}

// encodeJoin is the log entry by which a member joins.
func encodeJoin(index uint64, m *Member) ([]byte, error) {
	context, err := m.json()
	if err != nil {
		return nil, err
	}
	kind := uint64(confAddNode)
	if m.Learner {
		kind = confAddLearner
	}
	change := appendUint(nil, 2, kind)
	change = appendUint(change, 3, m.ID)
	change = appendBytes(change, 4, context)
	entry := appendUint(nil, 1, entryConfChange)
	entry = appendUint(entry, 2, firstTerm)
	entry = appendUint(entry, 3, index)
	return appendBytes(entry, 4, change), nil
}
