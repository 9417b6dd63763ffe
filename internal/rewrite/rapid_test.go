package rewrite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"boltvet/fixtures"
)

// TestRandomHistories compacts random histories at random revisions, also of stores that
// were compacted before, or are in the middle of it: always as etcd's store does.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		script, last, compact := drawHistory(r)
		if compact >= last {
			return
		}
		rev := rapid.Int64Range(compact+1, last).Draw(r, "revision")
		dir, err := os.MkdirTemp(t.TempDir(), "history")
		if err != nil {
			r.Fatal(err)
		}
		path := filepath.Join(dir, "db")
		if err := (fixtures.Base{Script: script}).Build(path); err != nil {
			if strings.Contains(err.Error(), "removes only") {
				return // a half compaction of so few rows is none
			}
			r.Fatalf("%v in\n%s", err, script)
		}
		compareCompaction(t, path, rev)
		if t.Failed() {
			r.Fatalf("at %d of\n%s", rev, script)
		}
		os.RemoveAll(dir)
	})
}

// drawHistory is a script with its latest and its compact revision.
func drawHistory(r *rapid.T) (script string, last, compact int64) {
	var b strings.Builder
	b.WriteString("member 3c2bdafe2850b2c0 default http://127.0.0.1:2380\ncindex 200 term 2\n")
	alive := map[int]bool{}
	change := func(k int) {
		if alive[k] && rapid.IntRange(0, 2).Draw(r, "delete") == 0 {
			delete(alive, k)
			fmt.Fprintf(&b, "del /k/%d\n", k)
			return
		}
		alive[k] = true
		fmt.Fprintf(&b, "put /k/%d size=%d\n", k, rapid.SampledFrom([]int{0, 5, 60, 900, 5000}).Draw(r, "size"))
	}
	last = 1
	for range rapid.IntRange(1, 40).Draw(r, "revisions") {
		if rapid.IntRange(0, 3).Draw(r, "txn") > 0 {
			change(rapid.IntRange(0, 5).Draw(r, "key"))
		} else {
			b.WriteString("txn\n")
			for _, k := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(r, "keys")[:rapid.IntRange(1, 5).Draw(r, "subs")] {
				change(k)
			}
			b.WriteString("end\n")
		}
		last++
		if rapid.IntRange(0, 11).Draw(r, "compact") == 0 && last > compact+1 {
			compact = rapid.Int64Range(compact+1, last).Draw(r, "compact at")
			fmt.Fprintf(&b, "compact %d\n", compact)
		}
	}
	if last > compact+1 && rapid.IntRange(0, 3).Draw(r, "half") == 0 {
		compact = rapid.Int64Range(compact+1, last).Draw(r, "half at")
		fmt.Fprintf(&b, "compact-half %d %d\n", compact, rapid.IntRange(0, 5).Draw(r, "rows"))
	}
	return b.String(), last, compact
}
