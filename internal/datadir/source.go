package datadir

import (
	"fmt"
	"os"
	"time"
)

// DefaultMaxSpool is how many bytes standard input, a FIFO or a compressed backup may unpack to.
const DefaultMaxSpool = 16 << 30

// Options change how a path is resolved. The zero value is the default.
type Options struct {
	TmpDir   string   // where spool files are made; "" is the system's
	MaxSpool int64    // greatest size of a spool file in bytes; 0 is DefaultMaxSpool
	NoLock   bool     // do not ask whether a running etcd uses the files
	WALDir   string   // the log, when etcd ran with --wal-dir
	Stdin    *os.File // what "-" reads; nil is the process's standard input
}

func (o Options) maxSpool() int64 {
	if o.MaxSpool <= 0 {
		return DefaultMaxSpool
	}
	return o.MaxSpool
}

// Identity tells one file from another, and whether it changed meanwhile.
type Identity struct {
	Dev, Ino uint64
	Size     int64 // bytes
	ModTime  time.Time
}

// A Trailer is the sha256 that etcd appends to a snapshot.
type Trailer struct {
	Present bool     // size % 512 == 32. Source: etcdutl v3.7.3 v3_snapshot.go (hasChecksum)
	Stored  [32]byte // what stands there; TrailerCheck says whether it is right
	Bytes   int64    // 32 when present, else 0
}

// A LockState says what could be found out about other users of the files.
type LockState struct {
	Use    LockUse
	Reason string // why Use is LockUnknown or LockNone
}

// LockUse is the answer to "does someone else use this".
type LockUse uint8

// The possible answers.
const (
	LockNone    LockUse = iota // not asked: a snapshot, a private copy, or asked not to
	LockHeld                   // free, and a shared lock is held until Close
	LockUnknown                // the file system cannot tell
)

// String returns "none", "held" or "unknown".
func (u LockUse) String() string {
	switch u {
	case LockNone:
		return "none"
	case LockHeld:
		return "held"
	case LockUnknown:
		return "unknown"
	}
	return fmt.Sprintf("lock-%d", uint8(u))
}

// A Source is a resolved path. Close releases its files and locks.
type Source struct {
	Path        string // as it was named
	Kind        Kind
	File        *os.File // the db bytes from offset 0, read-only; nil when there is no db
	DBPath      string   // the path of the db: Path itself, or DIR/member/snap/db
	FileSize    int64    // bytes of File, with a trailer
	DBSize      int64    // bytes of the bolt file, without a trailer
	Trailer     Trailer
	Compression string     // "", "gzip", "zstd" or "zip": what Path was packed with
	SpoolPath   string     // where the private copy was made; it has no name any more; "" when none
	Member      *MemberDir // the directories around the db; nil for a lone file
	Identity               // of the path that was named
	Lock        LockState
	Notes       []string // what a user should know and what is no fault
	Faults      []Fault  // facts found on the way in (damaged compression)

	opened *Sighting // of File before it was looked at; nil: it is a private copy
}

// Close releases the file, its lock and the spool copy. It is safe to call twice.
func (s *Source) Close() error {
	if s == nil || s.File == nil {
		return nil
	}
	f := s.File
	s.File = nil
	return f.Close()
}

// A RefusedError says that a path is nothing that can be worked with, and what it looks like.
type RefusedError struct {
	Path   string
	Kind   Kind
	Reason string // what it is
	Try    string // what to do next; may be empty
}

// Error names path, kind and reason. Try is left to the caller, who prints it on a line of its own.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: %s", e.Path, e.Reason)
}

// An InUseError says that a running process uses the files.
type InUseError struct {
	Path   string // the locked file
	Holder string // such as "etcd (pid 1234)"; "" when it cannot be found out
	Try    string
}

// Error names the file and the holder.
func (e *InUseError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("%s: in use by %s", e.Path, holder)
}

// A SpoolLimitError says that the private copy of an input would grow beyond the allowed size.
type SpoolLimitError struct {
	Path  string
	Limit int64 // bytes
}

// Error names the path and the limit.
func (e *SpoolLimitError) Error() string {
	return fmt.Sprintf("%s: unpacked copy would be larger than the limit of %d bytes", e.Path, e.Limit)
}
