package render

import (
	"strings"
	"unicode/utf8"
)

// excerptWidth is how much of a bad line is shown: it fits a terminal with 80
// columns, together with the indentation and both ellipses.
const excerptWidth = 68

// Excerpt shows where a line from a device is wrong. It returns two lines of
// text: the line itself, made safe and cut to a window around the byte at
// offset, and a caret under that byte.
func Excerpt(line string, offset int, s *Style) string {
	offset = min(max(offset, 0), len(line))
	// Most of the window is before the offset, because that text tells which
	// field it is.
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
