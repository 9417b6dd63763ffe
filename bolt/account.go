package bolt

// account turns the page table into counts that sum to the file's size.
func (w *walker) account(s *Survey) {
	c, t := &s.Pages, s.Total()
	c.PageSize = int64(w.f.pageSize)
	c.Branch, c.Leaf = t.BranchPages, t.LeafPages
	switch w.cutKind { // the page table counts whole pages only
	case FlagBranch:
		c.Branch--
	case FlagLeaf:
		c.Leaf--
	}
	var tree, unowned int64
	for o, n := range s.table.census() {
		switch o := owner(o); {
		case o&ownerMeta != 0:
			c.Meta += n
		case o&ownerTree != 0:
			tree += n
		case o&ownerOverflow != 0:
			c.Overflow += n
		case o&ownerFreelist != 0:
			c.Freelist += n
		case o&ownerFree != 0:
			c.Free += n
		default:
			unowned += n
		}
	}
	c.Damaged = tree - c.Branch - c.Leaf
	if w.listed {
		c.Unreachable = unowned
	} else {
		c.FreeOrLeaked = unowned
	}
	c.Missing = int64(w.hwm) - int64(s.table.pages)
	rest := w.f.size - int64(s.table.pages)*c.PageSize
	if c.Missing > 0 {
		c.PartialBytes = rest
	} else {
		c.TailBytes = rest
	}
}

// leaks reports runs of pages that nobody has. Only a persisted freelist can tell
// them from free ones, and only when all of the tree could be read: what hangs on a
// page that cannot be read is lost, but it did not leak.
func (w *walker) leaks(s *Survey) {
	if s.Pages.Unreachable == 0 || w.hidden {
		return
	}
	for id := Pgid(2); id < s.table.pages; id++ {
		first := id
		for id < s.table.pages && s.table.at(id) == 0 {
			id++
		}
		if id == first {
			continue
		}
		got := "page " + dec(first)
		if id > first+1 {
			got = "pages " + dec(first) + " to " + dec(id-1)
		}
		w.sink(fault(FreelistLeak, first, w.f.offset(first), got+" in use by nobody and not listed as free", "one or the other"))
	}
}

// end compares the end of the file with the high water mark.
func (w *walker) end(s *Survey) error {
	want := int64(w.hwm) * s.Pages.PageSize
	if s.Pages.Missing > 0 {
		kind := FileShortTail
		if w.missing {
			kind = FileTruncated
		}
		w.sink(fault(kind, NoPgid, w.f.size, dec(w.f.size)+" bytes; page "+dec(s.table.pages)+" and "+
			dec(s.Pages.Missing-1)+" more are missing", dec(want)+" bytes up to the high water mark"))
		return nil
	}
	off, ok, err := w.f.nonZero(want)
	if err == nil && ok {
		w.sink(fault(FileTail, NoPgid, off, "data behind the high water mark", "zeros up to the end of the file"))
	}
	return err
}
