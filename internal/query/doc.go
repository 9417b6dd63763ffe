// Package query answers questions about the keys of a backup: what its content hashes
// to, whether several files hold the same, where they part, what a key held at a
// revision, and what became of it since.
//
// It states facts and grades nothing: faults go to a sink, and whoever calls decides
// which of them make an answer worthless. A hash of a damaged file is a hash of what
// could be read, so it must not be shown or compared. Sources are read-only and stay
// the caller's. It renders nothing and knows no exit codes.
//
// Coordinates are etcd's main revisions. L is the latest revision of a file, C its
// compact revision (-1: never compacted), R the revision that is asked for. A file can
// answer for R from max(C, 1) to L, both inclusive.
package query
