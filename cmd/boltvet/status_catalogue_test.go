package main

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"boltvet/fixtures"
	"boltvet/fixtures/peers"
)

// etcdutlMisses are faults of the catalogue that etcdutl does not see: it prints numbers
// of what it can reach, and we refuse.
func etcdutlMisses() []string {
	return []string{
		"mvcc-nested-bucket", "bucket-missing-key", "bucket-name-changed",
		"page-count-small", "page-count-zero", "branch-count-zero", "branch-count-small", "page-overflow-minus1",
		"inline-count-small", "inline-pos-oob", "inline-vsize-cut",
	}
}

// etcdutlRefuses are faults of the catalogue that etcdutl stops at although nothing is
// lost: we answer, and warn.
func etcdutlRefuses() []string {
	return []string{"meta-active-zero", "meta0-zero", "meta-swapped", "freelist-missing"}
}

// TestSnapshotStatusOfTheCatalogue holds snapshot status against the real etcdutl on
// damaged files: where both answer, the bytes are the same, and where one fails, so does
// the other, with the exceptions above.
func TestSnapshotStatusOfTheCatalogue(t *testing.T) {
	etcdutl, err := peers.Build(t.Context(), peers.V37, peers.Etcdutl)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := fixtures.Faults()
	if err != nil {
		t.Fatal(err)
	}
	dir, made := t.TempDir(), map[string]string{}
	for _, f := range faults {
		if strings.Contains(f.Name, "loop") {
			continue // etcdutl eats memory on them until it is killed
		}
		if made[f.Base.Name] == "" {
			made[f.Base.Name] = buildBase(t, dir, f.Base.Name, "")
		}
		path := damagedCopy(t, made[f.Base.Name], f.Damage)
		words := []string{"snapshot", "status", path, "-w", "json"}
		got := runLine(context.Background(), nil, words...)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		want := runCommand(t, exec.CommandContext(ctx, etcdutl, words...), nil)
		cancel()
		compareAnswers(t, f.Name, got, want)
	}
}

func compareAnswers(t *testing.T, name string, got, want ran) {
	t.Helper()
	switch {
	case slices.Contains(etcdutlMisses(), name):
		if got.code != 1 || want.code != 0 {
			t.Errorf("%s: exit code %d, etcdutl %d; want 1 and 0: take it off the list", name, got.code, want.code)
		}
	case slices.Contains(etcdutlRefuses(), name):
		if got.code != 0 || want.code == 0 || !strings.Contains(got.stderr, "warning: ") {
			t.Errorf("%s: exit code %d, etcdutl %d, stderr %q", name, got.code, want.code, got.stderr)
		}
	case got.code != 0:
		if got.code != 1 || got.out != "" || want.code == 0 {
			t.Errorf("%s: exit code %d, %q, %s; etcdutl: %d, %q", name, got.code, got.out, got.stderr, want.code, want.out)
		}
	case want.code != 0 || got.out != want.out:
		t.Errorf("%s: %q; etcdutl: %d, %q, %s", name, got.out, want.code, want.out, want.stderr)
	}
}
