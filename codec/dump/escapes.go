package dump

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// findEscapes finds a string literal that begins in the first before bytes of text. It has
// four \xHH or octal escapes on one line, or four that follow each other on several. One
// \xHH is enough in Python's b'...', and so is a picture's start.
func findEscapes(text []byte, before int) int {
	i := bytes.IndexByte(text[:before], '\\')
	if i < 0 {
		return -1
	}
	head := text[i:min(len(text), i+4096, max(before, i+lookAround))]
	line := firstLine(head)
	if bytes.Count(line, []byte(`\x`)) < 4 && !(isOctalEscape(line) && bytes.Count(line, []byte(`\`)) >= 4) && !isEscapes(head, 4) {
		// Printable characters may stand before the first octal escape.
		from := max(0, i-4096)
		q := openQuote(text[from:i])
		python := q >= 0 && isBytesPrefix(text[:from+q]) && bytes.HasPrefix(line, []byte(`\x`))
		if !python && !bytes.Contains(line, []byte(`\377\330\377`)) && !bytes.Contains(line, decimalStart) && !isLatin1(line) {
			return -1
		}
	}
	if q := openQuote(text[:i]); q >= 0 {
		return q
	}
	return i
}

// isEscapes reports whether b begins with n escapes and nothing between them but what joins
// strings.
func isEscapes(b []byte, n int) bool {
	for range n {
		if _, ok := escapedByte(b); !ok {
			return false
		}
		b = trimJoint(b[len(`\xff`):])
	}
	return true
}

// trimJoint removes from the beginning of b what joins two strings.
func trimJoint(b []byte) []byte {
	const joint = "\"' \t\r\n+,"
	b = bytes.TrimLeft(b, joint)
	if len(b) > 1 && b[0] == '\\' && (b[1] == '\r' || b[1] == '\n') {
		b = bytes.TrimLeft(b[1:], joint)
	}
	return b
}

// escapedByte reads the \xHH or \ooo that b begins with.
func escapedByte(b []byte) (byte, bool) {
	switch {
	case len(b) < 4 || b[0] != '\\':
		return 0, false
	case b[1] == 'x':
		v, ok := hexPairs.pair(b[2], b[3], isPair)
		return v, ok != 0
	case isOctalEscape(b):
		return (b[1]-'0')<<6 | nibble[b[2]]<<3 | nibble[b[3]], true
	}
	return 0, false
}

// openQuote finds the quote that is still open at the end of text, which has no escapes in
// it. An apostrophe within a word opens nothing. A quote right before the end opens what
// follows, unless it stands in a string of the other quote.
func openQuote(text []byte) int {
	open := -1
	isOpening := func(i int) bool { return i == 0 || !isWordByte(text[i-1]) || isBytesPrefix(text[:i]) }
	for i, c := range text {
		switch {
		case !isQuote(c):
		case open < 0:
			if c == '"' || isOpening(i) {
				open = i
			}
		case text[open] == c:
			open = -1
		}
	}
	last := len(text) - 1
	switch {
	case last < 0 || !isQuote(text[last]):
		return open
	case open < 0 || text[open] == text[last]:
	case isBytesPrefix(text[:open]), !isBytesPrefix(text[:last]) && isOpening(open):
		return open
	}
	return last
}

// isDoubled reports whether the backslashes of JSON are doubled in b, the start of a
// string, as Python prints it.
func isDoubled(b []byte) bool {
	doubled := false
	for i := 0; i < len(b); i++ {
		n := len(b[i:]) - len(bytes.TrimLeft(b[i:], `\`))
		if n == 0 {
			continue
		}
		if i += n; i < len(b) && bytes.IndexByte([]byte(`/u"`), b[i]) >= 0 {
			if n%2 != 0 {
				return false
			}
			doubled = true
		}
	}
	return doubled
}

// isBytesPrefix reports whether text, which stands before a quote, ends with the b of
// Python's bytes: b'...'
func isBytesPrefix(text []byte) bool {
	n := len(text)
	return n > 0 && text[n-1] == 'b' && (n == 1 || !isWordByte(text[n-2]) && text[n-2] != '_')
}

// findBytes finds Python's b'...' with four \xHH in it, in the first before bytes of line.
// JSON may stand inside without escapes.
func findBytes(line []byte, before int) int {
	for i := 1; i < before; i++ {
		k := bytes.IndexByte(line[i:before], '\'')
		if q := bytes.IndexByte(line[i:before], '"'); k < 0 || q >= 0 && q < k {
			k = q
		}
		if k < 0 {
			return -1
		}
		if i += k; !isBytesPrefix(line[:i]) {
			continue
		}
		head := line[i+1 : min(len(line), i+1+4096)]
		if end := bytes.IndexByte(head, line[i]); end >= 0 && (end == 0 || head[end-1] != '\\') {
			head = head[:end]
		}
		if bytes.Count(head, []byte(`\x`)) >= 4 {
			return i
		}
	}
	return -1
}

func isOctalEscape(b []byte) bool {
	return len(b) >= 4 && b[0] == '\\' && b[1] >= '0' && b[1] <= '3' && nibble[b[2]] < 8 && nibble[b[3]] < 8
}

// An escapesDecoder decodes string literals of C, Go and Python, one or several
// with blanks and backslashes between them, or bare \xHH without quotes.
//
//	"\x53\x43" \                  Wireshark, older
//	"SC211\000\377\330"           Wireshark, newer: printable bytes are not escaped
//	"SC211\x00\xff\xd8\u05ee"     Go's %q: bytes that happen to be UTF-8 are a character
//	b'SC211\x00\xff\xd8'          Python
type escapesDecoder struct {
	body

	quote      byte // that the string stands in; 0 when it has none
	python     bool // b'...', which has no characters but ASCII
	characters bool // the string has characters, and not bytes
	pure       bool // printable bytes are escaped, too
	loose      bool // printable characters count even without quotes
	decimal    bool // \255 is the byte FF
	latin1     bool // \u00ff is the byte FF, too

	begun  bool
	inside bool
}

func (e *escapesDecoder) decode(dst []byte) (int, error) {
	if !e.begun {
		e.begin()
	}
	return e.fill(dst, e.step)
}

func (e *escapesDecoder) step(dst []byte) (n int, ok bool) {
	b := e.text.Ahead(escapeLength)
	switch {
	case len(b) == 0:
		return 0, false
	case !e.inside:
		return 0, e.between(b)
	}
	if !e.decimal {
		if n, read := decodeLiteral(dst, b, e.plainQuote()); read > 0 {
			e.text.Skip(read)
			return n, true
		}
	}
	if b[0] == '\n' || b[0] == '\r' {
		return 0, e.lineEnd(b)
	}
	return 0, e.one(b)
}

// plainQuote returns the quote of a string in which printable characters stand for
// themselves, or 0.
func (e *escapesDecoder) plainQuote() byte {
	if e.pure {
		return 0
	}
	return e.quote
}

// one takes one character or escape. It reports false if the message is over.
func (e *escapesDecoder) one(b []byte) bool {
	c := b[0]
	separates := strings.IndexByte(" \t,", c) >= 0
	switch {
	case e.quote != 0 && c == e.quote:
		e.inside = false
		e.text.Skip(1)
	case c == '\\':
		e.escape(b)
	case e.pure && (e.quote != 0 || !separates):
		return e.foreign()
	case e.quote == 0 && !e.loose && separates:
		e.text.Skip(1)
	case e.quote == 0 && !e.loose:
		e.loose = e.goesOn()
		return e.loose // otherwise printable characters may belong to what follows
	case c >= utf8.RuneSelf && e.quote != '"':
		e.character(b)
	default:
		e.rest = append(e.rest[:0], c)
		e.text.Skip(1)
	}
	return true
}

// lineEnd takes a line end inside of the literal, which was wrapped there: the line ends
// of the message are escaped. It reports false if the message is over.
func (e *escapesDecoder) lineEnd(b []byte) bool {
	if e.quote == 0 && b[0] == '\n' {
		next := bytes.TrimLeft(b[1:min(len(b), escapeLength)], blankEnds)
		if !bytes.HasPrefix(next, []byte(`\`)) || e.isAnother(e) {
			return false
		}
	}
	e.text.Skip(1)
	return true
}

// head decodes the beginning of a line.
func (e *escapesDecoder) head(line []byte) []byte {
	head := make([]byte, 16)
	line = bytes.TrimLeft(bytes.TrimLeft(line, blanks), `b"'`)
	n, _ := decodeLiteral(head, line, '"')
	return head[:n]
}

// rowIn returns how much of a line can be a row of a literal: all of it, if it begins like
// one.
func (e *escapesDecoder) rowIn(line []byte) int {
	if line = bytes.TrimLeft(line, blanks); len(line) > 0 && (line[0] == '\\' || line[0] == '"') {
		return len(line)
	}
	return 0
}

// decodeLiteral decodes the regular part: \xHH, \ooo and, inside of quotes, ASCII.
func decodeLiteral(dst, src []byte, quote byte) (n, i int) {
	for n < len(dst) && i < len(src) {
		c := src[i]
		switch {
		case c == '\\':
			v, ok := escapedByte(src[i:])
			if !ok {
				return n, i
			}
			c = v
			i += 4
		case quote == 0 || c == quote || c >= utf8.RuneSelf || c < ' ' && c != '\t':
			return n, i
		default:
			i++
		}
		dst[n] = c
		n++
	}
	return n, i
}

func (e *escapesDecoder) begin() {
	w := e.text
	if c := w.Peek(1); len(c) > 0 && isQuote(c[0]) {
		e.quote = c[0]
		w.Skip(1)
	}
	e.begun, e.inside, e.pure = true, true, isPure(w.Peek(4*lookAround))
	head := w.Peek(keptString)
	e.decimal = isDecimalEscapes(head)
	e.latin1 = !e.python && isLatin1(head)
	e.pure = e.pure && !e.decimal || e.latin1 && isPureUnicode(head)
	e.lines(e)
}

// decimalStart is a picture's start in decimal escapes.
var decimalStart = []byte(`\255\216\255`)

// isDecimalEscapes reports whether the escapes in b, the start of a literal, are decimal,
// as OCaml and Lua write them. Only the picture's start decides that, because most of them
// could be octal, too.
func isDecimalEscapes(b []byte) bool {
	return bytes.Contains(b, decimalStart) && !bytes.Contains(b, []byte(`\377\330\377`))
}

// isPure reports whether the first 64 bytes of b are escapes, although some of
// them are printable. Python and most others write these as they are.
func isPure(b []byte) bool {
	printable := 0
	for range 64 {
		b = trimJoint(b)
		v, ok := escapedByte(b)
		if !ok {
			return false
		}
		if v > ' ' && v <= '~' {
			printable++
		}
		b = b[len(`\xff`):]
	}
	return printable >= 4
}

// isPureUnicode reports whether the first 64 characters of b are \u00 escapes.
func isPureUnicode(b []byte) bool {
	for range 64 {
		if !bytes.HasPrefix(b, []byte(`\u00`)) || len(b) < 6 {
			return false
		}
		b = b[6:]
	}
	return true
}

// foreign skips text among escapes that is not an escape, up to the next one. It reports
// false if no other follows.
func (e *escapesDecoder) foreign() bool {
	w := e.text
	b := w.Peek(lookAround)
	k := bytes.IndexByte(b, '\\')
	if e.quote != 0 {
		k = bytes.IndexAny(b, `\`+string(e.quote)+"\r\n")
	}
	if k < 0 || k > 64 {
		return false
	}
	if v, ok := escapedByte(append([]byte{'\\'}, b[:k]...)); ok && k == len("xff") {
		e.damaged("%q has lost its backslash", b[:k])
		e.rest = append(e.rest[:0], v)
	} else {
		e.passedOver("%q is not an escape, and all the others are; skipped", b[:k])
	}
	w.Skip(k)
	return true
}

// between skips what joins two strings of one message. Python's pprint indents all strings
// but the first: a line without indent is a message of its own.
func (e *escapesDecoder) between(b []byte) bool {
	c, next := b[0], b[min(1, len(b)-1)]
	goesOn := true
	switch {
	case c == e.quote, e.python && isQuote(c):
		e.quote, e.inside = c, true
	case c == 'b' && e.python:
		goesOn = isQuote(next)
	case c == '\n' && (e.python || e.quote == '\''):
		goesOn = next == ' ' || next == '\t'
	case c == '\n':
		goesOn = !e.isAnother(e)
	case strings.IndexByte(",|.", c) >= 0:
		goesOn = e.isMore()
	default:
		goesOn = strings.IndexByte(" \t\r\\+", c) >= 0
	}
	if goesOn {
		e.text.Skip(1)
	}
	return goesOn
}

// isMore reports whether the sign ahead, which joins strings in SQL and PHP or separates
// values, is followed by more of the same string and not by another value.
func (e *escapesDecoder) isMore() bool {
	ahead := e.text.Peek(lookAround)
	next := bytes.TrimLeft(ahead, blankEnds+",|.")
	if e.python {
		next = bytes.TrimPrefix(next, []byte("b"))
	}
	if len(next) == 0 || next[0] != e.quote {
		return false
	}
	_, escaped := escapedByte(next[1:])
	return escaped && (ahead[0] != ',' || !e.start.isAgain(e.head(next)))
}

// goesOn reports whether more escapes follow on a line without quotes.
func (e *escapesDecoder) goesOn() bool {
	line := firstLine(e.text.Peek(lookAround))
	return bytes.Contains(line, []byte(`\x`)) || bytes.Contains(line, []byte(`\0`)) || bytes.Contains(line, []byte(`\3`))
}

// character takes a character that is not ASCII and not escaped, in a string with single
// quotes. In Python and JavaScript it is one byte. In Go, which uses double quotes, it is
// UTF-8.
func (e *escapesDecoder) character(b []byte) {
	w := e.text
	r, size := utf8.DecodeRune(b)
	switch {
	case e.characters:
		e.rest = append(e.rest[:0], b[:size]...)
	case e.python || e.quote == 0 || r == utf8.RuneError || r > 0xFF:
		e.damaged("%q does not belong to a string of bytes; taken as UTF-8", b[:size])
		e.rest = append(e.rest[:0], b[:size]...)
	default:
		e.rest = append(e.rest[:0], byte(r))
	}
	w.Skip(size)
}

// escape takes the escape that b begins with.
func (e *escapesDecoder) escape(b []byte) {
	b = b[:min(len(b), escapeLength)]
	if len(b) > 1 && (b[1] == '\n' || b[1] == '\r') && e.quote != '\'' && !e.python {
		e.text.Skip(1) // the backslash that joins two lines
		return
	}
	v, size, trouble := e.unescapeWrapped(b)
	if trouble != "" {
		e.damaged("%s", trouble)
	}
	e.text.Skip(size)
	if len(b) > 1 && b[1]|0x20 == 'u' && size > 1 && (e.quote != '\'' && !e.latin1 || v > 0xFF) {
		e.rest = utf8.AppendRune(e.rest[:0], v)
	} else {
		e.rest = append(e.rest[:0], byte(v))
	}
}

// unescapeWrapped does what unescape does, also for an escape that a line end got into.
func (e *escapesDecoder) unescapeWrapped(b []byte) (v rune, size int, trouble string) {
	v, size, trouble = e.unescape(b)
	if k := bytes.IndexAny(b, "\r\n"); trouble != "" && k > 0 && k <= size {
		rest := bytes.TrimLeft(b[k:], "\r\n")
		if whole, n, other := e.unescape(slices.Concat(b[:k], rest)); other == "" {
			return whole, n + len(b) - k - len(rest), ""
		}
	}
	return v, size, trouble
}

// unescape reads the escape that b begins with: its value, its length, and what is wrong
// with it.
func (e *escapesDecoder) unescape(b []byte) (v rune, size int, trouble string) {
	if len(b) < 2 {
		return '\\', 1, "the text ends in the middle of an escape"
	}
	switch c := b[1]; {
	case c == 'x':
		return e.digits(b, 2)
	case c == 'u' && !e.python:
		return e.digits(b, 4)
	case c == 'U' && !e.python:
		return e.digits(b, 8)
	case e.decimal && isDigit(c):
		return numberEscape(b, 10)
	case c >= '0' && c <= '7':
		return numberEscape(b, 8)
	}
	if c, ok := letterEscape(b[1]); ok {
		return rune(c), 2, ""
	}
	switch b[1] {
	case 'e': // C compilers, Perl, PHP and Ruby
		return escape, 2, ""
	case '#', '$', '@': // what Ruby and Perl would take for a variable
		return rune(b[1]), 2, ""
	}
	_, n := utf8.DecodeRune(b[1:])
	return '\\', 1, fmt.Sprintf("%q is not an escape; taken as it stands", b[:1+n])
}

// numberEscape reads an escape of up to three digits.
func numberEscape(b []byte, base int) (v rune, size int, trouble string) {
	size = 1 + digitsOf(b[1:min(len(b), 4)], base)
	n, _ := strconv.ParseUint(string(b[1:size]), base, 16)
	if n > 0xFF {
		trouble = fmt.Sprintf("%q is more than a byte", b[:size])
	}
	return rune(n & 0xFF), size, trouble
}

// digits reads an escape with this number of hex digits.
func (e *escapesDecoder) digits(b []byte, digits int) (v rune, size int, trouble string) {
	for size = 2; size < 2+digits && size < len(b) && b[size] != '\\' && b[size] != e.quote; size++ {
		d := nibble[b[size]]
		if d > 15 {
			if b[size] <= ' ' || b[size] >= utf8.RuneSelf {
				break
			}
			if d = 0; trouble == "" {
				trouble = fmt.Sprintf("%q is not a hex digit; 0 is put in its place", b[size])
			}
		}
		v = v<<4 | rune(d)
	}
	switch {
	case digits > 2 && !utf8.ValidRune(v):
		return utf8.RuneError, size, fmt.Sprintf("%q is not a character", b[:size])
	case size < 2+digits:
		trouble = fmt.Sprintf("%q has too few digits", b[:size])
	}
	return v, size, trouble
}

// letterEscape returns what a letter or sign after a backslash stands for in C, Go, Python
// and JSON. It reports false for any other character.
func letterEscape(c byte) (byte, bool) {
	if i := strings.IndexByte(`abfnrtv\"'?/`, c); i >= 0 {
		return "\a\b\f\n\r\t\v\\\"'?/"[i], true
	}
	return c, false
}

// jsonEscape reads the JSON escape that b begins with, and returns its length. An invalid
// one stands for the character after its backslash.
func jsonEscape(b []byte) (r rune, size int) {
	r, ok := unicodeEscape(b)
	switch {
	case ok && utf16.IsSurrogate(r):
		if low, ok := unicodeEscape(b[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return utf16.DecodeRune(r, low), 12
		}
		return r, 6
	case ok:
		return r, 6
	case len(b) < 2:
		return '\\', len(b)
	}
	c, _ := letterEscape(b[1])
	return rune(c), 2
}

// unicodeEscape reads \uXXXX.
func unicodeEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || digitsIn(b[2:6]) < 4 {
		return 0, false
	}
	return rune(nibble[b[2]])<<12 | rune(nibble[b[3]])<<8 | rune(nibble[b[4]])<<4 | rune(nibble[b[5]]), true
}
