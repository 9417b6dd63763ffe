package render

import (
	"boltvet/bolt"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// Buckets is every bucket of a file with its statistics, bbolt's names in snake case.
func Buckets(p *inspect.Pages, codes []verify.CodeCount) Result {
	s, ps := p.Map.Survey, int64(p.File.PageSize())
	list := []Value{bucketValue(&s.Directory, ps)}
	for i := range s.Buckets {
		list = append(list, bucketValue(&s.Buckets[i], ps))
	}
	r := Result{Source: p.Source.Path, Fields: pagesSource(p)}
	r.Fields = append(r.Fields, f("buckets", "", List(list...)), Findings(codes))
	r.Brief = []Field{f("buckets", "", List(list...))}
	r.Table = ListTable("buckets", List(list...), Column{"name", "bucket"}, Column{"keys", "keys"}, Column{"depth", "depth"},
		Column{"pages", "pages"}, Column{"fill_ratio", "fill"}, Column{"sequence", "sequence"}, Column{"inline", "inline"},
		Column{"leaf_inuse_bytes", "leaf bytes"}, Column{"root_page", "root"})
	return r
}

// bucketValue is one bucket. The directory, which holds the top-level buckets, has no
// path; it is not a bucket that a user could open, but its pages are somebody's.
func bucketValue(s *bolt.BucketStats, ps int64) Value {
	b := s.Bucket
	path := make([]Value, len(b.Path))
	for i, name := range b.Path {
		path[i] = Key(name)
	}
	branch, leaf := (s.BranchPages+s.BranchOverflow)*ps, (s.LeafPages+s.LeafOverflow)*ps
	fill := Null()
	if branch+leaf > 0 {
		fill = Ratio(float64(s.BranchInUse+s.LeafInUse) / float64(branch+leaf))
	}
	tenths := make([]Value, len(s.Fill))
	for i, n := range s.Fill {
		tenths[i] = Int(n)
	}
	return Object(
		f("name", "bucket", Text(b.String())),
		f("path", "", List(path...)),
		f("sequence", "", Uint(b.Sequence)),
		f("inline", "", Bool(b.Inline)),
		f("root_page", "root", uintIf(!b.Inline, uint64(b.Root))),
		f("held_by_page", "held by page", uintIf(len(b.Path) > 0, uint64(b.Page))),
		f("keys", "", Int(s.Keys)),
		f("depth", "", Int(int64(s.Depth))),
		f("pages", "", Int(s.BranchPages+s.BranchOverflow+s.LeafPages+s.LeafOverflow)),
		f("branch_pages", "", Int(s.BranchPages)),
		f("branch_overflow_pages", "", Int(s.BranchOverflow)),
		f("leaf_pages", "", Int(s.LeafPages)),
		f("leaf_overflow_pages", "", Int(s.LeafOverflow)),
		f("branch_alloc_bytes", "", Bytes(branch)),
		f("branch_inuse_bytes", "", Bytes(s.BranchInUse)),
		f("leaf_alloc_bytes", "", Bytes(leaf)),
		f("leaf_inuse_bytes", "", Bytes(s.LeafInUse)),
		f("fill_ratio", "fill", fill),
		f("leaves_by_fill", "leaves by tenths full", List(tenths...)),
	)
}
