package restore

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/peers"
)

// TestBootLarge restores a snapshot of 500 MB for three members: they form a cluster and agree with what etcdutl
// restores from the same. With BOLTVET_FULL=1.
func TestBootLarge(t *testing.T) {
	if !full() {
		t.Skip("500 MB")
	}
	path := filepath.Join(t.TempDir(), "large.db")
	if err := fixtures.Generate(path, fixtures.GenOptions{Size: 500 << 20, Seed: 6, Snapshot: true}); err != nil {
		t.Fatal(err)
	}
	alone := members(t, 1)[0]
	theirs := filepath.Join(t.TempDir(), "theirs")
	etcdutl(t, path, theirs, alone.InitialCluster, "m1", 0)
	s, err := peers.Boot(t.Context(), peers.V37, theirs, alone)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	all, err := s.Range(t.Context(), peers.RangeRequest{Key: []byte{0}, End: []byte{0}, CountOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.HashKV(t.Context(), all.Revision)
	if err != nil {
		t.Fatal(err)
	}
	s.Kill()
	dir, options := filepath.Join(t.TempDir(), "out"), members(t, 3)
	restoreAll(t, path, dir, cluster(t, options[0].InitialCluster), Options{})
	c, err := peers.BootMembers(t.Context(), peers.V37, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Kill()
	for _, s := range c.Servers {
		if h, err := s.HashKV(t.Context(), all.Revision); err != nil || h.Hash != want.Hash {
			t.Errorf("%s: hash %d at revision %d, of etcdutl's %d, %v", s.Name, h.Hash, all.Revision, want.Hash, err)
		}
	}
	if _, err := c.Servers[0].Put(t.Context(), "after", "v"); err != nil {
		t.Error(err)
	}
}
