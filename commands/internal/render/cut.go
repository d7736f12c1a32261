package render

import (
	"cmp"
	"fmt"
	"strconv"

	"mqtool/codec/jpeg"
)

// CutPicture says of a cut picture how much of it is there. Missing says which part is not,
// or is "" when nobody has looked at the pixels. In which scan it ends is for programs: JSON
// has it.
//
//	the picture is cut: the lower half is missing (1,152 bytes are there)
func CutPicture(p jpeg.Picture, missing string) string {
	return fmt.Sprintf("the picture is cut: %s (%s bytes are there)", cmp.Or(missing, "the rest of it is missing"), thousands(p.Size))
}

// SaysCut reports whether a warning of a message says that its picture is cut, for which
// CutPicture has better words.
func SaysCut(warning string, p jpeg.Picture) bool {
	return p.State == jpeg.Truncated && warning == "the picture is cut: "+p.End
}

// thousands writes a number for people: 1,152.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
