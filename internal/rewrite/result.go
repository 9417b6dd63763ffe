package rewrite

import (
	"time"

	"boltvet/internal/datadir"
	"boltvet/verify"
)

// Result is what became of a rewrite, or what would for a dry run.
type Result struct {
	Source  *datadir.Source
	Trailer datadir.TrailerResult // of the source
	Codes   []verify.CodeCount    // findings about the source
	Forced  bool                  // some of them are damage that the output has, too, or lacks something by
	DryRun  bool

	Before, After Size
	Records       Records
	HashBefore    uint32     // status hash of the source
	HashAfter     uint32     // status hash of the output; 0 for a dry run, which has none
	Compaction    Compaction // zero unless it was one

	Sealed   bool
	SHA256   [32]byte // the trailer; zero if there is none
	ReadBack bool     // the output was verified from the disk
	Room     Room
	Elapsed  time.Duration
}

// Size is how large a file is.
type Size struct {
	FileBytes int64 // with a trailer
	DBBytes   int64 // high water mark × page size
	PageSize  int64
	Pages     int64 // below the high water mark
	FreePages int64 // of these, not in use; a new file has none
}

// FreeBytes is FreePages in bytes.
func (s Size) FreeBytes() int64 { return s.FreePages * s.PageSize }

// Records counts the records of bucket "key": Kept + Dropped is what the source has.
type Records struct {
	Kept, Dropped           int64
	KeptBytes, DroppedBytes int64 // bytes of their keys and values in the bucket
}

// Compaction is where the history begins after a compaction.
type Compaction struct {
	Revision       int64 // N; 0: there was none
	Previous       int64 // C of the source; -1: never compacted
	Latest         int64 // L
	Prefixes       []Prefix
	OtherPrefixes  bool // there were too many; the last of Prefixes has the others
	KeptTombstones int64
}

// Room is how much space there is for the output; zero if it was not looked at.
type Room struct {
	Need, Free int64 // bytes
	Known      bool
}

// BytesPerSecond is the speed in bytes of the source's db.
func (r *Result) BytesPerSecond() int64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return int64(float64(r.Before.DBBytes) / r.Elapsed.Seconds())
}
