package render

import (
	"strings"
	"unicode/utf8"
)

// excerptWidth is how much of a bad line is shown: what fits a terminal's
// line of 80 columns with the indentation and both ellipses.
const excerptWidth = 68

// Excerpt shows where something is wrong in a line that came from a device:
// two lines of text, the line itself, safe and cut to a window around the
// byte at offset, and a caret under that byte.
func Excerpt(line string, offset int, s *Style) string {
	offset = min(max(offset, 0), len(line))
	// Most of the window goes before the place: it tells which field it is.
	start := max(0, min(offset-excerptWidth*2/3, len(line)-excerptWidth))
	for start > 0 && start < offset && !utf8.RuneStart(line[start]) {
		start++
	}
	end := min(len(line), start+excerptWidth)
	for end < len(line) && end > offset && !utf8.RuneStart(line[end]) {
		end--
	}
	before := Safe(line[start:offset])
	if start > 0 {
		before = "..." + before
	}
	after := Safe(line[offset:end])
	if end < len(line) {
		after += "..."
	}
	caret := strings.Repeat(" ", width(before)) + s.bad.Sprint("^")
	return "    " + before + after + "\n    " + caret + "\n"
}
