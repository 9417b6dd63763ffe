package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A breach is one command that broke the law over one file.
type breach struct {
	line, file string
	codes      string // what verify calls damaged
	code       int    // the exit code
	why        string
}

// A ledger collects breaches from courts that sit at the same time.
type ledger struct {
	mu             sync.Mutex
	breaches       []breach
	files, damaged int
}

func (l *ledger) add(b breach) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breaches = append(l.breaches, b)
}

func (l *ledger) tried(damaged bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files++
	if damaged {
		l.damaged++
	}
}

// breachesShown is how many files are named for each command line.
const breachesShown = 20

// report fails the test with a block for each command line: how often, by code, and the first files.
func (l *ledger) report(t *testing.T, population string) {
	t.Helper()
	t.Logf("%s: %d files, %d of them damaged", population, l.files, l.damaged)
	byLine := map[string][]breach{}
	for _, b := range l.breaches {
		byLine[b.line] = append(byLine[b.line], b)
	}
	for _, line := range slices.Sorted(maps.Keys(byLine)) {
		list := byLine[line]
		slices.SortFunc(list, func(a, b breach) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.why, b.why)) })
		var text strings.Builder
		fmt.Fprintf(&text, "%s: %s: %d times; by what verify says is damaged:", population, line, len(list))
		for _, c := range counted(list, func(b breach) string { return b.codes }) {
			text.WriteString("\n    " + c)
		}
		for _, b := range list[:min(len(list), breachesShown)] {
			fmt.Fprintf(&text, "\n  %s: exit %d, %s [%s]", b.file, b.code, b.why, b.codes)
		}
		if more := len(list) - breachesShown; more > 0 {
			fmt.Fprintf(&text, "\n  and %d more", more)
		}
		t.Error(text.String())
	}
}

// counted lists the values of a property, the most frequent first.
func counted(list []breach, of func(breach) string) (out []string) {
	times := map[string]int{}
	for _, b := range list {
		times[of(b)]++
	}
	keys := slices.SortedFunc(maps.Keys(times), func(a, b string) int { return cmp.Or(times[b]-times[a], cmp.Compare(a, b)) })
	for _, k := range keys {
		out = append(out, fmt.Sprintf("%d × %s", times[k], k))
	}
	return out
}
