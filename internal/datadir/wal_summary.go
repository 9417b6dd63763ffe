package datadir

// A WALSummary says what a log holds, as etcd would read it: everything up to the first place where
// etcd stops or dies. What lies behind that place is in Hidden.
type WALSummary struct {
	Dir         string
	Segments    []SegmentSummary // by sequence number
	HasMetadata bool
	Metadata    WALMetadata
	FirstIndex  uint64 // raft index of the first entry record, 0 when there is none
	LastIndex   uint64 // of the last entry, or of a newer snapshot record
	LastTerm    uint64
	HasState    bool
	State       HardState     // the last one
	Snapshots   []WALSnapshot // the newest maxSnapshotList snapshot records, in file order
	Records     int64
	Entries     int64 // entry records, overwritten ones included
	Bytes       int64 // of all segments up to their ends of valid records
	Torn        bool  // the last record was cut short; etcd repairs that by itself
	Hidden      HiddenSummary
	Stopped     bool // onFault or visit ended the reading early
}

// A SegmentSummary is one segment as it was read.
type SegmentSummary struct {
	Segment
	Records    int64
	FirstIndex uint64 // of the first entry record, 0 when there is none
	LastIndex  uint64 // of the last entry record
	ValidEnd   int64  // offset behind the last valid record; the preallocated tail begins here
}

// A HiddenSummary counts records that are intact but that etcd does not reach.
type HiddenSummary struct {
	File       string // segment of the place where etcd stops; "" when it reads all
	Off        int64
	Records    int64
	Entries    int64
	FirstIndex uint64
	LastIndex  uint64
	State      HardState
}

// maxSnapshotList bounds WALSummary.Snapshots. etcd writes one such record per 10000 to 100000
// entries and purges old segments, so a healthy log has a handful.
const maxSnapshotList = 1 << 14
