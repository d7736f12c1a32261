package render

import "strconv"

// Count formats a number of things: 1 tag, 2 tags.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
