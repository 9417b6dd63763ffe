package bolt

// RegionKind says what the bytes of a [Region] are.
type RegionKind uint8

// The kinds of regions.
const (
	RegionField   RegionKind = iota // a number or flags of the format
	RegionKey                       // a key
	RegionValue                     // a value, which may be a secret
	RegionUnused                    // zeros that belong to nothing
	RegionUnknown                   // other bytes that belong to nothing: they may be what is left of a value
)

// String is the stable word of the kind.
func (k RegionKind) String() string {
	return [...]string{"field", "key", "value", "unused", "unknown"}[min(k, RegionUnknown)]
}

// Region is a run of bytes of a page that has one meaning.
type Region struct {
	Off   int64 // in the file
	Kind  RegionKind
	Name  string // such as "header flags", "element 3 key size", "key 3"
	Value string // a field, decoded; "" for other kinds
	Note  string // what is odd about it; "" if nothing is
	Data  []byte // the bytes, aliasing the mapping
}

// PageDescription is a page, with its overflow, taken apart. Its regions follow each
// other without a gap and cover it exactly.
type PageDescription struct {
	ID      Pgid
	Off     int64 // in the file
	Bytes   int64 // that are described
	Header  PageHeader
	As      PageFlags // what it was read as; 0: as bytes
	Regions []Region
}

// DescribePage takes apart a page as far as its own header tells what it is, whoever
// points to it or nobody. It judges little: see [File.Walk] for that. most is how many
// pages it may have, overflow included; 0: what its header and its last element say.
// A page that the file does not have has no regions. The caller holds the [File.Guard].
func (f *File) DescribePage(id Pgid, most int64) (*PageDescription, error) {
	d := &PageDescription{ID: id}
	if id > f.filePages() {
		return d, nil
	}
	d.Off = f.offset(id)
	head, err := f.bytesAt(d.Off, PageHeaderSize)
	if err != nil || len(head) == 0 {
		return d, err
	}
	h, whole := ParsePageHeader(head)
	d.Header = h
	pages, err := f.extentOf(id, h)
	if err != nil {
		return d, err
	}
	if most > 0 {
		pages = min(pages, most)
	}
	data, err := f.bytesAt(d.Off, pages*int64(f.pageSize))
	if err != nil {
		return d, err
	}
	d.Bytes = int64(len(data))
	r := &describer{data: data, off: d.Off}
	if whole {
		d.As = r.page(id, h)
	}
	r.fill(len(data))
	d.Regions = r.regions
	return d, nil
}

// extentOf is how many pages a page has, told without a tree.
func (f *File) extentOf(id Pgid, h PageHeader) (int64, error) {
	room := (f.size-f.offset(id)-1)/int64(f.pageSize) + 1
	switch {
	case id < 2:
		return 1, nil
	case h.Flags == FlagBranch || h.Flags == FlagLeaf:
		w := walker{f: f, hwm: id + Pgid(room), table: newPageTable(0)}
		pages, err := w.reach(&page{id: id, off: f.offset(id), kind: h.Flags}, h)
		return max(1, min(pages, room)), err
	case h.Flags == FlagFreelist:
		return min(int64(h.Overflow)+1, room), nil
	}
	return 1, nil
}

// Clip keeps what lies within n bytes from off, cutting regions at the edges. It is
// how an overflow page, which has no header of its own, is described: as its part of
// the page that it belongs to.
func (d *PageDescription) Clip(off, n int64) {
	var kept []Region
	for _, r := range d.Regions {
		from, to := max(off-r.Off, 0), min(off+n-r.Off, int64(len(r.Data)))
		if from >= to {
			continue
		}
		if from > 0 {
			r.Note = joinNotes("begins before this page", r.Note)
		}
		if to < int64(len(r.Data)) {
			r.Note = joinNotes(r.Note, "goes on behind this page")
		}
		r.Off, r.Data = r.Off+from, r.Data[from:to:to]
		if r.Kind == RegionUnknown && firstNonZero(r.Data) < 0 {
			r.Kind, r.Name = RegionUnused, RegionUnused.String()
		}
		kept = append(kept, r)
	}
	end := min(off+n, d.Off+d.Bytes)
	d.Off = max(off, d.Off)
	d.Bytes = max(end-d.Off, 0)
	d.Regions = kept
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
