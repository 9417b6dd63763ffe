package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// TestMigrateBoots migrates members of each release to each, and starts the target's etcd on them: it does as
// on what etcdutl has migrated. Every way with BOLTVET_FULL=1.
func TestMigrateBoots(t *testing.T) {
	if testing.Short() {
		t.Skip("starts etcds")
	}
	full := os.Getenv("BOLTVET_FULL") == "1"
	for _, from := range []string{"3.5", "3.6", "3.7"} {
		for _, to := range []string{"3.5", "3.6", "3.7"} {
			if from != to && (full || from == "3.6" && to == "3.7") {
				t.Run(from+" to "+to, func(t *testing.T) { migrateAndBoot(t, from, to) })
			}
		}
	}
}

func migrateAndBoot(t *testing.T, from, to string) {
	r := peers.Release("v" + strings.Replace(to, ".", "", 1))
	f, err := golden.Find(from + "-member.tar.gz")
	noError(t, err)
	ours, err := f.Unpack(t.TempDir())
	noError(t, err)
	if got := runLine(t.Context(), nil, "migrate", "--data-dir", ours, "--target-version", to); got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	theirs, err := f.Unpack(t.TempDir())
	noError(t, err)
	if code, stderr := etcdutlRun(t, peers.V37, []string{"migrate", "--data-dir", theirs, "--target-version", to}); code != 0 {
		t.Fatalf("etcdutl: exit code %d\n%s", code, stderr)
	}
	a, b := bootAny(t, r, ours), bootAny(t, r, theirs)
	if got, want := a.Outcome(), b.Outcome(); got.State != want.State || got.Message != want.Message {
		t.Errorf("etcd %s: %v, after etcdutl: %v", to, got, want)
	}
	// A cluster version is not what is migrated: without `downgrade enable` before, the older etcd refuses.
	if up := from < to; up != (a.Outcome().State == peers.Ready) {
		t.Errorf("etcd %s: %v", to, a.Outcome())
	}
	if a.Outcome().State != peers.Ready {
		return
	}
	want := f.Oracle.ServerHash
	hash, err := a.HashKV(t.Context(), want.Revision)
	noError(t, err)
	if hash.Hash != want.Hash {
		t.Errorf("hash %d at revision %d, was %d", hash.Hash, want.Revision, want.Hash)
	}
	_, err = a.Put(t.Context(), "new", "value")
	noError(t, err)
	noError(t, a.Stop())
}

func bootAny(t *testing.T, r peers.Release, dir string) *peers.Server {
	t.Helper()
	s, err := peers.Boot(t.Context(), r, dir, peers.Options{Limit: time.Minute})
	noError(t, err)
	t.Cleanup(s.Kill)
	return s
}

// TestMigrateDowngrade goes down as an operator does: the running cluster is told so, stopped, migrated, and
// started by the older release. With BOLTVET_FULL=1.
func TestMigrateDowngrade(t *testing.T) {
	if os.Getenv("BOLTVET_FULL") != "1" {
		t.Skip("starts etcds and waits for them")
	}
	dir := filepath.Join(t.TempDir(), "data")
	s := bootReady(t, peers.V37, dir)
	_, err := s.Put(t.Context(), "k", "v")
	noError(t, err)
	for try := 0; ; try++ { // until it knows its own version
		err := s.Call(t.Context(), "maintenance/downgrade", map[string]string{"action": "ENABLE", "version": "3.6.0"}, nil)
		if err == nil {
			break
		}
		if try == 20 {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	time.Sleep(6 * time.Second) // the server looks every few seconds, and goes down as well
	s.Kill()
	if got := runLine(t.Context(), nil, "migrate", "--data-dir", dir, "--target-version", "3.6"); got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	old := bootReady(t, peers.V36, dir)
	if kv, found, err := old.Get(t.Context(), "k"); err != nil || !found || string(kv.Value) != "v" {
		t.Errorf("%v %v %v", kv, found, err)
	}
}
