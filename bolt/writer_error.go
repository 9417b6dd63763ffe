package bolt

import (
	"errors"
	"fmt"
)

// Errors for calls of a [Writer] that do not fit together.
var (
	// ErrNoBucket: a key was put outside any bucket; a bolt file has none there.
	ErrNoBucket = errors.New("a key outside any bucket")
	// ErrBucketOpen: the file was finished while a bucket is still open.
	ErrBucketOpen = errors.New("a bucket was not ended")
	// ErrNotOpen: a bucket was ended that was never begun.
	ErrNotOpen = errors.New("no bucket to end")
	// ErrFinished: the writer was used after its Finish.
	ErrFinished = errors.New("the file is finished")
)

// OrderError says that a key or bucket name is not greater than the one before it
// in the same bucket.
type OrderError struct {
	Bucket    string // printable path
	Key, Prev []byte // copies
}

// Error shows both keys.
func (e *OrderError) Error() string {
	return fmt.Sprintf("bucket %s: key %s is not greater than %s, the one before", e.Bucket, ShowKey(e.Key), ShowKey(e.Prev))
}

// SizeError says that something is too small or too large for a bolt file.
type SizeError struct {
	Bucket        string // printable path
	What          string // "key", "value", "bucket name", "depth of buckets"
	Key           []byte // a copy
	Got, Min, Max int64  // bytes, or levels of buckets
}

// Error shows the size and the bounds.
func (e *SizeError) Error() string {
	return fmt.Sprintf("bucket %s: %s of %d, want %d to %d, at key %s", e.Bucket, e.What, e.Got, e.Min, e.Max, ShowKey(e.Key))
}

// PlanError says that the file came out otherwise than [WriterOptions.Plan] said,
// which was made from other input. The output is of no use.
type PlanError struct{ Planned, Got Written }

// Error compares the two.
func (e *PlanError) Error() string {
	return fmt.Sprintf("the file came to %d pages with root %d; the plan was %d with root %d",
		e.Got.HighWater, e.Got.Root, e.Planned.HighWater, e.Planned.Root)
}
