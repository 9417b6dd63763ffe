package render

import (
	"fmt"
	"image"
	"image/color"

	"boltvet/bolt"
	"boltvet/internal/inspect"
)

// maxPicture bounds the pixels of a picture, one byte each.
const maxPicture = 1 << 26

// TooLargePictureError says that a file has more pages than a picture has pixels.
type TooLargePictureError struct{ Pages int64 }

// Error tells both numbers.
func (e *TooLargePictureError) Error() string {
	return fmt.Sprintf("%d pages are too many for a picture of one pixel a page (at most %d)", e.Pages, maxPicture)
}

// pixel is an index into the palette: an ink, in one of the shades.
type pixel uint8

const shades = 4 // an ink's full colour comes last

// The inks of a picture: the class of a page, and for leaves whose they are.
const (
	inkNone pixel = iota // behind the last page
	inkMeta              // meta and freelist pages
	inkBranch
	inkLeaf  // leaves and overflow of the largest bucket
	inkOther // of the other buckets
	inkDamaged
	inkFree // listed as free, or nobody can tell
	inkUnreachable
	inkMissing
	inkTail
	inkEnd
)

// inkColors are those of Okabe and Ito, which the colour-blind can tell apart, with a
// red of its own for damage.
var inkColors = [inkEnd]color.RGBA{
	inkMeta: {0xCC, 0x79, 0xA7, 0xFF}, inkBranch: {0x00, 0x9E, 0x73, 0xFF}, inkLeaf: {0x00, 0x72, 0xB2, 0xFF},
	inkOther: {0x56, 0xB4, 0xE9, 0xFF}, inkDamaged: {0xE0, 0x00, 0x00, 0xFF}, inkFree: {0xE4, 0xE4, 0xE4, 0xFF},
	inkUnreachable: {0xE6, 0x9F, 0x00, 0xFF}, inkMissing: {0x00, 0x00, 0x00, 0xFF}, inkTail: {0x99, 0x99, 0x99, 0xFF},
}

// palette has each ink in its shades, the first ones paler.
func palette() color.Palette {
	p := make(color.Palette, 0, int(inkEnd)*shades)
	for _, c := range inkColors {
		for s := 1; s <= shades; s++ {
			pale := func(x uint8) uint8 { return uint8(0xFF - (0xFF-int(x))*s/shades) }
			shade := color.RGBA{pale(c.R), pale(c.G), pale(c.B), c.A}
			if c.A == 0 {
				shade = color.RGBA{}
			}
			p = append(p, shade)
		}
	}
	return p
}

// PagePicture is the page map as a picture: one pixel for each page, line by line from
// the top left. Full colour is a full page, paler is emptier. Missing pages are black,
// as far as there are no more of them than the file has pages.
func PagePicture(p *inspect.Pages) (*image.Paletted, error) {
	pages := p.Map.Pages()
	missing := min(max(p.Map.Survey.Pages.Missing, 0), pages+1024)
	tail := min((p.Map.Survey.Pages.TailBytes+int64(p.File.PageSize())-1)/int64(p.File.PageSize()), pages+1024)
	total := pages + missing + tail
	if total > maxPicture {
		return nil, &TooLargePictureError{Pages: total}
	}
	width := pictureWidth(total)
	img := image.NewPaletted(image.Rect(0, 0, width, int(max((total+int64(width)-1)/int64(width), 1))), palette())
	main := largestBucket(p.Map.Survey)
	at := 0
	for i, err := range p.Map.All(0) {
		if err != nil {
			return nil, err
		}
		for range min(i.Pages, total-int64(at)) {
			img.Pix[at] = uint8(inkOf(i, main))*shades + shadeOf(i, p.File.PageSize())
			at++
		}
	}
	return img, nil
}

// pictureWidth is a power of two, so that a page number can be told from its place.
func pictureWidth(pixels int64) int {
	width := 16
	for int64(width)*int64(width) < pixels {
		width *= 2
	}
	return width
}

// largestBucket is the bucket with the most pages: in etcd's files, that of the keys.
func largestBucket(s *bolt.Survey) (main *bolt.Bucket) {
	most := int64(0)
	for i := range s.Buckets {
		b := &s.Buckets[i]
		if n := b.BranchPages + b.BranchOverflow + b.LeafPages + b.LeafOverflow; n > most {
			main, most = b.Bucket, n
		}
	}
	return main
}

func inkOf(i bolt.PageInfo, main *bolt.Bucket) pixel {
	switch i.Class {
	case bolt.ClassMeta, bolt.ClassFreelist:
		return inkMeta
	case bolt.ClassBranch:
		return inkBranch
	case bolt.ClassDamaged:
		return inkDamaged
	case bolt.ClassFree, bolt.ClassFreeOrLeaked:
		return inkFree
	case bolt.ClassUnreachable:
		return inkUnreachable
	case bolt.ClassMissing:
		return inkMissing
	case bolt.ClassTail:
		return inkTail
	}
	if i.Bucket != nil && i.Bucket == main {
		return inkLeaf
	}
	return inkOther
}

// shadeOf is how full a branch, a leaf or its overflow is; all else has its full colour.
func shadeOf(i bolt.PageInfo, pageSize int) uint8 {
	switch i.Class {
	case bolt.ClassBranch, bolt.ClassLeaf, bolt.ClassOverflow:
		return uint8(min(i.Used*shades/int64(pageSize), shades-1))
	}
	return shades - 1
}
