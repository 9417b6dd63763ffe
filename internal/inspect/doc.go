// Package inspect gathers the facts of `boltvet status` into one result: what a file
// is, whether it is whole at first sight, what its pages and records come to, and
// what defragmentation and compaction would give back. [ReadSpace] does so for
// `boltvet space`, which tells whose the bytes are, and [ReadPages] for the commands
// that show pages.
//
// It reads the db once. It states facts and hands faults to a sink; how bad they are
// is for package verify to say. Sizes are bytes, page counts are pages, revisions are
// etcd's.
package inspect
