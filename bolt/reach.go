package bolt

import "context"

// maxReachBuckets is how many buckets a Reach goes into. etcd has a dozen.
const maxReachBuckets = 1024

// Reach finds out which pages belong to the tree of m, by the headers of pages and by
// branches alone, in a small part of the time of a walk: keys and values are not looked
// at, nor are buckets within buckets. It is for those who will walk as well and compare:
// only [Survey.Reached] of what it gives means anything. ok is false where the way is
// not clear, as in a damaged file. The caller holds the [File.Guard].
func (f *File) Reach(ctx context.Context, m Meta) (s *Survey, ok bool, err error) {
	hwm := min(m.HighWater, f.filePages())
	if hwm > maxPages {
		return nil, false, nil
	}
	r := &reacher{f: f, hwm: hwm, table: newPageTable(hwm)}
	r.table.claim(0, ownerMeta)
	r.table.claim(1, ownerMeta)
	if ok, err = r.tree(ctx, m.Root, r.directory); !ok || err != nil {
		return nil, false, err
	}
	for _, root := range r.roots {
		if ok, err = r.tree(ctx, root, nil); !ok || err != nil {
			return nil, false, err
		}
	}
	return &Survey{Meta: m, table: r.table}, true, nil
}

// A reacher claims pages on its way.
type reacher struct {
	f     *File
	hwm   Pgid
	table *pageTable
	roots []Pgid // of the buckets of the directory
	stack []reachLevel
}

// reachLevel is a branch and the child that is next.
type reachLevel struct {
	pg   page
	next int
}

// tree goes through one tree. leaf, unless nil, sees its leaves.
func (r *reacher) tree(ctx context.Context, root Pgid, leaf func(Leaf) bool) (bool, error) {
	if ok, err := r.enter(root, leaf); !ok || err != nil {
		return false, err
	}
	for len(r.stack) > 0 {
		top := &r.stack[len(r.stack)-1]
		if top.next == top.pg.n {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			r.stack = r.stack[:len(r.stack)-1]
			continue
		}
		child := parseElement(top.pg.data, FlagBranch, top.next).child
		top.next++
		if ok, err := r.enter(child, leaf); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// enter claims a page with its overflow, and puts a branch on the stack.
func (r *reacher) enter(id Pgid, leaf func(Leaf) bool) (bool, error) {
	if id < 2 || id >= r.hwm || len(r.stack) > maxDescent {
		return false, nil
	}
	head, err := r.f.bytesAt(r.f.offset(id), PageHeaderSize)
	h, whole := ParsePageHeader(head)
	if err != nil || !whole || Pgid(h.Overflow) >= r.hwm-id {
		return false, err
	}
	for i := range Pgid(h.Overflow) + 1 {
		if !r.table.claim(id+i, ownerTree) {
			return false, nil
		}
	}
	switch {
	case h.Flags == FlagLeaf && leaf == nil:
		return true, nil
	case h.Flags != FlagLeaf && h.Flags != FlagBranch:
		return false, nil
	}
	pg := page{id: id, off: r.f.offset(id), kind: h.Flags, n: int(h.Count)}
	if pg.data, err = r.f.bytesAt(pg.off, (int64(h.Overflow)+1)*int64(r.f.pageSize)); err != nil || pg.table() > uint64(len(pg.data)) {
		return false, err
	}
	if h.Flags == FlagLeaf {
		return leaf(pg.leaf()), nil
	}
	r.stack = append(r.stack, reachLevel{pg: pg})
	return true, nil
}

// directory notes the buckets of a leaf of the directory.
func (r *reacher) directory(l Leaf) bool {
	for i := range l.n {
		_, value, readable := l.At(i)
		root, _, ok := parseBucketHeader(value)
		if !readable || !ok || !l.IsBucket(i) || len(r.roots) == maxReachBuckets {
			return false
		}
		if root != 0 {
			r.roots = append(r.roots, root)
		}
	}
	return true
}
