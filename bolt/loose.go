package bolt

import "context"

// ReadLoose reads page id without anybody pointing to it: what a page that is not in
// use still holds. ok is true only for a leaf that breaks none of the rules that
// bbolt's writer keeps, for a page half overwritten must not be mistaken for one. hwm
// is the high water mark of the meta that is believed. The caller holds the [File.Guard].
func (f *File) ReadLoose(id, hwm Pgid) (l Leaf, ok bool, err error) {
	if id < 2 || id >= hwm || id >= f.filePages() {
		return Leaf{}, false, nil
	}
	head, err := f.bytesAt(f.offset(id), PageHeaderSize)
	if h, whole := ParsePageHeader(head); err != nil || !whole || h.ID != id || h.Flags != FlagLeaf || h.Count == 0 {
		return Leaf{}, false, err
	}
	w := walker{ctx: context.Background(), f: f, hwm: min(hwm, f.filePages()), table: newPageTable(0), stats: &BucketStats{}}
	pg, err := w.readPage(id, &place{parent: NoPgid, parentElem: -1})
	if err != nil || pg == nil || w.found > 0 {
		return Leaf{}, false, err
	}
	return pg.leaf(), true, nil
}
