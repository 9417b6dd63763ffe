package verify

import (
	"encoding/binary"
	"errors"
	"io"

	"boltvet/internal/datadir"
)

// The few protobuf messages of the log whose fields decide how etcd starts.
// Source: etcd v3.7.3 server/storage/wal/walpb/record.proto, raft v3.7.0 raftpb/raft.proto.

// A logRecord is walpb.Record. data aliases the decoder's buffer.
type logRecord struct {
	kind datadir.RecordType
	crc  uint32
	data []byte
}

// errWire is a message that is no protobuf.
var errWire = errors.New("malformed protobuf")

// wireFields calls visit for each field; num holds varints, data what is length-delimited. A message
// that ends within a field is io.ErrUnexpectedEOF. Groups, which etcd never had, are errors.
func wireFields(b []byte, visit func(field int, num uint64, data []byte) error) error {
	for len(b) > 0 {
		tag, rest, err := uvarint(b)
		if err != nil {
			return err
		}
		field := tag >> 3
		if field == 0 || field >= 1<<29 {
			return errWire
		}
		num, data, rest, err := wireValue(tag&7, rest)
		if err != nil {
			return err
		}
		if err := visit(int(field), num, data); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// wireValue takes a value of a wire type off b.
func wireValue(typ uint64, b []byte) (num uint64, data, rest []byte, err error) {
	size := uint64(8)
	switch typ {
	case 0:
		num, rest, err = uvarint(b)
		return num, nil, rest, err
	case 1:
	case 2:
		if size, b, err = uvarint(b); err != nil {
			return 0, nil, nil, err
		}
	case 5:
		size = 4
	default:
		return 0, nil, nil, errWire
	}
	if size > uint64(len(b)) {
		return 0, nil, nil, io.ErrUnexpectedEOF
	}
	if typ == 2 {
		data = b[:size]
	}
	return 0, data, b[size:], nil
}

func uvarint(b []byte) (v uint64, rest []byte, err error) {
	v, n := binary.Uvarint(b)
	switch {
	case n == 0:
		return 0, nil, io.ErrUnexpectedEOF
	case n < 0:
		return 0, nil, errWire
	}
	return v, b[n:], nil
}

func parseLogRecord(b []byte) (logRecord, error) {
	var r logRecord
	err := wireFields(b, func(field int, num uint64, data []byte) error {
		switch field {
		case 1:
			r.kind = datadir.RecordType(num)
		case 2:
			r.crc = uint32(num)
		case 3:
			r.data = data
		}
		return nil
	})
	return r, err
}

// threeNumbers reads the varint fields 1, 2 and 3: metadata, hard states and snapshots are no more.
func threeNumbers(b []byte) (v [3]uint64, err error) {
	err = wireFields(b, func(field int, num uint64, _ []byte) error {
		if field >= 1 && field <= 3 {
			v[field-1] = num
		}
		return nil
	})
	return v, err
}

func parseLogEntry(b []byte) (datadir.WALEntry, error) {
	var e datadir.WALEntry
	err := wireFields(b, func(field int, num uint64, data []byte) error {
		switch field {
		case 1:
			e.Type = num
		case 2:
			e.Term = num
		case 3:
			e.Index = num
		case 4:
			e.Data = data
		}
		return nil
	})
	return e, err
}

// A confChange is one step of a change of the cluster's members.
type confChange struct {
	index uint64
	kind  uint64 // 0 add a voter, 1 remove, 2 update, 3 add a learner
	node  uint64
}

const (
	confAddVoter   = 0
	confRemove     = 1
	confAddLearner = 3
)

// parseConfChanges reads the changes of an entry of type 1 or 2; others have none.
func parseConfChanges(e datadir.WALEntry) ([]confChange, error) {
	switch e.Type {
	case 1:
		c := confChange{index: e.Index}
		err := wireFields(e.Data, func(field int, num uint64, _ []byte) error {
			switch field {
			case 2:
				c.kind = num
			case 3:
				c.node = num
			}
			return nil
		})
		return []confChange{c}, err
	case 2:
		return parseConfChangeV2(e)
	}
	return nil, nil
}

func parseConfChangeV2(e datadir.WALEntry) (changes []confChange, err error) {
	err = wireFields(e.Data, func(field int, _ uint64, data []byte) error {
		if field != 2 {
			return nil
		}
		v, err := threeNumbers(data)
		changes = append(changes, confChange{e.Index, v[0], v[1]})
		return err
	})
	return changes, err
}

// clusterVersionSet reads the version from an entry that sets the cluster's, "" from any other.
// Source: etcd v3.7.3 api/etcdserverpb/raft_internal.proto (InternalRaftRequest, field 1300).
func clusterVersionSet(e datadir.WALEntry) string {
	version := ""
	if e.Type != 0 {
		return ""
	}
	// What does not parse is no such entry; datadir reports it.
	_ = wireFields(e.Data, func(field int, _ uint64, data []byte) error {
		if field != 1300 || len(data) > 64 {
			return nil
		}
		return wireFields(data, func(field int, _ uint64, data []byte) error {
			if field == 1 {
				version = string(data)
			}
			return nil
		})
	})
	return version
}
