package inspect

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
	"boltvet/internal/datadir"
)

// smallStore is the image of a healthy file of 1 KiB pages.
func smallStore(t *testing.T) []byte {
	t.Helper()
	base, err := fixtures.NamedBase("deep")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deep.db")
	if err := base.Build(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// written puts an image into a file.
func written(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSpaceOfRuins changes a few bytes, and puts pages over others: the parts are the
// file all the same, and the answer does not depend on the number of workers.
func TestSpaceOfRuins(t *testing.T) {
	healthy := smallStore(t)
	n := 150
	if full() {
		n = 5000
	}
	r := rand.New(rand.NewPCG(3, 9))
	const ps = 1024
	for i := range n {
		b := slices.Clone(healthy)
		for range 1 + i%4 {
			page := ps * (2 + r.IntN(len(b)/ps-2))
			switch r.IntN(4) {
			case 0:
				copy(b[page:page+ps], b[ps*(2+r.IntN(len(b)/ps-2)):])
			case 1:
				b[page+r.IntN(48)] ^= byte(1 + r.IntN(255))
			case 2:
				binary.LittleEndian.PutUint16(b[page+10:], uint16(r.IntN(60))) // how many elements
			default:
				b[page+r.IntN(ps)] ^= byte(1 + r.IntN(255))
			}
		}
		path := written(t, b)
		t.Run(fmt.Sprint(i), func(t *testing.T) { sameSpace(t, path, false) })
	}
}

// TestSpaceOfCutFiles cuts a file at every page, and within pages.
func TestSpaceOfCutFiles(t *testing.T) {
	healthy := smallStore(t)
	for size := 2048; size <= len(healthy); size += 512 - size%3 {
		path := written(t, healthy[:size])
		t.Run(fmt.Sprint(size), func(t *testing.T) { sameSpace(t, path, false) })
	}
	path := written(t, append(slices.Clone(healthy), make([]byte, 5000)...))
	sameSpace(t, path, true)
}

// TestSpaceOfSharedBytes has a leaf whose elements all lead to one record: each counts,
// and what they share is taken away again.
func TestSpaceOfSharedBytes(t *testing.T) {
	b := smallStore(t)
	const ps = 1024
	found := false
	for page := 2 * ps; page < len(b) && !found; page += ps {
		h, ok := bolt.ParsePageHeader(b[page:])
		if !ok || h.Flags != bolt.FlagLeaf || h.Count < 3 || h.Overflow > 0 || uint64(h.ID) != uint64(page/ps) {
			continue
		}
		element := func(i int) []byte { return b[page+bolt.PageHeaderSize+i*bolt.ElementSize:] }
		if binary.LittleEndian.Uint32(element(0)[8:]) != 17 { // a revision: bucket "key"
			continue
		}
		largest, size := 0, uint32(0)
		for i := range int(h.Count) {
			if n := binary.LittleEndian.Uint32(element(i)[12:]); n > size {
				largest, size = i, n
			}
		}
		pos := binary.LittleEndian.Uint32(element(largest)[4:]) + uint32(largest*bolt.ElementSize)
		for i := range int(h.Count) {
			copy(element(i)[8:16], element(largest)[8:16])
			binary.LittleEndian.PutUint32(element(i)[4:], pos-uint32(i*bolt.ElementSize))
		}
		src := resolve(t, written(t, b), datadir.Options{})
		s, _ := spaceOf(t, src, SpaceOptions{})
		checkSums(t, s)
		found = s.Parts[PartTwice].Bytes < 0
		b = smallStore(t)
	}
	if !found {
		t.Error("no leaf of which records share bytes")
	}
}
