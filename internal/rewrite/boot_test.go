package rewrite

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// releases are the servers that are booted: all with BOLTVET_FULL=1.
func releases() []peers.Release {
	if full() {
		return peers.Releases()
	}
	return []peers.Release{peers.V37}
}

// members are the golden data directories that a release can read.
func members(r peers.Release) []string {
	return map[peers.Release][]string{
		peers.V35: {"3.5-member.tar.gz"},
		peers.V36: {"3.6-member.tar.gz"},
		peers.V37: {"3.7-member.tar.gz"},
	}[r]
}

// TestBootsDefragged puts a defragmented db in the place of a copied data dir's, and
// starts a real etcd on it: old revisions are there, and it goes on as ever.
func TestBootsDefragged(t *testing.T) {
	if testing.Short() {
		t.Skip("boots servers")
	}
	for _, r := range releases() {
		for _, name := range members(r) {
			t.Run(string(r)+" "+name, func(t *testing.T) {
				g, err := golden.Find(name)
				if err != nil {
					t.Fatal(err)
				}
				dir, err := g.Unpack(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				db := filepath.Join(dir, "member", "snap", "db")
				out := output(t)
				src := resolve(t, dir)
				res, err := Defrag(t.Context(), src, out, Options{})
				if err != nil {
					t.Fatal(err)
				}
				src.Close()
				if a, b := etcdutl(t, r, "snapshot", "status", "-w", "json", bare(t, db)), etcdutl(t, r, "snapshot", "status", "-w", "json", out.File.Name()); !sameStatus(a, b) {
					t.Errorf("etcdutl: %s and %s", a, b)
				}
				// 3.5 has no hashkv, and 3.6's panics on a file with leases.
				if a, b := etcdutl(t, peers.V37, "hashkv", "-w", "json", bare(t, db)), etcdutl(t, peers.V37, "hashkv", "-w", "json", bare(t, out.File.Name())); !bytes.Equal(a, b) {
					t.Errorf("etcdutl hashkv: %s and %s", a, b)
				}
				if err := os.Rename(out.File.Name(), db); err != nil {
					t.Fatal(err)
				}
				serves(t, r, dir, res.Records.Kept)
			})
		}
	}
}

// sameStatus compares all but the size.
func sameStatus(a, b []byte) bool {
	cut := func(s []byte) [][]byte {
		return slices.DeleteFunc(bytes.Split(bytes.Trim(s, "{}\n"), []byte(",")), func(f []byte) bool { return bytes.Contains(f, []byte("totalSize")) })
	}
	return slices.EqualFunc(cut(a), cut(b), bytes.Equal)
}

// etcdutl runs one of a release.
func etcdutl(t *testing.T, r peers.Release, args ...string) []byte {
	t.Helper()
	path, err := peers.Build(t.Context(), r, peers.Etcdutl)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).Output()
	if err != nil {
		t.Fatalf("etcdutl %v: %v %s", args, err, out)
	}
	return out
}

// TestBootsCompacted restores a compacted snapshot with etcdutl, which checks the seal,
// and starts a real etcd on it.
func TestBootsCompacted(t *testing.T) {
	if testing.Short() {
		t.Skip("boots servers")
	}
	for _, r := range releases() {
		t.Run(string(r), func(t *testing.T) {
			name := map[peers.Release]string{peers.V35: "3.5-snapshot.db.gz", peers.V36: "3.6-snapshot.db.gz", peers.V37: "3.7-snapshot.db.gz"}[r]
			g, err := golden.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			path, err := g.Unpack(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			out := output(t)
			res, err := Compact(t.Context(), resolve(t, path), out, Target{Retain: 5}, Options{Seal: true})
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "data")
			etcdutl(t, r, "snapshot", "restore", out.File.Name(), "--data-dir", dir)
			serves(t, r, dir, res.Records.Kept)
		})
	}
}

// serves starts an etcd and asks of it all that touches the history.
func serves(t *testing.T, r peers.Release, dir string, records int64) {
	t.Helper()
	ctx := t.Context()
	s, err := peers.Boot(ctx, r, dir, peers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if s.Outcome().State != peers.Ready {
		t.Fatal(s.Outcome())
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	all, err := s.All(ctx, 0)
	must("range", err)
	first := all.Revision
	if len(all.KVs) == 0 || int64(len(all.KVs)) > records {
		t.Errorf("%d keys of %d records", len(all.KVs), records)
	}
	for i := range 50 {
		_, err := s.Put(ctx, fmt.Sprint("/new/", i%20), fmt.Sprint(i))
		must("put", err)
	}
	_, err = s.Delete(ctx, "/new/1", "")
	must("delete", err)
	old, err := s.All(ctx, first)
	must("range at the old revision", err)
	if len(old.KVs) != len(all.KVs) {
		t.Errorf("%d keys at revision %d, were %d", len(old.KVs), first, len(all.KVs))
	}
	must("compact", s.Compact(ctx, first+20, true))
	must("defrag", s.Defrag(ctx))
	now, err := s.All(ctx, 0)
	must("range", err)
	if len(now.KVs) != len(all.KVs)+19 {
		t.Errorf("%d keys, want %d", len(now.KVs), len(all.KVs)+19)
	}
	must("stop", s.Stop())
	bboltCheck(t, filepath.Join(dir, "member", "snap", "db"))
}
