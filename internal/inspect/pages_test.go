package inspect

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

// withPages maps a file and hands it over.
func withPages(t *testing.T, path string, o PageOptions, use func(*Pages) error) {
	t.Helper()
	if err := ReadPages(t.Context(), resolve(t, path, datadir.Options{}), o, use); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, base, damage string) string {
	t.Helper()
	b, err := fixtures.NamedBase(base)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), base+".db")
	if err := b.Build(path); err != nil {
		t.Fatal(err)
	}
	if damage != "" {
		if err := fixtures.Damage(path, damage); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestCellsAddUp: whatever the size of a cell, all pages and bytes are in one.
func TestCellsAddUp(t *testing.T) {
	for _, base := range []string{"deep", "plain-big-values", "freelist", "member", "plain-void"} {
		withPages(t, build(t, base, ""), PageOptions{}, func(p *Pages) error {
			var want PageCounts
			a := p.Map.Survey.Pages
			for _, i := range []struct {
				class bolt.PageClass
				n     int64
			}{{bolt.ClassMeta, a.Meta}, {bolt.ClassFreelist, a.Freelist}, {bolt.ClassBranch, a.Branch}, {bolt.ClassLeaf, a.Leaf}, {bolt.ClassOverflow, a.Overflow},
				{bolt.ClassFree, a.Free}, {bolt.ClassUnreachable, a.Unreachable}, {bolt.ClassFreeOrLeaked, a.FreeOrLeaked}, {bolt.ClassTail, (a.TailBytes + a.PageSize - 1) / a.PageSize}} {
				want[i.class] = i.n
			}
			for _, per := range []int64{1, 2, 7, 1 << 40} {
				cells, err := p.Cells(per)
				if err != nil {
					return err
				}
				var got PageCounts
				for _, c := range cells {
					for class, n := range c.Pages {
						got[class] += n
					}
					if c.Used > c.Bytes || c.Count() > per && c.Class() != bolt.ClassTail {
						t.Errorf("%s: cell %+v", base, c)
					}
				}
				if got != want {
					t.Errorf("%s: %v, want %v", base, got, want)
				}
			}
			for _, cells := range []int64{1, 3, 100} {
				got, err := p.Cells(p.PagesPerCell(cells))
				if err != nil {
					return err
				}
				if tail := int64(1); int64(len(got)) > cells+tail {
					t.Errorf("%s: %d cells, want %d", base, len(got), cells)
				}
			}
			return nil
		})
	}
}

// TestDetailOfEveryPage: each page by itself is described byte for byte, an overflow
// page as its part of the page it belongs to.
func TestDetailOfEveryPage(t *testing.T) {
	for _, base := range []string{"deep", "plain-big-values", "freelist", "member"} {
		path := build(t, base, "")
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		withPages(t, path, PageOptions{}, func(p *Pages) error {
			ps := int64(p.File.PageSize())
			for i, err := range p.Map.All(0) {
				if err != nil {
					return err
				}
				d, err := p.Detail(i.ID)
				if err != nil {
					return err
				}
				var got []byte
				for _, r := range d.Description.Regions {
					got = append(got, r.Data...)
				}
				off := int64(i.ID) * ps
				if d.Description.Off != off || !bytes.Equal(got, file[off:off+d.Description.Bytes]) {
					t.Fatalf("%s page %d: bytes from %d", base, i.ID, d.Description.Off)
				}
				overflow := i.Class == bolt.ClassOverflow
				if overflow != (d.First != i.ID) && i.Class != bolt.ClassFreelist || overflow && d.Description.Bytes != ps {
					t.Errorf("%s page %d, a %s: described by page %d, %d bytes", base, i.ID, i.Class, d.First, d.Description.Bytes)
				}
			}
			return nil
		})
	}
}

// TestLoosePages: without a meta there is no map, but every page can be looked at.
func TestLoosePages(t *testing.T) {
	path := build(t, "small", "zero page 0\nzero page 1")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	src := &datadir.Source{Path: path, File: f, DBSize: info.Size()}
	if err := ReadPages(t.Context(), src, PageOptions{}, nil); err == nil {
		t.Error("a file without a meta was mapped")
	}
	faults := 0
	err = ReadPages(t.Context(), src, PageOptions{Loose: true, OnFault: func(bolt.Fault) bool { faults++; return true }}, func(p *Pages) error {
		if p.Map != nil || p.File.PageSize() != 4096 || faults == 0 {
			t.Errorf("map %v, page size %d, %d faults", p.Map, p.File.PageSize(), faults)
		}
		for id := range p.PageCount() {
			if d, err := p.Detail(bolt.Pgid(id)); err != nil || d.Description.Bytes == 0 {
				t.Errorf("page %d: %v", id, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
