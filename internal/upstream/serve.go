package upstream

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
)

// maxStack is the limit of a goroutine's stack in bytes. bbolt recurses without
// end on a bucket that is its own root; Go's own limit of 1 GiB would only make
// that death slower, and look like greed for memory.
const maxStack = 64 << 20

// Serve is the child's side: it asks upstream code one question about the file
// at a path and writes the Reply as one line of JSON. args are QUESTION PATH
// [REVISION], as the Asker gives them. What the upstream code returns as an
// error is part of the reply; an error of Serve means bad args or a broken
// stdout.
//
// Serve is for a process of its own: it may panic, not return, change the file,
// and leave goroutines behind.
func Serve(args []string, stdout io.Writer) error {
	q, path, err := parseQuestion(args)
	if err != nil {
		return err
	}
	debug.SetMaxStack(maxStack)
	var reply Reply
	// No deferred clean-up around these calls: after a panic it waits for locks
	// that the panicking goroutine holds, and the crash becomes a hang.
	switch q.Kind {
	case BoltCheck:
		err = boltCheck(path, &reply)
	case BoltStats:
		err = boltStats(path, &reply)
	case SnapshotStatus:
		err = snapshotStatus(path, &reply)
	case HashKV:
		err = hashKV(path, q.Revision, &reply)
	}
	if err != nil {
		reply.Error = printable(err.Error(), maxText)
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false) // six bytes for one would break the bound of a line
	if err := encoder.Encode(reply); err != nil {
		return fmt.Errorf("upstream: %w", err)
	}
	return nil
}
