// Package mvccview knows what etcd means by the buckets of its database: what
// a revision key is, what a stored KeyValue holds, which records survive a
// compaction, what the small buckets say about the member, and which hashes
// etcd would compute.
//
// It is not a reader of files: package bolt finds the bytes and hands leaves
// of buckets over. It does not judge: each oddity is a [Fault], a fact in this
// package's coordinates (bucket, revision, key), and only package verify says
// how bad it is.
//
// # Bytes of a revision key (the keys of bucket "key", big-endian)
//
//	Offset | Size | Field | Meaning
//	0      | 8    | main  | number of the transaction, int64, first record at 2
//	8      | 1    | '_'   | separator
//	9      | 8    | sub   | number of the change within the transaction, int64
//	17     | 1    | 't'   | present: the record is a tombstone (a deletion)
//
// Byte order of keys is therefore the order of revisions. The value is a
// mvccpb.KeyValue in proto3 encoding, see [ParseKeyValue].
//
// # Shape
//
// Parsers are pure functions from bytes to values. A [View] is the
// bolt.Accumulator that reads every bucket once: it computes the status hash,
// parses the small buckets, and parses each record of "key" once into a
// reused [Record] that goes to the [RecordAccumulator]s: [Totals],
// [KeyTable] and those of other packages.
//
// Letters as in the documentation: F and S are the finished and the scheduled
// compact revision, C = max(F, S), L is the latest revision, R the revision
// that is asked for.
package mvccview
