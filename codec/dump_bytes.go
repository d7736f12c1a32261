package codec

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// A bytesDecoder hands its input on: the message as a tool saved it.
type bytesDecoder struct{ text *window }

func (b *bytesDecoder) decode(dst []byte) (int, error) {
	w := b.text
	if w.pos == w.end && !w.more() {
		return 0, io.EOF
	}
	n := copy(dst, w.ahead())
	w.pos += n
	w.mark = w.pos
	return n, nil
}

// isBinary reports whether b, the beginning of an input, is not a text: it has
// the start of a picture in it, or too much that no text has.
func isBinary(b []byte) bool {
	if _, ok := utf16Order(b); ok {
		return false
	}
	return bytes.Contains(b, soi) || !isText(b)
}

// isText reports whether b reads like a text: UTF-8 without control characters
// but for those of lines and terminals. A few foreign bytes, as of a comment
// in an old code page, do not make it binary.
func isText(b []byte) bool {
	odd := 0
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == 0:
			return false
		case c >= ' ' && c < 0x7F, c >= '\t' && c <= '\r', c == 0x1B:
			i++
		case c < utf8.RuneSelf:
			odd++
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 && utf8.FullRune(b[i:]) {
				odd++
			}
			i += n
		}
	}
	return odd*32 <= len(b)
}

// utf16Order tells the byte order of UTF-16 text, with or without a byte-order
// mark: PowerShell and Notepad write such files, and every second byte of an
// ASCII text in them is zero.
func utf16Order(b []byte) (binary.ByteOrder, bool) {
	if bytes.Contains(b, soi) {
		return nil, false // the picture itself, and FE FF or FF FE before it by chance
	}
	if bytes.HasPrefix(b, []byte{0xFF, 0xFE}) {
		return binary.LittleEndian, true
	}
	if bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		return binary.BigEndian, true
	}
	n := min(len(b), 256) &^ 1
	if n < 8 {
		return nil, false
	}
	low, high := true, true
	for i := 0; i < n; i += 2 {
		low = low && b[i] != 0 && b[i] < 0x80 && b[i+1] == 0
		high = high && b[i] == 0 && b[i+1] != 0 && b[i+1] < 0x80
	}
	if low {
		return binary.LittleEndian, true
	}
	return binary.BigEndian, high
}

// newPlainReader returns r without what does not belong to its text; head is
// how r begins.
func newPlainReader(r io.Reader, head []byte) io.Reader {
	if order, ok := utf16Order(head); ok {
		r = &utf16Reader{r: r, order: order}
	}
	return &plainReader{r: r}
}

// A utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    [4096]byte
	have  int // bytes of in that were not decoded: half a unit, or a lone surrogate
	out   []byte
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		var n int
		n, u.err = u.r.Read(u.in[u.have:])
		u.decode(u.in[:u.have+n])
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) decode(b []byte) {
	u.out = u.out[:0]
	for len(b) >= 2 {
		r := rune(u.order.Uint16(b))
		n := 2
		if utf16.IsSurrogate(r) {
			if len(b) < 4 && u.err == nil {
				break
			}
			if len(b) >= 4 {
				if pair := utf16.DecodeRune(r, rune(u.order.Uint16(b[2:]))); pair != utf8.RuneError {
					r, n = pair, 4
				}
			}
		}
		u.out = utf8.AppendRune(u.out, r)
		b = b[n:]
	}
	u.have = copy(u.in[:], b)
}

// A plainReader drops a byte-order mark at the start, and the escape sequences
// that color a terminal anywhere.
type plainReader struct {
	r       io.Reader
	started bool
	state   byte // 0 text, else what of an escape sequence was read: ESC, '[' or ']'
}

func (t *plainReader) Read(p []byte) (int, error) {
	for {
		n, err := t.r.Read(p)
		b := p[:n]
		if !t.started && n > 0 {
			t.started = true
			// The sources hand over whole blocks, so the mark is never cut.
			b = p[:copy(p, bytes.TrimPrefix(b, []byte("\uFEFF")))]
		}
		if t.state != 0 || bytes.IndexByte(b, 0x1B) >= 0 {
			b = t.strip(b)
		}
		if len(b) > 0 || err != nil || n == 0 {
			return len(b), err
		}
	}
}

// strip removes CSI sequences (ESC [ ... letter), OSC sequences (ESC ] ... BEL
// or ESC \) and two-character escapes, in place.
func (t *plainReader) strip(b []byte) []byte {
	out := b[:0]
	for _, c := range b {
		switch t.state {
		case 0:
			if c == 0x1B {
				t.state = c
			} else {
				out = append(out, c)
			}
		case 0x1B:
			t.state = 0
			if c == '[' || c == ']' {
				t.state = c
			}
		case '[':
			if c >= '@' && c <= '~' {
				t.state = 0
			}
		case ']':
			if c == 0x07 || c == '\n' {
				t.state = 0
			} else if c == 0x1B {
				t.state = c // ESC \ ends it
			}
		}
	}
	return out
}
