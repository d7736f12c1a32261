package dump

import (
	"bytes"
	"io"
	"strconv"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// findList finds 0xNN, 0xNN, ...: four of them on a line, or right behind each
// other on several. They begin in the first before bytes of text.
func findList(text []byte, before int) int {
	// The x is looked for: zeros are everywhere in hex.
	for i := 1; i < before; i++ {
		k := bytes.IndexAny(text[i:before], "xX")
		if k < 0 {
			break
		}
		if i += k; text[i-1] != '0' {
			continue
		}
		head := text[i-1 : min(len(text), i+lookAround)]
		line, _, _ := bytes.Cut(head, newline)
		if bytes.Count(bytes.ToLower(line), []byte("0x")) >= 4 || isList(head) {
			return i - 1
		}
	}
	return -1
}

// isList reports whether b begins with four bytes written 0xNN that have only
// separators and quotes between them.
func isList(b []byte) bool {
	for range 4 {
		n := listNumber(b)
		if n == 0 || n > len("0xff") {
			return false
		}
		b = bytes.TrimLeftFunc(b[n:], func(r rune) bool {
			return r == '"' || r == '\'' || r < utf8.RuneSelf && isHexSeparator(byte(r))
		})
	}
	return true
}

// listNumber tells how long the number 0xNN is that b begins with. Right behind
// it may stand another one.
func listNumber(b []byte) int {
	if len(b) < 3 || b[0] != '0' || b[1]|0x20 != 'x' {
		return 0
	}
	n := 2 + digitsIn(b[2:min(len(b), 66)])
	if n > 3 && n < len(b) && b[n]|0x20 == 'x' && b[n-1] == '0' {
		n--
	}
	if n == 2 {
		return 0
	}
	return n
}

// wrappedNumber joins a number 0xNN that a line end stands in the middle of, and
// tells how much text it takes; 0 if there is none.
func wrappedNumber(b []byte) (number []byte, size int) {
	k := bytes.IndexByte(b[:min(len(b), len("0xf\r\n"))], '\n')
	if k < 1 || b[0] != '0' {
		return nil, 0
	}
	first := bytes.TrimRight(b[:k], "\r")
	whole := append(bytes.Clone(first), b[k+1:min(len(b), k+8)]...)
	if n := listNumber(whole); n > len(first) && n <= len("0xff") {
		return whole[:n], k + 1 + n - len(first)
	}
	return nil, 0
}

// A listDecoder decodes 0x lists of C, Go, xxd -i and MQTT Explorer. A number
// of one digit is a byte too: Wireshark writes 0x0 for 00.
type listDecoder struct {
	text   *window.Window
	msg    *Message
	rest   []byte   // of a number with more than two digits
	size   int64    // bytes given
	padded bool     // there was a number with a leading zero
	short  Position // of the first number of one digit
}

func (l *listDecoder) decode(dst []byte) (int, error) {
	w := l.text
	n := 0
	for n < len(dst) {
		if len(l.rest) > 0 {
			dst[n] = l.rest[0]
			l.rest = l.rest[1:]
			n++
			continue
		}
		b := w.Ahead(72)
		if len(b) == 0 {
			break
		}
		number, size := wrappedNumber(b)
		if size == 0 {
			size = listNumber(b)
			number = b[:size]
		}
		if size > 0 {
			l.compareDigits(number)
			if len(number) == 3 {
				dst[n] = nibble[number[2]]
				n++
			}
			for i := 2; i+1 < len(number); i += 2 {
				l.rest = append(l.rest, nibble[number[i]]<<4|nibble[number[i+1]])
			}
			if len(number) > 3 && len(number)%2 == 1 {
				l.msg.damaged(position(w, 0), "%q has an odd number of digits", number)
			}
			w.Skip(size)
			continue
		}
		if !isHexSeparator(b[0]) && b[0] != '"' {
			// Behind the last number comes a bracket; in the middle, damage.
			next := 1 + bytes.Index(b[1:min(len(b), 24)], []byte("0x"))
			if next == 0 || b[0] == '}' || b[0] == ']' || b[0] == ')' {
				break
			}
			l.msg.damaged(position(w, 0), "%q does not belong to the list; passed over", b[:next])
			w.Skip(next)
			continue
		}
		w.Skip(1)
	}
	l.size += int64(n)
	if n == 0 {
		l.compareLength()
		return 0, io.EOF
	}
	return n, nil
}

// compareDigits looks at the number ahead: in a list that has leading zeros,
// one without them has lost a digit.
func (l *listDecoder) compareDigits(number []byte) {
	w := l.text
	switch {
	case len(number) == 3 && l.padded:
		l.msg.damaged(position(w, 0), "%q has one digit, and the others have two", number)
	case len(number) == 3 && l.short.Line == 0:
		l.short = position(w, 0)
	case len(number) == 4 && number[2] == '0' && !l.padded:
		if l.padded = true; l.short.Line > 0 {
			l.msg.damaged(l.short, "this number has one digit, and the others have two")
		}
	}
}

// compareLength compares what the list held with what xxd -i says behind it.
//
//	};
//	unsigned int p_bin_len = 2305;
func (l *listDecoder) compareLength() {
	w := l.text
	text := w.Peek(lookAround)
	// Looked for in both spellings, and not in the text made lower case: that moves
	// what stands behind bytes that are not UTF-8.
	i := bytes.Index(text, []byte("_len = "))
	if i < 0 {
		i = bytes.Index(text, []byte("_LEN = ")) // xxd -i -C
	}
	if i < 0 || bytes.IndexByte(text[:i], '{') >= 0 {
		return
	}
	i += len("_len = ")
	digits, _, _ := bytes.Cut(text[i:], []byte(";"))
	if said, err := strconv.ParseInt(string(digits), 10, 64); err == nil && said != l.size {
		l.msg.damaged(position(w, 0), "the list should have %d bytes, and it has %d", said, l.size)
	}
}
