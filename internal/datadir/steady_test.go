package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"boltvet/fixtures"
)

// TestUnchangedSeesTheTimeOfChange writes to a file and sets its time of modification
// back, as a program does that restores or copies; of a data dir's db, too.
func TestUnchangedSeesTheTimeOfChange(t *testing.T) {
	rich, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(rich)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inside := filepath.Join(dir, "member", "snap", "db")
	if err := os.MkdirAll(filepath.Dir(inside), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inside, content[:len(content)-trailerBytes], 0o600); err != nil {
		t.Fatal(err)
	}
	for path, db := range map[string]string{rich: rich, dir: inside} {
		s, err := Resolve(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Unchanged(); err != nil {
			t.Errorf("%s: a file that stays: %v", db, err)
		}
		writeInSecret(t, db)
		if err := s.Unchanged(); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: written to: %v", db, err)
		}
	}
}

// writeInSecret flips a byte and gives the file its time of modification back. It waits
// first, for the clock of a file system is coarse.
func writeInSecret(t *testing.T, path string) {
	t.Helper()
	time.Sleep(20 * time.Millisecond)
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{1}, was.Size()/2); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, was.ModTime(), was.ModTime()); err != nil {
		t.Fatal(err)
	}
}
