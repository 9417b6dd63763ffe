package render

import (
	"boltvet/bolt"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// PageMap is the page map in numbers: the pages of each class, and the cells.
func PageMap(p *inspect.Pages, cells []inspect.Cell, perCell int64, codes []verify.CodeCount) Result {
	var total inspect.PageCounts
	list := make([]Value, len(cells))
	for i := range cells {
		c := &cells[i]
		list[i] = Object(
			f("first_page", "", Uint(uint64(c.First))),
			f("pages", "", Int(c.Count())),
			f("kind", "", Text(c.Class().String()).Styled(classStyle(c.Class()))),
			f("used_ratio", "used", Ratio(c.UsedRatio())),
		)
		for class, n := range c.Pages {
			total[class] += n
		}
	}
	counts := make([]Field, 0, len(total))
	for _, class := range bolt.PageClasses() {
		counts = append(counts, f(class.String()+"_pages", class.String(), Int(total[class])))
	}
	r := Result{Source: p.Source.Path, Fields: pagesSource(p)}
	r.Fields = append(r.Fields, f("pages", "", Object(counts...)), f("pages_per_cell", "pages a cell", Int(perCell)),
		f("cells", "", List(list...)), Findings(codes))
	r.Table = ListTable("cells", List(list...), Column{"first_page", "first page"}, Column{"pages", "pages"},
		Column{"kind", "kind"}, Column{"used_ratio", "used"})
	return r
}
