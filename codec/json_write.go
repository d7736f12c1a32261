package codec

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s as a JSON string that a terminal shows and does not
// obey: each character that is not printable is escaped. Bytes that are not UTF-8
// become U+FFFD, because JSON cannot hold them.
func AppendString(dst []byte, s string) []byte {
	return append(appendQuoted(append(dst, '"'), s), '"')
}

// appendQuoted appends s as it stands between the quotes of a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	start := 0 // start of what is not in dst yet
	for i := 0; i < len(s); {
		c := s[i]
		if verbatim[c] {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if size > 1 && strconv.IsPrint(r) {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = appendRune(dst, r)
		}
		i += size
		start = i
	}
	return append(dst, s[start:]...)
}

// appendRune appends a character of a JSON string. It escapes the characters that a
// terminal would obey or not show: C0 and C1 controls, direction marks and invisible
// characters.
func appendRune(dst []byte, r rune) []byte {
	switch {
	case strconv.IsPrint(r):
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

// appendText appends a member unless its text is empty. start is everything that stands
// before the text: `,"tag_id":"`.
func appendText(dst []byte, start, s string) []byte {
	if s == "" {
		return dst
	}
	return append(appendQuoted(append(dst, start...), s), '"')
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

// appendExtra appends the member "extra" with the members that the codec does not know.
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

// appendRaw appends a value as it was spelled, but without the blanks between its
// tokens, and with its strings escaped like those of [AppendString]. A value that
// is not JSON, which only a program can have put there, is appended as a string.
func appendRaw(dst []byte, raw json.RawMessage) []byte {
	if !json.Valid(raw) {
		return AppendString(dst, string(raw))
	}
	inString := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c >= 0x7F: // only a string holds such characters
			r, size := utf8.DecodeRune(raw[i:])
			dst = appendRune(dst, r)
			i += size - 1
			continue
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			dst = append(dst, c)
			i++
		case !inString && isBlank(c):
			continue
		}
		dst = append(dst, raw[i])
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
