package main

import "testing"

// TestSnapshotFacts holds the four formats against what etcdutl 3.7.3 prints.
func TestSnapshotFacts(t *testing.T) {
	small := snapshotFacts{Hash: 0xabc, Revision: 12, TotalKey: 34, TotalSize: 56789, Version: "3.7.0"}
	large := snapshotFacts{Hash: 0xffffffff, Revision: 1 << 60, TotalKey: 1 << 40, TotalSize: 1 << 40}
	for _, c := range []struct {
		facts        snapshotFacts
		format, want string
	}{
		{small, "simple", "abc, 12, 34, 57 kB, 3.7.0\n"},
		{small, "json", `{"hash":2748,"revision":12,"totalKey":34,"totalSize":56789,"version":"3.7.0"}` + "\n"},
		{small, "fields", "\"Hash\" : 2748\n\"Revision\" : 12\n\"Keys\" : 34\n\"Size\" : 56789\n\"Version\" : 3.7.0\n"},
		{small, "table", `┌──────┬──────────┬────────────┬────────────┬─────────┐
│ HASH │ REVISION │ TOTAL KEYS │ TOTAL SIZE │ VERSION │
├──────┼──────────┼────────────┼────────────┼─────────┤
│  abc │       12 │         34 │      57 kB │   3.7.0 │
└──────┴──────────┴────────────┴────────────┴─────────┘
`},
		{large, "simple", "ffffffff, 1152921504606846976, 1099511627776, 1.1 TB, \n"},
		{large, "table", `┌──────────┬─────────────────────┬───────────────┬────────────┬─────────┐
│   HASH   │      REVISION       │  TOTAL KEYS   │ TOTAL SIZE │ VERSION │
├──────────┼─────────────────────┼───────────────┼────────────┼─────────┤
│ ffffffff │ 1152921504606846976 │ 1099511627776 │     1.1 TB │         │
└──────────┴─────────────────────┴───────────────┴────────────┴─────────┘
`},
	} {
		got, err := c.facts.append(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.format, got, c.want)
		}
	}
}
