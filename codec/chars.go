package codec

import "bytes"

// hexUpper are the hex digits that mqtool writes.
const hexUpper = "0123456789ABCDEF"

// nibble is the value of a hex digit; it is over 0x0F for any other byte.
var nibble = func() (t [256]byte) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9':
			t[c] = byte(c - '0')
		case 'a' <= c && c <= 'f':
			t[c] = byte(c - 'a' + 10)
		case 'A' <= c && c <= 'F':
			t[c] = byte(c - 'A' + 10)
		default:
			t[c] = 0xFF
		}
	}
	return t
}()

// parseHexByte reads a text of exactly two hex digits.
func parseHexByte(s string) (byte, bool) {
	if len(s) != 2 {
		return 0, false
	}
	high, low := nibble[s[0]], nibble[s[1]]
	return high<<4 | low&0x0F, high|low <= 0x0F
}

// isHex reports whether s consists of hex digits for whole bytes.
func isHex(s string) bool {
	var foreign byte
	for i := range len(s) {
		foreign |= nibble[s[i]]
	}
	return foreign <= 0x0F && len(s)%2 == 0
}

// isWordByte reports whether c is an ASCII letter or digit.
func isWordByte(c byte) bool { return nibble[c] < 10 || c|0x20 >= 'a' && c|0x20 <= 'z' }

// verbatim tells which bytes stand unchanged in a JSON string and need no closer look:
// printable ASCII other than quotes and backslashes.
var verbatim = func() (t [256]bool) {
	for c := ' '; c < 0x7F; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// isBlank reports whether c may stand between the tokens of JSON.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// skipBlanks finds the first byte from pos on that is not a blank.
func skipBlanks(text string, pos int) int {
	for pos < len(text) && isBlank(text[pos]) {
		pos++
	}
	return pos
}

// hasByte reports whether c stands at pos.
func hasByte(text string, pos int, c byte) bool { return pos < len(text) && text[pos] == c }

// digits reads the number that starts at s[start] and tells where it ends. It stops after
// 18 digits, because every number of 18 digits fits in an int64.
func digits(s string, start int) (n int64, end int) {
	end = start
	for end < len(s) && end-start < 18 && '0' <= s[end] && s[end] <= '9' {
		n = n*10 + int64(s[end]-'0')
		end++
	}
	return n, end
}

// trimLine removes what may follow a line: CR, LF, NUL and blanks.
func trimLine(s string) string {
	end := len(s)
	for end > 0 && (s[end-1] == '\n' || s[end-1] == '\r' || s[end-1] == ' ' || s[end-1] == 0) {
		end--
	}
	return s[:end]
}

// firstByteOf returns the first byte that is neither blank nor part of a byte-order mark.
func firstByteOf(payload []byte) byte {
	payload = bytes.TrimPrefix(payload, []byte("\xEF\xBB\xBF"))
	payload = bytes.TrimLeft(payload, " \t\r\n")
	if len(payload) == 0 {
		return 0
	}
	return payload[0]
}
