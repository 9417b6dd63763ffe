package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// TestSharedPage has bucket key and a bucket behind it point to one page. key comes first
// and gets it, but nothing tells that it is key's: whoever answers about keys says so.
func TestSharedPage(t *testing.T) {
	script := "output snapshot\npagesize 1024\nrepeat 40 as i\nput /k/${i} size=200\nend\nrepeat 60 as i\nlease 694d9f1b4c8a${i:4} 60\nend\n"
	for name, damage := range map[string]string{
		"a root for two buckets":            "set bucket key.root key.leaf[-1]\nset bucket lease.root key.leaf[-1]",
		"a leaf that a later bucket claims": "set bucket lease.root key.leaf[-1]",
	} {
		path := filepath.Join(t.TempDir(), "shared.db")
		noError(t, fixtures.Base{Name: name, Script: script}.Build(path))
		noError(t, fixtures.Damage(path, damage+"\nreseal"))
		for _, line := range []string{"get PATH /k --prefix", "get PATH /k/1", "history PATH /k --prefix", "hash PATH", "hashkv PATH", "status PATH", "space PATH", "verify PATH", "diff PATH PATH"} {
			words := strings.Fields(strings.ReplaceAll(line, "PATH", path))
			if got := runLine(context.Background(), nil, words...); got.code != int(exitDamage) {
				t.Errorf("%s: %s: exit code %d, want %d; %.300s", name, line, got.code, exitDamage, got.stderr)
			}
		}
	}
}
