package mvccview

import "boltvet/bolt"

// A Record is one element of bucket "key". It is reused from step to step: KV
// aliases the mapping, and nothing of it may be kept.
type Record struct {
	RevKey
	KV     KeyValue
	Raw    []byte // the value as it lies in the file, which KV aliases
	KeyLen int    // bytes of the bucket's key, 17 or 18
	ValLen int    // bytes of the value
	Page   bolt.Pgid
	Elem   int
	Off    int64 // offset of the bucket's key in the file
}

// ElementOverhead is what a leaf page spends on an element besides its key and
// value, in bytes.
const ElementOverhead = 16

// Size is what the record takes on a leaf page: 16 + key + value, in bytes.
func (r *Record) Size() int64 {
	return ElementOverhead + int64(r.KeyLen) + int64(r.ValLen)
}

// A RecordAccumulator collects facts about records, which come in the order of
// their revisions within a range. Only records with a usable key and a value
// that parses come; an empty value parses, as the record of the empty key.
// Step must not allocate.
type RecordAccumulator interface {
	// Step takes one record in; r is valid during the call.
	Step(r *Record)
	// Fork gives an empty accumulator for a later range, which may be filled
	// by another goroutine. It may share tables that have locks.
	Fork() RecordAccumulator
	// Merge absorbs the accumulator of the range that directly follows. next
	// was made by Fork of the same accumulator, and is not used afterwards.
	Merge(next RecordAccumulator)
}

// A ParallelRecords is a RecordAccumulator whose ranges may be visited ahead of
// their turn; see [bolt.Parallel]. A View is parallel if all of its Records are.
// An early fork that puts something off until its range is sure to count is a
// [bolt.Settler], too.
type ParallelRecords interface {
	RecordAccumulator
	// ForkEarly is Fork for a range that may not count in the end.
	ForkEarly() RecordAccumulator
}

// A limited accumulator may have to give up; its error ends the walk.
type limited interface{ Err() error }
