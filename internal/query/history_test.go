package query

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"boltvet/fixtures"
)

// A history is a random script of fixtures, as the lines of each revision from 2 on.
// All changes are what clients can do: no key twice in a transaction.
type history struct {
	lines []string
	all   bool // every key is dead at the end
}

// latest is L of a store that went through h.
func (h history) latest() int64 { return int64(len(h.lines)) + 1 }

// randomHistory makes revs revisions over a few keys. One in three ends with every key
// dead, some of them for a while already.
func randomHistory(seed uint64, revs, keys int) history {
	r := rand.New(rand.NewPCG(seed, 7))
	alive := map[int]bool{}
	h := history{all: seed%3 == 0}
	change := func(k int) string {
		if alive[k] && r.IntN(3) == 0 {
			delete(alive, k)
			return fmt.Sprintf("del k%d\n", k)
		}
		alive[k] = true
		return fmt.Sprintf("put k%d size=%d\n", k, r.IntN(60))
	}
	for range revs {
		if r.IntN(4) > 0 {
			h.lines = append(h.lines, change(r.IntN(keys)))
			continue
		}
		txn := "txn\n"
		for _, k := range r.Perm(keys)[:1+r.IntN(min(keys, 3))] {
			txn += change(k)
		}
		h.lines = append(h.lines, txn+"end\n")
	}
	if h.all && len(alive) > 0 {
		for k := range keys {
			if alive[k] {
				h.lines = append(h.lines, fmt.Sprintf("del k%d\n", k))
			}
		}
	}
	return h
}

// A compaction happens when the store is at revision at. half > 0: the last one, which
// stops after half rows.
type compaction struct {
	at, to int64
	half   int
}

// build writes the history with these compactions on the way, in ascending order.
func (h history) build(t testing.TB, compactions ...compaction) string {
	t.Helper()
	var b strings.Builder
	rev := int64(1)
	step := func() {
		for len(compactions) > 0 && compactions[0].at == rev {
			c := compactions[0]
			if compactions = compactions[1:]; c.half > 0 {
				fmt.Fprintf(&b, "compact-half %d %d\n", c.to, c.half-1)
			} else {
				fmt.Fprintf(&b, "compact %d\n", c.to)
			}
		}
	}
	for _, line := range h.lines {
		step()
		b.WriteString(line)
		rev++
	}
	step()
	path := filepath.Join(t.TempDir(), "db")
	if err := (fixtures.Base{Script: b.String()}).Build(path); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return path
}

// variants are the same history with compactions to at most upTo that have got to
// different places.
func (h history) variants(t testing.TB, upTo int64) map[string]string {
	t.Helper()
	l := h.latest()
	low := max(1, upTo/2)
	return map[string]string{
		"never":      h.build(t),
		"early":      h.build(t, compaction{at: l, to: low}),
		"on the way": h.build(t, compaction{at: upTo, to: upTo}),
		"at the end": h.build(t, compaction{at: l, to: upTo}),
		"twice":      h.build(t, compaction{at: max(low, upTo-1), to: low}, compaction{at: l, to: upTo}),
		"begun":      h.build(t, compaction{at: l, to: upTo, half: 1}),
		"halfway":    h.build(t, compaction{at: l, to: upTo, half: 3}),
		"half twice": h.build(t, compaction{at: l, to: low}, compaction{at: l, to: upTo, half: 2}),
	}
}
