package inspect

import (
	"context"

	"boltvet/bolt"
	"boltvet/internal/datadir"
)

// PageOptions change what ReadPages does.
type PageOptions struct {
	// Loose accepts a file without a valid meta: then there is no map.
	Loose    bool
	OnFault  func(bolt.Fault) bool                 // gets every fault of the structure; nil: dropped
	Progress func(phase string, done, total int64) // bytes; may be nil
}

// Pages is a db by its pages, whatever etcd makes of them. It may be used within the
// function that [ReadPages] calls, and not after.
type Pages struct {
	Source *datadir.Source
	File   *bolt.File
	Map    *bolt.PageMap // nil: no valid meta, so that nobody knows what is in use
}

// ReadPages maps the pages of src and hands them to use, inside the guard of the
// mapping. The error is a [bolt.Fault] if no meta is valid, what use says, or trouble
// with reading.
func ReadPages(ctx context.Context, src *datadir.Source, o PageOptions, use func(*Pages) error) error {
	open := bolt.Open
	if o.Loose {
		open = bolt.OpenPages
	}
	f, err := open(src.File, src.DBSize)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Guard(func() error {
		p := &Pages{Source: src, File: f}
		if err := p.readMap(ctx, o); err != nil {
			return err
		}
		return use(p)
	})
}

func (p *Pages) readMap(ctx context.Context, o PageOptions) (err error) {
	if o.OnFault == nil {
		o.OnFault = func(bolt.Fault) bool { return true }
	}
	for _, slot := range p.File.Metas() {
		for _, x := range slot.Faults {
			if !o.OnFault(x) {
				return nil
			}
		}
	}
	if !p.File.Live().Valid {
		return nil
	}
	var done int64
	p.Map, err = p.File.MapPages(ctx, p.File.Live().Meta, bolt.WalkOptions{OnFault: o.OnFault, Progress: func(pages int64) {
		done += pages * int64(p.File.PageSize())
		if o.Progress != nil {
			o.Progress("pages", min(done, p.File.Size()), p.File.Size())
		}
	}})
	return err
}

// PageCount is the number of whole pages of the file that a page can be asked of.
func (p *Pages) PageCount() int64 { return p.File.Size() / int64(p.File.PageSize()) }

// PageDetail is one page as it is shown by itself.
type PageDetail struct {
	Info bolt.PageInfo // without a map only its number and header are known
	// First is the page whose header and elements describe the bytes: another one for
	// an overflow page.
	First       bolt.Pgid
	Description *bolt.PageDescription
}

// Detail takes one page apart. In use, it is described with all of its overflow; not in
// use, only as far as the next page that is.
func (p *Pages) Detail(id bolt.Pgid) (*PageDetail, error) {
	d := &PageDetail{Info: bolt.PageInfo{ID: id, Parent: bolt.NoPgid}, First: id}
	most, err := int64(0), error(nil)
	if p.Map != nil {
		if d.Info, err = p.Map.At(id); err != nil {
			return nil, err
		}
		if d.Info.Class == bolt.ClassOverflow {
			d.First = d.Info.Parent
		}
		if d.Info.Class == bolt.ClassFreelist && d.Info.Parent >= 2 && d.Info.Parent < id {
			d.First = d.Info.Parent
		}
		if most, err = p.extent(d.First); err != nil {
			return nil, err
		}
	}
	if d.Description, err = p.File.DescribePage(d.First, most); err != nil {
		return nil, err
	}
	if d.First != id {
		ps := int64(p.File.PageSize())
		d.Description.Clip(int64(id)*ps, ps)
	}
	return d, nil
}

// extent is how many pages a page can have without taking any from another. One that is
// not in use has no more than its header says.
func (p *Pages) extent(id bolt.Pgid) (int64, error) {
	first, err := p.Map.At(id)
	if err != nil {
		return 0, err
	}
	pages, most := int64(1), int64(first.Header.Overflow)+1
	for i, err := range p.Map.All(id + 1) {
		if err != nil {
			return 0, err
		}
		if first.Class.InUse() != i.Class.InUse() || i.Class.InUse() && !follows(i, first) || i.Class >= bolt.ClassMissing ||
			!first.Class.InUse() && pages >= most {
			break
		}
		pages++
	}
	return pages, nil
}

// follows tells whether a page in use is a further page of first.
func follows(i, first bolt.PageInfo) bool {
	return i.Parent == first.ID && (i.Class == bolt.ClassOverflow || i.Class == bolt.ClassFreelist && first.Class == bolt.ClassFreelist)
}
