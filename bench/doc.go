// Command bench measures boltvet side by side with the programs that people use
// today, etcdutl and bbolt, on the same files in one run:
//
//	make bench            the 0.5 GB file, and a 3 GB file that is mostly free pages
//	make bench SIZE=l     the 3 GB file as well
//	make bench-quick      the core commands on the 0.5 GB file, in two minutes
//
// Seconds of one machine say little about another, and other people's work on
// the machine falsifies them; ratios say more. Each round runs peer, boltvet and
// limit one after the other, the ratio is taken within the round, and the median
// of the rounds is what counts. A limit is the least work that any program would
// have to do for the same answer (package limits), measured in the same round.
//
// For each run of a program:
//
//   - wall: seconds from its start to its end;
//   - CPU: its user and system seconds;
//   - heap: the peak of its anonymous memory (RssAnon), looked at every 5 ms;
//     mapped pages of the file belong to the page cache and are not counted.
//
// The input is read into an empty page cache before the rounds. A program that writes to
// its input gets a private copy, made, synced and read before its time starts. What a program
// wrote is removed, and the disk has done with that, before the next one starts. What
// is measured, and against which goals, is the table in table.go: a new measurement
// is a new row there. A command that boltvet does not have yet is reported as skipped.
//
// Generated files are kept in the user's cache folder (boltvet-bench), named by
// what decides their bytes; they can be deleted at any time.
package main
