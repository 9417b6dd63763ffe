package datadir

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	"boltvet/internal/wire"
)

// maxSnapFile bounds what is read of a .snap file. Since etcd 3.4 it holds the membership only, a
// few KiB; with v2 keys it can have some hundred MiB.
const maxSnapFile = 512 << 20

// A SnapFile is a raft .snap file.
type SnapFile struct {
	Path        string
	Bytes       int64
	Term, Index uint64 // of the content
	ConfState   ConfState
	CRC         uint32 // as stored
	DataBytes   int64  // of the v2 store
	Store       SnapStore
}

// errUnusable says that a fault was reported and that nothing more can be read.
var errUnusable = errors.New("unusable")

// ReadSnap reads a .snap file. onFault receives each Fault and says whether to go on; when it is nil
// the first Fault is returned as error. When nothing could be read for faults, the result is nil with
// a nil error. etcd renames a file with any of the faults snap.empty, snap.crc or snap.parse to
// .broken and takes the next older one.
//
// Source: etcd v3.7.3 server/etcdserver/api/snap/snapshotter.go (Read).
func ReadSnap(path string, onFault func(Fault) bool) (*SnapFile, error) {
	r := snapReader{name: filepath.Base(path), onFault: onFault}
	b, err := r.load(path)
	if err == nil {
		var s *SnapFile
		if s, err = r.parse(b); err == nil {
			s.Path = path
			return s, r.checkName(s)
		}
	}
	if err == errUnusable || err == errStopped {
		return nil, nil
	}
	return nil, err
}

type snapReader struct {
	name    string
	onFault func(Fault) bool
}

// fault hands f on; fatal says that nothing can be read behind it.
func (r snapReader) fault(kind FaultKind, off int64, got, want string, fatal bool) error {
	f := Fault{Kind: kind, File: r.name, Off: off, Got: got, Want: want}
	switch {
	case r.onFault == nil:
		return f
	case !r.onFault(f):
		return errStopped
	case fatal:
		return errUnusable
	}
	return nil
}

func (r snapReader) load(path string) ([]byte, error) {
	f, err := openRead(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("size of %s: %w", path, err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, r.fault(SnapParse, -1, "no regular file", "a file", true)
	case info.Size() == 0:
		return nil, r.fault(SnapEmpty, 0, "no bytes", "a raft snapshot", true)
	case info.Size() > maxSnapFile:
		return nil, r.fault(SnapParse, -1, fmt.Sprintf("%d bytes", info.Size()), fmt.Sprintf("at most %d", maxSnapFile), true)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return b, nil
}

// parse takes the framing, the checksum and raft's snapshot apart. It goes on behind a wrong
// checksum: what can still be read may tell what the file was.
func (r snapReader) parse(b []byte) (*SnapFile, error) {
	s := &SnapFile{Bytes: int64(len(b))}
	crc, data, err := parseSnapFrame(b)
	s.CRC = crc
	if err != nil {
		return nil, r.fault(SnapParse, 0, err.Error(), "snappb.Snapshot", true)
	}
	if len(data) == 0 || crc == 0 {
		return nil, r.fault(SnapEmpty, 0, fmt.Sprintf("%d bytes of data, checksum %08x", len(data), crc), "data and a checksum", true)
	}
	if sum := crc32.Checksum(data, castagnoli); sum != crc {
		if err := r.fault(SnapCRC, 0, fmt.Sprintf("checksum %08x", crc), fmt.Sprintf("%08x", sum), false); err != nil {
			return nil, err
		}
	}
	store, err := parseRaftSnapshot(data, s)
	if err != nil {
		return nil, r.fault(SnapParse, int64(len(b)-len(data)), err.Error(), "raftpb.Snapshot", true)
	}
	s.DataBytes = int64(len(store))
	if s.Store, err = parseStore(store); err != nil {
		return s, r.fault(SnapParse, int64(len(b)-len(data)), err.Error(), "the JSON of a v2 store", false)
	}
	return s, nil
}

func (r snapReader) checkName(s *SnapFile) error {
	term, index, ok := ParseSnapName(r.name)
	want := fmt.Sprintf("%016x-%016x.snap", s.Term, s.Index)
	if ok && term == s.Term && index == s.Index {
		return nil
	}
	err := r.fault(SnapName, -1, r.name, want, false)
	if err == errStopped {
		return nil
	}
	return err
}

// parseSnapFrame parses snappb.Snapshot. data aliases b.
func parseSnapFrame(b []byte) (crc uint32, data []byte, err error) {
	var sum uint64
	err = wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.VarintTo(&sum)
		case 2:
			return f.BytesTo(&data)
		}
		return nil
	})
	return uint32(sum), data, err
}

// parseRaftSnapshot parses raftpb.Snapshot into s and returns an alias of its data.
func parseRaftSnapshot(b []byte, s *SnapFile) (store []byte, err error) {
	var meta []byte
	if err := wire.Fields(b, func(f wire.Field) error {
		switch f.Number {
		case 1:
			return f.BytesTo(&store)
		case 2:
			return f.BytesTo(&meta)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	err = wire.Fields(meta, func(f wire.Field) error {
		switch f.Number {
		case 1:
			var conf []byte
			if err := f.BytesTo(&conf); err != nil {
				return err
			}
			return parseConfState(conf, &s.ConfState)
		case 2:
			return f.VarintTo(&s.Index)
		case 3:
			return f.VarintTo(&s.Term)
		}
		return nil
	})
	return store, err
}
