package main

// suggest returns the candidate closest to word if it is close enough to be what was
// meant, else "". A library's guess without a threshold answers "fish" to "nosuch";
// here at most two edits count, and less than half of the word.
func suggest(word string, candidates []string) string {
	best, bestAt := "", 3
	for _, c := range candidates {
		if d := distance(word, c); d < bestAt && 2*d < len([]rune(word)) {
			best, bestAt = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in runes: insertions, deletions and
// replacements. Words longer than any of ours are cut, because the line may hold
// anything and the work is the product of the lengths.
func distance(a, b string) int {
	const longest = 64
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), longest)], y[:min(len(y), longest)]
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			replace := diagonal
			if x[i] != y[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(y)]
}
