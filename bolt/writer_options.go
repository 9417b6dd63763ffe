package bolt

import "fmt"

// DefaultPageSize is the page size of a file when nothing else is asked for.
const DefaultPageSize = 4096

// firstTxid is the txid of a new file's live meta. An even one belongs into meta 0.
const firstTxid = 2

// WriterOptions say how a file is written; the zero value is a sound choice.
type WriterOptions struct {
	// PageSize in bytes, a power of two from 512 to 65536; 0: [DefaultPageSize].
	PageSize int
	// Txid of meta 0; meta 1 has the one before. 0: 2. At least 1.
	Txid Txid
	// Plan is what a [NewPlanner] with the same input came to. With it the metas are
	// known and go out first, so that nothing is ever written twice and a hash can be
	// run over the file as it grows. The metas are the first bytes that a seal's sha256
	// takes in and the last that are known: without a plan, sealing means to read the
	// whole file again. An unfinished file has valid metas then: never leave one under
	// its final name. [Writer.Finish] fails with a [PlanError] if the plan does not hold.
	Plan *Written
	// OnPage sees each finished page image with its overflow, before it goes to the
	// sink; the metas too. image is valid during the call. An error ends the writing.
	OnPage func(id Pgid, image []byte) error
	// OnLeaf sees each leaf with the path of its bucket, as the reader sees it after it
	// has parsed the finished image again and found no fault; inline leaves too. The
	// leaves of one bucket come in order; those of a nested bucket come between.
	// b and l are valid during the call. With OnLeaf set every page is checked.
	OnLeaf func(b *Bucket, l Leaf) error
}

func (o WriterOptions) withDefaults() (WriterOptions, error) {
	if o.PageSize == 0 {
		o.PageSize = DefaultPageSize
	}
	switch {
	case o.Txid == 0 && o.Plan != nil:
		o.Txid = o.Plan.Txid
	case o.Txid == 0:
		o.Txid = firstTxid
	}
	if o.PageSize < MinPageSize || o.PageSize > MaxPageSize || o.PageSize&(o.PageSize-1) != 0 {
		return o, fmt.Errorf("page size %d: not a power of two from %d to %d", o.PageSize, MinPageSize, MaxPageSize)
	}
	if o.Plan != nil && o.Plan.PageSize != o.PageSize {
		return o, fmt.Errorf("page size %d, but the plan is for %d", o.PageSize, o.Plan.PageSize)
	}
	return o, nil
}

// Written is what a file came to. Two runs over the same input give the same.
type Written struct {
	Root, Freelist Pgid
	HighWater      Pgid // pages of the file
	Txid           Txid // of the live meta, which is meta 0
	PageSize       int
	Bytes          int64 // the file's size: HighWater × PageSize
	Payload        int64 // bytes of all keys and values; bucket names and headers are none
	Keys           int64
	Buckets        int64 // inline and nested ones included
	InlineBuckets  int64
	Leaves         int64 // leaf pages without overflow, the directory's included; inline leaves are none
	LeafPages      int64 // with overflow
	Branches       int64 // branch pages without overflow
	BranchPages    int64 // with overflow
}

// meta is the live meta of the file.
func (w *Written) meta() Meta {
	m := Meta{Magic: Magic, Version: Version, PageSize: uint32(w.PageSize), Root: w.Root,
		Freelist: w.Freelist, HighWater: w.HighWater, Txid: w.Txid}
	m.Checksum = m.Sum()
	return m
}

// metaPages is pages 0 and 1: the same tree under two transactions, the newer one
// first, as bbolt leaves a copy. The first commit overwrites the one of its parity.
// Source: bbolt v1.5.0 tx.go (WriteTo).
func (w *Written) metaPages() []byte {
	b := make([]byte, 2*w.PageSize)
	m := w.meta()
	for id := range 2 {
		page := b[id*w.PageSize:]
		putPageHeader(page, PageHeader{ID: Pgid(id), Flags: FlagMeta})
		m.Append(page[PageHeaderSize:PageHeaderSize])
		m.Txid--
		m.Checksum = m.Sum()
	}
	return b
}
