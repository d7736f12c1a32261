package dump

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"mqtool/codec/internal/pattern"
	"mqtool/codec/internal/window"
)

// A bytesDecoder hands its input on: the message as a tool saved it, or the rest of a
// line that is a message itself.
type bytesDecoder struct {
	text    *window.Window
	inLine  bool
	answers bool // an HTTP response in chunks is a message of its own
}

func (b *bytesDecoder) decode(dst []byte) (int, error) {
	ahead := b.text.Ahead(1)
	if b.answers {
		ahead = b.text.Ahead(answerAhead)
		most := len(ahead)
		if most >= answerAhead {
			most -= len(httpStart) // the next one may begin there
		}
		ahead = ahead[:untilAnswer(ahead, min(most, len(dst)))]
	}
	if b.inLine {
		ahead = firstLine(ahead)
	}
	n := copy(dst, ahead)
	if b.text.Skip(n); n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// isBinary reports whether b, the beginning of an input, is not a text: it has the start
// of a picture in it, or too many bytes that no text has. In an old code page the text
// column of a listing may show FF D8 FF E0, but no length follows there. Zeros do not
// count, because a power cut leaves them in a log.
func isBinary(b []byte) bool {
	if _, ok := utf16Order(b); ok {
		return false
	}
	if i := bytes.Index(b, soi); i >= 0 && (len(b)-i < 8 || !isText(b[i+4:min(len(b), i+20)])) {
		return true
	}
	return !isText(b) && !isText(bytes.ReplaceAll(b, []byte{0}, nil))
}

// utf16Order tells the byte order of UTF-16 text, with or without a byte-order
// mark: PowerShell and Notepad write such files, and every second byte of an
// ASCII text in them is zero.
func utf16Order(b []byte) (binary.ByteOrder, bool) {
	if holdsPicture(b[:min(len(b), lookAround)]) || bytes.Contains(b, soi) {
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

// isPlain reports whether a text that begins with head can be read as it is, apart from
// the escape sequences of a terminal.
func isPlain(head []byte) bool {
	_, wide := utf16Order(head)
	return !wide && !isPasted(head) && !isQuoted(head) && !isPage(head) && !isQuotedPrintable(head) && !bytes.HasPrefix(head, mark)
}

// PlainText returns the text of r without what does not belong to it: a byte-order mark,
// the escape sequences of a terminal, the > of a quoted mail; UTF-16 becomes UTF-8, and
// quoted-printable what it was made of. The
// first bytes decide what the text is. After an error of r, the next bytes decide again.
func PlainText(r io.Reader) io.Reader { return &plainText{r: r} }

type plainText struct {
	r, plain io.Reader
}

func (t *plainText) Read(p []byte) (int, error) {
	if t.plain == nil {
		head := make([]byte, 4096)
		n := 0
		var err error
		for n < len(mark) && err == nil { // the least that shows what it is
			var k int
			k, err = t.r.Read(head[n:])
			n += k
		}
		t.plain = newPlainReader(withRest(head[:n], t.r, err), head[:n])
	}
	n, err := t.plain.Read(p)
	if err != nil && err != io.EOF {
		t.plain = nil
	}
	return n, err
}

// newPlainReader returns r without what does not belong to its text; head is the beginning
// of r.
func newPlainReader(r io.Reader, head []byte) io.Reader {
	if order, ok := utf16Order(head); ok {
		convert := fromUTF16(order)
		r = &textReader{r: r, convert: convert}
		head, _ = convert(nil, head, true)
		head = bytes.TrimPrefix(head, mark)
	}
	if isPage(head) {
		r = &textReader{r: r, convert: fromPage()}
	}
	if isQuotedPrintable(head) {
		r = &textReader{r: r, convert: fromQuotedPrintable}
	}
	quoted := isQuoted(head)
	if quoted || isPasted(head) {
		r = &textReader{r: r, convert: fromPaste()}
	}
	if quoted {
		r = &textReader{r: r, convert: fromQuoted()}
	}
	return &plainReader{r: r}
}

// A textReader converts a text block by block.
type textReader struct {
	r io.Reader
	// convert appends to out the text that b becomes, and returns how much of b it used.
	// The rest of b comes again, with more behind it unless last is set.
	convert func(out, b []byte, last bool) ([]byte, int)
	in      [4096]byte
	have    int // bytes of in that were not taken
	out     []byte
	err     error
}

func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		var n int
		n, t.err = t.r.Read(t.in[t.have:])
		b := t.in[:t.have+n]
		t.out, n = t.convert(t.out[:0], b, t.err != nil)
		t.have = copy(t.in[:], b[n:])
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// fromUTF16 returns a function that converts UTF-16 to UTF-8. It leaves half a unit, or
// half a character, at the end.
func fromUTF16(order binary.ByteOrder) func(out, b []byte, last bool) ([]byte, int) {
	high := 0 // where the high byte of a unit stands
	if order == binary.LittleEndian {
		high = 1
	}
	return func(out, b []byte, last bool) ([]byte, int) {
		i := 0
		for ; len(b)-i >= 2; i += 2 {
			r := rune(b[i+high])<<8 | rune(b[i+1-high])
			if r < utf8.RuneSelf {
				out = append(out, byte(r))
				continue
			}
			if utf16.IsSurrogate(r) && len(b)-i >= 4 {
				if pair := utf16.DecodeRune(r, rune(order.Uint16(b[i+2:]))); pair != utf8.RuneError {
					r, i = pair, i+2
				}
			} else if utf16.IsSurrogate(r) && !last {
				break
			}
			out = utf8.AppendRune(out, r)
		}
		return out, i
	}
}

const (
	noBreakSpace   = "\u00A0"
	zeroWidthSpace = "\u200B"
	softHyphen     = "\u00AD"
	narrowSpace    = "\u202F"
	wordJoiner     = "\u2060"
)

// pastedCharacters are what a page or a word processor puts between the characters of a
// text, and what is read instead.
var pastedCharacters = [...]struct{ text, as string }{
	{noBreakSpace, " "}, {narrowSpace, " "}, {zeroWidthSpace, ""}, {softHyphen, ""}, {wordJoiner, ""},
}

// pastedCharacter returns what is read instead of the pasted character that b begins with,
// and the length of that character, or 0.
func pastedCharacter(b []byte) (as string, size int) {
	for _, c := range pastedCharacters {
		if bytes.HasPrefix(b, []byte(c.text)) {
			return c.as, len(c.text)
		}
	}
	return "", 0
}

// isPasted reports whether a text that begins with head came through a web page or a mail:
// with no-break spaces for blanks, or zero-width spaces where a line may break.
//
// If the bytes of a picture became characters, such characters are bytes, too, and do not
// come from a page.
func isPasted(head []byte) bool {
	for _, c := range pastedCharacters {
		if bytes.Contains(head, []byte(c.text)) && !bytes.Contains(head, latin1Start) {
			return true
		}
	}
	return false
}

// fromPaste returns a function that makes a plain text of a pasted one. It leaves an
// incomplete character at the end.
func fromPaste() func(out, b []byte, last bool) ([]byte, int) {
	bytesBehind := false // characters are bytes from here on: a soft hyphen is AD
	return func(out, b []byte, last bool) ([]byte, int) {
		for i := 0; i < len(b); i++ {
			c := b[i]
			switch {
			case bytesBehind:
			case c == latin1Start[0] && !last && len(b)-i < len(latin1Start):
				return out, i
			case c == latin1Start[0]:
				bytesBehind = bytes.HasPrefix(b[i:], latin1Start)
			case c == noBreakSpace[0] || c == zeroWidthSpace[0]:
				rest := b[i:min(len(b), i+3)]
				if as, size := pastedCharacter(rest); size > 0 {
					out = append(out, as...)
					i += size - 1
					continue
				}
				if !last && len(rest) < 3 {
					return out, i
				}
			}
			out = append(out, c)
		}
		return out, len(b)
	}
}

// isQuoted reports whether the lines of a text that begins with head begin with >, as in a
// mail that quotes them.
func isQuoted(head []byte) bool {
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), newline)
	return bytes.HasPrefix(first, []byte(">")) && bytes.HasPrefix(rest, []byte(">"))
}

// fromQuoted returns a function that removes the > before each line, of which there may be
// several, and a blank after it.
func fromQuoted() func(out, b []byte, last bool) ([]byte, int) {
	lineStart, marked := true, false // nothing but > came on this line yet; the last character was a >
	return func(out, b []byte, _ bool) ([]byte, int) {
		for _, c := range b {
			switch {
			case lineStart && c == '>':
				marked = true
				continue
			case marked && c == ' ':
				lineStart, marked = false, false
				continue
			}
			lineStart, marked = c == '\n', false
			out = append(out, c)
		}
		return out, len(b)
	}
}

// quotedPrintable is the field in the header of a mail that names this encoding.
var quotedPrintable = pattern.New(`(?i)(?:^|\n)content-transfer-encoding:[ \t]*quoted-printable`)

// isQuotedPrintable reports whether a text that begins with head is a mail in
// quoted-printable. One that holds the bytes of a picture is left to the marksDecoder.
func isQuotedPrintable(head []byte) bool {
	return quotedPrintable().Match(head) && indexFold(head, []byte("=FF=D8=FF")) < 0
}

// fromQuotedPrintable joins the lines that the encoding has cut, and decodes the characters
// that it has escaped. The = before the boundary of a part of the mail is the end of base64.
func fromQuotedPrintable(out, b []byte, last bool) ([]byte, int) {
	const boundary = "--"
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		rest := b[i+1:]
		if len(rest) < len("\r\n"+boundary) && !last {
			return out, i
		}
		line := bytes.TrimPrefix(rest, []byte("\r"))
		switch next, ends := bytes.CutPrefix(line, newline); {
		case ends && !bytes.HasPrefix(next, []byte(boundary)):
			i += len(rest) - len(next)
		case digitsIn(rest[:min(len(rest), 2)]) == 2:
			out = append(out, nibble[rest[0]]<<4|nibble[rest[1]])
			i += 2
		default:
			out = append(out, '=')
		}
	}
	return out, len(b)
}

// A plainReader drops a byte-order mark at the start, and the escape sequences
// that color a terminal anywhere.
type plainReader struct {
	r       io.Reader
	started bool
	state   byte // 0 in text, otherwise the part of an escape sequence that was read: ESC, '[' or ']'
}

func (t *plainReader) Read(p []byte) (int, error) {
	for {
		n, err := t.r.Read(p)
		b := p[:n]
		if !t.started && n > 0 {
			t.started = true
			// The sources hand over whole blocks, so the mark is never cut.
			b = p[:copy(p, bytes.TrimPrefix(b, mark))]
		}
		if t.state != 0 || bytes.IndexByte(b, escape) >= 0 {
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
			if c == escape {
				t.state = c
			} else {
				out = append(out, c)
			}
		case escape:
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
			} else if c == escape {
				t.state = c // ESC \ ends it
			}
		}
	}
	return out
}
