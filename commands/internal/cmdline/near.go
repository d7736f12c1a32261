package cmdline

import (
	"strings"
)

// Closest finds the name that was probably meant. It returns "" when no name is near; the
// library's own suggestions name something at any distance.
func Closest(typed string, names []string) string {
	best, bestDistance := "", (len(typed)+2)/3+1
	for _, name := range names {
		// A name that was typed in part is near, however much is missing.
		if len(typed) >= 3 && strings.HasPrefix(name, typed) {
			return name
		}
		if d := editDistance(typed, name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if len(best) == 1 {
		return "" // a single letter is near to any other
	}
	return best
}

// editDistance is the number of single-byte insertions, deletions and
// replacements between a and b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
