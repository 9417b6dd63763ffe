package bolt

// readMetas finds the page size and reads both metas. It goes on as long as one
// of them is valid.
func (f *File) readMetas() error {
	size, err := f.detectPageSize()
	if err != nil {
		return err
	}
	f.pageSize = size
	for i := range f.metas {
		if f.metas[i], err = f.checkMeta(Pgid(i), size); err != nil {
			return err
		}
		if m := f.metas[i]; m.Valid && int(m.Meta.PageSize) != size {
			f.metas[i].Faults = append(f.metas[i].Faults,
				fault(MetaPageSize, Pgid(i), m.Off+8, dec(m.Meta.PageSize), dec(size)))
		}
	}
	return f.choose()
}

// detectPageSize believes a valid meta whose page size the other meta's place or
// the page numbers bear out; without one it asks the page numbers alone.
// bbolt trusts the first valid meta blindly.
func (f *File) detectPageSize() (int, error) {
	first, err := f.checkMeta(0, MinPageSize)
	if err != nil {
		return 0, err
	}
	if claimed := int(first.Meta.PageSize); first.Valid && possiblePageSize(claimed) {
		second, err := f.checkMeta(1, claimed)
		if err != nil || second.Meta.Magic == Magic {
			return claimed, err
		}
		if guess, fit := f.guessPageSize(); fit > f.countOwnIDs(claimed) {
			return guess, nil
		}
		return claimed, nil
	}
	for size := MinPageSize; size <= MaxPageSize; size *= 2 {
		second, err := f.checkMeta(1, size)
		if err != nil {
			return 0, err
		}
		if second.Valid && int(second.Meta.PageSize) == size {
			return size, nil
		}
	}
	guess, _ := f.guessPageSize()
	return guess, nil
}

func possiblePageSize(n int) bool {
	return n >= MinPageSize && n <= MaxPageSize && n&(n-1) == 0
}

// guessPageSize gives the size under which most pages carry their own number, and
// how many do. 4096 is the answer when nothing speaks for any size.
func (f *File) guessPageSize() (size, fit int) {
	size = 4096
	for s := MinPageSize; s <= MaxPageSize; s *= 2 {
		if n := f.countOwnIDs(s); n > fit {
			size, fit = s, n
		}
	}
	return size, fit
}

// countOwnIDs counts pages whose header carries their own number, among the first
// few hundred. Page 0 proves nothing, for zeros look like it.
func (f *File) countOwnIDs(size int) (n int) {
	for id := Pgid(1); id < 512; id++ {
		b, err := f.bytesAt(int64(id)*int64(size), PageHeaderSize)
		if err != nil || len(b) < PageHeaderSize {
			break
		}
		if h, _ := ParsePageHeader(b); h.ID == id && h.Flags != 0 {
			n++
		}
	}
	return n
}
