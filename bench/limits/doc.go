// Command limits does the least work that a program must do for some answer, for
// the bench to run beside boltvet:
//
//	limits crc32c FILE         CRC32C of the whole file, on all cores
//	limits touch FILE USED     one byte of each page that USED lists, on all cores
//	limits sha256 FILE         sha256 of the whole file, one stream
//	limits direct OUT BYTES    writes a new file of that size, past the page cache
//
// It is a program of its own, of the standard library only, so that its start
// costs nothing: the bench carries all of etcd.
package main
