// Boltvet-upstream runs bbolt's and etcd's own code for `boltvet verify --upstream`,
// on a private copy of the file and under limits that boltvet sets. It is a program
// of its own because that code must be able to die without taking anything with it,
// and because linking it costs every start of boltvet some 8 ms of package
// initialisation and twice the size.
//
// Usage: boltvet-upstream QUESTION PATH [REVISION]; see package upstream. It may
// change the file at PATH: do not run it on a file that you want to keep.
package main
