// Package render turns decoded values into text for people, JSON Lines and CSV.
package render

import (
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Safe returns s in a form that a terminal shows but does not obey. It escapes
// control characters (also ESC, DEL and the C1 range), bytes that are not
// UTF-8, and characters that are invisible or change the direction of writing
// (\n, \x1b, \u202e). Everything else stays as it is, even the backslash. The
// result is for people and cannot always be converted back.
func Safe(s string) string {
	if isSafeASCII(s) {
		return s
	}
	return string(AppendSafe(nil, s))
}

// AppendSafe appends Safe(s) to dst.
func AppendSafe(dst []byte, s string) []byte {
	if isSafeASCII(s) {
		return append(dst, s...)
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = appendHex(append(dst, `\x`...), uint64(s[i]), 2)
		case unicode.IsPrint(r):
			dst = append(dst, s[i:i+size]...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r < utf8.RuneSelf:
			dst = appendHex(append(dst, `\x`...), uint64(r), 2)
		case r < 0x10000:
			dst = appendHex(append(dst, `\u`...), uint64(r), 4)
		default:
			dst = appendHex(append(dst, `\U`...), uint64(r), 8)
		}
		i += size
	}
	return dst
}

func isSafeASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// appendHex appends the lower-case hex digits of n, at least width of them.
func appendHex(dst []byte, n uint64, width int) []byte {
	for digits := (bits.Len64(n) + 3) / 4; digits < width; digits++ {
		dst = append(dst, '0')
	}
	if n == 0 {
		return dst
	}
	return strconv.AppendUint(dst, n, 16)
}
