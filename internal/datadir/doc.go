// Package datadir tells what a path is and reads everything of an etcd backup that is not the bolt
// tree: the kind of the file, its sha256 trailer, its compression, the locks on it, the member
// directory around it, the write-ahead log and the raft .snap files.
//
// It is read-only and tolerant. Inputs are opened O_RDONLY (and O_NOATIME where allowed); nothing is
// repaired, renamed or touched. It never judges: a [Fault] states a fact, package verify grades it.
// It knows nothing of bolt pages beyond the few bytes that tell a bolt file from something else,
// and nothing of what entries of the log mean beyond raft's own fields.
//
// # Coordinates
//
// Files by base name, byte offsets in the file, raft indexes and terms. All integers on disk are
// little-endian.
//
// # Snapshot file
//
//	Offset     Size       Field     Meaning
//	0          size-32    db        the bolt file, high water mark x page size bytes
//	size-32    32         trailer   sha256 of the db bytes; present iff size % 512 == 32
//
// # Member directory
//
//	member/snap/db                      the bolt file
//	member/snap/TERM-INDEX.snap         raft snapshot, 16 hex digits each
//	member/snap/INDEX.snap.db           a db received from the leader, not yet in place
//	member/wal/SEQ-INDEX.wal            log segment, 16 hex digits each
//
// # Log segment: a chain of frames
//
//	Offset     Size       Field     Meaning
//	0          8          length    bits 0..55: record bytes n; bit 63: padded; bits 56..58: pad
//	8          n          record    protobuf {1 type, 2 crc, 3 data}
//	8+n        pad        padding   zeros up to the next multiple of 8
//
// A length of zero, or the end of the file, ends the segment. The crc of a record is CRC-32C over the
// data fields of all records so far, across segments; each segment begins with a crc record that
// repeats the running value. Type and length are not covered by it.
//
// # Raft snapshot file
//
//	protobuf {1 crc, 2 data}: crc = CRC-32C of data; data = raftpb.Snapshot{1 data, 2 metadata}
//
// Source: etcd v3.7.3 server/storage/wal, server/etcdserver/api/snap, etcdutl/snapshot/v3_snapshot.go.
package datadir
