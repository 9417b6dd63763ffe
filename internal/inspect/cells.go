package inspect

import "boltvet/bolt"

// PageCounts is a number of pages for each class.
type PageCounts [int(bolt.ClassTail) + 1]int64

// Cell is a run of pages as one cell of the page map.
type Cell struct {
	First bolt.Pgid
	Pages PageCounts
	Used  int64 // bytes in use
	Bytes int64 // of the pages that the file has
}

// Count is the number of pages in the cell.
func (c *Cell) Count() (n int64) {
	for _, pages := range c.Pages {
		n += pages
	}
	return n
}

// UsedRatio is the share of the cell's bytes that is in use.
func (c *Cell) UsedRatio() float64 { return float64(c.Used) / float64(max(c.Bytes, 1)) }

// Class is what the cell is shown as: the worst that is in it, or else what most of
// its pages are.
func (c *Cell) Class() bolt.PageClass {
	for _, class := range []bolt.PageClass{bolt.ClassDamaged, bolt.ClassMissing, bolt.ClassUnreachable} {
		if c.Pages[class] > 0 {
			return class
		}
	}
	most := bolt.PageClass(0)
	for class := range c.Pages {
		if c.Pages[class] > c.Pages[most] {
			most = bolt.PageClass(class)
		}
	}
	return most
}

func (c *Cell) add(i bolt.PageInfo, pageSize int64) {
	c.Pages[i.Class] += i.Pages
	c.Used += i.Used
	if i.Class != bolt.ClassMissing {
		c.Bytes += i.Pages * pageSize
	}
}

// Cells cuts the map into runs of perCell pages. Missing pages, and bytes behind the
// high water mark, are one cell at the end whatever their number.
func (p *Pages) Cells(perCell int64) ([]Cell, error) {
	pageSize := int64(p.File.PageSize())
	var cells []Cell
	room := int64(0)
	for i, err := range p.Map.All(0) {
		if err != nil {
			return nil, err
		}
		if room == 0 || i.Class >= bolt.ClassMissing {
			cells = append(cells, Cell{First: i.ID})
			room = perCell
		}
		cells[len(cells)-1].add(i, pageSize)
		room--
	}
	return cells, nil
}

// PagesPerCell is the least power of two that makes a map of at most the given number
// of cells, the last one not counted.
func (p *Pages) PagesPerCell(cells int64) int64 {
	per := int64(1)
	for (p.Map.Pages()+per-1)/per > max(cells, 1) {
		per *= 2
	}
	return per
}
