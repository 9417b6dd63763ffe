// Package quarantine is where bbolt's and etcd's own code runs on a user's file:
// the inside of the program boltvet-upstream. Nothing of it is linked into boltvet.
//
// [Serve] answers one question of package upstream about one file and ends. The
// file is a private copy, the process has limits, and nobody but the parent reads
// what it prints; package upstream sees to all of that. Here upstream code may
// panic, loop, write to the file and leave goroutines behind.
//
// It is not a judge and not a test oracle: tests call upstream code directly.
package quarantine
