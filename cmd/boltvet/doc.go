// Command boltvet inspects and rewrites etcd backup files without a running etcd.
//
// This package is the outermost floor: it reads the command line, opens what the
// PATHs name, calls one floor-2 or floor-3 package, renders its result and turns the
// outcome into an exit code. It knows nothing of pages or revisions. It is the only
// importer of urfave/cli; everything that concerns that library is in app.go, so a
// change of library is a change of one file.
//
// What is where:
//
//	main.go, signals.go   the process: signals, exit
//	command.go, flag.go   what a command and a flag are, for parsing, help and completion
//	root.go               the tree of commands and the global flags
//	argv.go               the normaliser: flags anywhere on the line
//	app.go                the tree as a urfave/cli application, one run of it
//	call.go, settings.go  what a command gets to see of its run
//	answer.go             from results to stdout, stderr and the exit code
//	exit.go, classify.go  the exit codes, and which error has which
//	paths.go              the loop over PATHs
//	record.go, evidence.go  --record
//	progress.go           the bar
//	help.go, suggest.go, complete.go  for people who type
//	status.go, snapshot.go, version.go …  one file for each command
package main
