package mvccview

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"boltvet/bolt"
	"boltvet/fixtures"
)

// TestReadPrelude: what is known before the walk, on a healthy file and on
// files whose small buckets are damaged.
func TestReadPrelude(t *testing.T) {
	const first = 0x694d9f1b4c8a0001
	tests := []struct {
		damage              string
		meta, leases, lease bool
		compact, reduced    int64
	}{
		{"", true, true, true, 90, 90},
		{"bucket-put meta scheduledCompactRev rev:120", true, true, true, 120, -1},
		{"bucket-put meta finishedCompactRev rev:95", true, true, true, 95, -1},
		{"bucket-put meta finishedCompactRev u64:90", false, true, true, 90, -1},
		{"bucket-remove meta scheduledCompactRev\nbucket-remove meta finishedCompactRev", true, true, true, -1, -1},
		{"bucket-del meta", false, true, true, -1, -1},
		{"bucket-del lease", true, false, true, 90, 90},
		{"bucket-remove lease u64:0x694d9f1b4c8a0001", true, true, false, 90, 90},
		{"bucket-put lease u64:0x694d9f1b4c8a0001 hex:ffffffff", true, true, true, 90, 90},
		{"bucket-put lease u64:0x694d9f1b4c8a0001 lease:694d9f1b4c8a0099,60", true, true, true, 90, 90},
		{"zero page root", false, false, true, -1, -1},
	}
	base, err := fixtures.NamedBase("small")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.damage, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			if err := base.Build(path); err != nil {
				t.Fatal(err)
			}
			if err := fixtures.Damage(path, test.damage); err != nil {
				t.Fatal(err)
			}
			p := readPrelude(t, path)
			if p.MetaWhole != test.meta || p.LeasesWhole != test.leases || p.HasLease(first) != test.lease {
				t.Errorf("meta whole %t, leases whole %t, lease exists %t", p.MetaWhole, p.LeasesWhole, p.HasLease(first))
			}
			if p.Compact() != test.compact || p.Reduced() != test.reduced {
				t.Errorf("C %d, reduced to %d, want %d and %d", p.Compact(), p.Reduced(), test.compact, test.reduced)
			}
		})
	}
}

func readPrelude(t *testing.T, path string) *Prelude {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := bolt.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadPrelude(context.Background(), f, f.Live().Meta)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
