package datadir

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"boltvet/bolt"
)

// longDB is a db of several windows: a small one with a long tail, which counts as well.
func longDB(t *testing.T, bytes int) []byte {
	b := make([]byte, bytes)
	for i := copy(b, boltBytes(t)); i < len(b); i++ {
		b[i] = byte(i * 31)
	}
	return b
}

// TestTrailerOfAMapping: what is mapped gives the sum that its bytes have, and is told of to
// its end, whatever lies behind the db.
func TestTrailerOfAMapping(t *testing.T) {
	db := longDB(t, 3*hashBytes+512)
	for story, content := range map[string][]byte{"sealed": sealed(db), "doubled": append(sealed(db), sealed(db)[len(db):]...)} {
		path := filepath.Join(t.TempDir(), "s.db")
		check(t, os.WriteFile(path, content, 0o600))
		s, f := openMapped(t, path)
		last := int64(0)
		res, err := s.BesideTrailer(context.Background(), f, false, func(done int64) { last = done })()
		check(t, err)
		if res.Check.FileSum != sha256.Sum256(content) || last != int64(len(content)) || res.Check.OK != (story == "sealed") || res.Check.Doubled != (story == "doubled") {
			t.Errorf("%s: %+v, %d of %d bytes", story, res, last, len(content))
		}
	}
}

// TestMappingShrinks: a file that is cut while its mapping is hashed is an error, whether the
// kernel sends a signal or shows zeros.
func TestMappingShrinks(t *testing.T) {
	content := sealed(longDB(t, 8*hashBytes))
	for story, to := range map[string]int64{"to one window": hashBytes, "by a few bytes": int64(len(content)) - trailerBytes - 10} {
		path := filepath.Join(t.TempDir(), "s.db")
		check(t, os.WriteFile(path, content, 0o600))
		s, f := openMapped(t, path)
		cut := false
		_, err := s.BesideTrailer(context.Background(), f, false, func(int64) {
			if !cut {
				cut = true
				check(t, os.Truncate(path, to))
			}
		})()
		var shrunk *bolt.ShrunkError
		if !errors.As(err, &shrunk) && err == nil {
			t.Errorf("%s: no error", story)
		}
		if story == "to one window" && (shrunk == nil || shrunk.Now != to) {
			t.Errorf("%s: %v", story, err)
		}
	}
}

func openMapped(t *testing.T, path string) (*Source, *bolt.File) {
	t.Helper()
	s, err := Resolve(context.Background(), path, Options{})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	f, err := bolt.Open(s.File, s.DBSize)
	check(t, err)
	t.Cleanup(func() { f.Close() })
	if !f.Mapped() {
		t.Skip("nothing can be mapped here")
	}
	return s, f
}
