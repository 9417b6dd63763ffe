// Package rewrite makes a new db file from an old one: defragmented, compacted as well,
// with another storage version, or sealed with the sha256 that a restore asks for.
//
// It is not a repair: a source with damage is refused with the findings of package
// verify. It never writes to a source, and it knows nothing of paths: the new file is
// an open, empty [Output] of the caller's, who puts it in its place, or throws it away
// if there was an error. When a function of this package returns without one, the
// output is whole, proven and on the disk.
//
// # The order of things
//
//	look     | what the compaction revision is, is there room         | a few pages
//	check    | structure, records, status hash, sha256 of the source  | whole source
//	plan     | the exact size, without writing; only if it is needed  | whole source
//	write    | each page is proven before it goes to the disk         | whole source
//	seal     | the sha256 is appended                                 |
//	sync     | once                                                   |
//	readback | both metas and the size; all of it with ReadBack       | two pages
//
// A defragmentation without a seal is one visit: what the check has seen of a leaf goes on
// to the writer. A seal needs a plan first, for its sha256 begins with the metas, which are
// known last; then, and for a disk that may be too small, the check feeds a planner, and a
// second visit writes. A compaction has to know the newest revision of each key before it
// can write the first record: its check fills a table of keys, on all cores, and the visit
// that writes goes by the sorted list of survivors: the separators of the branches tell
// which leaves can hold one, and no others are read again. A visit that is not the first
// leaves out what was checked already: a source whose file changes meanwhile is refused. A
// run that only plans ([Options].DryRun) takes the same way without the writing, so that
// what it foretells is exact.
//
// The visit, the writer (behind a relay), the sha256 of the output, the disk, and the
// sha256 of the source beside all of them are goroutines of their own.
//
// # The proof
//
// Each finished page is parsed again by the reader's own code and folded into the
// content hash that `etcdutl snapshot status` computes. For a defragmentation it must
// be the source's hash, which the check computed from the source's pages; for a
// compaction it must be that of the records chosen, which must be every survivor of the
// check's table and as many above the revision as the check has counted: what is left of
// the source's records was dropped; for a change of the storage version it must be that of what
// was handed on, while what came in must have the source's. The copy of a [Seal] must have
// the sha256 that the source's trailer was held against, or else, read back, its content hash.
package rewrite
