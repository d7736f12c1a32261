package codec

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
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
	text   *window
	msg    *DumpMessage
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
		w.mark = w.pos
		if w.end-w.pos < 72 {
			w.have(72)
		}
		b := w.ahead()
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
				l.msg.damaged(w.position(w.pos), "%q has an odd number of digits", number)
			}
			w.pos += size
			continue
		}
		if !isHexSeparator(b[0]) && b[0] != '"' {
			// Behind the last number comes a bracket; in the middle, damage.
			next := 1 + bytes.Index(b[1:min(len(b), 24)], []byte("0x"))
			if next == 0 || b[0] == '}' || b[0] == ']' || b[0] == ')' {
				break
			}
			l.msg.damaged(w.position(w.pos), "%q does not belong to the list; passed over", b[:next])
			w.pos += next
			continue
		}
		w.pos++
	}
	w.mark = w.pos
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
		l.msg.damaged(w.position(w.pos), "%q has one digit, and the others have two", number)
	case len(number) == 3 && l.short.Line == 0:
		l.short = w.position(w.pos)
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
	w.have(lookAround)
	text := w.ahead()[:min(lookAround, w.end-w.pos)]
	i := bytes.Index(bytes.ToLower(text), []byte("_len = "))
	if i < 0 || bytes.IndexByte(text[:i], '{') >= 0 {
		return
	}
	i += len("_len = ")
	digits, _, _ := bytes.Cut(text[i:], []byte(";"))
	if said, err := strconv.ParseInt(string(digits), 10, 64); err == nil && said != l.size {
		l.msg.damaged(w.position(w.pos), "the list should have %d bytes, and it has %d", said, l.size)
	}
}

var dataImage = []byte("data:image/")

// findDataURI finds where the base64 text of a picture's data URI begins.
func findDataURI(line []byte, before int) int {
	i := bytes.Index(line[:before], dataImage[len("data:"):]) // for "data:" begins like hex
	if i < len("data:") || !bytes.HasPrefix(line[i-len("data:"):], dataImage) {
		return -1
	}
	k := bytes.Index(line[i:min(len(line), i+lookAround)], []byte("base64,"))
	if k < 0 {
		return -1
	}
	return i + k + len("base64,")
}

// base64Values gives the value of a base64 character of either alphabet.
var base64Values = makeBase64Values()

const notBase64 = 0xFF

