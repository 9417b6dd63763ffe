package bolt

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
)

// checkCover describes every page of a file, whoever has it, and wants regions that
// cover it without gap or overlap and hold the bytes of the file.
func checkCover(t *testing.T, b []byte, f *File) {
	t.Helper()
	for id := range f.filePages() + 2 {
		for _, most := range []int64{0, 1, 3} {
			d, err := f.DescribePage(id, most)
			if err != nil {
				t.Fatal(err)
			}
			checkRegions(t, b, d)
			if most > 0 && d.Bytes > most*int64(f.pageSize) {
				t.Errorf("page %d: %d bytes of at most %d pages", id, d.Bytes, most)
			}
			if have := f.offset(id) < f.size; have != (d.Bytes > 0) {
				t.Errorf("page %d: %d bytes described", id, d.Bytes)
			}
			if d.Bytes > int64(f.pageSize) {
				d.Clip(d.Off+int64(f.pageSize), int64(f.pageSize))
				checkRegions(t, b, d)
			}
		}
	}
}

func checkRegions(t *testing.T, b []byte, d *PageDescription) {
	t.Helper()
	next := d.Off
	for _, r := range d.Regions {
		if r.Off != next || len(r.Data) == 0 || !bytes.Equal(r.Data, b[r.Off:r.Off+int64(len(r.Data))]) {
			t.Fatalf("page %d: region %s of %d bytes at %d, want one at %d", d.ID, r.Name, len(r.Data), r.Off, next)
		}
		next += int64(len(r.Data))
		zero := firstNonZero(r.Data) < 0
		if r.Kind == RegionUnused && !zero || r.Kind == RegionUnknown && zero {
			t.Errorf("page %d: region %s at %d", d.ID, r.Kind, r.Off)
		}
	}
	if next != d.Off+d.Bytes {
		t.Fatalf("page %d: regions end at %d, want %d", d.ID, next, d.Off+d.Bytes)
	}
}

