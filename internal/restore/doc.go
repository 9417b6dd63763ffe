// Package restore makes new member directories from a snapshot: it plans, then
// executes the plan, and a directory appears whole or not at all.
//
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
// The db is not a copy of the pages but the content written anew by [bolt.Writer]:
// smaller, without free pages, each page proven before it is written, and without the
// 10 GiB mapping that etcd's backend takes. Every key and value that is not listed in
// the plan's edits is the same, byte for byte; a checksum over both sides says so
// before anything gets its name.
//
// Source: etcd v3.7.3 etcdutl/snapshot/v3_snapshot.go.
package restore
