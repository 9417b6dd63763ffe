package verify

import (
	"os"
	"strings"
	"testing"
	"time"

	"boltvet/bolt"
	"boltvet/fixtures/peers"
	"boltvet/internal/datadir"
	"boltvet/mvccview"
)

// full tells whether every release is to be booted.
func full() bool { return os.Getenv("BOLTVET_FULL") == "1" }

// judge reads a data dir as verify does and gives what it found of log, files and their relations.
func judge(t testing.TB, dir string) (*memberFacts, []error) {
	t.Helper()
	src, err := datadir.Resolve(t.Context(), dir, datadir.Options{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var dbFaults, faults []error
	view, damaged := walkDB(t, src, &dbFaults)
	m := &memberFacts{}
	for _, f := range dbFaults {
		m.noteDB(f)
	}
	err = m.read(t.Context(), src, view, damaged, func(f error) bool { faults = append(faults, f); return true })
	if err != nil {
		t.Fatal(err)
	}
	return m, faults
}

func walkDB(t testing.TB, src *datadir.Source, faults *[]error) (*mvccview.View, bool) {
	t.Helper()
	if src.File == nil {
		return nil, false
	}
	f, err := bolt.Open(src.File, src.DBSize)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	view := mvccview.NewView(mvccview.ViewOptions{OnFault: func(f mvccview.Fault) bool { *faults = append(*faults, f); return true }})
	damaged := false
	err = f.Guard(func() error {
		_, err := f.Walk(t.Context(), f.Live().Meta, view, bolt.WalkOptions{OnFault: func(f bolt.Fault) bool {
			*faults, damaged = append(*faults, f), true
			return true
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	view.Check()
	return view, damaged
}

// verdictOf picks a release's verdict.
func verdictOf(t testing.TB, m *memberFacts, r peers.Release) BootVerdict {
	t.Helper()
	for _, v := range bootVerdicts(m) {
		if "v"+strings.ReplaceAll(v.Release, ".", "") == string(r) {
			return v
		}
	}
	t.Fatalf("no verdict for %s", r)
	return BootVerdict{}
}

// idleLimit is how long a server that is said not to serve is watched. A healthy one takes a second.
const idleLimit = 5 * time.Second

// checkBoot starts a release on the directory and holds the verdict against what becomes of it. It
// is the last thing that is done with the directory.
func checkBoot(t *testing.T, dir string, r peers.Release, v BootVerdict) {
	t.Helper()
	limit := 25 * time.Second
	alone := v.Outcome == Boots && strings.Contains(v.Why, whenMajority) // and so it waits for the others
	if v.Outcome == AcceptsNoWrites || alone {
		limit = idleLimit
	}
	s, err := peers.Boot(t.Context(), r, dir, peers.Options{Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	got := s.Outcome()
	switch {
	case alone:
		if got.State != peers.NeverReady {
			t.Errorf("verdict %s (%s), but %s: %v", v.Outcome, v.Why, r, got)
		}
	case v.Outcome == Boots:
		if got.State != peers.Ready {
			t.Errorf("verdict %s (%s), but %s: %v", v.Outcome, v.Why, r, got)
		}
	case v.Outcome == AcceptsNoWrites:
		if got.State != peers.NeverReady && got.State != peers.AcceptsNoWrites {
			t.Errorf("verdict %s (%s), but %s: %v", v.Outcome, v.Why, r, got)
		}
		if v.Message != "" && !strings.Contains(got.Message, v.Message) {
			t.Errorf("%s says %q, verdict %q", r, got.Message, v.Message)
		}
	case v.Outcome == Dies:
		if got.State != peers.Died {
			t.Errorf("verdict %s of %q (%s), but %s: %v", v.Outcome, v.Message, v.Why, r, got)
		} else if v.Message == "" || !strings.Contains(got.Message, v.Message) {
			t.Errorf("%s died of %q, verdict %q", r, got.Message, v.Message)
		}
	default:
		t.Logf("not known from the files (%s); %s: %v", v.Why, r, got)
	}
}

// bootReleasesHere are the releases that this run boots.
func bootReleasesHere() []peers.Release {
	if full() {
		return peers.Releases()
	}
	return []peers.Release{peers.V37}
}

// goldenOf is the member that a release left behind.
func goldenOf(r peers.Release) string { return "3." + string(r[2:]) + "-member.tar.gz" }
