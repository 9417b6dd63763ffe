package restore

import (
	"path/filepath"
	"testing"

	"boltvet/fixtures/peers"
)

// bootOne restores a cluster of one and starts it.
func bootOne(t *testing.T, path string, o Options) (*peers.Server, peers.Options) {
	t.Helper()
	dir, options := filepath.Join(t.TempDir(), "out"), members(t, 1)
	restoreAll(t, path, dir, cluster(t, options[0].InitialCluster), o)
	s, err := peers.Boot(t.Context(), peers.V37, filepath.Join(dir, "m1"), options[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s, options[0]
}

// TestBootAuth restores a snapshot of a server with authentication on.
func TestBootAuth(t *testing.T) {
	ctx := t.Context()
	s, err := peers.Boot(ctx, peers.V37, filepath.Join(t.TempDir(), "source"), peers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	for _, call := range []struct {
		method string
		body   map[string]string
	}{
		{"auth/user/add", map[string]string{"name": "root", "password": "secret"}},
		{"auth/role/add", map[string]string{"name": "root"}},
		{"auth/user/grant", map[string]string{"user": "root", "role": "root"}},
		{"auth/enable", map[string]string{}},
	} {
		if err := s.Call(ctx, call.method, call.body, nil); err != nil {
			t.Fatalf("%s: %v", call.method, err)
		}
	}
	if err := s.Login(ctx, "root", "secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ctx, "k", "v"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "snapshot.db")
	if err := s.Snapshot(ctx, path); err != nil {
		t.Fatal(err)
	}

	kept, _ := bootOne(t, path, Options{})
	if _, err := kept.Put(ctx, "k", "w"); err == nil {
		t.Error("a put without a password")
	}
	if err := kept.Login(ctx, "root", "secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Put(ctx, "k", "w"); err != nil {
		t.Error(err)
	}
	off, _ := bootOne(t, path, Options{DisableAuth: true})
	if kv, found, err := off.Get(ctx, "k"); err != nil || !found || string(kv.Value) != "v" {
		t.Errorf("auth turned off: %v %v %v", kv, found, err)
	}
}

// TestBootJoin has a new member join a restored cluster of one, and catch up.
func TestBootJoin(t *testing.T) {
	ctx := t.Context()
	s, first := bootOne(t, unpack(t, "3.6-snapshot.db.gz"), Options{})
	joining := members(t, 1)[0]
	joining.Name, joining.InitialClusterToken, joining.InitialClusterState = "m2", "", "existing"
	joining.InitialCluster = first.InitialCluster + ",m2=" + joining.PeerURL
	if _, err := s.MemberAdd(ctx, false, joining.PeerURL); err != nil {
		t.Fatal(err)
	}
	second, err := peers.Boot(ctx, peers.V37, filepath.Join(t.TempDir(), "m2"), joining)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Kill()
	if second.Outcome().State != peers.Ready {
		t.Fatalf("%v", second.Outcome())
	}
	rev, err := s.Put(ctx, "after", "v")
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := second.Get(ctx, "after"); err != nil || !found {
		t.Fatalf("the new member: %v %v", found, err)
	}
	a, err := s.HashKV(ctx, rev)
	if err != nil {
		t.Fatal(err)
	}
	b, err := second.HashKV(ctx, rev)
	if err != nil || a.Hash != b.Hash {
		t.Errorf("hash %d, of the new member %d, %v", a.Hash, b.Hash, err)
	}
}
