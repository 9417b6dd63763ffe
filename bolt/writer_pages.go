package bolt

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// root writes what is left of a bucket, from the open leaf up, and gives its root.
func (w *Writer) root(t *tree) (Pgid, error) {
	parts := t.pack.End()
	if t.leaf.count() == 0 && t.depth == 0 {
		id := w.next
		return id, w.writeImage(t, &t.leaf, 0, 0) // an empty directory
	}
	if _, err := w.leaves(t, parts); err != nil {
		return 0, err
	}
	for i := 0; ; i++ {
		l := t.levels[i]
		if root, ok := l.only(); ok {
			return root, nil
		}
		l.settle()
		for _, m := range []*image{&l.full, &l.open} {
			if err := w.branch(t, i, m); err != nil {
				return 0, err
			}
		}
	}
}

// leaves writes leaves of so many of the open one's elements each, and gives their sum.
func (w *Writer) leaves(t *tree, parts []int) (sum int, err error) {
	for _, n := range parts {
		if err := w.leaf(t, sum, sum+n); err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// leaf writes a leaf of elements lo up to hi of the open one, and tells its parent.
func (w *Writer) leaf(t *tree, lo, hi int) error {
	id := w.next
	if err := w.writeImage(t, &t.leaf, lo, hi); err != nil {
		return err
	}
	return w.child(t, 0, t.leaf.key(lo), id)
}

// lone writes a leaf of one element that is too large to be held in memory twice.
func (w *Writer) lone(t *tree, key, value []byte) error {
	size := PageHeaderSize + ElementSize + int64(len(key)) + int64(len(value))
	id, pages := w.next, pagesOf(size, int64(w.o.PageSize))
	w.count(FlagLeaf, pages)
	if w.out == nil {
		w.next += Pgid(pages)
		return w.child(t, 0, key, id)
	}
	page, err := unix.Mmap(-1, 0, int(pages)*w.o.PageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("memory for a value of %d bytes: %w", len(value), err)
	}
	defer func() { _ = unix.Munmap(page) }() // a mapping of our own
	one := image{kind: FlagLeaf, dry: true}
	one.reset()
	one.addLeaf(0, key, value)
	one.encode(page, id, uint32(pages-1), 0, 1)
	copy(page[PageHeaderSize+ElementSize+len(key):], value)
	if err := w.finish(t, page); err != nil {
		return err
	}
	return w.child(t, 0, key, id)
}

// child tells branch level i of a page below it, and writes the page that is full.
func (w *Writer) child(t *tree, i int, key []byte, id Pgid) error {
	for {
		l := t.level(i, w.o.PageSize)
		if !l.add(key, id) {
			return nil
		}
		id = w.next
		if err := w.writeImage(t, &l.full, 0, l.full.count()); err != nil {
			return err
		}
		l.written = true
		key = l.full.key(0)
		l.full.table = l.full.table[:0] // key still lies in its data, which nothing touches before it is copied
		i++
	}
}

// branch writes a page of level i, if there is one, and tells the level above.
func (w *Writer) branch(t *tree, i int, m *image) error {
	if m.count() == 0 {
		return nil
	}
	id := w.next
	if err := w.writeImage(t, m, 0, m.count()); err != nil {
		return err
	}
	t.levels[i].written = true
	return w.child(t, i+1, m.key(0), id)
}

// writeImage gives the elements lo up to hi of m the next page number and writes them.
func (w *Writer) writeImage(t *tree, m *image, lo, hi int) error {
	ps := int64(w.o.PageSize)
	pages := pagesOf(m.size(lo, hi), ps)
	w.count(m.kind, pages)
	if w.out == nil {
		w.next += Pgid(pages)
		return nil
	}
	page := w.space(int(pages * ps))
	m.encode(page, w.next, uint32(pages-1), lo, hi)
	return w.finish(t, page)
}

// space is memory for one image: the sink's, or the writer's own.
func (w *Writer) space(n int) []byte {
	if s, ok := w.out.(spacious); ok {
		if page := s.Space(n); page != nil {
			return page
		}
	}
	if cap(w.page) < n {
		w.page = make([]byte, n)
	}
	return w.page[:n]
}

func (w *Writer) count(kind PageFlags, pages int64) {
	if kind == FlagBranch {
		w.total.Branches++
		w.total.BranchPages += pages
		return
	}
	w.total.Leaves++
	w.total.LeafPages += pages
}

// finish has a finished image of the bucket t checked and written.
func (w *Writer) finish(t *tree, page []byte) error {
	if err := w.prove(t, w.next, page); err != nil {
		return err
	}
	return w.emit(page)
}

// emit shows an image to the hook and appends it to the file.
func (w *Writer) emit(page []byte) error {
	if w.o.OnPage != nil {
		if err := w.o.OnPage(w.next, page); err != nil {
			return err
		}
	}
	w.next += Pgid(len(page) / w.o.PageSize)
	return w.append(page)
}

func (w *Writer) append(b []byte) error {
	n, err := w.out.Write(b)
	if err == nil && n < len(b) {
		err = errShortWrite
	}
	return err
}
