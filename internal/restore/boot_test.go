package restore

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/golden"
	"boltvet/fixtures/peers"
)

// full tells whether every release is to be booted.
func full() bool { return os.Getenv("BOLTVET_FULL") == "1" }

func releases() []peers.Release {
	if full() {
		return peers.Releases()
	}
	return []peers.Release{peers.V37}
}

// bootable tells whether a release starts from a snapshot of another: as etcd's own
// restore, never 3.6 from 3.7.
func bootable(f golden.File, r peers.Release) bool {
	return !(strings.HasPrefix(f.Release, "3.7") && r == peers.V36)
}

// members gives n members on free ports.
func members(t testing.TB, n int) []peers.Options {
	t.Helper()
	var out []peers.Options
	var initial []string
	for i := range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		o := peers.Options{Name: fmt.Sprintf("m%d", i+1), PeerURL: "http://" + l.Addr().String(), InitialClusterToken: "token"}
		out = append(out, o)
		initial = append(initial, o.Name+"="+o.PeerURL)
	}
	for i := range out {
		out[i].InitialCluster = strings.Join(initial, ",")
	}
	return out
}

// restoreAll restores every member into dir.
func restoreAll(t testing.TB, path, dir string, c *Cluster, o Options) *Done {
	t.Helper()
	o.Cluster, o.OutDir, o.Outputs = c, dir, nil
	for _, m := range c.Members {
		o.Outputs = append(o.Outputs, Target{Name: m.Name, DataDir: filepath.Join(dir, m.Name)})
	}
	return restoreTo(t, path, o)
}

// TestBoot starts what was restored from the snapshots of all releases, alone and as a
// cluster, and holds what it serves against the snapshot's oracle.
func TestBoot(t *testing.T) {
	sizes := []int{1, 3}
	if full() {
		sizes = append(sizes, 5)
	}
	for _, r := range releases() {
		for _, f := range goldenSnapshots(t) {
			for _, n := range sizes {
				if !bootable(f, r) || n == 3 && !full() && f.Name != "3.7-snapshot.db.gz" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d", r, f.Name, n), func(t *testing.T) { bootAndCheck(t, r, f, n) })
			}
		}
	}
}

