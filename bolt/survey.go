package bolt

// Accounting accounts for every byte of the file once. Pages below the high water
// mark are counted by what they are; the sum of all times the page size, plus the
// three byte counts, is the file's size: see [Accounting.Sum].
type Accounting struct {
	Meta         int64 // pages 0 and 1
	Freelist     int64 // pages of the persisted freelist, overflow included
	Branch       int64 // first pages of branches in use
	Leaf         int64 // first pages of leaves in use
	Overflow     int64 // further pages of branches and leaves in use
	Damaged      int64 // in use, but cannot be read
	Free         int64 // listed in the persisted freelist
	Unreachable  int64 // neither in use nor listed, though there is a freelist: leaked
	FreeOrLeaked int64 // not in use, and no freelist to tell which
	Missing      int64 // below the high water mark but beyond the end of the file; outside the sum
	PageSize     int64
	PartialBytes int64 // a cut last page below the high water mark
	TailBytes    int64 // behind the high water mark
}

// InUse is the number of pages that the live tree, the freelist and the metas have.
func (c Accounting) InUse() int64 {
	return c.Meta + c.Freelist + c.Branch + c.Leaf + c.Overflow + c.Damaged
}

// NotInUse is the number of pages that defragmentation gives back.
func (c Accounting) NotInUse() int64 { return c.Free + c.Unreachable + c.FreeOrLeaked }

// Sum is what all counts add up to, in bytes: the size of the file without its trailer.
func (c Accounting) Sum() int64 {
	return (c.InUse()+c.NotInUse())*c.PageSize + c.PartialBytes + c.TailBytes
}

// BucketStats counts one bucket's pages and bytes, as bbolt's BucketStats does:
// the pages of nested buckets are their own.
type BucketStats struct {
	Bucket         *Bucket
	Keys           int64 // elements of its leaves, nested buckets included
	Depth          int   // levels of the tree; 1 is a lone leaf, also an inline one
	BranchPages    int64
	BranchOverflow int64
	LeafPages      int64
	LeafOverflow   int64
	BranchInUse    int64     // bytes: headers, elements and keys
	LeafInUse      int64     // bytes: headers, elements, keys and values
	Fill           [11]int64 // leaf pages by tenths of their bytes in use; the last is 100 %
}

func (s *BucketStats) addOverflow(kind PageFlags) {
	if kind == FlagBranch {
		s.BranchOverflow++
	} else {
		s.LeafOverflow++
	}
}

func (s *BucketStats) addPage(pg *page, depth int) {
	s.Depth = max(s.Depth, depth)
	if pg.kind == FlagBranch {
		s.BranchPages++
		s.BranchInUse += int64(pg.used)
		return
	}
	s.LeafPages++
	s.LeafInUse += int64(pg.used)
	s.Keys += int64(pg.n)
	if len(pg.data) > 0 {
		s.Fill[pg.used*10/uint64(len(pg.data))]++
	}
}

// add takes over what another walker counted of the same bucket.
func (s *BucketStats) add(o *BucketStats) {
	s.Keys += o.Keys
	s.Depth = max(s.Depth, o.Depth)
	s.BranchPages += o.BranchPages
	s.BranchOverflow += o.BranchOverflow
	s.LeafPages += o.LeafPages
	s.LeafOverflow += o.LeafOverflow
	s.BranchInUse += o.BranchInUse
	s.LeafInUse += o.LeafInUse
	for i := range s.Fill {
		s.Fill[i] += o.Fill[i]
	}
}

// Survey is what a walk found out about the file as a whole.
type Survey struct {
	Meta      Meta
	Pages     Accounting
	Directory BucketStats   // the tree that holds the top-level buckets
	Buckets   []BucketStats // every bucket, parents before children, in key order
	Faults    int64         // how many faults went to the sink

	table *pageTable
}

// Reached tells whether the walk found the page in use.
func (s *Survey) Reached(id Pgid) bool {
	return s.table.at(id)&(ownerMeta|ownerTree|ownerOverflow|ownerFreelist) != 0
}

// Total adds up all buckets and the directory.
func (s *Survey) Total() BucketStats {
	t := s.Directory
	t.Bucket = nil
	for i := range s.Buckets {
		t.add(&s.Buckets[i])
	}
	return t
}
