package upstream

import (
	"fmt"
	"time"
)

// An Outcome says how the child ended.
type Outcome uint8

// The outcomes. Only Answered comes with a Reply.
const (
	// Answered: the upstream code came to an end, with a result or an error.
	Answered Outcome = iota + 1
	// Crashed: it panicked, faulted, or ended the process.
	Crashed
	// TimedOut: it was still running at the limit and was killed.
	TimedOut
	// OutOfMemory: it used more memory than allowed and was killed.
	OutOfMemory
)

// String returns the outcome as one stable word.
func (o Outcome) String() string {
	switch o {
	case Answered:
		return "answered"
	case Crashed:
		return "crashed"
	case TimedOut:
		return "timed-out"
	case OutOfMemory:
		return "out-of-memory"
	}
	return fmt.Sprintf("outcome-%d", uint8(o))
}

// An Answer is what became of a question.
type Answer struct {
	Question Question
	Tool     string // "bbolt 1.5.0"
	Outcome  Outcome
	// Death is, unless Outcome is Answered, the first line by which the child
	// announced its death, or what stopped it. One printable line.
	Death   string
	Elapsed time.Duration // of the child, without the copying
	// PeakMemory is the most memory in bytes that the child was seen to use, not
	// counting mapped files; 0 if it was never seen, as on other systems than Linux.
	PeakMemory int64
	Reply
}

// A Reply is what the upstream code said. Texts are single printable lines of
// bounded length, and hold no values of the store.
type Reply struct {
	// Error is the error that the upstream code returned, "" if it returned none.
	// An etcdutl that finds the file damaged says so here.
	Error string `json:"error,omitempty"`
	// Messages are, for BoltCheck, the first [MaxMessages] of what Tx.Check reports.
	Messages []string `json:"messages,omitempty"`
	// MessageCount is, for BoltCheck, the exact number of all messages.
	MessageCount int64   `json:"message_count,omitempty"`
	Stats        *Stats  `json:"stats,omitempty"`  // for BoltStats
	Status       *Status `json:"status,omitempty"` // for SnapshotStatus
	HashKV       *Hash   `json:"hashkv,omitempty"` // for HashKV
}

// Refused tells whether the upstream code came to an end and found fault with
// the file: an error, or messages of Tx.Check.
func (r Reply) Refused() bool { return r.Error != "" || r.MessageCount > 0 }

// The bounds of a Reply; they keep its JSON below the 64 KiB that the parent reads.
const (
	// MaxMessages is how many messages of Tx.Check are kept.
	MaxMessages = 64
	// MaxBuckets is how many buckets Stats describes; etcd's files have about ten.
	MaxBuckets = 32
	// MaxText is the length of a text in bytes.
	MaxText = 300
)

// Stats are bbolt's numbers about a file.
type Stats struct {
	Buckets     []BucketStats `json:"buckets"`      // top-level ones, in key order, at most MaxBuckets
	BucketCount int           `json:"bucket_count"` // all top-level ones
	Pages       PageStats     `json:"pages"`
}

// BucketStats are bbolt.BucketStats of one top-level bucket and those nested in it.
type BucketStats struct {
	Name           string `json:"name"` // printable, cut at 64 bytes
	Keys           int    `json:"keys"` // leaf elements, those of nested buckets included
	Depth          int    `json:"depth"`
	BranchPages    int    `json:"branch_pages"`    // without overflow pages
	BranchOverflow int    `json:"branch_overflow"` // overflow pages
	LeafPages      int    `json:"leaf_pages"`      // without overflow pages
	LeafOverflow   int    `json:"leaf_overflow"`   // overflow pages
	BranchUsed     int    `json:"branch_used"`     // bytes
	LeafUsed       int    `json:"leaf_used"`       // bytes
	Buckets        int    `json:"buckets"`         // itself and those nested in it
	InlineBuckets  int    `json:"inline_buckets"`
}

// PageStats counts the pages below the high water mark by the type that bbolt's
// Tx.Page tells, overflow pages with their first page.
type PageStats struct {
	Total    int64 `json:"total"` // the high water mark
	Meta     int64 `json:"meta"`
	Branch   int64 `json:"branch"`
	Leaf     int64 `json:"leaf"`
	Freelist int64 `json:"freelist"`
	Free     int64 `json:"free"`
	Unknown  int64 `json:"unknown"`
}

// Status is the result of etcdutl's snapshot status.
type Status struct {
	Hash      uint32 `json:"hash"`       // CRC-32C of bucket names, keys and values of all buckets
	Revision  int64  `json:"revision"`   // the last main revision in the key bucket
	TotalKeys int64  `json:"total_keys"` // live keys; before etcd 3.6: revisions
	Size      int64  `json:"size"`       // bytes up to the high water mark
	Version   string `json:"version,omitempty"`
}

// Hash is the result of HashKV.
type Hash struct {
	Hash            uint32 `json:"hash"`
	Revision        int64  `json:"revision"`         // the last one hashed, inclusive
	CompactRevision int64  `json:"compact_revision"` // -1 if the store was never compacted
}
