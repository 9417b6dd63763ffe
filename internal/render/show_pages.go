package render

import (
	"boltvet/bolt"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// PageFields is one page of the page table. Of an overflow page, of a page that the
// file does not have and of bytes behind the high water mark there is no header.
func PageFields(i bolt.PageInfo, pageSize int) []Field {
	owner, parent := Null(), Null()
	if i.Bucket != nil {
		owner = Text(i.Bucket.String())
	}
	if i.Parent != bolt.NoPgid {
		parent = Uint(uint64(i.Parent))
	}
	fill := Null()
	if i.Class.InUse() {
		fill = Ratio(float64(i.Used) / float64(pageSize))
	}
	return append([]Field{
		f("page", "", Uint(uint64(i.ID))),
		f("kind", "", Text(i.Class.String()).Styled(classStyle(i.Class))),
		f("pages", "", Int(i.Pages)),
		f("bucket", "", owner),
		f("parent_page", "parent", parent),
		f("used_bytes", "used", Bytes(i.Used)),
		f("fill_ratio", "fill", fill),
	}, headerFields(i.Header, i.HasHeader && i.Class != bolt.ClassOverflow && i.Class < bolt.ClassMissing)...)
}

// headerFields are what a page header says of itself, judged by nobody.
func headerFields(h bolt.PageHeader, known bool) []Field {
	flags := Null()
	if known {
		flags = Text(h.Flags.String())
	}
	return []Field{
		f("flags", "", flags),
		f("count", "", intIf(known, int64(h.Count))),
		f("overflow", "", intIf(known, int64(h.Overflow))),
		f("header_id", "header id", uintIf(known, uint64(h.ID))),
	}
}

func classStyle(c bolt.PageClass) Style {
	switch c {
	case bolt.ClassDamaged, bolt.ClassMissing:
		return Bad
	case bolt.ClassUnreachable:
		return Warn
	}
	return Plain
}

// pageColumns are what a table of pages shows.
func pageColumns() []Column {
	return []Column{{"page", "page"}, {"kind", "kind"}, {"pages", "pages"}, {"count", "count"}, {"overflow", "overflow"},
		{"bucket", "bucket"}, {"used_bytes", "used"}, {"fill_ratio", "fill"}, {"parent_page", "parent"}, {"flags", "flags"}}
}

// Pages is the page table of a file, or the part of it that was asked for.
func Pages(p *inspect.Pages, rows []bolt.PageInfo, codes []verify.CodeCount) Result {
	list := make([]Value, len(rows))
	for i, row := range rows {
		list[i] = Object(PageFields(row, p.File.PageSize())...)
	}
	r := Result{Source: p.Source.Path, Fields: pagesSource(p)}
	r.Fields = append(r.Fields, f("page_table", "pages", List(list...)), Findings(codes))
	r.Brief = []Field{f("page_table", "pages", List(list...))}
	r.Table = ListTable("page_table", List(list...), pageColumns()...)
	return r
}

// pagesSource says what file it is, in the numbers that pages are counted by.
func pagesSource(p *inspect.Pages) []Field {
	return []Field{
		f("kind", "", Text(p.Source.Kind.String())),
		f("page_size_bytes", "page size", Bytes(int64(p.File.PageSize()))),
		f("db_bytes", "db size", Bytes(p.File.Size())),
		f("high_water_pages", "high water mark", Uint(uint64(p.Map.Survey.Meta.HighWater))),
	}
}
