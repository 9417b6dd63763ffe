package datadir

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
)

// TestCheckTrailerOfASparseFile has the answer about terabytes at once.
func TestCheckTrailerOfASparseFile(t *testing.T) {
	db := boltBytes(t)
	for want, content := range map[string][]byte{"file.trailer-wrong": db, "file.trailer-junk": sealed(db)} {
		path := filepath.Join(t.TempDir(), "s.db")
		check(t, os.WriteFile(path, content, 0o600))
		if err := os.Truncate(path, 8<<40+trailerBytes); err != nil {
			t.Skipf("no sparse file of terabytes here: %v", err)
		}
		s, err := Resolve(context.Background(), path, Options{})
		check(t, err)
		last := int64(0)
		c, err := s.checkTrailer(context.Background(), s.File, func(done int64) { last = done })
		check(t, err)
		faults := c.Faults()
		if len(faults) != 1 || faults[0].Kind.String() != want || c.OK || last != int64(len(db)) || c.Unread != 8<<40+trailerBytes-int64(len(db)) {
			t.Errorf("want %s: %+v, %+v, %d bytes read", want, faults, c, last)
		}
		check(t, s.Close())
	}
}

func TestCheckTrailer(t *testing.T) {
	db := boltBytes(t)
	whole := sealed(db)
	sum := sha256.Sum256(db)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	tests := []struct {
		story   string
		content []byte
		want    string
		ok      bool
	}{
		{"right", whole, "", true},
		{"missing", db, "", false},
		{"wrong", flipped, "file.trailer-wrong", false},
		{"partial", whole[:len(whole)-5], "file.trailer-partial", false},
		{"one byte", whole[:len(db)+1], "file.trailer-partial", false},
		{"a tail that is no trailer", append(bytes.Clone(db), "tail"...), "", false},
		{"doubled", append(bytes.Clone(whole), sum[:]...), "file.trailer-doubled", false},
		{"junk behind it", append(bytes.Clone(whole), "some junk"...), "file.trailer-junk", false},
		{"junk of a sector", append(bytes.Clone(whole), make([]byte, 512)...), "file.trailer-junk", false},
		{"cut to 32 of 512", whole[:len(db)-512+32], "file.trailer-wrong", false},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "s.db")
		check(t, os.WriteFile(path, tt.content, 0o600))
		s, err := Resolve(context.Background(), path, Options{})
		check(t, err)
		last := int64(0)
		c, err := s.checkTrailer(context.Background(), s.File, func(done int64) { last = done })
		check(t, err)
		got := ""
		if f := c.Faults(); len(f) > 0 {
			got = f[0].Kind.String()
		}
		if got != tt.want || c.OK != tt.ok || last != int64(len(tt.content)) {
			t.Errorf("%s: %q ok %v done %d, want %q ok %v", tt.story, got, c.OK, last, tt.want, tt.ok)
		}
		if c.FileSum != sha256.Sum256(tt.content) {
			t.Errorf("%s: sum of the file", tt.story)
		}
		check(t, os.Truncate(path, int64(len(tt.content)/2)))
		if _, err := s.checkTrailer(context.Background(), s.File, nil); err == nil {
			t.Errorf("%s: no error for a file that shrank", tt.story)
		}
		check(t, s.Close())
	}
}
