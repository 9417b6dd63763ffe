package query

import (
	"context"

	"boltvet/mvccview"
)

// DiffOptions say what a comparison tells; the zero value counts and names nothing but
// the first difference.
type DiffOptions struct {
	MaxKeys  int   // how many keys are named, with what each file has of them
	Values   bool  // their values too
	Depth    int   // parts of a key, divided by '/', that make the prefix it is counted under; 0: none is counted
	Prefixes int   // how many prefixes are told apart; what goes beyond is counted together
	MaxHeld  int64 // bytes that the keys which are named may take until they are shown; what goes beyond is counted only; 0: no bound
	MaxTable int64 // bytes for what is kept of keys that may differ, else the error is a *mvccview.MemoryError; 0: no bound
}

// A Difference is what was found when two files were held against each other at a Point:
// records above C up to R one by one, and of those at or below C what a compaction to C
// leaves, for the rest may be compacted away in one of them. That is stricter than
// HashKV, which does not look at what is superseded between C and R.
//
// Side 0 is the first file and side 1 the second one. Nothing is claimed of what damage
// hides in either.
type Difference struct {
	Point
	Verdict Verdict // Equal, Different, or NoVerdict: what could be read is equal
	Reason  string  // of NoVerdict
	First   *Divergence
	Records RecordCounts
	Keys    KeyCounts
	Changes []KeyChange    // up to MaxKeys, in the order of keys
	Places  []PrefixChange // most changes first
	Others  PrefixChange   // keys under prefixes that are not told apart
	Buckets []BucketDifference
}

// RecordCounts count the records that were compared above C, and the keys that differ at C.
type RecordCounts struct {
	Same     int64    // in both files, at or below C too
	Only     [2]int64 // above C, in this file and not in the other
	Changed  int64    // above C, at one revision with different content
	Hidden   int64    // in one file, where damage hides what the other one has
	AtC      int64    // keys whose record that counts at C differs
	Resolved bool     // the files were read once more, for the keys that seemed to differ
}

// KeyCounts count keys by what they are at R. A deleted key is like one that never was.
type KeyCounts struct {
	Added     int64 // alive in the second file only
	Removed   int64 // alive in the first file only
	Changed   int64 // alive in both, with different records
	Undecided int64 // damage hides what one of the files has
}

// A Divergence is the first main revision at which the histories part.
type Divergence struct {
	Rev     int64
	Exact   bool         // above C, where both histories are complete; else they may have parted before
	Records []RecordDiff // the first of them, in order
	Total   int64        // how many records differ at this revision
}

// A RecordDiff is one record that differs.
type RecordDiff struct {
	Rev   mvccview.Revision
	Key   []byte           // the user's key, a copy; of the first file that has the record
	Sides [2]*RecordSide   // nil: no such record
	What  []RecordProperty // in which they differ
}

// A RecordSide is what one file has of a record.
type RecordSide struct {
	Rev        mvccview.Revision
	Tombstone  bool
	Create     int64
	Version    int64
	Lease      int64
	ValueBytes int64  // of the user's value
	Value      []byte // a copy; nil unless asked for
	OtherKey   []byte // a copy of the key, if it is not that of the other side
}

// maxFirst bounds the records that a Divergence names.
const maxFirst = 10

// Compare holds two files against each other at p; see CommonDiffPoint for a place where
// that can be done. It reads the records of both once, side by side, without a table of
// keys. None of the files is Lost. Memory is taken only for keys with a record that is not in both files and that
// has not been followed by one that is: up to 256 bytes each. If there are such keys at
// the end, each file is read once more to see what they are. The error is that of
// reading, or a *mvccview.MemoryError.
func Compare(ctx context.Context, a, b *DiffFile, p Point, o DiffOptions) (*Difference, error) {
	d := &Difference{Point: p, Verdict: NoVerdict}
	files := [2]*DiffFile{a, b}
	err := a.guard(func() error {
		return b.guard(func() error {
			m := &merge{ctx: ctx, files: files, point: p, o: o, d: d, apart: newApart(o.MaxTable)}
			if err := m.run(); err != nil {
				return err
			}
			return diffBuckets(ctx, d, files)
		})
	})
	if err != nil {
		return nil, err
	}
	d.judge(files)
	return d, nil
}

// judge comes to the verdict.
func (d *Difference) judge(files [2]*DiffFile) {
	if d.First != nil || d.judgedBuckets() {
		d.Verdict = Different
		return
	}
	for _, f := range files {
		if f.Harmed {
			d.Reason = f.Source.Path + ": damaged; what could be read of both is equal"
			return
		}
	}
	if d.Keys.Undecided+d.Records.Hidden > 0 {
		d.Reason = "damage hides a part; what could be read of both is equal"
		return
	}
	d.Verdict = Equal
}

// KeysDiffer tells whether keys or their history differ, not only other buckets.
func (d *Difference) KeysDiffer() bool { return d.First != nil }
