package datadir

import (
	"fmt"
	"hash/crc32"

	"boltvet/internal/wire"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A RecordType is the type field of a log record.
type RecordType int64

// The record types. Source: etcd v3.7.3 storage/wal/wal.go.
const (
	RecordMetadata RecordType = 1 + iota
	RecordEntry
	RecordState
	RecordCRC
	RecordSnapshot
)

// String returns etcd's word for the type.
func (t RecordType) String() string {
	switch t {
	case RecordMetadata:
		return "metadata"
	case RecordEntry:
		return "entry"
	case RecordState:
		return "state"
	case RecordCRC:
		return "crc"
	case RecordSnapshot:
		return "snapshot"
	}
	return fmt.Sprintf("type-%d", int64(t))
}

func (t RecordType) known() bool { return t >= RecordMetadata && t <= RecordSnapshot }

// A WALMetadata names the member that wrote the log.
type WALMetadata struct{ NodeID, ClusterID uint64 }

// A WALEntry is one raft entry. Data aliases the reader's buffer and is valid during the visit.
type WALEntry struct {
	Type        uint64 // 0 normal, 1 ConfChange, 2 ConfChangeV2
	Term, Index uint64
	Data        []byte
}

// A HardState is what raft had promised.
type HardState struct{ Term, Vote, Commit uint64 }

// A ConfState is the membership as raft sees it.
type ConfState struct {
	Voters, Learners, VotersOutgoing, LearnersNext []uint64
	AutoLeave                                      bool
}

// A WALSnapshot marks that a snapshot of Index and Term exists.
type WALSnapshot struct {
	Index, Term uint64
	ConfState   *ConfState // nil before etcd 3.5 and for index 0
}

// A WALRecord is one record as it stands in the file. Only the value that belongs to Type is set.
// Data and Entry.Data alias the reader's buffer and are valid during the visit.
type WALRecord struct {
	File   string // base name of the segment
	Off    int64  // of the frame in the segment
	Size   int64  // bytes of the frame with header and padding
	Type   RecordType
	CRC    uint32 // as stored
	CRCOK  bool   // the data continues the checksum chain
	Hidden bool   // etcd stops reading before it
	Data   []byte // raw

	Metadata WALMetadata
	Entry    WALEntry
	State    HardState
	Snapshot WALSnapshot
}

// parseEnvelope parses walpb.Record without its payload.
func parseEnvelope(b []byte, r *WALRecord) error {
	var typ, crc uint64
	var data []byte
	err := wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&typ)
		case 2:
			return f.VarintTo(&crc)
		case 3:
			return f.BytesTo(&data)
		}
		return nil
	})
	r.Type, r.CRC, r.Data = RecordType(typ), uint32(crc), data
	return err
}

// parsePayload parses the data of a record into the value that belongs to its type.
func parsePayload(r *WALRecord) error {
	switch r.Type {
	case RecordMetadata:
		return parseMetadata(r.Data, &r.Metadata)
	case RecordEntry:
		return parseEntry(r.Data, &r.Entry)
	case RecordState:
		return parseHardState(r.Data, &r.State)
	case RecordSnapshot:
		return parseWALSnapshot(r.Data, &r.Snapshot)
	}
	return nil
}

func parseMetadata(b []byte, m *WALMetadata) error {
	return wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&m.NodeID)
		case 2:
			return f.VarintTo(&m.ClusterID)
		}
		return nil
	})
}

func parseEntry(b []byte, e *WALEntry) error {
	return wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&e.Type)
		case 2:
			return f.VarintTo(&e.Term)
		case 3:
			return f.VarintTo(&e.Index)
		case 4:
			return f.BytesTo(&e.Data)
		}
		return nil
	})
}

func parseHardState(b []byte, s *HardState) error {
	return wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&s.Term)
		case 2:
			return f.VarintTo(&s.Vote)
		case 3:
			return f.VarintTo(&s.Commit)
		}
		return nil
	})
}

func parseWALSnapshot(b []byte, s *WALSnapshot) error {
	return wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&s.Index)
		case 2:
			return f.VarintTo(&s.Term)
		case 3:
			var data []byte
			if err := f.BytesTo(&data); err != nil {
				return err
			}
			s.ConfState = new(ConfState)
			return parseConfState(data, s.ConfState)
		}
		return nil
	})
}

// parseConfState parses raftpb.ConfState. The id lists are copies.
func parseConfState(b []byte, c *ConfState) error {
	return wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.AppendIDs(&c.Voters)
		case 2:
			return f.AppendIDs(&c.Learners)
		case 3:
			return f.AppendIDs(&c.VotersOutgoing)
		case 4:
			return f.AppendIDs(&c.LearnersNext)
		case 5:
			var v uint64
			err := f.VarintTo(&v)
			c.AutoLeave = v != 0
			return err
		}
		return nil
	})
}
