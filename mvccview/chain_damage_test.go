package mvccview

import (
	"path/filepath"
	"slices"
	"testing"

	"boltvet/fixtures"
)

// TestChainFindsDamage states, for each rule, the faults that one damage of the
// base "small" has, and that there is nothing beside them. C is 90, L 222; the
// transactions 136 to 139 have three changes.
func TestChainFindsDamage(t *testing.T) {
	pod := "/registry/pods/ns-2/pod-005" // put at 24 and 150
	tests := []struct {
		rule, damage string
		want         []string
	}{
		{"M6 first", "kv-del 137/0", []string{"revision.sub-gap 137/0 "}},
		{"M6 middle", "kv-del 137/1", []string{"revision.sub-gap 137/1 "}},
		{"M6 two", "kv-del 137/0\nkv-del 137/1", []string{"revision.sub-gap 137/0 "}},
		{"M7 one", "kv-del 141", []string{"revision.gap 141/0 "}},
		{"M7 three", "kv-del 141\nkv-del 142\nkv-del 143", []string{"revision.gap 141/0 "}},
		{"M7 transaction", "kv-del 137/0\nkv-del 137/1\nkv-del 137/2", []string{"revision.gap 137/0 "}},
		{"M7 right above C", "kv-del 91", []string{"revision.gap 91/0 "}},
		{"M7 beyond the end", "kv-put 225 key=/new value=x create=225 mod=225 version=1", []string{"revision.gap 223/0 "}},
		{"M8 value", "kv-set 221 value=ghost", []string{"record.tombstone-value 221/0 /txn/b"}},
		{"M8 a put", "kv-key 150 rev:150/0t", []string{"record.tombstone-put 150/0 " + pod}},
		{"M9 no key", "kv-put 223/0t key=/never/was", []string{"record.tombstone-orphan 223/0 /never/was"}},
		{"M9 twice", "kv-put 223/0t key=/txn/a", []string{"record.tombstone-orphan 223/0 /txn/a"}},
		{"M10 put", "kv-put 17 key=/registry/leases/node-1 value=x create=17 mod=17 version=1", []string{"record.below-compact 17/0 /registry/leases/node-1"}},
		{"M10 deletion", "kv-put 60/5t key=/registry/old", []string{"record.below-compact 60/5 /registry/old"}},
		{"M11", "kv-set 150 mod=149", []string{"record.mod-revision 150/0 " + pod}},
		{"M11 unmarked", "kv-key 221 rev:221", []string{"record.mod-revision 221/0 /txn/b"}},
		{"M11 swap", "kv-swap 150 152", []string{"record.mod-revision 150/0 /registry/pods/ns-0/pod-006", "record.mod-revision 152/0 " + pod}},
		{"M12 above", "kv-set 150 create=151", []string{"record.create-revision 150/0 " + pod}},
		{"M12 zero", "kv-set 150 create=0", []string{"record.create-revision 150/0 " + pod}},
		{"M12 below C", "kv-set 24 create=25", []string{"record.create-revision 24/0 " + pod}},
		{"M13 zero", "kv-set 150 version=0", []string{"record.version 150/0 " + pod}},
		{"M13 first", "kv-set 150 version=1", []string{"record.version 150/0 " + pod}},
		{"M13 too many", "kv-set 150 version=128", []string{"record.version 150/0 " + pod}},
		{"M13 below C", "kv-set 24 version=2", []string{"record.version 24/0 " + pod}},
		{"M14", "kv-put 223 key=/new value=x create=200 mod=223 version=2", []string{"record.version 223/0 /new"}},
		{"M15 version", "kv-set 150 version=7", []string{"record.version 150/0 " + pod}},
		{"M15 create", "kv-set 150 create=25", []string{"record.create-revision 150/0 " + pod}},
		{"M15 alive", "kv-put 223 key=" + pod + " value=x create=223 mod=223 version=1", []string{"record.create-revision 223/0 " + pod}},
		{"M17", "bucket-remove lease u64:0x694d9f1b4c8a0001", []string{"record.lease-missing 135/0 /registry/events/e1"}},
		{"M17 other lease", "kv-set 135 lease=77", []string{"record.lease-missing 135/0 /registry/events/e1"}},
		{"M17 lease with a fault", "bucket-put lease u64:0x694d9f1b4c8a0001 hex:ffffffff", nil},
		{"M17 no bucket", "bucket-del lease", nil},
		{"M21 and M14", "kv-del 90", []string{"compact.missing-record 90/0 ", "record.version 216/0 /registry/pods/ns-2/pod-018"}},
		{"C unknown", "bucket-put meta finishedCompactRev u64:90", nil},
		{"C unknown, no bucket", "bucket-del meta", nil},
		{"F above S", "bucket-put meta finishedCompactRev rev:95", nil},
		{"record unparseable", "kv-raw 150 hex:ffffffffffff", nil},
		{"record empty", "kv-raw 150 empty", nil},
		{"record without key", "kv-set 150 key=empty", nil},
		{"separator", "kv-key 150 u64:150 - u64:0", nil},
		{"18th byte", "kv-key 150 rev:150/0 x", nil},
		{"revision zero", "kv-put 0 key=/zero value=x create=1 mod=1 version=1", nil},
		{"lost below C", "kv-del 9", nil},
		{"lost tail", "kv-del 222\nkv-del 221", nil},
	}
	base, err := fixtures.NamedBase("small")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			if err := base.Build(path); err != nil {
				t.Fatal(err)
			}
			if err := fixtures.Damage(path, test.damage); err != nil {
				t.Fatal(err)
			}
			j := judgeBoth(t, path)
			if got := faultTexts(j.faults); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q\n%s", got, test.want, list(j.faults))
			}
		})
	}
}