func makeBase64Values() *[256]byte {
	var t [256]byte
	for i := range t {
		t[i] = notBase64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return &t
}

// sureBase64 is how long a word must be to be taken for base64: topics are shorter.
const sureBase64 = 32

// findBase64 finds a long word of base64 characters; before is how much of
// text it may begin in. What it and the lines behind it decode to must hold a
// picture's start or JSON: many long words are base64 by their letters only.
func findBase64(text []byte, before int) int {
	for i := 0; i < before; {
		n := 0
		for i+n < len(text) && n < sureBase64 && base64Values[text[i+n]] != notBase64 {
			n++
		}
		if n == sureBase64 {
			head := make([]byte, 1024)
			trial := &window{buf: text, pos: i, end: min(len(text), i+2*len(head)), err: io.EOF}
			d := &base64Decoder{text: trial, msg: &DumpMessage{}, bare: true}
			k, _ := io.ReadFull(readerFunc(d.decode), head)
			if head = head[:k]; bytes.Contains(head, soi) || findJSON(head, 1) == 0 || bytes.Contains(head, dataImage) {
				return i
			}
			for i+n < before && base64Values[text[i+n]] != notBase64 {
				n++
			}
		}
		i += n + 1
	}
	return -1
}

// mayBeBase64 reports whether the hex digits found at start may be a part of a
// base64 word: 24 zero bytes are 32 letters A.
func mayBeBase64(line []byte, start int) bool {
	if start < 0 || start >= len(line) {
		return false
	}
	if start > 0 && base64Values[line[start-1]] != notBase64 {
		return true
	}
	head := line[start:min(len(line), start+4096)]
	n := digitsIn(head)
	return n < len(head) && base64Values[head[n]] != notBase64 && head[n] != '-'
}

// A base64Decoder decodes base64 of either alphabet, padded or not, with line
// ends anywhere and blanks around them, up to the first other character. Within
// a string, blanks may be anywhere.
type base64Decoder struct {
	text *window
	msg  *DumpMessage
	bare bool  // not in a string: a following line must look like base64, too
	head int64 // characters of the data URI before the base64 text

	bits  uint32
	count uint    // characters in bits
	out   [3]byte // of the last quad
	rest  []byte  // what of out was not given yet
	span  int     // how many characters are tried at once
	ended bool

	spaced   bool  // there are blank lines between the lines
	standard bool  // there was a + or a /, so - and _ are foreign
	lineFrom int64 // imageText where the line began
}

func (d *base64Decoder) decode(dst []byte) (int, error) {
	w := d.text
	n := 0
	for n < len(dst) {
		if len(d.rest) > 0 {
			k := copy(dst[n:], d.rest)
			d.rest = d.rest[k:]
			n += k
			continue
		}
		w.mark = w.pos
		if d.ended || w.pos == w.end && !w.more() {
			if d.finish(); len(d.rest) > 0 {
				continue
			}
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		}
		if d.count == 0 {
			// Foreign characters may come every line or every slash: do not look
			// at more text than is regular.
			src := w.ahead()
			src = src[:min(len(src), max(d.span, 64))]
			k, read := decodeQuads(dst[n:], src)
			n += k
			w.pos += read
			d.msg.imageText += int64(read)
			d.span = 2 * read
			if read > 0 {
				d.standard = d.standard || bytes.IndexByte(src[:read], '/') >= 0 || bytes.IndexByte(src[:read], '+') >= 0
				continue
			}
		}
		d.character(w.buf[w.pos])
	}
	w.mark = w.pos
	return n, nil
}

// character takes one character; pos stays at the one that ends the text.
func (d *base64Decoder) character(c byte) {
	w := d.text
	v := base64Values[c]
	switch {
	case v != notBase64 && !(d.standard && (c == '-' || c == '_')):
		d.standard = d.standard || c == '+' || c == '/'
		d.add(v)
	case c == '\r' || c == '\t' || c == ' ' && !d.bare:
	case c == ' ' && d.trailing():
	case c == '\n' && !d.bare:
	case c == '\n':
		n := d.goesOn()
		if n == 0 {
			d.ended = true
			return
		}
		w.pos += n
		d.checkRow()
		return
	case c == '\\' && !d.bare: // \/ or \n in a JSON string
		w.have(2)
		if b := w.ahead(); len(b) > 1 && b[1] != '/' {
			w.pos++
		}
	default:
		n := d.foreign()
		if n == 0 {
			d.ended = true
			return
		}
		d.msg.damaged(w.position(w.pos), "%q is not a base64 character; A put in its stead", w.buf[w.pos:w.pos+n])
		w.pos += n - 1
		d.add(0)
	}
	w.pos++
}

// add takes the value of one character.
func (d *base64Decoder) add(v byte) {
	d.msg.imageText++
	d.bits = d.bits<<6 | uint32(v)
	if d.count++; d.count == 4 {
		d.out = [3]byte{byte(d.bits >> 16), byte(d.bits >> 8), byte(d.bits)}
		d.rest = d.out[:]
		d.bits, d.count = 0, 0
	}
}

// foreign looks at the character ahead that is not base64: when the text plainly
// goes on behind it, it is damage, and its length is returned. Padding is an end,
// and so is what separates fields, at the end of a quad.
func (d *base64Decoder) foreign() int {
	w := d.text
	w.have(lookAround)
	ahead := w.ahead()[:min(lookAround, w.end-w.pos)]
	c := ahead[0]
	if c == '=' || c == '"' || c == ' ' || c == '\n' || d.count == 0 && bytes.IndexByte([]byte(",;|:'<>()[]{}"), c) >= 0 {
		return 0
	}
	_, size := utf8.DecodeRune(ahead)
	good, bad := 0, 0
	for i := size; i < len(ahead) && good < sureBase64; i++ {
		switch c := ahead[i]; {
		case base64Values[c] != notBase64:
			good++
		case c == '\n' || c == '\r':
		case c == '\\' && !d.bare: // the line ends of a JSON string
			i++
		case good > 0 || c < utf8.RuneSelf && bad == 3 || c == '"' || c == '=' || c == ' ':
			return 0
		default:
			bad++
		}
	}
	if good < sureBase64 {
		return 0
	}
	return size
}

// finish gives the bytes of a last, incomplete quad and passes over padding.
func (d *base64Decoder) finish() {
	w := d.text
	switch d.count {
	case 1:
		d.msg.damaged(w.position(w.pos), "the base64 text ends in the middle of a byte: it is cut")
	case 2:
		d.out[0] = byte(d.bits >> 4)
		d.rest = d.out[:1]
	case 3:
		d.out[0], d.out[1] = byte(d.bits>>10), byte(d.bits>>2)
		d.rest = d.out[:2]
	}
	d.bits, d.count = 0, 0
	for w.mark = w.pos; w.have(1) && w.buf[w.pos] == '='; w.mark = w.pos {
		w.pos++
		d.msg.imageText++
	}
	d.msg.imageString = d.head + d.msg.imageText
}

// trailing reports whether there is nothing but blanks up to the line's end.
func (d *base64Decoder) trailing() bool {
	w := d.text
	w.have(lookAround)
	rest := bytes.TrimLeft(w.ahead()[:min(lookAround, w.end-w.pos)], " \t\r")
	return len(rest) > 0 && rest[0] == '\n'
}

// goesOn reports whether the line behind the line end ahead is base64 as well,
// and where it begins: it may be indented, and there may be blank lines between.
// Behind these, a word is not enough: it may be the foot of a mail.
func (d *base64Decoder) goesOn() int {
	w := d.text
	w.have(lookAround)
	ahead := w.ahead()[:min(lookAround, w.end-w.pos)]
	rest := bytes.TrimLeft(ahead, " \t\r\n")
	start := len(ahead) - len(rest)
	line, _, _ := bytes.Cut(rest, newline)
	line = bytes.TrimRight(line, " \t\r")
	word := bytes.TrimRight(line, "=")
	for i, c := range word {
		if base64Values[c] == notBase64 {
			// One damaged place in a long line, see foreign.
			bad := bytes.IndexFunc(word[i:], func(r rune) bool { return r < utf8.RuneSelf && base64Values[r] != notBase64 })
			if bad < 0 {
				bad = len(word) - i
			}
			if len(word) < sureBase64 || bad > 4 || bytes.ContainsFunc(word[i+bad:], func(r rune) bool { return r >= utf8.RuneSelf || base64Values[r] == notBase64 }) {
				return 0
			}
			break
		}
	}
	blank := bytes.Count(ahead[:start], newline) > 1
	if len(word) == 0 || blank && !d.spaced && (len(word) < sureBase64 && len(line)%4 != 0 || d.count > 0) {
		return 0
	}
	d.spaced = d.spaced || blank
	return start
}

// checkRow looks at the line ahead. When it is shorter than the one before it and
// the one behind it, which are of one length, it is a foreign word or has lost
// some characters. A word is passed over.
func (d *base64Decoder) checkRow() {
	w := d.text
	width := int(d.msg.imageText - d.lineFrom)
	d.lineFrom = d.msg.imageText
	if width < sureBase64 || width > longLine || d.spaced {
		return
	}
	w.have(2*width + lookAround)
	row, rest, _ := bytes.Cut(w.ahead()[:min(2*width+lookAround, w.end-w.pos)], newline)
	next, _, _ := bytes.Cut(rest, newline)
	row, next = bytes.TrimSpace(row), bytes.TrimSpace(next)
	foreign := func(r rune) bool { return r >= utf8.RuneSelf || base64Values[r] == notBase64 }
	if len(row) >= width || len(next) != width || bytes.IndexByte(row, '=') >= 0 || bytes.ContainsFunc(next, foreign) || endsPicture(row) {
		return
	}
	if 2*len(row) < width {
		d.msg.damaged(w.position(w.pos), "%q does not belong to the base64 text; passed over", row)
		w.pos += bytes.Index(w.ahead(), row) + len(row)
		d.lineFrom -= int64(width) // the next line is compared with the one before
		return
	}
	d.msg.damaged(w.position(w.pos), "this row of base64 is shorter than those around it: %d characters, and not %d", len(row), width)
}

// endsPicture reports whether a row of base64 ends with the end of a picture:
// behind it another message may begin.
func endsPicture(row []byte) bool {
	head := make([]byte, len(row))
	n, read := decodeQuads(head, row)
	return read == len(row) && bytes.HasSuffix(head[:n], []byte{0xFF, 0xD9})
}

// decodeQuads decodes whole quads of the standard alphabet, as far as there is
// nothing else and dst has room. It is the library's work; all that is ours is
// to stop before what it would take too lightly: line ends and padding.
func decodeQuads(dst, src []byte) (n, read int) {
	size := min(len(src), len(dst)/3*4) &^ 3
	for _, c := range []byte("\n\r") {
		if i := bytes.IndexByte(src[:size], c); i >= 0 {
			size = i &^ 3
		}
	}
	if size == 0 {
		return 0, 0
	}
	_, err := base64.StdEncoding.Decode(dst, src[:size])
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) {
		size = int(corrupt) &^ 3
	}
	if size > 0 && src[size-1] == '=' {
		size -= 4
	}
	return size / 4 * 3, size
}
