package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"boltvet/internal/atomicfile"
	"boltvet/internal/datadir"
	"boltvet/internal/query"
	"boltvet/mvccview"
)

// A usageError says that the line itself is wrong: nothing was opened.
type usageError struct {
	cmd  *command // where on the line it was noticed
	what string
	try  string // a suggestion, or "" for the pointer to --help
}

func (e *usageError) Error() string { return e.what }

// A refusal is a safety stop that this package itself decides on.
type refusal struct{ what, try string }

func (e *refusal) Error() string { return e.what }

// A changedError says that an input was not the same at the end of the run.
type changedError struct{ paths []string }

func (e *changedError) Error() string {
	return fmt.Sprintf("input changed while it was read: %s", printableList(e.paths))
}

// A failure is an error as the user gets to see it: the exit code, what happened and
// where, and what to try next.
type failure struct {
	code         exitCode
	message, try string
}

// explain is the one place where an error becomes an exit code. ctx is the run's
// context: it knows which signal ended it.
func explain(ctx context.Context, err error) failure {
	for _, of := range []func(error) (failure, bool){explainRewrite, explainSwap} {
		if f, ok := of(err); ok {
			return f
		}
	}
	f := failure{code: exitIO, message: err.Error()}
	var (
		usage   *usageError
		refused *refusal
		own     *ownInputError
		changed *changedError
		unknown *datadir.RefusedError
		inUse   *datadir.InUseError
		spool   *datadir.SpoolLimitError
		exists  *atomicfile.ExistsError
		kind    *atomicfile.KindError
		owner   *atomicfile.OwnerError
		partial *partialError
		without *query.NoAnswerError
		memory  *mvccview.MemoryError
		nobody  *noUpstreamError
		absent  *query.RevisionError
	)
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return explainStop(ctx)
	case errors.As(err, &usage):
		f.code, f.try = exitUsage, usage.try
		if f.try == "" {
			f.try = usage.cmd.path() + " --help"
		}
	case errors.As(err, &unknown):
		f.code, f.try = exitUnknown, unknown.Try
	case errors.Is(err, mvccview.ErrNotEtcd):
		f.code, f.try = exitUnknown, "name an etcd snapshot, db or data dir"
	case errors.As(err, &partial):
		f.code, f.try = exitDamage, "boltvet verify "+printable(partial.path)+" tells all"
	case errors.As(err, &without):
		f.code, f.try = exitNo, "name a revision in that range; an older or newer backup may have the other"
	case errors.As(err, &absent):
		f.code, f.try = exitNo, "name a revision in that range; an older or newer backup may have the other"
	case errors.As(err, &inUse):
		f.code, f.try = exitRefused, inUse.Try
	case errors.As(err, &spool):
		f.code, f.try = exitRefused, "raise --max-spool, or unpack it by hand and name the file"
	case errors.As(err, &memory):
		f.code, f.try = exitRefused, "raise --max-memory, or leave it out: nothing is spilled to disk"
	case errors.As(err, &own):
		f.code, f.try = exitRefused, "redirect it to a file outside of the inputs"
	case errors.As(err, &refused):
		f.code, f.try = exitRefused, refused.try
	case errors.As(err, &exists) || errors.As(err, &kind):
		f.code, f.try = exitRefused, "name a new file"
	case errors.As(err, &owner):
		f.try = "run as root, who alone gives files away, or leave --owner out"
	case errors.As(err, &changed):
		f.try = "run on a copy or a filesystem snapshot that nothing writes to"
	case errors.As(err, &nobody):
		f.try = "put it beside boltvet (`make build` makes both), or leave --upstream out"
	case errors.Is(err, fs.ErrNotExist):
		f.try = "check the path; a data dir is named by the directory that holds member/"
	case errors.Is(err, fs.ErrPermission):
		f.try = "run as the owner of the file (etcd's files are 0600) or as root"
	}
	return f
}

// explainStop describes a run that was told to stop.
func explainStop(ctx context.Context) failure {
	var signalled interrupted
	if errors.As(context.Cause(ctx), &signalled) {
		return failure{code: signalled.code(), message: signalled.Error()}
	}
	return failure{code: exitInterrupted, message: "stopped before it was done"}
}
