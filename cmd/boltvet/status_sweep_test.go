package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures"
)

// A canvas is a healthy file whose copies get damaged, and what bbolt says each of its
// pages is.
type canvas struct {
	image    []byte
	pageSize int
	kind     []string // of each page: meta, freelist, branch, leaf, free
	scratch  string
}

func newCanvas(t *testing.T, base string) canvas {
	t.Helper()
	path := buildBase(t, t.TempDir(), base, "")
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	c := canvas{image: image, pageSize: db.Info().PageSize, scratch: filepath.Join(t.TempDir(), "x.db")}
	err = db.View(func(tx *bbolt.Tx) error {
		for id := 0; ; {
			p, err := tx.Page(id)
			if p == nil || err != nil {
				return err
			}
			c.kind = append(c.kind, p.Type)
			if p.Type == "free" {
				id++
				continue
			}
			for range p.OverflowCount {
				c.kind = append(c.kind, "overflow")
			}
			id += p.OverflowCount + 1
		}
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return c
}

// exitOf is the exit code of status for an image; the image must still be the same then.
func (c canvas) exitOf(t *testing.T, image []byte, what string) int {
	t.Helper()
	if err := os.WriteFile(c.scratch, image, 0o600); err != nil {
		t.Fatal(err)
	}
	got := runLine(context.Background(), nil, "status", c.scratch, "-w", "json")
	checkOutput(t, "json", got, 1)
	if after, err := os.ReadFile(c.scratch); err != nil || string(after) != string(image) {
		t.Errorf("%s: the input changed (%v)", what, err)
	}
	return got.code
}

// damaged is a copy of the image with a change.
func (c canvas) damaged(change func(image []byte)) []byte {
	image := append([]byte(nil), c.image...)
	change(image)
	return image
}

// lastUsed is the end of the last page that is not free.
func (c canvas) lastUsed() int {
	for id := len(c.kind) - 1; id >= 0; id-- {
		if c.kind[id] != "free" {
			return (id + 1) * c.pageSize
		}
	}
	return 0
}

// metaBytes is where the checksum of meta 0 ends.
const metaBytes = 80

// TestStatusOfCutFiles cuts a snapshot at, before and behind every page boundary. Without
// a whole meta it is not understood; with one, it is damaged as soon as a page in use is
// missing.
func TestStatusOfCutFiles(t *testing.T) {
	c := newCanvas(t, "snapshot")
	lengths := []int{0, 1, 16, 79, 80, 100, len(c.image) - 1, len(c.image) - 16, len(c.image) - 31}
	for id := 1; id <= len(c.kind); id++ {
		lengths = append(lengths, id*c.pageSize-1, id*c.pageSize, id*c.pageSize+1, id*c.pageSize+32)
	}
	for _, n := range lengths {
		if n > len(c.image) {
			continue
		}
		want := 3
		switch {
		case n < metaBytes:
			want = 4
		case n > len(c.image)-32:
			want = 0 // whole, or only the trailer is cut: nothing is lost
		case n%512 == 32:
			want = 3 // 32 bytes of a page pass for a trailer, and a wrong one
		case n >= c.lastUsed():
			want = 0 // only free pages are missing
		}
		if got := c.exitOf(t, c.image[:n], fmt.Sprint(n)); got != want {
			t.Errorf("cut to %d of %d bytes (pages in use end at %d): exit code %d, want %d", n, len(c.image), c.lastUsed(), got, want)
		}
	}
}

// TestStatusOfZeroedPages zeroes each page of a file with and without a trailer.
func TestStatusOfZeroedPages(t *testing.T) {
	for base, trailer := range map[string]bool{"small": false, "snapshot": true, "freelist": false, "deep": false} {
		c := newCanvas(t, base)
		for id, kind := range c.kind {
			image := c.damaged(func(b []byte) { clear(b[id*c.pageSize : (id+1)*c.pageSize]) })
			want := 3
			if string(image) == string(c.image) || !trailer && kind != "branch" && kind != "leaf" && kind != "freelist" {
				want = 0 // nothing but a trailer covers values; one bad meta is a warning
			}
			got := c.exitOf(t, image, fmt.Sprint(base, id))
			if kind == "overflow" && got == 3 {
				continue // what lies behind the large value was hit, too
			}
			if got != want {
				t.Errorf("%s: page %d (%s) zeroed: exit code %d, want %d", base, id, kind, got, want)
			}
		}
	}
}

// TestStatusOfFlippedHeaders flips a bit in each byte of each page header in use. All
// of them are damage, save in the metas, whose page headers bbolt does not look at.
func TestStatusOfFlippedHeaders(t *testing.T) {
	const headerBytes = 16
	for _, base := range []string{"small", "deep", "freelist"} {
		c := newCanvas(t, base)
		for id, kind := range c.kind {
			if kind == "free" || kind == "overflow" || base == "deep" && kind != "branch" {
				continue
			}
			for i := range headerBytes {
				bit := byte(1) << ((id + i) % 8)
				image := c.damaged(func(b []byte) { b[id*c.pageSize+i] ^= bit })
				want := 3
				if kind == "meta" {
					want = 0
				}
				if got := c.exitOf(t, image, fmt.Sprint(base, id, i)); got != want {
					t.Errorf("%s: page %d (%s), header byte %d ^ %#x: exit code %d, want %d", base, id, kind, i, bit, got, want)
				}
			}
		}
	}
}

// catalogueDoubts are entries that status rightly sees otherwise.
func catalogueDoubts() map[string]int {
	return map[string]int{
		"trunc-header": 3, // 100 bytes have a whole meta: a damaged db, not an unknown file
	}
}

// TestStatusOfTheCatalogue runs every fault of the damage catalogue. What the catalogue
// calls fine may not be called damaged, and what cannot be read is exit code 4. Damage
// of histories is verify's to find, so that a corrupt file may pass here. The trailer is
// not looked at: it would find each byte that changed.
func TestStatusOfTheCatalogue(t *testing.T) {
	faults, err := fixtures.Faults()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string][]int{"ok": {0}, "warn": {0}, "corrupt": {0, 3}, "unreadable": {4}}
	dir, made := t.TempDir(), map[string]string{}
	found := 0
	for _, f := range faults {
		if made[f.Base.Name] == "" {
			made[f.Base.Name] = buildBase(t, dir, f.Base.Name, "")
		}
		path := damagedCopy(t, made[f.Base.Name], f.Damage)
		got := runLine(context.Background(), nil, "status", path, "-w", "json", "--no-hash")
		checkOutput(t, "json", got, 1)
		want := allowed[f.Grade]
		if doubt, ok := catalogueDoubts()[f.Name]; ok {
			want = []int{doubt}
		}
		if !slices.Contains(want, got.code) {
			t.Errorf("%s (%s): exit code %d, want %v; %s", f.Name, f.Grade, got.code, want, got.stderr)
		}
		if f.Grade == "corrupt" && got.code == 3 {
			found++
		}
	}
	t.Logf("%d corrupt files found", found)
}

// damagedCopy is a copy of a file with a damage.
func damagedCopy(t *testing.T, path, damage string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := write(t, filepath.Dir(path), "damaged.db", b)
	if damage != "" {
		if err := fixtures.Damage(to, damage); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
