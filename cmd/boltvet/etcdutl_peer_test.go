package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bbolt "go.etcd.io/bbolt"

	"boltvet/fixtures/peers"
	"boltvet/mvccview"
)

// TestSizesAreEtcdutls holds 10,000 sizes against a program that is built with etcdutl's
// own modules: what is linked into this test is another release of go-humanize.
func TestSizesAreEtcdutls(t *testing.T) {
	sizes := sweptSizes()
	var asked strings.Builder
	for _, n := range sizes {
		asked.WriteString(strconv.FormatInt(n, 10) + "\n")
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "-mod=readonly", "./sizes")
	cmd.Dir = filepath.Join("..", "..", "fixtures", "peers", "v37")
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	cmd.Stdin = strings.NewReader(asked.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(sizes) {
		t.Fatalf("%d answers to %d sizes", len(lines), len(sizes))
	}
	for i, n := range sizes {
		if got := etcdutlSize(n); got != lines[i] {
			t.Errorf("%d bytes: %q, etcdutl's %q", n, got, lines[i])
		}
	}
}

// sweptSizes are those of small files, the borders of all units, and some of every order.
func sweptSizes() (sizes []int64) {
	for n := range int64(1100) {
		sizes = append(sizes, n)
	}
	for pages := range int64(3000) {
		sizes = append(sizes, pages*4096)
	}
	for unit := int64(1); unit <= 1e18; unit *= 10 {
		for d := int64(-12); d <= 12; d++ {
			sizes = append(sizes, max(0, unit+d), max(0, unit/10*95+d)/10)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(sizes) < 10_000 {
		sizes = append(sizes, random.Int64()>>random.IntN(63))
	}
	return sizes
}

// TestSnapshotStatusOfTornSizes asks the real etcdutl about files whose sizes it rounds
// otherwise than the go-humanize that is linked here.
func TestSnapshotStatusOfTornSizes(t *testing.T) {
	etcdutl, err := peers.Build(t.Context(), peers.V37, peers.Etcdutl)
	if err != nil {
		t.Fatal(err)
	}
	for pages, shown := range map[int64]string{36: "148 kB", 47: "192 kB", 57: "234 kB", 172: "704 kB", 193: "790 kB", 2564: "10 MB"} {
		path := filepath.Join(t.TempDir(), "db")
		writePages(t, path, pages)
		for _, format := range []string{"simple", "table", "json", "fields"} {
			want := runCommand(t, exec.CommandContext(t.Context(), etcdutl, "snapshot", "status", path, "-w", format), nil)
			got := runLine(context.Background(), nil, "snapshot", "status", path, "-w", format)
			if got.code != want.code || got.out != want.out {
				t.Errorf("%d pages -w %s: exit code %d, %q; etcdutl: %d, %q", pages, format, got.code, got.out, want.code, want.out)
			}
			if format == "simple" && !strings.Contains(want.out, shown) {
				t.Errorf("%d pages: etcdutl says %q, not %s", pages, want.out, shown)
			}
		}
	}
}

// writePages makes a db of one key that has so many pages, with the value's size found by trying.
func writePages(t *testing.T, path string, pages int64) {
	t.Helper()
	for value := pages * 4096; value > 0; value -= 4096 {
		if writeOneKey(t, path, value) == pages {
			return
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("no value gives %d pages", pages)
}

// writeOneKey gives the number of pages that the db has.
func writeOneKey(t *testing.T, path string, value int64) (pages int64) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{"alarm", "cluster", "key", "lease", "members", "members_removed", "meta"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		kv := mvccview.KeyValue{Key: []byte("k"), Create: 2, Mod: 2, Version: 1, Value: make([]byte, value)}
		return tx.Bucket([]byte(mvccview.BucketKey)).Put(mvccview.AppendRevKey(nil, mvccview.RevKey{Revision: mvccview.Revision{Main: 2}}), mvccview.AppendKeyValue(nil, &kv))
	})
	if err == nil {
		err = db.View(func(tx *bbolt.Tx) error { pages = tx.Size() / 4096; return nil })
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return pages
}
