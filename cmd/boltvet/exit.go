package main

import "slices"

// An exitCode is the number the process ends with. The numbers are an API: retry rules
// of batch systems are written against them. They may gain members, they never change
// their meaning. 2 is never returned on purpose: it is what a Go panic gives.
type exitCode int

const (
	exitOK          exitCode = 0
	exitNo          exitCode = 1
	exitDamage      exitCode = 3
	exitUnknown     exitCode = 4
	exitRefused     exitCode = 5
	exitIO          exitCode = 6
	exitUsage       exitCode = 64
	exitHungUp      exitCode = 129
	exitInterrupted exitCode = 130
	exitQuit        exitCode = 131
	exitTerminated  exitCode = 143
)

// etcdutlBadArgs is what etcdutl returns for bad arguments. Only commands with
// etcdutl's spelling return it.
// Source: etcd v3.7.3, pkg/cobrautl/error.go, ExitBadArgs.
const etcdutlBadArgs exitCode = 128

// An exitRow is the documentation of one code.
type exitRow struct {
	code    exitCode
	meaning string
}

// exitTable is the one list of exit codes, in ascending order: the help text prints it
// and a test holds the README against it.
func exitTable() []exitRow {
	return []exitRow{
		{exitOK, "done, healthy"},
		{exitNo, `the answer is "no": differences, a threshold crossed`},
		{exitDamage, "damage found, or finished with losses"},
		{exitUnknown, "input not understood: not bbolt or etcd, no valid meta page, encrypted"},
		{exitRefused, "refused for safety: in use, target exists or is an input, a memory or spool cap"},
		{exitIO, "I/O failed, a missing file too; output not written; input changed meanwhile"},
		{exitUsage, "usage: unknown command or flag, bad argument"},
		{exitHungUp, "hung up by SIGHUP, nothing left behind"},
		{exitInterrupted, "interrupted by SIGINT, nothing left behind"},
		{exitQuit, "told to quit by SIGQUIT, nothing left behind"},
		{exitTerminated, "terminated by SIGTERM, nothing left behind"},
	}
}

// bySignal tells whether a run that ended with c was stopped by a signal.
func (c exitCode) bySignal() bool {
	return slices.Contains([]exitCode{exitHungUp, exitInterrupted, exitQuit, exitTerminated}, c)
}

// worse returns the code that a run over several PATHs ends with if it met both. A
// signal or a usage error ends the run and beats all; then the worst of
// 6 > 4 > 3 > 5 > 1 > 0.
func worse(a, b exitCode) exitCode {
	if b.weight() > a.weight() {
		return b
	}
	return a
}

// weight ranks the codes; one that is not ours (etcdutl's 128) beats them all, so that
// it can never be lost.
func (c exitCode) weight() int {
	ranked := []exitCode{
		exitOK, exitNo, exitRefused, exitDamage, exitUnknown, exitIO,
		exitUsage, exitHungUp, exitInterrupted, exitQuit, exitTerminated,
	}
	if i := slices.Index(ranked, c); i >= 0 {
		return i
	}
	return len(ranked)
}
