package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// TestDefragDataDirBoots replaces the db of members that real etcds have written, and starts real etcds on them: the old
// keys are there, new ones come to stay, and the hash is the one that the server gave when the files were made.
func TestDefragDataDirBoots(t *testing.T) {
	if testing.Short() {
		t.Skip("starts etcds")
	}
	files, err := golden.List()
	noError(t, err)
	for _, f := range files {
		for _, r := range starters(f) {
			t.Run(f.Name+" on "+string(r), func(t *testing.T) { defragAndBoot(t, f, r) })
		}
	}
}

// starters are the releases that start on a data dir: that which wrote it, and the next one.
func starters(f golden.File) []peers.Release {
	if f.Kind != golden.DataDir {
		return nil
	}
	upgrades := map[string][]peers.Release{
		"3.4": {peers.V35}, "3.5": {peers.V35, peers.V36}, "3.6": {peers.V36, peers.V37}, "3.7": {peers.V37},
	}
	release := f.Release[:3]
	if release != "3.7" && os.Getenv("BOLTVET_FULL") != "1" {
		return nil
	}
	return upgrades[release]
}

func defragAndBoot(t *testing.T, f golden.File, r peers.Release) {
	dir, err := f.Unpack(t.TempDir())
	noError(t, err)
	db := filepath.Join(dir, "member", "snap", "db")
	before, err := os.ReadFile(db)
	noError(t, err)
	got := runLine(context.Background(), nil, "defrag", "--data-dir", dir)
	if got.code != 0 || got.out != "" || !strings.Contains(got.stderr, "\tfinished defragmenting directory\t") {
		t.Fatalf("exit code %d\n%s%s", got.code, got.out, got.stderr)
	}
	kept, err := os.ReadFile(db + ".bak")
	noError(t, err)
	if !bytes.Equal(kept, before) {
		t.Error("db.bak is not the old file")
	}

	s := bootReady(t, r, dir)
	want := f.Oracle.ServerHash
	hash, err := s.HashKV(t.Context(), want.Revision)
	noError(t, err)
	if hash.Hash != want.Hash {
		t.Errorf("the server's hash at revision %d is %d, was %d", want.Revision, hash.Hash, want.Hash)
	}
	old, err := s.All(t.Context(), 0)
	noError(t, err)
	if len(old.KVs) == 0 {
		t.Error("no old keys")
	}
	if got := runLine(context.Background(), nil, "defrag", "--in-place", dir); got.code != 5 {
		t.Errorf("while it runs: exit code %d\n%s", got.code, got.stderr)
	}
	rev, err := s.Put(t.Context(), "new-key", "new-value")
	noError(t, err)
	_, err = s.Delete(t.Context(), string(old.KVs[0].Key), "")
	noError(t, err)
	at, err := s.All(t.Context(), rev-1)
	noError(t, err)
	if len(at.KVs) != len(old.KVs) {
		t.Errorf("%d keys at the revision before, were %d", len(at.KVs), len(old.KVs))
	}
	noError(t, s.Compact(t.Context(), rev, true))
	noError(t, s.Defrag(t.Context()))
	noError(t, s.Stop())
	boltCheck(t, db)
	after, err := os.ReadFile(db + ".bak")
	noError(t, err)
	if !bytes.Equal(after, before) {
		t.Error("etcd has written to db.bak")
	}

	s = bootReady(t, r, dir)
	kv, found, err := s.Get(t.Context(), "new-key")
	noError(t, err)
	if !found || string(kv.Value) != "new-value" {
		t.Errorf("new-key is %q, %v", kv.Value, found)
	}
	noError(t, s.Stop())
}

func bootReady(t *testing.T, r peers.Release, dir string) *peers.Server {
	t.Helper()
	s, err := peers.Boot(t.Context(), r, dir, peers.Options{Limit: time.Minute})
	noError(t, err)
	t.Cleanup(s.Kill)
	if s.Outcome().State != peers.Ready {
		t.Fatalf("%v\n%s", s.Outcome(), s.Log())
	}
	return s
}

// boltCheck runs bbolt's own check.
func boltCheck(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	noError(t, err)
	defer db.Close()
	noError(t, db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	}))
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func matches(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	noError(t, err)
	return paths
}