// TestChainHidden: what a damaged page hides is the page's fault alone.
func TestChainHidden(t *testing.T) {
	base, err := fixtures.NamedBase("deep")
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []string{
		"zero page key.leaf[5]", "zero page key.leaf[30]", "zero page key.leaf[-1]", "zero page key.branch[1]", "zero page key.branch[-1]",
		"random page key.leaf[20] 7", "truncate pages 12", "set page key.leaf[25].count -1", "set page key.leaf[25].count 0",
		"set page key.leaf[25] elem 0.pos 5000", "set page key.leaf[25] elem 1.vsize max", "set page key.branch[1] elem 2.pgid max",
	} {
		t.Run(damage, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			if err := base.Build(path); err != nil {
				t.Fatal(err)
			}
			whole := readTale(t, path)
			if err := fixtures.Damage(path, damage); err != nil {
				t.Fatal(err)
			}
			j := judgeBoth(t, path)
			if len(j.bolt) == 0 {
				t.Error("the damage did nothing")
			}
			for _, f := range j.faults {
				t.Error(f)
			}
			if lost := int64(len(whole.records)) - j.chain.Records; lost > 0 {
				checkHides(t, j.hidden, whole, lost)
			}
		})
	}
}

// checkHides holds the hidden ranges to the records that were lost.
func checkHides(t *testing.T, hidden *HiddenRanges, whole tale, lost int64) {
	t.Helper()
	n := int64(0)
	for i := range whole.records {
		rev := whole.records[i].Revision
		if hidden.Overlaps(rev, rev.next()) {
			n++
		}
	}
	if n != lost {
		t.Errorf("%d records are lost, of these %d are known as hidden", lost, n)
	}
}

// TestChainMisplaced: records on pages that do not belong there do not make
// what lies between seem lost.
func TestChainMisplaced(t *testing.T) {
	for damage, want := range map[string][]string{
		"copy-page key.leaf[-1] key.leaf[25] fixid":                               {"revision.order"},
		"swap-page key.leaf[25] key.leaf[30] fixid":                               {"revision.order"},
		"set page key.branch[1] elem 2.pgid key.leaf[-1]":                         {"revision.order"},
		"swap page key.branch[1] elem 1 key+0 page key.branch[1] elem 2 key+0 17": nil,
	} {
		t.Run(damage, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db")
			base, err := fixtures.NamedBase("deep")
			if err == nil {
				err = base.Build(path)
			}
			if err == nil {
				err = fixtures.Damage(path, damage)
			}
			if err != nil {
				t.Fatal(err)
			}
			j := judgeBoth(t, path)
			var kinds []string
			for _, f := range j.faults {
				kinds = append(kinds, f.Kind.String())
			}
			if kinds = slices.Compact(kinds); !slices.Equal(kinds, want) {
				t.Errorf("got %q, want %q\n%s", kinds, want, list(j.faults))
			}
			t.Logf("%d faults of pages\n%s", len(j.bolt), list(j.faults))
		})
	}
}
