package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range measurements {
		in, ok := inputs[m.file]
		if !ok || seen[m.title()] {
			t.Errorf("%s: unknown file, or twice in the table", m.title())
		}
		seen[m.title()] = true
		if m.quick && m.file != "m" && m.file != "m.snapshot" {
			t.Errorf("%s: too large for bench-quick", m.title())
		}
		if in.snapshot != "" && in.large != inputs[in.snapshot].large {
			t.Errorf("%s: snapshot and db are not made together", m.file)
		}
		if !slices.Equal(m.needs, m.ours[:len(m.needs)]) {
			t.Errorf("%s: runs %v, but asks for %v", m.title(), m.ours, m.needs)
		}
		if len(m.goals) == 0 {
			t.Errorf("%s has no goal", m.title())
		}
		for _, g := range m.goals {
			if (g.kind == goalFaster || g.kind == goalPeer) && m.peer == nil || g.kind == goalWithin && len(m.limits) == 0 {
				t.Errorf("%s: goal %+v has nothing to be held against", m.title(), g)
			}
		}
		if slices.Contains(m.limits, limitDirect) && m.peer == nil {
			t.Errorf("%s: the size for %s is that of a peer's output", m.title(), limitDirect)
		}
	}
}

func TestSelected(t *testing.T) {
	count := func(o options) int {
		if o.only == nil {
			o.only = regexp.MustCompile("")
		}
		return len(selected(measurements, o))
	}
	all, medium, quick := count(options{size: "l"}), count(options{size: "m"}), count(options{size: "m", quick: true})
	if all != len(measurements) || medium >= all || quick >= medium || quick == 0 {
		t.Errorf("%d rows with l, %d with m, %d quick", all, medium, quick)
	}
	if n := count(options{size: "l", only: regexp.MustCompile("^status on m$")}); n != 1 {
		t.Errorf("%d rows by name", n)
	}
}

func TestPeerNames(t *testing.T) {
	for want, p := range map[string]*peer{
		"etcdutl snapshot status": etcdutlStatus, "etcdutl hashkv": etcdutlHashKV,
		"etcdutl defrag": etcdutlDefrag, "boltvet status": ownStatus, "bbolt check": bboltCheck, "etcdutl snapshot restore": etcdutlRestore, "3 × etcdutl snapshot restore": etcdutlThree,
	} {
		if got := peerName(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPeersThatWriteGetCopies: nobody may change the file that all are measured on.
func TestPeersThatWriteGetCopies(t *testing.T) {
	for _, p := range []*peer{etcdutlHashKV, etcdutlDefrag} {
		if args := strings.Join(p.args, " "); strings.Contains(args, "{file}") {
			t.Errorf("%s writes to the file itself: %s", peerName(p), args)
		}
	}
}
