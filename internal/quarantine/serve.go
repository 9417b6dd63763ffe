package quarantine

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"

	"boltvet/internal/upstream"
)

// maxStack is the limit of a goroutine's stack in bytes. bbolt recurses without
// end on a bucket that is its own root; Go's own limit of 1 GiB would only make
// that death slower, and look like greed for memory.
const maxStack = 64 << 20

// Serve is the child's side: it asks upstream code one question about the file
// at a path and writes the [upstream.Reply] as one line of JSON. args are QUESTION
// PATH [REVISION], as [upstream.Asker] gives them. What the upstream code returns as an
// error is part of the reply; an error of Serve means bad args or a broken
// stdout.
//
// Serve is for a process of its own: it may panic, not return, change the file,
// and leave goroutines behind.
func Serve(args []string, stdout io.Writer) error {
	q, path, err := upstream.ParseQuestion(args)
	if err != nil {
		return err
	}
	debug.SetMaxStack(maxStack)
	var reply upstream.Reply
	// No deferred clean-up around these calls: after a panic it waits for locks
	// that the panicking goroutine holds, and the crash becomes a hang.
	switch q.Kind {
	case upstream.BoltCheck:
		err = boltCheck(path, &reply)
	case upstream.BoltStats:
		err = boltStats(path, &reply)
	case upstream.SnapshotStatus:
		err = snapshotStatus(path, &reply)
	case upstream.HashKV:
		err = hashKV(path, q.Revision, &reply)
	}
	if err != nil {
		reply.Error = upstream.Line(err.Error(), upstream.MaxText)
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false) // six bytes for one would break the bound of a line
	if err := encoder.Encode(reply); err != nil {
		return fmt.Errorf("boltvet-upstream: %w", err)
	}
	return nil
}
