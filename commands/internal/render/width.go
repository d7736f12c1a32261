package render

import "github.com/mattn/go-runewidth"

// width returns how many columns of a terminal a [Safe] text takes. A character
// may take two, such as 大, or none, such as an accent that combines with the
// letter before it.
//
// Characters of ambiguous width, such as ü or ±, count as one. By default, the
// library would count them as two in a Chinese, Japanese or Korean locale, as
// some terminals show them. But most terminals do not, and a line must not
// depend on who prints it.
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