func bootAndCheck(t *testing.T, r peers.Release, f golden.File, n int) {
	ctx, dir, options := t.Context(), filepath.Join(t.TempDir(), "out"), members(t, n)
	restoreAll(t, unpack(t, f.Name), dir, cluster(t, options[0].InitialCluster), Options{})
	c, err := peers.BootMembers(ctx, r, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Kill()
	oracle := f.Oracle.ServerHash
	for _, s := range c.Servers {
		h, err := s.HashKV(ctx, oracle.Revision)
		if err != nil {
			t.Fatal(err)
		}
		if h.Hash != oracle.Hash {
			t.Errorf("%s: hash %d at revision %d, the snapshot had %d", s.Name, h.Hash, oracle.Revision, oracle.Hash)
		}
	}
	first := c.Servers[0]
	rev, err := first.Put(ctx, "after", "v")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Compact(ctx, rev, true); err != nil {
		t.Fatal(err)
	}
	id, err := first.MemberAdd(ctx, true, "http://127.0.0.1:1")
	for try := 0; err != nil && try < 20; try++ { // a cluster is unhealthy for its first seconds
		time.Sleep(500 * time.Millisecond)
		id, err = first.MemberAdd(ctx, true, "http://127.0.0.1:1")
	}
	if err != nil || id == 0 {
		t.Errorf("member add: %v", err)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	again, err := peers.BootMembers(ctx, r, dir, options)
	if err != nil {
		t.Fatalf("second start: %v", err)
	}
	defer again.Kill()
	if kv, found, err := again.Servers[n-1].Get(ctx, "after"); err != nil || !found || !bytes.Equal(kv.Value, []byte("v")) {
		t.Errorf("after the second start: %v %v %v", kv, found, err)
	}
}

// TestBootBumped serves the store at the bumped revision, compacted there.
func TestBootBumped(t *testing.T) {
	for _, r := range releases() {
		f, err := golden.Find("3.5-snapshot.db.gz")
		if err != nil {
			t.Fatal(err)
		}
		dir, options := filepath.Join(t.TempDir(), "out"), members(t, 1)
		restoreAll(t, unpack(t, f.Name), dir, cluster(t, options[0].InitialCluster), Options{Bump: 1000})
		c, err := peers.BootMembers(t.Context(), r, dir, options)
		if err != nil {
			t.Fatal(err)
		}
		all, err := c.Servers[0].All(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		// The server may have written once to see whether it is ready.
		if want := f.Oracle.ServerHash.Revision + 1000; all.Revision < want || all.Revision > want+5 {
			t.Errorf("%s: revision %d, want %d", r, all.Revision, want)
		}
		if _, err := c.Servers[0].All(t.Context(), f.Oracle.ServerHash.Revision); err == nil {
			t.Errorf("%s: the old revision is not compacted", r)
		}
		c.Kill()
	}
}

// TestBootScrubbed starts from a snapshot with a NOSPACE alarm and leases: puts are
// taken, and the lease that a key names is not there any more.
func TestBootScrubbed(t *testing.T) {
	rich, err := fixtures.Rich(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir, options := filepath.Join(t.TempDir(), "out"), members(t, 1)
	o := Options{Cluster: cluster(t, options[0].InitialCluster), DropLeases: true, DisableAuth: true}
	p, _, err := planFor(t, rich, Options{Cluster: o.Cluster, Outputs: []Target{{Name: "m1", DataDir: dir}}, DropLeases: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.Scrub.NoSpaceAlarms == 0 || p.Scrub.Leases == 0 {
		t.Fatalf("nothing to take out: %+v", p.Scrub)
	}
	restoreAll(t, rich, dir, o.Cluster, o)
	c, err := peers.BootMembers(t.Context(), peers.V37, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Kill()
	if _, err := c.Servers[0].Put(t.Context(), "after", "v"); err != nil {
		t.Errorf("put: %v", err)
	}
	var leases struct {
		Leases []struct{ ID string }
	}
	if err := c.Servers[0].Call(t.Context(), "lease/leases", struct{}{}, &leases); err != nil || len(leases.Leases) > 0 {
		t.Errorf("%d leases, %v", len(leases.Leases), err)
	}
}

// TestBootLearner has a member that does not vote, whatever its id.
func TestBootLearner(t *testing.T) {
	for _, r := range releases() {
		for _, learner := range []string{"m1", "m2", "m3"} {
			dir, options := filepath.Join(t.TempDir(), "out"), members(t, 3)
			restoreAll(t, unpack(t, "3.5-snapshot.db.gz"), dir, cluster(t, options[0].InitialCluster, learner), Options{})
			var voters []peers.Options
			for _, o := range options {
				if o.Name != learner {
					voters = append(voters, o)
				}
			}
			c, err := peers.BootMembers(t.Context(), r, dir, voters)
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				Members []struct {
					PeerURLs  []string
					IsLearner bool
				}
			}
			if err := c.Servers[0].Call(t.Context(), "cluster/member/list", struct{}{}, &list); err != nil {
				t.Fatal(err)
			}
			for _, m := range list.Members {
				// By its URL: 3.5 knows the name of a member when it has started.
				if i := slices.IndexFunc(options, func(o peers.Options) bool { return o.PeerURL == m.PeerURLs[0] }); m.IsLearner != (options[i].Name == learner) {
					t.Errorf("%s: member %s learner %v", r, m.PeerURLs, m.IsLearner)
				}
			}
			bootLearner(t, r, dir, learner, options, c)
			c.Kill()
		}
	}
}

// bootLearner starts the learner and waits until it has what the voters have.
func bootLearner(t *testing.T, r peers.Release, dir, learner string, options []peers.Options, c *peers.Cluster) {
	t.Helper()
	rev, err := c.Servers[0].Put(t.Context(), "after", "v")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		if o.Name != learner {
			continue
		}
		o.Limit = 5 * time.Second
		s, err := peers.Boot(t.Context(), r, filepath.Join(dir, o.Name), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Kill()
		for range 20 {
			status, err := s.Status(t.Context())
			if err == nil && status.Revision >= rev {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
		t.Errorf("learner %s did not catch up: %v\n%s", learner, s.Outcome(), s.Log())
	}
}
