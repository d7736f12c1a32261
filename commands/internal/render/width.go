package render

import "github.com/mattn/go-runewidth"

// width is how many columns of a terminal a text takes that is [Safe]: a
// character may take two, as 大 does, or none, as an accent that combines with
// the letter before it.
//
// Characters of ambiguous width, such as ü or ±, count one. The library would
// look for a Chinese, Japanese or Korean locale, where some terminals show them
// wide; most do not, and a line must not depend on who prints it.
func width(s string) int {
	narrow := runewidth.Condition{StrictEmojiNeutral: true}
	return narrow.StringWidth(s)
}

// pad appends blanks.
func pad(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ' ')
	}
	return dst
}
