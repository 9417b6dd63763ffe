package verify

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/internal/datadir"
)

// TestOlderTreeIsLive: a member that was killed has metas of two transactions with
// different trees. With the older one live, by its number, the file is what a pointer
// to an older root leaves, and the other meta's tree is the witness.
func TestOlderTreeIsLive(t *testing.T) {
	file, err := golden.Find("3.7-killed.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := file.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(dir, "member", "snap", "db")
	if got := codesOf(t, db); got["revision.back"] {
		t.Error("reported on the healthy file")
	}
	if err := fixtures.Damage(db, "set meta-live.txid -2\nfixmeta both"); err != nil {
		t.Fatal(err)
	}
	if got := codesOf(t, db); !got["revision.back"] {
		t.Errorf("not found among %v", got)
	}
}

func codesOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), path, datadir.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, err := Run(t.Context(), src, Options{})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, c := range r.Codes {
		codes[c.Code] = true
	}
	return codes
}
