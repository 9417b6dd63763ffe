package query

import (
	"fmt"
	"path/filepath"
	"testing"

	"boltvet/fixtures/peers"
)

// TestLiveServers holds snapshots of real servers against what these say themselves,
// before and after a compaction. All releases with BOLTVET_FULL=1.
func TestLiveServers(t *testing.T) {
	if testing.Short() {
		t.Skip("boots servers")
	}
	releases := []peers.Release{peers.V37}
	if full() {
		releases = peers.Releases()
	}
	for _, r := range releases {
		t.Run(string(r), func(t *testing.T) { testServer(t, r) })
	}
}

func testServer(t *testing.T, r peers.Release) {
	ctx := t.Context()
	s, err := peers.Boot(ctx, r, t.TempDir(), peers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	if s.Outcome().State != peers.Ready {
		t.Fatal(s.Outcome())
	}
	must := func(_ int64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		must(s.Put(ctx, fmt.Sprint("k", i%7), fmt.Sprint("v", i)))
		if i%10 == 9 {
			must(s.Delete(ctx, fmt.Sprint("k", i%7), ""))
			must(s.Txn(ctx, peers.PutOp("k1", "x", 0), peers.DeleteOp("k2", "k5"), peers.PutOp("k6", "y", 0)))
		}
	}
	save := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := s.Snapshot(ctx, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	before := openKV(t, save("before.db"), -1)
	agree(t, s, before, 1, before.Latest/2, before.Latest-1, before.Latest)

	middle := before.Latest * 2 / 3
	if err := s.Compact(ctx, middle, true); err != nil {
		t.Fatal(err)
	}
	must(s.Put(ctx, "k3", "after"))
	after := openKV(t, save("after.db"), -1)
	agree(t, s, after, middle+1, after.Latest-1, after.Latest)

	// The server has cached the hash of the compaction, with the compact revision of
	// before: the older snapshot has the same, the newer one cannot have it.
	cached := known(t, s, middle)
	if cached.Compact == -1 {
		h, err := before.Hash(ctx, middle)
		if err != nil {
			t.Fatal(err)
		}
		if v, reason := cached.Judge(h); v != Equal {
			t.Errorf("cached %+v, file %+v: %v %s", cached, h, v, reason)
		}
		if h, err = after.Hash(ctx, middle); err != nil {
			t.Fatal(err)
		}
		if v, _ := cached.Judge(h); v != NoVerdict {
			t.Errorf("cached %+v, file %+v: %v", cached, h, v)
		}
	} else {
		t.Errorf("%+v: the hash of the compaction is not cached", cached)
	}

	// The two snapshots are of one history, and the older one can be asked as if it
	// were compacted, too.
	p, ok := CommonPoint([]*KVFile{before, after})
	if !ok {
		t.Fatal("no common revision")
	}
	for _, k := range []*KVFile{before, after} {
		h, err := k.HashAt(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if v, reason := known(t, s, p.Rev).Judge(h); v != Equal {
			t.Errorf("%s at %+v: %v %s", k.Source.Path, p, v, reason)
		}
	}
}

// known asks the server.
func known(t *testing.T, s *peers.Server, rev int64) Known {
	t.Helper()
	h, err := s.HashKV(t.Context(), rev)
	if err != nil {
		t.Fatal(err)
	}
	return Known{Point{rev, h.CompactRevision}, h.Hash}
}

// agree compares a snapshot with its server at some revisions.
func agree(t *testing.T, s *peers.Server, k *KVFile, revs ...int64) {
	t.Helper()
	for _, rev := range revs {
		h, err := k.Hash(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		if v, reason := known(t, s, rev).Judge(h); v != Equal {
			t.Errorf("%s at %d: %+v: %v %s", s.Release, rev, h, v, reason)
		}
	}
}
