package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// An interrupted error is the cause of a context that a signal has cancelled.
type interrupted struct{ sig os.Signal }

func (e interrupted) Error() string { return "stopped by signal: " + e.sig.String() }

// code is the shell's number for a process that ended by this signal.
func (e interrupted) code() exitCode {
	switch e.sig {
	case syscall.SIGHUP:
		return exitHungUp
	case syscall.SIGQUIT:
		return exitQuit
	case syscall.SIGTERM:
		return exitTerminated
	}
	return exitInterrupted
}

// stopSignals are those that end a command, which then cleans up: from the keyboard, from
// whoever supervises the process, and from a terminal or a connection that goes away.
func stopSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
}

// withSignals returns a context that a stop signal cancels, with the signal as its cause. The first signal asks the command to clean up and leave; a second one meets
// the system's own handling and ends the process at once. A signal that was ignored
// when the process began (nohup, a background job) stays ignored.
//
// SIGPIPE is ignored so that a closed stdout (`boltvet … | head`) is an error value
// that answer.go can judge, and not a death that skips the cleaning up.
func withSignals(parent context.Context) (context.Context, func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(parent)
	arrived := make(chan os.Signal, 1)
	for _, sig := range stopSignals() {
		if !signal.Ignored(sig) {
			signal.Notify(arrived, sig)
		}
	}
	go func() {
		select {
		case sig := <-arrived:
			signal.Stop(arrived)
			cancel(interrupted{sig})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(arrived)
		cancel(nil)
	}
}
