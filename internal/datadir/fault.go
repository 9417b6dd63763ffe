package datadir

import (
	"fmt"
	"strings"
)

// A Fault is one fact about bytes or names that should not be so. It implements error.
type Fault struct {
	Kind  FaultKind
	File  string // base name of the file, or of the directory for dir faults
	Off   int64  // byte offset in File, -1 when the file as a whole is meant
	Index uint64 // raft index the fault is about, 0 when none is known
	Got   string // short and printable
	Want  string // short and printable
}

// Error is the text form: place, code, got and want.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Off >= 0 {
		fmt.Fprintf(&b, " +%#x", f.Off)
	}
	if f.Index > 0 {
		fmt.Fprintf(&b, " index %d", f.Index)
	}
	fmt.Fprintf(&b, ": %s: got %s, want %s", f.Kind, f.Got, f.Want)
	return b.String()
}

// A FaultKind names a kind of fault. Its String is the stable code that users and rules see.
type FaultKind uint8

// The kinds of faults. The comment behind each is what the fact is, not how bad it is.
const (
	_                   FaultKind = iota
	FileTrailerWrong              // the sha256 trailer is not the sum of the bytes before it
	FileTrailerMissing            // a snapshot that ends where its sha256 trailer should begin
	FileTrailerPartial            // the file ends inside a trailer that would have been right
	FileTrailerDoubled            // the right trailer stands there twice
	FileTrailerJunk               // bytes follow a right trailer
	FileCompressed                // the compressed file around the backup is damaged or cut
	DirDBMissing                  // a member directory without snap/db
	DirWALMissing                 // a member directory without any log segment
	DirLeftover                   // a file that etcd left behind: temporary or set aside as broken
	DirIgnored                    // a file that etcd does not know and ignores
	DirSnapDB                     // a received db waits to replace snap/db
	WALName                       // the name of a segment disagrees with what is in it
	WALSequence                   // a segment of the sequence is missing
	WALEmptySegment               // a segment without any record
	WALFrame                      // an impossible length field, or a record cut by the end of the segment
	WALPadding                    // pad bits that do not fit the length, or pad bytes that are not zero
	WALParse                      // a record or its data is not the protobuf it should be
	WALType                       // a record type that etcd does not know
	WALCRC                        // a record's data does not fit its checksum
	WALCRCRecord                  // a crc record does not continue the chain, or a segment begins without one
	WALHiddenRecords              // valid records behind the place where etcd stops reading
	WALTornTail                   // the last record was being written when the machine stopped
	WALTailNoise                  // bytes behind the end of the log that are no records
	WALMetadataConflict           // metadata records that disagree
	WALMetadataMissing            // no metadata record, so the log names no member
	WALEntryGap                   // an entry index that skips others
	WALTermBack                   // a term lower than the one before it
	WALCommitBeyond               // a commit index beyond the last entry
	WALSnapshotConflict           // two snapshot records of one index with different terms
	WALSnapshotMissing            // no snapshot record at all
	SnapName                      // a .snap name that is no term and index, or not those of its content
	SnapEmpty                     // a .snap file without bytes, data or checksum
	SnapParse                     // a .snap file that is not the protobuf or JSON it should be
	SnapCRC                       // a .snap file whose data does not fit its checksum
	faultKindEnd
)

var faultCodes = [faultKindEnd]string{
	FileTrailerWrong:    "file.trailer-wrong",
	FileTrailerMissing:  "file.trailer-missing",
	FileTrailerPartial:  "file.trailer-partial",
	FileTrailerDoubled:  "file.trailer-doubled",
	FileTrailerJunk:     "file.trailer-junk",
	FileCompressed:      "file.compressed",
	DirDBMissing:        "dir.db-missing",
	DirWALMissing:       "dir.wal-missing",
	DirLeftover:         "dir.leftover",
	DirIgnored:          "dir.ignored",
	DirSnapDB:           "dir.snap-db",
	WALName:             "wal.name",
	WALSequence:         "wal.sequence",
	WALEmptySegment:     "wal.empty-segment",
	WALFrame:            "wal.frame",
	WALPadding:          "wal.padding",
	WALParse:            "wal.parse",
	WALType:             "wal.type",
	WALCRC:              "wal.crc",
	WALCRCRecord:        "wal.crc-record",
	WALHiddenRecords:    "wal.hidden-records",
	WALTornTail:         "wal.torn-tail",
	WALTailNoise:        "wal.tail-noise",
	WALMetadataConflict: "wal.metadata",
	WALMetadataMissing:  "wal.metadata-missing",
	WALEntryGap:         "wal.entry-gap",
	WALTermBack:         "wal.term-back",
	WALCommitBeyond:     "wal.commit-beyond",
	WALSnapshotConflict: "wal.snapshot-conflict",
	WALSnapshotMissing:  "wal.snapshot-missing",
	SnapName:            "snap.name",
	SnapEmpty:           "snap.empty",
	SnapParse:           "snap.parse",
	SnapCRC:             "snap.crc",
}

// String returns the stable code, such as "wal.torn-tail".
func (k FaultKind) String() string {
	if k == 0 || k >= faultKindEnd {
		return fmt.Sprintf("datadir.fault-%d", uint8(k))
	}
	return faultCodes[k]
}

// FaultKinds lists every kind, in the order of the constants.
func FaultKinds() []FaultKind {
	kinds := make([]FaultKind, 0, faultKindEnd-1)
	for k := FaultKind(1); k < faultKindEnd; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}
