package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"boltvet/fixtures"
)

// TestFlippedSnapshotHasNoHash flips bits all over a snapshot with a trailer, and cuts
// it at places all over. Neither command may ever end well: whatever number came out
// would be compared with those of whole files.
func TestFlippedSnapshotHasNoHash(t *testing.T) {
	dir := t.TempDir()
	rich, err := fixtures.Rich(dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(rich)
	if err != nil {
		t.Fatal(err)
	}
	step := 1999 // a prime, so that all places of a page are met
	if os.Getenv("BOLTVET_FULL") == "1" {
		step = 211
	}
	path := filepath.Join(dir, "damaged.db")
	try := func(what string, at int, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"hash", "hashkv"} {
			got := runLine(context.Background(), nil, command, path)
			if got.code != 3 && got.code != 4 || got.out != "" || got.stderr == "" {
				t.Errorf("%s, %s at %d: exit code %d, stdout %q, stderr %q", command, what, at, got.code, got.out, got.stderr)
			}
		}
	}
	for at := 0; at < len(whole); at += step {
		b := append([]byte(nil), whole...)
		b[at] ^= 1 << (at % 8)
		try("flip", at, b)
	}
	// A page in use is lost with every cut below the last of them.
	for at := 8192; at < len(whole)/2; at += 4096 + 32 {
		try("cut", at, whole[:at])
	}
}
