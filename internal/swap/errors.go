package swap

import "fmt"

// An InUseError says that someone has the db file open, locked or changed. Nothing has been changed by us.
type InUseError struct {
	Path   string // of the db file
	Reason string // what was seen
	Holder string // "etcd (pid 1234)"; "" if unknown
}

func (e *InUseError) Error() string {
	if e.Holder == "" {
		return fmt.Sprintf("%q is in use: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("%q is in use by %s: %s", e.Path, e.Holder, e.Reason)
}

// An UnprovenError says that it cannot be known here whether someone has the db file open:
// [Options.EtcdIsStopped] is needed.
type UnprovenError struct {
	Path   string
	Reason string // why each way of knowing failed
}

func (e *UnprovenError) Error() string {
	return fmt.Sprintf("cannot tell whether a process has %q open: %s", e.Path, e.Reason)
}

// A KindError says that a file cannot be swapped for what it is: not a regular file, or one with several
// hard links, whose other names would go on naming the old file.
type KindError struct {
	Path string
	Is   string
}

func (e *KindError) Error() string { return fmt.Sprintf("%q %s", e.Path, e.Is) }

// A StrandedError says that the new file is in place, complete, but that Err happened afterwards and the old
// file could not be brought back. If a process came to it, its writes are in Old.
type StrandedError struct {
	Path, Old string // the new file, and where the old one is
	Err       error
}

func (e *StrandedError) Error() string {
	return fmt.Sprintf("%q is the new file and could not be taken back, the old one is %q: stop etcd before anything else: %v", e.Path, e.Old, e.Err)
}

// Unwrap returns what happened.
func (e *StrandedError) Unwrap() error { return e.Err }
