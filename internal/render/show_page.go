package render

import (
	"encoding/hex"
	"fmt"

	"boltvet/bolt"
	"boltvet/internal/inspect"
	"boltvet/verify"
)

// PageOptions is how one page is shown.
type PageOptions struct {
	Format string // of keys and values, see [ByteFormats]
	Values bool   // show values, and bytes that may be what is left of one
}

// Page is one page, taken apart. It copies all bytes that it shows.
func Page(p *inspect.Pages, d *inspect.PageDetail, o PageOptions, codes []verify.CodeCount) Result {
	r := Result{Source: p.Source.Path}
	r.Fields = []Field{f("page", "", Uint(uint64(d.Info.ID)))}
	if p.Map != nil {
		r.Fields = PageFields(d.Info, p.File.PageSize())
	} else {
		r.Fields = append(r.Fields, headerFields(d.Description.Header, d.Description.Bytes >= bolt.PageHeaderSize)...)
	}
	at := d.Description
	r.Fields = append(r.Fields,
		f("offset_bytes", "offset in the file", Int(at.Off)),
		f("described_bytes", "bytes described", Bytes(at.Bytes)),
		f("described_as", "described as", describedAs(d)),
	)
	list := make([]Value, len(at.Regions))
	for i, region := range at.Regions {
		list[i] = regionValue(region, at.Off, o)
	}
	r.Fields = append(r.Fields, f("regions", "", List(list...)), Findings(codes))
	r.Table = ListTable("regions", List(list...), Column{"at_bytes", "at"}, Column{"bytes", "bytes"}, Column{"name", "field"},
		Column{"value", "value"}, Column{"hex", "bytes in hex"}, Column{"note", "note"})
	return r
}

// describedAs says what the bytes were read as.
func describedAs(d *inspect.PageDetail) Value {
	switch as := d.Description.As; {
	case d.Description.Bytes == 0:
		return Null()
	case d.First != d.Info.ID:
		return Text(fmt.Sprintf("overflow of page %d, a %s", d.First, as))
	case as == 0:
		return Text("bytes")
	default:
		return Text(as.String())
	}
}

func regionValue(r bolt.Region, start int64, o PageOptions) Value {
	value, bytes := Null(), Null()
	switch hidden := (r.Kind == bolt.RegionValue || r.Kind == bolt.RegionUnknown) && !o.Values && o.Format != "redacted"; {
	case r.Kind == bolt.RegionField && len(r.Data) > 8:
		value = Text(r.Value)
	case r.Kind == bolt.RegionField:
		value, bytes = textOrNull(r.Value), Text(hex.EncodeToString(r.Data))
	case hidden:
		value = Text("(not shown)")
	case r.Kind != bolt.RegionUnused:
		value = byteValue(r.Data, o.Format)
	}
	return Object(
		f("at_bytes", "at", Int(r.Off-start)),
		f("bytes", "", Int(int64(len(r.Data)))),
		f("kind", "", Text(r.Kind.String())),
		f("name", "field", Text(r.Name)),
		f("value", "", value),
		f("hex", "", bytes),
		f("note", "", textOrNull(r.Note).Styled(Warn)),
	)
}

// RawPage tells of bytes that are printed as they are: where they lie, and their hash.
func RawPage(source string, page bolt.Pgid, off, n int64, sum []byte) Result {
	return Result{Source: source, Fields: []Field{
		f("page", "", Uint(uint64(page))),
		f("offset_bytes", "offset in the file", Int(off)),
		f("bytes", "", Int(n)),
		f("sha256", "", Text(hex.EncodeToString(sum))),
	}}
}
