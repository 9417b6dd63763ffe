package rewrite

import (
	"errors"
	"fmt"

	"boltvet/verify"
)

// ErrNoDB says that a source has nothing that could be rewritten.
var ErrNoDB = errors.New("there is no db in it")

// A DamagedError refuses a source that has damage: a rewrite would make a clean file of
// what is left, and hide that something is missing.
type DamagedError struct {
	Path  string
	Codes []verify.CodeCount // worst first, as verify shows them
}

// Error names the worst finding.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: the source is damaged, nothing was written: %s", e.Path, e.Worst())
}

// Worst is the worst finding of those that stand in the way.
func (e *DamagedError) Worst() verify.Finding {
	for _, c := range e.Codes {
		if c.Refuses() {
			return c.Sample[0]
		}
	}
	return e.Codes[0].Sample[0]
}

// A RevisionError says that a store cannot be compacted at a revision.
type RevisionError struct {
	Revision        int64 // what was asked for
	Compact, Latest int64 // C (-1: never compacted) and L of the source
	Unfinished      bool  // the compaction at C has not ended
}

// Compacted tells whether the revision is too low, and not too high.
func (e *RevisionError) Compacted() bool { return e.Revision <= e.Compact || e.Revision < 1 }

// Error says why, with the range that is possible.
func (e *RevisionError) Error() string {
	possible := fmt.Sprintf("a compaction is possible at revisions %d to %d", max(e.Compact+1, 1), e.Latest)
	if e.Compact >= e.Latest {
		possible = "nothing is left to compact"
	}
	switch {
	case e.Revision > e.Latest:
		return fmt.Sprintf("revision %d is in the future: the latest is %d; %s", e.Revision, e.Latest, possible)
	case e.Revision < 1:
		return fmt.Sprintf("no compaction at revision %d: there are fewer revisions than that keeps; %s", e.Revision, possible)
	}
	unfinished := ""
	if e.Unfinished {
		unfinished = " (unfinished: etcd ends it when it starts)"
	}
	return fmt.Sprintf("no compaction at revision %d: already compacted at %d%s; %s", e.Revision, e.Compact, unfinished, possible)
}

// A RoomError says that the output would not fit, before anything was written.
type RoomError struct {
	Dir        string
	Need, Free int64 // bytes
}

// Error tells both sizes.
func (e *RoomError) Error() string {
	return fmt.Sprintf("%s: no room for the new file: it needs %d bytes, %d are free", e.Dir, e.Need, e.Free)
}

// A ProofError says that the output is not what it has to be. The output is of no use.
type ProofError struct {
	What      string // such as "status hash"
	Got, Want string
}

// Error compares the two.
func (e *ProofError) Error() string {
	return fmt.Sprintf("the new file is not right: %s is %s, must be %s", e.What, e.Got, e.Want)
}

// An UnfitError says that a healthy source is not one for this command.
type UnfitError struct{ Path, Reason, Try string }

// Error tells the reason; Try is left to the caller.
func (e *UnfitError) Error() string { return e.Path + ": " + e.Reason }

func proof[T comparable](what, format string, got, want T) error {
	if got == want {
		return nil
	}
	return &ProofError{What: what, Got: fmt.Sprintf(format, got), Want: fmt.Sprintf(format, want)}
}
