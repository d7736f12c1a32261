package dump

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// findDataURI finds where the base64 text of a picture's data URI begins: behind
// data:image/jpeg;base64, or the like, in letters of any case.
//
// Source: RFC 2397
func findDataURI(line []byte, before int) int {
	for i := 0; ; {
		n := bytes.IndexByte(line[i:before], ':')
		if n < 0 {
			return -1
		}
		i += n + 1
		if !hasFold(line[max(0, i-len("data:")):i], "data:") || !hasFold(line[i:], "image/") {
			continue
		}
		head, _, found := bytes.Cut(line[i:min(len(line), i+lookAround)], comma)
		if n := len(";base64"); found && len(head) > n && hasFold(head[len(head)-n:], ";base64") {
			i += len(head) + 1
			if again := findDataURI(line[i:min(len(line), i+lookAround)], min(len(line)-i, len("data:"))); again > 0 { // somebody put a prefix before text that had one
				i += again
			}
			return i
		}
	}
}

// hasFold reports whether b begins with text in letters of any case.
func hasFold(b []byte, text string) bool {
	return len(b) >= len(text) && bytes.EqualFold(b[:len(text)], []byte(text))
}

// findBase64 finds a long word of base64 characters that begins in the first before bytes
// of text. The word and the lines after it must decode to something with a picture's start,
// JSON or pieces of a message, because many long words only happen to have base64 characters.
func findBase64(text []byte, before int) int {
	for i := 0; i < before; {
		n := base64In(text[i:min(len(text), i+sureBase64)])
		if n == sureBase64 {
			head := make([]byte, 1024)
			trial := window.Over(text[i:min(len(text), i+2*len(head))])
			d := &base64Decoder{body: body{text: trial, msg: &Message{}}, bare: true}
			k, _ := io.ReadFull(readerFunc(d.decode), head)
			if head = head[:k]; holdsPicture(head) || findJSON(head, 1) == 0 || findDataURI(head, len(head)) >= 0 || isBase64Again(head) || isFramed(head) {
				return i
			}
			n += base64In(text[i+n : max(i+n, before)])
		}
		i += n + 1
	}
	return -1
}

// isBase64Again reports whether head, the start of decoded base64, is itself base64 of a
// picture.
func isBase64Again(head []byte) bool {
	for _, c := range head {
		if !isBase64(c) && c != '\n' && c != '\r' {
			return false
		}
	}
	return findBase64(head, min(len(head), 1)) == 0
}

// mayBeBase64 reports whether the hex digits found at start may be a part of a
// base64 word: 24 zero bytes are 32 letters A.
func mayBeBase64(line []byte, start int) bool {
	if start < 0 || start >= len(line) {
		return false
	}
	if start > 0 && isBase64(line[start-1]) {
		return true
	}
	head := line[start:min(len(line), start+4096)]
	n := digitsIn(head)
	return n < len(head) && isBase64(head[n]) && head[n] != '-'
}

// A base64Decoder decodes base64 of either alphabet, padded or not, with line
// ends anywhere and blanks around them, up to the first other character. Within
// a string, blanks may be anywhere.
type base64Decoder struct {
	body
	bare bool  // not in a string: a following line must look like base64, too
	uri  int64 // characters of the data URI before the base64 text

	bits  uint32
	count uint    // characters in bits
	out   [3]byte // of the last quad
	span  int     // how many characters are tried at once
	ended bool

	spaced   bool // there are blank lines between the lines
	plus     plusSigns
	standard bool // there was a + or a /, so - and _ are foreign
	plusSeen bool // there was a +
}

func (d *base64Decoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *base64Decoder) step(dst []byte) (n int, ok bool) {
	w := d.text
	if d.ended || len(w.Ahead(1)) == 0 {
		d.finish()
		return 0, len(d.rest) > 0
	}
	if d.count == 0 {
		// Foreign characters may come every line or every slash: do not look at more
		// text than is regular.
		src := w.Ahead(1)
		src = src[:min(len(src), max(d.span, 64))]
		n, read := decodeQuads(dst, src)
		w.Skip(read)
		d.msg.ImageText += int64(read)
		d.span = 2 * read
		if read > 0 {
			d.noteSigns(src[:read])
			return n, true
		}
	}
	d.character()
	return 0, true
}

