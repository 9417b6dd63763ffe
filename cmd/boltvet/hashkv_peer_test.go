package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"boltvet/fixtures"
	"boltvet/fixtures/peers"
)

// TestHashKVPrintsEtcdutlsBytes holds each of etcdutl's formats against the real
// program, on private copies: it writes to what it hashes.
func TestHashKVPrintsEtcdutlsBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds etcdutl")
	}
	etcdutl, err := peers.Build(t.Context(), peers.V37, peers.Etcdutl)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, damage := range map[string]string{
		"small": "", "empty": "", "half-compacted": "", "tombstone-at-compact": "", "bumped": "", "v35": "",
		"all-dead": "kv-del last", // as 3.5.15 and older compact: C is above the last record
	} {
		path := filepath.Join(dir, name+".db")
		base, err := fixtures.NamedBase(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := base.Build(path); err != nil {
			t.Fatal(err)
		}
		if damage != "" {
			if err := fixtures.Damage(path, damage); err != nil {
				t.Fatal(err)
			}
		}
		for _, extra := range [][]string{nil, {"--rev", "33"}, {"-w", "table"}, {"-w", "json"}, {"-w", "fields"}} {
			copied := filepath.Join(dir, "copy.db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied, b, 0o600); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd := exec.CommandContext(t.Context(), etcdutl, slices.Concat([]string{"hashkv", copied}, extra)...)
			cmd.Stderr = &said
			want, failed := cmd.Output()
			got := runLine(context.Background(), nil, slices.Concat([]string{"hashkv", path, "-q"}, extra)...)
			if got.out != string(want) || (got.code != 0) != (failed != nil) {
				t.Errorf("%s %q: exit code %d\n%s%s\netcdutl: %v\n%s%s", name, extra, got.code, got.out, got.stderr, failed, want, said.String())
			}
		}
	}
}
