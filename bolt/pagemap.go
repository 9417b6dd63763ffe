package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
)

// PageMap tells of every page of a file what it is, whose it is and who points to it.
// It belongs to its [File]; what reads headers is called within [File.Guard].
type PageMap struct {
	Survey *Survey // as Walk gives it

	f      *File
	hwm    Pgid
	listed bool // the persisted freelist could be read
	notes  []pageNote
}

// pageNote is what the map keeps of a page: 16 bytes.
type pageNote struct {
	parent uint32 // who points here; of an overflow page, the first page
	owner  uint32 // 0: no tree; 1: the bucket directory; n+2: bucket n of the survey
	used   uint32 // bytes in use of the page and its overflow; bbolt has no larger pages
	class  PageClass
}

// PageInfo is one page of a [PageMap].
type PageInfo struct {
	ID    Pgid
	Class PageClass
	Pages int64 // 1; of a missing or tail run, how many
	// Header is what the first 16 bytes say, not judged; of an overflow page they are
	// content. HasHeader: the file has them.
	Header    PageHeader
	HasHeader bool
	Bucket    *Bucket // whose tree has the page; nil: none. The directory has an empty path
	Parent    Pgid    // who points here; the first page, of an overflow page; NoPgid: nobody
	Used      int64   // bytes of this page in use, its overflow not counted
}

// maxMapped bounds a page map: 16 bytes a page, so 4 GiB for 1 TiB of pages of 4 KiB.
const maxMapped = 1 << 28

// MapTooLargeError says that a file has more pages than a map keeps notes of.
type MapTooLargeError struct{ Pages int64 }

// Error tells the number of pages.
func (e *MapTooLargeError) Error() string {
	return fmt.Sprintf("the file has %d pages; at most %d can be mapped", e.Pages, int64(maxMapped))
}

// MapPages visits what Walk visits, in the same order and with the same faults, and
// notes of each page who has it. o.Workers and o.CutEveryLeaf mean nothing here. The
// caller holds the [File.Guard].
func (f *File) MapPages(ctx context.Context, m Meta, o WalkOptions) (*PageMap, error) {
	hwm := min(m.HighWater, Pgid(math.MaxInt64/f.pageSize)) // so that every page has an offset
	pages := min(hwm, f.filePages())
	if pages > maxMapped {
		return nil, &MapTooLargeError{Pages: int64(pages)}
	}
	s := &Survey{Meta: m, table: newPageTable(pages)}
	t := &tracer{survey: s, notes: make([]pageNote, pages+1)}
	w := &walker{trace: t, ctx: ctx, f: f, meta: m, hwm: hwm, table: s.table, out: o.OnFault, fallback: o.Fallback, acc: nothing{}, tick: o.Progress}
	err := f.survey(w, s, WalkOptions{})
	s.Faults = w.found
	if errors.Is(err, errStopped) {
		err = nil
	}
	return &PageMap{Survey: s, f: f, hwm: hwm, listed: w.listed, notes: t.notes}, err
}

// Pages is the number of whole pages of the file below the high water mark.
func (p *PageMap) Pages() int64 { return int64(p.Survey.table.pages) }

// All gives the pages from the given one on: each page of the file, then one entry for
// the pages that are missing, or one for the bytes behind the high water mark.
func (p *PageMap) All(from Pgid) iter.Seq2[PageInfo, error] {
	return func(yield func(PageInfo, error) bool) {
		for id := from; id < p.Survey.table.pages; id++ {
			if !yield(p.At(id)) {
				return
			}
		}
		last := max(from, p.Survey.table.pages)
		if last < p.hwm || p.Survey.Pages.TailBytes > 0 && last == p.hwm {
			yield(p.At(last))
		}
	}
}

// At describes one page. A number at or behind the end of the file gives the run of
// missing pages, or of bytes behind the high water mark, that begins there.
func (p *PageMap) At(id Pgid) (PageInfo, error) {
	i := PageInfo{ID: id, Pages: 1, Parent: NoPgid}
	if id <= Pgid(math.MaxInt64/p.f.pageSize) {
		head, err := p.f.bytesAt(p.f.offset(id), PageHeaderSize)
		if err != nil {
			return i, err
		}
		i.Header, i.HasHeader = ParsePageHeader(head)
	}
	switch {
	case id >= p.hwm:
		ps := int64(p.f.pageSize)
		i.Class, i.Pages = ClassTail, max((p.Survey.Pages.TailBytes+ps-1)/ps-int64(id-p.hwm), 0)
	case id >= p.Survey.table.pages:
		i.Class, i.Pages = ClassMissing, int64(p.hwm-id)
		p.own(&i)
	default:
		p.classify(&i)
		p.own(&i)
	}
	return i, nil
}

// classify tells what a page of the file is, from the page table and the note.
func (p *PageMap) classify(i *PageInfo) {
	ps, n := int64(p.f.pageSize), p.notes[i.ID]
	switch o := p.Survey.table.at(i.ID); {
	case o&ownerMeta != 0:
		i.Class, i.Used = ClassMeta, PageHeaderSize+MetaSize
	case o&ownerTree != 0:
		i.Class, i.Used = n.class, min(int64(n.used), ps)
	case o&ownerOverflow != 0:
		before := int64(i.ID-Pgid(n.parent)) * ps
		i.Class, i.Used = ClassOverflow, max(0, min(int64(p.notes[n.parent].used)-before, ps))
	case o&ownerFreelist != 0:
		i.Class, i.Used = ClassFreelist, p.freelistUsed(i.ID)
		i.Parent = p.liveMeta()
		if i.ID != p.Survey.Meta.Freelist {
			i.Parent = p.Survey.Meta.Freelist
		}
	case o&ownerFree != 0:
		i.Class = ClassFree
	case p.listed:
		i.Class = ClassUnreachable
	default:
		i.Class = ClassFreeOrLeaked
	}
}

// own adds what the note says of a page that something in use has or points to.
func (p *PageMap) own(i *PageInfo) {
	if i.ID >= Pgid(len(p.notes)) || p.notes[i.ID].owner == 0 {
		return
	}
	n := p.notes[i.ID]
	i.Parent, i.Bucket = Pgid(n.parent), p.Survey.Directory.Bucket
	if n.owner > 1 {
		i.Bucket = p.Survey.Buckets[n.owner-2].Bucket
	}
}

// liveMeta is the page of the meta that the map starts from.
func (p *PageMap) liveMeta() Pgid {
	for i, slot := range p.f.metas {
		if slot.Meta == p.Survey.Meta {
			return Pgid(i)
		}
	}
	return NoPgid
}

// freelistUsed is how far the list reaches into one of its pages.
func (p *PageMap) freelistUsed(id Pgid) int64 {
	ps, first := int64(p.f.pageSize), p.Survey.Meta.Freelist
	head, err := p.f.bytesAt(p.f.offset(first), PageHeaderSize+8)
	h, ok := ParsePageHeader(head)
	if err != nil || !ok || id < first {
		return 0
	}
	n, most := uint64(h.Count), uint64(math.MaxInt64/16)
	if h.Count == manyFree && len(head) == PageHeaderSize+8 {
		n = min(binary.LittleEndian.Uint64(head[PageHeaderSize:]), most) + 1
	}
	return max(0, min(PageHeaderSize+8*int64(n)-int64(id-first)*ps, ps))
}
