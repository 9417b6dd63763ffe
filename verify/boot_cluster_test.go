package verify

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures/peers"
)

// A testCluster is a cluster of three whose members were added, removed and killed.
type testCluster struct {
	dir     string
	members []peers.Options
}

// bootAgain starts the members again.
func (c *testCluster) bootAgain(t *testing.T, r peers.Release) *peers.Cluster {
	t.Helper()
	cluster, err := peers.BootMembers(t.Context(), r, c.dir, c.members)
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

// newTestCluster makes the cluster, with a snapshot every 20 entries, and leaves it killed.
func newTestCluster(t *testing.T, r peers.Release) *testCluster {
	t.Helper()
	c := &testCluster{dir: t.TempDir()}
	cluster, err := peers.BootCluster(t.Context(), r, 3, c.dir)
	if err != nil {
		t.Fatal(err)
	}
	var initial []string
	for _, s := range cluster.Servers {
		initial = append(initial, s.Name+"="+s.PeerURL)
	}
	for _, s := range cluster.Servers {
		c.members = append(c.members, peers.Options{Name: s.Name, ClientURL: s.ClientURL, PeerURL: s.PeerURL,
			InitialCluster: strings.Join(initial, ","), ExtraArgs: []string{"--snapshot-count=20", "--strict-reconfig-check=false"}})
	}
	cluster.Kill()
	cluster = c.bootAgain(t, r)
	defer cluster.Kill()
	s := cluster.Servers[0]
	for i := range 70 {
		if _, err := s.Put(t.Context(), fmt.Sprintf("k%d", i), "v"); err != nil {
			t.Fatal(err)
		}
		if i%30 != 10 {
			continue
		}
		id, err := s.MemberAdd(t.Context(), true, fmt.Sprintf("http://127.0.0.1:%d", 1+i)) // a learner that never comes
		if err != nil {
			t.Fatal(err)
		}
		if i == 10 {
			if err := s.MemberRemove(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	time.Sleep(4 * backendCommits) // so that the dbs are not behind their logs
	return c
}

// backendCommits is how often etcd commits its db.
const backendCommits = 100 * time.Millisecond

// The files of one member of several say that it starts, not whether the others are there.
func TestBootOneOfThree(t *testing.T) {
	for _, r := range bootReleasesHere() {
		t.Run(string(r), func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, r)
			for _, o := range c.members {
				facts, faults := judge(t, filepath.Join(c.dir, o.Name))
				v := verdictOf(t, facts, r)
				if v.Outcome != Boots || !strings.Contains(v.Why, whenMajority) {
					t.Errorf("%s: %s %q (%s)", o.Name, v.Outcome, v.Message, v.Why)
				}
				for _, f := range faults {
					if Grade(f, Context{Member: true}).Severity > Note {
						t.Errorf("%s: %v", o.Name, f)
					}
				}
			}
			checkLostTail(t, c, r)
			last := filepath.Join(c.dir, c.members[1].Name)
			facts, _ := judge(t, last)
			checkBoot(t, last, r, verdictOf(t, facts, r))
		})
	}
}

// checkLostTail takes the end of one member's log away: alone that would cost writes, but the others
// have it.
func checkLostTail(t *testing.T, c *testCluster, r peers.Release) {
	t.Helper()
	m := &testMember{t, filepath.Join(c.dir, c.members[0].Name)}
	m.change(func(_ []byte, b []testRecord) []testRecord { return b[:len(b)-10] })
	facts, faults := judge(t, m.dir)
	v := verdictOf(t, facts, r)
	t.Logf("%s %s: %s (%s) %v", c.members[0].Name, r, v.Outcome, v.Why, faults)
	if v.Outcome != Boots || !strings.Contains(v.Why, "if the other members") {
		t.Errorf("%s %q (%s)", v.Outcome, v.Message, v.Why)
	}
	cluster := c.bootAgain(t, r)
	defer cluster.Kill()
	if _, err := cluster.Servers[0].Put(t.Context(), "after", "v"); err != nil {
		t.Error(err)
	}
}