// noteSigns notes whether b, which was decoded, has characters of the standard alphabet.
func (d *base64Decoder) noteSigns(b []byte) {
	d.plusSeen = d.plusSeen || bytes.IndexByte(b, '+') >= 0
	d.standard = d.standard || d.plusSeen || bytes.IndexByte(b, '/') >= 0
}

// ahead returns the character ahead and how much text it takes. In a string it may be
// written as an escape. Programs print strings that hold JSON once more as strings, so
// there may be any number of backslashes before it.
func (d *base64Decoder) ahead() (c byte, size int) {
	w := d.text
	c = w.Peek(1)[0]
	if c != '\\' {
		return c, 1
	}
	b := w.Peek(escapeLength)
	n := len(b) - len(bytes.TrimLeft(b, `\`)) - 1
	r, size := jsonEscape(b[n:])
	if d.bare && r != '\n' && r != '\r' { // outside of JSON only line ends are known to be escaped
		return c, 1
	}
	return byte(min(r, 0xFF)), n + size
}

// character takes one character, or ends the message before it.
func (d *base64Decoder) character() {
	c, size := d.ahead()
	v := base64Values[c]
	switch {
	case v != notBase64 && !(d.standard && (c == '-' || c == '_')):
		d.noteSigns([]byte{c})
		d.add(v)
	case c == ' ' && d.isPlus(d.text.Ahead(lookahead)):
		d.add(base64Values['+'])
	case c == '\n' && d.bare && size == 1:
		if size = d.goesOn(); size > 0 {
			d.text.Skip(size)
			d.checkRow()
			return
		}
	case d.isGap(c):
	case size > 1 && c == '=':
		size = 0
	default:
		if size = d.foreign(c, size); size > 0 {
			d.damaged("%q is not a base64 character; A is put in its place", d.text.Peek(size))
			d.add(0)
		}
	}
	d.ended = size == 0
	d.text.Skip(size)
}

// isGap reports whether the character c ahead is a blank or a line end that the text goes
// on after.
func (d *base64Decoder) isGap(c byte) bool {
	return c == '\r' || c == '\t' || c == '\n' || c == ' ' && (!d.bare || d.trailing())
}

// add takes the value of one character.
func (d *base64Decoder) add(v byte) {
	d.msg.ImageText++
	d.bits = d.bits<<6 | uint32(v)
	if d.count++; d.count == 4 {
		d.out = [3]byte{byte(d.bits >> 16), byte(d.bits >> 8), byte(d.bits)}
		d.rest = d.out[:]
		d.bits, d.count = 0, 0
	}
}

// foreign examines the character c ahead, which is not base64; escape is its length as an
// escape. If the text plainly goes on after it, the character is damage, and foreign
// returns its length. Otherwise the text ends, and it returns 0. Padding ends the text,
// and so does a separator of fields after a whole quad.
func (d *base64Decoder) foreign(c byte, escape int) int {
	ahead := d.text.Peek(lookAround)
	if c == '=' || c == '"' || c == ' ' || c == '\n' || d.count == 0 && bytes.IndexByte([]byte(",;|:'<>()[]{}"), c) >= 0 {
		return 0
	}
	_, size := utf8.DecodeRune(ahead)
	if size = max(size, escape); !d.isSureBehind(ahead[size:]) {
		return 0
	}
	return size
}

// isSureBehind reports whether text is plainly base64, apart from a few characters that it
// may begin with.
func (d *base64Decoder) isSureBehind(text []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(text) && good < sureBase64; i++ {
		switch c := text[i]; {
		case isBase64(c):
			good++
		case c == '\n' || c == '\r':
		case c == '\\' && !d.bare: // the line ends of a JSON string
			i++
		case good > 0 || c < utf8.RuneSelf && bad == 3 || c == '"' || c == '=' || c == ' ':
			return false
		default:
			bad++
		}
	}
	return good == sureBase64
}

// finish puts the bytes of a last, incomplete quad into rest and skips the padding.
func (d *base64Decoder) finish() {
	w := d.text
	if d.count == 1 {
		d.damaged("the base64 text ends in the middle of a byte: it is cut")
	}
	if d.count > 0 {
		bits := d.bits << (24 - 6*d.count)
		d.out = [3]byte{byte(bits >> 16), byte(bits >> 8)}
		d.rest = d.out[:d.count-1]
	}
	d.bits, d.count = 0, 0
	for len(w.Ahead(1)) > 0 {
		c, size := d.ahead()
		if c != '=' {
			break
		}
		w.Skip(size)
		d.msg.ImageText++
	}
	d.msg.ImageString = d.uri + d.msg.ImageText
}

// trailing reports whether there is nothing but blanks up to the line's end.
func (d *base64Decoder) trailing() bool {
	w := d.text
	rest := bytes.TrimLeft(w.Peek(lookAround), " \t\r")
	return len(rest) > 0 && rest[0] == '\n'
}

// goesOn returns where the line after the line end ahead begins, if it is base64 as well,
// and otherwise 0. It may be indented, and there may be blank lines before it. After blank
// lines, a word is not enough: it may be the foot of a mail.
func (d *base64Decoder) goesOn() int {
	ahead := d.text.Peek(lookAround)
	ends := blankEnds
	if bytes.IndexByte(firstLine(bytes.TrimLeft(ahead, "\r\n")), ' ') >= 0 && d.isPlus(d.text.Ahead(lookahead)) {
		ends = "\r\n"
	}
	ahead = d.text.Peek(lookAround)
	rest := bytes.TrimLeft(ahead, ends)
	start := len(ahead) - len(rest)
	line := bytes.TrimRight(firstLine(rest), blanks)
	if d.isAnother(d) {
		return 0
	}
	if d.plus == lostPlus {
		line = bytes.ReplaceAll(line, []byte(" "), []byte("+"))
	}
	word := bytes.TrimRight(line, "=")
	blank := bytes.Count(ahead[:start], newline) > 1
	if !isNearlyBase64(word) || blank && !d.spaced && (len(word) < sureBase64 && len(line)%4 != 0 || d.count > 0) {
		return 0
	}
	d.spaced = d.spaced || blank
	return start
}

// isNearlyBase64 reports whether a word is base64, or a long word of base64 with one
// damaged place, which the method foreign handles.
func isNearlyBase64(word []byte) bool {
	first, last := base64In(word), len(word)-1
	for last > first && isBase64(word[last]) {
		last--
	}
	return len(word) > 0 && (first == len(word) || len(word) >= sureBase64 && last-first <= 3)
}

// rowIn tells how much of a line can be a row of base64.
func (d *base64Decoder) rowIn(line []byte) int {
	for i, c := range line {
		if !isBase64(c) && c != '=' && c != ' ' && c != '\t' {
			return i
		}
	}
	return len(line)
}

// head decodes the beginning of a line.
func (d *base64Decoder) head(line []byte) []byte {
	head := make([]byte, 18)
	n, _ := decodeQuads(head, line[:min(len(line), 24)])
	return head[:n]
}

// checkRow examines the line ahead. If it is shorter than the others, including the one
// after it, it is a foreign word, which is skipped, or it has lost some characters.
func (d *base64Decoder) checkRow() {
	w := d.text
	width := d.lines(d).width
	if width < sureBase64 || width > longLine || d.spaced || d.plus == lostPlus { // a blank may be the end of a row
		return
	}
	row, rest, _ := bytes.Cut(w.Peek(2*width+lookAround), newline)
	row, next := bytes.TrimSpace(row), bytes.TrimSpace(firstLine(rest))
	if len(row) >= width || len(next) != width || bytes.IndexByte(row, '=') >= 0 || d.rowIn(next) < len(next) || endsPicture(row) {
		return
	}
	if 2*len(row) < width {
		d.passedOver("%q does not belong to the base64 text; skipped", row)
		w.Skip(bytes.Index(w.Ahead(0), row) + len(row))
		return
	}
	d.damaged("this row of base64 is shorter than those around it: it has %d characters, not %d", len(row), width)
}

// endsPicture reports whether a row of hex or base64 ends with the end of a picture. Another
// message may begin after it.
func endsPicture(row []byte) bool {
	head := make([]byte, len(row))
	n, read := decodeQuads(head, row)
	return read == len(row) && bytes.HasSuffix(head[:n], []byte{0xFF, 0xD9}) || hasFold(row[max(0, len(row)-4):], "ffd9")
}

// decodeQuads decodes whole quads of the standard alphabet, up to the first other
// character or until dst is full. The library does the work. This function only stops
// before line ends and padding, which the library would accept.
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
