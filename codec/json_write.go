package codec

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// isPlain reports whether s can stand between quotes as it is.
func isPlain(s string) bool {
	if s == "" {
		return true
	}
	for i := 0; i+8 < len(s); i += 8 {
		if unquotable(word(s, i)) != 0 {
			return false
		}
	}
	return unquotable(endWord(s)) == 0
}

// AppendString appends s as a JSON string that a terminal shows and does not
// obey: what is not printable is escaped. Bytes that are not UTF-8 become
// U+FFFD, for JSON has no other way.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	if isPlain(s) {
		dst = append(dst, s...)
		return append(dst, '"')
	}
	for _, r := range s { // an invalid byte comes as utf8.RuneError
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', byte(r))
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = appendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// appendRune appends a character of a JSON string, escaped if a terminal would
// obey it or not show it: controls of both kinds, marks of direction, what is
// invisible.
func appendRune(dst []byte, r rune) []byte {
	switch {
	case unicode.IsPrint(r):
		return utf8.AppendRune(dst, r)
	case r < 0x10000:
		return appendEscape(dst, r)
	}
	high, low := utf16.EncodeRune(r)
	return appendEscape(appendEscape(dst, high), low)
}

func appendEscape(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// appendKey appends a member's name, and a comma if it is not the first.
func appendKey(dst []byte, key string) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '{' {
		dst = append(dst, ',')
	}
	return append(AppendString(dst, key), ':')
}

// appendTextMember appends a member unless its text is empty.
func appendTextMember(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return AppendString(appendKey(dst, key), s)
}

// appendText appends a member unless its text is empty. start is all that
// stands before the text: `,"tag_id":"`.
func appendText(dst []byte, start, s string) []byte {
	switch {
	case s == "":
		return dst
	case isPlain(s):
		dst = append(append(dst, start...), s...)
		return append(dst, '"')
	}
	return AppendString(append(dst, start[:len(start)-1]...), s)
}

// appendIntMember appends a member unless it is absent.
func appendIntMember[T ~int64 | ~uint16 | ~uint8](dst []byte, key string, n Opt[T]) []byte {
	if !n.Set {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), int64(n.Value), 10)
}

// appendBoolMember appends a member unless it is absent.
func appendBoolMember(dst []byte, key string, b Opt[bool]) []byte {
	if !b.Set {
		return dst
	}
	return strconv.AppendBool(appendKey(dst, key), b.Value)
}

// appendTexts appends a member with an array of strings, unless there are none.
func appendTexts(dst []byte, key string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, s)
	}
	return append(dst, ']')
}

// appendExtra appends the member "extra" with what the codec does not know.
func appendExtra(dst []byte, extra []Member) []byte {
	if len(extra) == 0 {
		return dst
	}
	dst = append(appendKey(dst, "extra"), '{')
	dst = appendMembers(dst, extra)
	return append(dst, '}')
}

func appendMembers(dst []byte, members []Member) []byte {
	for _, m := range members {
		dst = appendRaw(appendKey(dst, m.Key), m.Value)
	}
	return dst
}

// appendRaw appends a value as it was spelled, but on one line and escaped like
// the strings of [AppendString]. A value that is not JSON, which only a program
// can have put there, is appended as a string.
func appendRaw(dst []byte, raw json.RawMessage) []byte {
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		return AppendString(dst, string(raw))
	}
	for _, r := range line.String() { // only strings hold what is not printable
		dst = appendRune(dst, r)
	}
	return dst
}

// IntMember makes a member with a number, for the keys that the codec does not know.
func IntMember(key string, n int64) Member {
	return Member{Key: key, Value: json.RawMessage(strconv.FormatInt(n, 10))}
}

// TextMember makes a member with a text.
func TextMember(key, s string) Member {
	return Member{Key: key, Value: json.RawMessage(AppendString(nil, s))}
}
