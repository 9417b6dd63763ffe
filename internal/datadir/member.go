package datadir

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// A MemberDir is the listing of the directories of one member. It holds names, no open files.
type MemberDir struct {
	Dir     string // the member directory; "" when only a log is known
	SnapDir string // Dir/snap; "" when only a log is known
	WALDir  string // Dir/wal, or the separate one; "" when there is none
	DBPath  string // SnapDir/db, whether it exists or not
	HasDB   bool

	Segments []Segment   // by sequence number
	Snaps    []SnapEntry // newest first, as etcd tries them
	SnapDBs  []Received  // INDEX.snap.db
	Leftover []string    // paths relative to SnapDir or WALDir with "snap/" or "wal/" before them
	Ignored  []string    // the same, of what etcd ignores
}

// A SnapEntry is a .snap file by its name.
type SnapEntry struct {
	Name        string
	Term, Index uint64
	Size        int64 // bytes
}

// A Received is a db that came from the leader and waits to replace snap/db.
type Received struct {
	Name  string
	Index uint64
	Size  int64 // bytes
}

// ReadMemberDir lists a member directory. walDir is the log's when it lies elsewhere, "" otherwise;
// dir may be "" when only the log is known. Missing sub-directories are no error: Check reports
// them. Other I/O errors are returned wrapped.
func ReadMemberDir(dir, walDir string) (*MemberDir, error) {
	m := &MemberDir{Dir: dir, WALDir: walDir}
	if dir != "" {
		m.SnapDir = filepath.Join(dir, "snap")
		m.DBPath = filepath.Join(m.SnapDir, "db")
		if walDir == "" {
			m.WALDir = filepath.Join(dir, "wal")
		}
		if err := m.readParent(); err != nil {
			return nil, err
		}
		if err := m.readSnapDir(); err != nil {
			return nil, err
		}
	}
	return m, m.readWALDir()
}

func (m *MemberDir) readParent() error {
	names, err := readExisting(m.Dir)
	for _, e := range names {
		if e.name == "wal.tmp" || strings.HasPrefix(e.name, "wal.broken.") {
			m.Leftover = append(m.Leftover, e.name)
		}
	}
	return err
}

// readSnapDir sorts the names of snap/ by what etcd does with them at its start.
//
// Source: etcd v3.7.3 server/etcdserver/api/snap/snapshotter.go (snapNames, cleanupSnapdir),
// server/etcdserver/bootstrap.go (files named tmp* are removed).
func (m *MemberDir) readSnapDir() error {
	names, err := readExisting(m.SnapDir)
	for _, e := range names {
		switch term, index, isSnap := ParseSnapName(e.name); {
		case e.name == "db":
			m.HasDB = e.regular
		case isSnap:
			m.Snaps = append(m.Snaps, SnapEntry{e.name, term, index, e.size})
		case strings.HasPrefix(e.name, "tmp"), strings.HasPrefix(e.name, "db.tmp"), strings.HasSuffix(e.name, ".broken"):
			m.Leftover = append(m.Leftover, "snap/"+e.name)
		default:
			stem, isDB := strings.CutSuffix(e.name, ".snap.db")
			index, isHex := parseHex16(stem)
			if isDB && isHex {
				m.SnapDBs = append(m.SnapDBs, Received{e.name, index, e.size})
			} else {
				m.Ignored = append(m.Ignored, "snap/"+e.name)
			}
		}
	}
	slices.Reverse(m.Snaps)
	return err
}

// readWALDir sorts the names of the log. N.tmp are segments made in advance.
//
// Source: etcd v3.7.3 storage/wal/util.go (checkWALNames), file_pipeline.go, repair.go.
func (m *MemberDir) readWALDir() error {
	if m.WALDir == "" {
		return nil
	}
	names, err := readExisting(m.WALDir)
	m.Segments = segmentsOf(names)
	for _, e := range names {
		_, _, isSegment := ParseSegmentName(e.name)
		switch {
		case isSegment && e.regular, strings.HasSuffix(e.name, ".tmp"):
		case strings.HasSuffix(e.name, ".broken"):
			m.Leftover = append(m.Leftover, "wal/"+e.name)
		default:
			m.Ignored = append(m.Ignored, "wal/"+e.name)
		}
	}
	return err
}

// readExisting is readNames for a directory that need not exist.
func readExisting(dir string) ([]nameEntry, error) {
	names, err := readNames(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// Check yields the faults that names alone show, until onFault returns false. Sequence and content
// of segments are ReadWAL's.
func (m *MemberDir) Check(onFault func(Fault) bool) {
	for _, f := range m.faults() {
		if !onFault(f) {
			return
		}
	}
}

func (m *MemberDir) faults() []Fault {
	var faults []Fault
	add := func(kind FaultKind, file, got, want string) {
		faults = append(faults, Fault{Kind: kind, File: file, Off: -1, Got: got, Want: want})
	}
	if m.Dir != "" && !m.HasDB {
		add(DirDBMissing, "snap", "no file db", "the bolt file snap/db")
	}
	if len(m.Segments) == 0 {
		add(DirWALMissing, "wal", "no log segment", "files named SEQ-INDEX.wal")
	}
	for _, r := range m.SnapDBs {
		add(DirSnapDB, r.Name, "a db received from the leader", "none, or snap/db at this index already")
	}
	for _, name := range m.Leftover {
		add(DirLeftover, name, "left behind by etcd", "no such file")
	}
	for _, name := range m.Ignored {
		if strings.HasSuffix(name, ".snap") {
			add(SnapName, name, "a name without term and index", "TERM-INDEX.snap")
			continue
		}
		if strings.HasSuffix(name, ".wal") {
			add(WALName, name, "a name without sequence and index", "SEQ-INDEX.wal")
			continue
		}
		add(DirIgnored, name, "a file that etcd ignores", "no such file")
	}
	return faults
}
