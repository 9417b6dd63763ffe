package render

import (
	"slices"
	"strings"
)

const (
	nearDistance = 2 // edits that a typing error makes
	maxNearest   = 5
	longestName  = 128 // distances are not computed beyond
)

// nearest gives the names that the user may have meant by name: those within
// two edits, nearest first, then those that end in it ("free" for "pages.free").
func nearest(name string, names []string) []string {
	type near struct {
		name string
		far  int
	}
	var found []near
	for _, n := range names {
		if d := distance(name, n); d <= nearDistance {
			found = append(found, near{n, d})
		} else if strings.HasSuffix(n, "."+name) {
			found = append(found, near{n, nearDistance + 1})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.far - b.far })
	var best []string
	for _, f := range found[:min(len(found), maxNearest)] {
		best = append(best, f.name)
	}
	return best
}

// distance is the Levenshtein distance in bytes, or anything above nearDistance
// for strings that are sure to be farther apart than that.
func distance(a, b string) int {
	if max(len(a), len(b)) > longestName || max(len(a)-len(b), len(b)-len(a)) > nearDistance {
		return nearDistance + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