// coverFile maps and describes a file of any kind; without a meta there is no map.
func coverFile(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f, err := OpenPages(file, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Live().Valid {
		checkMap(t, f, f.Live().Meta)
	}
	checkCover(t, b, f)
}

// TestDescribeCovers is the promise of the describer, for every fixture and recipe.
func TestDescribeCovers(t *testing.T) {
	recipes, err := fixtures.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recipes {
		t.Run("recipe/"+r.Name, func(t *testing.T) {
			t.Parallel()
			path, err := r.Build(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			coverFile(t, dbOf(path))
		})
	}
	bases, err := fixtures.Bases()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bases {
		t.Run("base/"+b.Name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "db")
			if err := b.Build(path); err != nil {
				t.Fatal(err)
			}
			coverFile(t, path)
		})
	}
	files, err := golden.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range files {
		t.Run("golden/"+g.Name, func(t *testing.T) {
			t.Parallel()
			path, err := g.Unpack(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			coverFile(t, dbOf(path))
		})
	}
}

// dbOf is the db of a data dir, or the file itself.
func dbOf(path string) string {
	if db := filepath.Join(path, "member", "snap", "db"); exists(db) {
		return db
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestDescribeDamages covers what every kind of fault leaves behind.
func TestDescribeDamages(t *testing.T) {
	healthy := smallFile(t, bbolt.Options{PageSize: 1024})
	for _, d := range damages() {
		r := healthy.clone()
		d.corrupt(&r)
		if f, err := FromBytes(r.b); err == nil {
			checkCover(t, r.b, f)
		}
	}
}

// FuzzDescribe takes bytes as one page with its overflow.
func FuzzDescribe(f *testing.F) {
	forged := newForge(8)
	forged.branch(2, 3, 4)
	forged.buckets(3, 0, 5)
	for id := range 4 {
		f.Add(uint8(id), forged.b[forged.page(id):forged.page(id+1)])
	}
	f.Fuzz(func(t *testing.T, id uint8, page []byte) {
		file := newForge(8)
		copy(file.b[file.page(2+int(id%5)):], page)
		at, err := FromBytes(file.b)
		if err != nil {
			t.Fatal(err)
		}
		checkCover(t, file.b, at)
	})
}

// describeText lists the regions of a page: offset in the page, length, name, value.
func describeText(t *testing.T, f forge, id int) string {
	t.Helper()
	at, err := FromBytes(f.b)
	if err != nil {
		t.Fatal(err)
	}
	d, err := at.DescribePage(Pgid(id), 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range d.Regions {
		b.WriteString(dec(r.Off-d.Off) + " " + dec(len(r.Data)) + " " + r.Name)
		for _, s := range []string{r.Value, r.Note} {
			if s != "" {
				b.WriteString(" | " + s)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDescribeBranch(t *testing.T) {
	f := newForge(8)
	f.branch(2, 3, 4)
	f.b[f.page(2)+700] = 7
	want := `0 8 header id | 2
8 2 header flags | 0x1 branch
10 2 header count | 2
12 4 header overflow | 0
16 4 element 0 pos | 48 from the start of the image
20 4 element 0 key size | 1
24 8 element 0 child page | 3
32 4 element 1 pos | 49 from the start of the image
36 4 element 1 key size | 1
40 8 element 1 child page | 4
48 1 key 0
49 1 key 1
50 974 unknown
`
	if got := describeText(t, f, 2); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDescribeInline(t *testing.T) {
	f := newForge(8)
	// One element: key "a", and as value a bucket with the inline leaf "k" = "v".
	image := binary.LittleEndian.AppendUint64(nil, 0)          // root
	image = binary.LittleEndian.AppendUint64(image, 7)         // sequence
	image = append(image, 0, 0, 0, 0, 0, 0, 0, 0)              // id
	image = append(image, 2, 0, 1, 0, 0, 0, 0, 0)              // flags, count, overflow
	image = append(image, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0) // flags, pos, key size
	image = append(image, 1, 0, 0, 0, 'k', 'v')
	f.header(2, 2, 1)
	copy(f.b[f.elem(2, 0):], []byte{1, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, byte(len(image)), 0, 0, 0, 'a'})
	copy(f.b[f.elem(2, 1)+1:], image)
	got := describeText(t, f, 2)
	want := `32 1 key 0
33 8 value 0 bucket root | 0 (inline)
41 8 value 0 bucket sequence | 7
49 8 value 0 inline header id | 0
57 2 value 0 inline header flags | 0x2 leaf
59 2 value 0 inline header count | 1
61 4 value 0 inline header overflow | 0
65 4 value 0 inline element 0 flags | 0x0
69 4 value 0 inline element 0 pos | 32 from the start of the image
73 4 value 0 inline element 0 key size | 1
77 4 value 0 inline element 0 value size | 1
81 1 value 0 inline key 0
82 1 value 0 inline value 0
83 941 unused
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
}

func TestDescribeMetaAndFreelist(t *testing.T) {
	f := newForge(8)
	f.header(3, 0x10, 4)
	for i, id := range []int{4, 5, 6, 9} {
		f.set64(f.page(3)+16+8*i, id)
	}
	got := describeText(t, f, 3)
	if want := "16 24 free pages | 4 to 6\n40 8 free page | 9\n48 976 unused\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
	f.set64(f.metaField(1, 56), 5)
	got = describeText(t, f, 1)
	for _, want := range []string{"16 4 meta magic | 0xed0cdaed\n", "48 8 meta freelist page | none (not persisted)\n",
		"72 8 meta checksum | 0x5 | the fields ask for 0x", "80 944 unused\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestDescribeOverlap: two elements that claim the same bytes.
func TestDescribeOverlap(t *testing.T) {
	f := newForge(8)
	f.branch(2, 3, 4)
	f.set32(f.elem(2, 1), f.page(2)+48-f.elem(2, 1)) // the key of the first
	got := describeText(t, f, 2)
	if !strings.Contains(got, "element 1 pos | 48 from the start of the image | key and value lie over those of another element\n") {
		t.Error(got)
	}
	f.set32(f.elem(2, 1), 1<<30)
	if got := describeText(t, f, 2); !strings.Contains(got, "key and value are not within the page") || !strings.Contains(got, "49 975 unknown") {
		t.Error(got)
	}
}
