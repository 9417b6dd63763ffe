// Package restore makes new member directories from a snapshot: it plans, then
// executes the plan, and a directory appears whole or not at all.
//
//	draft := restore.NewDraft(ctx, src, options)  // may be nil: begin to copy what Read verifies
//	facts, err := restore.Read(ctx, src, …)       // verify everything, count what a log beside it holds
//	plan, err := restore.NewPlan(facts, options)  // pure: ids, members, files, edits, warnings, refusals
//	done, err := restore.Execute(ctx, plan, …)    // stage, fsync, verify the staged directory, rename
//
// What a member directory of a new cluster of N members has, as etcdutl leaves it:
//
//	member/snap/db      the content of the snapshot; members replaced, raft index N, term 1
//	member/snap/T-I.snap  raft's snapshot metadata with the membership in v2 format (3.5 and 3.6 read it)
//	member/wal/0-0.wal  64,000,000 bytes: crc, metadata, snapshot 0, N conf changes, hard state, snapshot N
//
// # How the db is made
//
// By the short way if the source is sound: one reading of it gives its blocks to the
// sha256 and to the copies of all members, while a second core walks its tree ([NewDraft],
// [Read]). Pages that no tree reaches are left out, as soon as it is known which these are
// and where leaving them out saves time, and read as zeros; where the file
// system shares blocks between files nothing is copied at all. What the plan changes is
// put behind the copied pages: the buckets that are others, the directory of all buckets,
// and then both metas, as a transaction of bbolt does, without a persisted freelist, as
// etcd leaves its files. For a bump of the revision bucket key gets one leaf more, and new
// branches above its leaves, which stay. All members have the same db. Nothing is mapped
// for writing; etcd's backend takes 10 GiB for that.
//
// By the long way otherwise: the content is written anew by [bolt.Writer], smaller and
// without free pages. This is also the answer to a page that is odd but readable.
//
// What is proven, and by what, before anything gets its name:
//
//   - The bytes that were copied are those that were saved: the sha256 is taken from the
//     very memory that the copies are written from. Files that share their blocks with the
//     source were made to do so before it is taken from the source. A bare db has no
//     sha256; there the walk says it.
//   - The tree is sound and means what it should: verify's full walk over the source.
//   - All of this was said of one file: its size and its times of modification and change
//     are the same from before the first block was copied or shared to the rename, else
//     there is no restore.
//   - Every page which that walk reached was written: [Draft] keeps account of both.
//   - What changes is read by the reader's own checks before it is written, and its content
//     is compared with what was meant, by checksum.
//   - The staged directory is verified as any other: metas, directory, all buckets, log,
//     .snap file, and whether etcd starts. Bucket key alone is not read a second time; it
//     has to stand there with the root page that was walked, or after a bump, under new
//     branches that are read, with the same leaves in the same order. Where leases are
//     dropped that its keys name, it is read in full.
//
// By the long way each page is proven before it is written, a checksum over what was read
// and what was written says that every record which is not in the plan's edits is the
// same, and the staged directory is verified with bucket key.
//
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go.
package restore
