package mvccview

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// unseen says why nothing in the file can show that record i of a healthy
// history is gone, "" if something must.
func unseen(l tale, i int) string {
	x := &l.records[i]
	c := l.prelude.Compact()
	var older, newer *Record // of the same key
	for j := range l.records {
		if y := &l.records[j]; string(y.KV.Key) == string(x.KV.Key) {
			if j < i {
				older = y
			} else if j > i && newer == nil {
				newer = y
			}
		}
	}
	aliveBefore := older != nil && !older.Tombstone
	followed := i+1 < len(l.records)
	if x.Main > c && followed && (l.records[i+1].Main > x.Main+1 || x.Sub == 0 || l.records[i+1].Main == x.Main) {
		return "" // a gap in the row
	}
	switch {
	case newer == nil && !followed:
		return "tail"
	case newer == nil && x.Main <= c:
		return "below C, and nothing later of its key"
	case newer == nil:
		return "last change of its transaction, and nothing later of its key"
	case newer.Main <= c:
		return "below C"
	case newer.Tombstone && aliveBefore:
		return "a put that a deletion follows, and another put comes before"
	case x.Tombstone && !aliveBefore:
		return "a deletion kept at C, that etcd need not keep"
	}
	return "" // the chain of its key
}

// TestChainNoticesLoss takes one record away from a healthy history: something
// is found, unless the record is of a class that no file can miss.
func TestChainNoticesLoss(t *testing.T) {
	tales := map[string]tale{}
	found, classes := 0, map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64Range(0, 40).Draw(rt, "seed")
		end := rapid.SampledFrom(endings).Draw(rt, "end")
		name := fmt.Sprintf("%d-%s", seed, end)
		l, ok := tales[name]
		if !ok {
			l = readTale(t, buildStory(t, seed, 20+int(seed)*3, end))
			tales[name] = l
		}
		if len(l.records) == 0 {
			return
		}
		i := rapid.IntRange(0, len(l.records)-1).Draw(rt, "record")
		why := unseen(l, i)
		gone := l.records[i]
		l.records = slices.Delete(slices.Clone(l.records), i, i+1)
		result, faults := l.whole()
		if n := result.Faults(); (n > 0) != (why == "") && !atReduced(l, &gone, faults) {
			rt.Fatalf("%s without %s (%q): %d faults, class %q\n%s", name, gone.Revision, gone.KV.Key, n, why, list(faults))
		}
		if why == "" {
			found++
		} else {
			classes[why]++
		}
	})
	t.Logf("%d losses found; not found: %v", found, classes)
}

// atReduced tells of the one loss below C that is found by chance: that of the
// only record at F (M21).
func atReduced(l tale, gone *Record, faults []Fault) bool {
	return gone.Main == l.prelude.Reduced() && len(faults) == 1 && faults[0].Kind == CompactMissingRecord
}
