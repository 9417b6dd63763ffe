package render

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
	"boltvet/internal/inspect"
)

// mapFiles are a healthy file, and ruins with every class of pages.
func mapFiles() []struct{ name, base, damage string } {
	return []struct{ name, base, damage string }{
		{"healthy", "deep", ""},
		{"freelist", "freelist", ""},
		{"leaked", "freelist", "set page freelist.count -1"},
		{"damaged", "deep", "zero page key.leaf[3]\nzero page key.leaf[7]"},
		{"cut", "deep", "truncate half"},
		{"values", "plain-big-values", ""},
		{"void", "plain-void", ""},
	}
}

// withMap maps a fixture under a path that is the same everywhere.
func withMap(t *testing.T, base, damage string, use func(p *inspect.Pages) error) {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	if damage == "truncate half" {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()/2/4096*4096+100); err != nil {
			t.Fatal(err)
		}
	} else if damage != "" {
		if err := fixtures.Damage(path, damage); err != nil {
			t.Fatal(err)
		}
	}
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	src.Path = "x.db"
	if err := inspect.ReadPages(t.Context(), src, inspect.PageOptions{}, use); err != nil {
		t.Fatal(err)
	}
}

// TestPageMapGolden draws each file at 60, 80 and 200 columns, with and without UTF-8
// and colour.
func TestPageMapGolden(t *testing.T) {
	for _, c := range mapFiles() {
		withMap(t, c.base, c.damage, func(p *inspect.Pages) error {
			for _, width := range []int{60, 80, 200} {
				for _, utf8 := range []bool{false, true} {
					for _, color := range []bool{false, true} {
						o := Options{Width: width, UTF8: utf8, Color: color}
						name := fmt.Sprintf("map-%s.%d%s%s", c.name, width, choose(utf8, ".utf8", ".ascii"), choose(color, ".color", ""))
						checkMapGolden(t, name, drawn(t, p, o), o)
					}
				}
			}
			return nil
		})
	}
}

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func drawn(t *testing.T, p *inspect.Pages, o Options) string {
	t.Helper()
	per := p.PagesPerCell(PageMapCells(o.Width, p.Map.Pages()))
	cells, err := p.Cells(per)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := DrawPageMap(&b, p, cells, per, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func checkMapGolden(t *testing.T, name, got string, o Options) {
	t.Helper()
	plainText := got
	for _, class := range bolt.PageClasses() {
		plainText = strings.ReplaceAll(plainText, "\x1b["+classColor(class)+"m", "")
	}
	plainText = strings.ReplaceAll(plainText, "\x1b[0m", "")
	for _, line := range strings.Split(plainText, "\n") {
		if n := utf8.RuneCountInString(line); n > o.Width && !strings.HasPrefix(line, "in use:") {
			t.Errorf("%s: a line of %d columns: %q", name, n, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || !o.UTF8 && r > '~' }) {
			t.Errorf("%s: %q", name, line)
		}
	}
	if !o.Color && plainText != got {
		t.Errorf("%s: colour", name)
	}
	golden(t, name, []byte(got))
}

// TestPagePicture decodes the picture and holds each pixel against the page table.
func TestPagePicture(t *testing.T) {
	want := map[bolt.PageClass][]color.RGBA{
		bolt.ClassMeta: {{0xCC, 0x79, 0xA7, 0xFF}}, bolt.ClassFreelist: {{0xCC, 0x79, 0xA7, 0xFF}}, bolt.ClassDamaged: {{0xE0, 0, 0, 0xFF}},
		bolt.ClassFree: {{0xE4, 0xE4, 0xE4, 0xFF}}, bolt.ClassFreeOrLeaked: {{0xE4, 0xE4, 0xE4, 0xFF}},
		bolt.ClassUnreachable: {{0xE6, 0x9F, 0, 0xFF}}, bolt.ClassMissing: {{0, 0, 0, 0xFF}}, bolt.ClassTail: {{0x99, 0x99, 0x99, 0xFF}},
	}
	seen := map[bolt.PageClass]int{}
	for _, c := range mapFiles() {
		withMap(t, c.base, c.damage, func(p *inspect.Pages) error {
			img, err := PagePicture(p)
			if err != nil {
				return err
			}
			var file bytes.Buffer
			if err := png.Encode(&file, img); err != nil {
				return err
			}
			decoded, err := png.Decode(&file)
			if err != nil {
				return err
			}
			width, at := decoded.Bounds().Dx(), 0
			pixel := func() color.RGBA {
				x := color.RGBAModel.Convert(decoded.At(at%width, at/width)).(color.RGBA)
				at++
				return x
			}
			for i, err := range p.Map.All(0) {
				if err != nil {
					return err
				}
				for range i.Pages {
					got := pixel()
					seen[i.Class]++
					if colors := want[i.Class]; colors != nil && got != colors[0] || colors == nil && !shadeOfInk(got, i, p.File.PageSize()) {
						t.Fatalf("%s: page %d, a %s, is %v", c.name, i.ID, i.Class, got)
					}
				}
			}
			for at < width*decoded.Bounds().Dy() {
				if got := pixel(); got.A != 0 {
					t.Fatalf("%s: a pixel behind the last page is %v", c.name, got)
				}
			}
			return nil
		})
	}
	for _, class := range bolt.PageClasses() {
		if seen[class] == 0 && class != bolt.ClassTail {
			t.Errorf("no file has a page of class %s", class)
		}
	}
}

// shadeOfInk tells whether a colour is one of a tree page: the fuller, the darker.
func shadeOfInk(c color.RGBA, i bolt.PageInfo, pageSize int) bool {
	full := []color.RGBA{{0x00, 0x72, 0xB2, 0xFF}, {0x56, 0xB4, 0xE9, 0xFF}}
	if i.Class == bolt.ClassBranch {
		full = []color.RGBA{{0x00, 0x9E, 0x73, 0xFF}}
	}
	quarter := min(int(i.Used)*4/pageSize, 3) + 1 // of full colour, the rest is white
	for _, f := range full {
		pale := func(x uint8) uint8 { return uint8(255 - (255-int(x))*quarter/4) }
		if c == (color.RGBA{pale(f.R), pale(f.G), pale(f.B), 255}) {
			return true
		}
	}
	return false
}

// TestPagePictureIsBounded: a picture of a page a pixel does not outgrow its file.
func TestPagePictureIsBounded(t *testing.T) {
	withMap(t, "small", "", func(p *inspect.Pages) error {
		p.Map.Survey.Pages.Missing = 1 << 50
		img, err := PagePicture(p)
		if err != nil || len(img.Pix) > 4096 {
			t.Errorf("%v, %d pixels", err, len(img.Pix))
		}
		p.Map.Survey.Pages.TailBytes = 1 << 60
		if img, err = PagePicture(p); err != nil || len(img.Pix) > 8192 {
			t.Errorf("%v, %d pixels", err, len(img.Pix))
		}
		return nil
	})
}

// TestByteFormats: what each format makes of printable and other bytes.
func TestByteFormats(t *testing.T) {
	for _, c := range []struct{ in, format, want string }{
		{"abc", "auto", "abc"}, {"\x00\x01", "auto", "0x0001"}, {"", "auto", "0x"}, {"\x1b[31m", "auto", "0x1b5b33316d"},
		{"a\n\xff", "ascii", `"a\n\xff"`}, {"ab", "hex", "6162"}, {"a\xff", "bytes", "a\xff"},
		{"abc", "redacted", "3 bytes, sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	} {
		if got := byteValue([]byte(c.in), c.format).text; got != c.want {
			t.Errorf("%q as %s: %q, want %q", c.in, c.format, got, c.want)
		}
	}
}
