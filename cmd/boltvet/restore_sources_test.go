package main

import (
	"maps"
	"path/filepath"
	"testing"

	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// TestRestoreOfOurOwn restores what defrag, compact and seal made: etcdutl's restore of the same has the same
// content, and a real etcd serves it.
func TestRestoreOfOurOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("starts etcds")
	}
	f, err := golden.Find("3.7-snapshot.db.gz")
	noError(t, err)
	snapshot, err := f.Unpack(t.TempDir())
	noError(t, err)
	dir := t.TempDir()
	bare := filepath.Join(dir, "bare.db")
	for _, words := range [][]string{
		{"defrag", snapshot, filepath.Join(dir, "defragged.db")},
		{"compact", snapshot, filepath.Join(dir, "compacted.db"), "--revision", "latest"},
		{"defrag", "--seal=false", snapshot, bare},
		{"seal", bare, filepath.Join(dir, "sealed.db")},
	} {
		if got := runLine(t.Context(), nil, words...); got.code != 0 {
			t.Fatalf("%q: exit code %d\n%s", words, got.code, got.stderr)
		}
	}
	for _, name := range []string{"defragged.db", "compacted.db", "sealed.db"} {
		t.Run(name, func(t *testing.T) {
			source := filepath.Join(dir, name)
			ours, theirs, native := filepath.Join(t.TempDir(), "o"), filepath.Join(t.TempDir(), "t"), filepath.Join(t.TempDir(), "n")
			if code, stderr := etcdutlRun(t, peers.V37, []string{"snapshot", "restore", source, "--data-dir", theirs}); code != 0 {
				t.Fatalf("etcdutl: %d\n%s", code, stderr)
			}
			for _, words := range [][]string{{"snapshot", "restore", source, "--data-dir", ours}, {"restore", source, "--data-dir", native}} {
				if got := runLine(t.Context(), nil, words...); got.code != 0 {
					t.Fatalf("%q: exit code %d\n%s", words, got.code, got.stderr)
				}
			}
			if !maps.Equal(content(t, filepath.Join(ours, "member", "snap", "db")), content(t, filepath.Join(theirs, "member", "snap", "db"))) {
				t.Error("another content than etcdutl's")
			}
			s := bootReady(t, peers.V37, native)
			want := f.Oracle.ServerHash
			if name != "compacted.db" {
				hash, err := s.HashKV(t.Context(), want.Revision)
				noError(t, err)
				if hash.Hash != want.Hash {
					t.Errorf("hash %d, was %d", hash.Hash, want.Hash)
				}
			}
			all, err := s.All(t.Context(), want.Revision)
			noError(t, err)
			if len(all.KVs) != f.Oracle.Status.TotalKey {
				t.Errorf("%d keys, were %d", len(all.KVs), f.Oracle.Status.TotalKey)
			}
		})
	}
}
