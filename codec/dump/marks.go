package dump

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A markSyntax is an encoding that writes some bytes as marks, in hex behind a sign or as
// HTML entities, and leaves all others as they are. A message got it on its way, such as
// in a form or a mail.
type markSyntax struct {
	name  string
	sign  byte
	start []byte // how a picture begins
	uri   []byte // how a data URI begins
	ends  string // characters that end the value
}

var markSyntaxes = [...]markSyntax{
	{name: "percent escapes", sign: '%', start: []byte("%FF%D8%FF"), uri: []byte("data%3Aimage%2F"), ends: "&\r\n\" <>"},
	{name: "quoted-printable", sign: '=', start: []byte("=FF=D8=FF")},
	{name: "HTML entities", sign: '&', start: []byte("&#255;&#216;&#255;"), ends: "\r\n\"<>"},
	{name: "HTML entities", sign: '&', start: []byte("&#xff;&#xd8;&#xff;"), ends: "\r\n\"<>"},
}

// findMarks finds a value with marks that begins on the first line of text, in its first
// before bytes. The value must hold a picture's start or a data URI.
func findMarks(text []byte, before int) (start int, s *markSyntax) {
	start = -1
	for i := range markSyntaxes {
		s := &markSyntaxes[i]
		if bytes.IndexByte(text[:before], s.sign) < 0 {
			continue
		}
		line := firstLine(text[:min(len(text), keptString)])
		at := indexFold(line, s.start)
		if s.uri != nil && at < 0 {
			at = indexFold(line, s.uri)
		}
		if at < 0 {
			continue
		}
		// The value begins behind what separates it from its key.
		if s.ends != "" {
			at = max(bytes.LastIndexAny(line[:at], s.ends+"="), -1) + 1
		} else if at = 0; beginsJSON(line) {
			continue // the value is in a string of JSON
		}
		if at < before {
			return at, s
		}
	}
	return start, nil
}

// indexFold is bytes.Index for a mark whose letters may be of any case, but all of one.
func indexFold(b, mark []byte) int {
	if i := bytes.Index(b, mark); i >= 0 {
		return i
	}
	if i := bytes.Index(b, bytes.ToLower(mark)); i >= 0 {
		return i
	}
	upper := bytes.ToUpper(mark)
	for k := range upper {
		if upper[k] == 'X' {
			upper[k] = 'x'
		}
	}
	return bytes.Index(b, upper)
}

// A marksDecoder decodes a value with marks.
type marksDecoder struct {
	body
	*markSyntax
	begun bool
	plus  byte // what a + stands for: in a form, a blank
	crlf  bool // lines end with CR LF
	doubt bool // a + may be itself or a blank
	pure  bool // all bytes are entities
}

func (d *marksDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *marksDecoder) begin() {
	d.begun, d.plus = true, '+'
	ahead := d.text.Peek(lookahead)
	if d.sign == '%' {
		value := ahead
		if i := bytes.IndexAny(value, d.ends); i >= 0 {
			value = value[:i]
		}
		if !bytes.Contains(value, []byte("%20")) {
			d.plus = ' ' // every picture has blanks, so without %20 they are written as +
			d.doubt = indexFold(value, []byte("%2B")) < 0
		}
	}
	d.crlf = d.sign == '=' && bytes.Contains(ahead, []byte("=\r\n"))
	d.pure = d.sign == '&'
	for n := 0; d.pure && n < 64; n++ {
		_, size := entity(ahead)
		ahead, d.pure = ahead[size:], size > 0
	}
}

func (d *marksDecoder) step(dst []byte) (n int, ok bool) {
	if !d.begun {
		d.begin()
	}
	w := d.text
	b := w.Ahead(escapeLength)
	i := 0
	for n < len(dst) && i < len(b) && b[i] != d.sign && !d.isSpecial(b[i]) {
		dst[n] = b[i]
		n++
		i++
	}
	if i > 0 {
		w.Skip(i)
		return n, true
	}
	if len(b) == 0 || strings.IndexByte(d.ends, b[0]) >= 0 {
		return 0, false
	}
	d.special(b)
	return 0, true
}

// isSpecial reports whether a character does not stand for itself.
func (d *marksDecoder) isSpecial(c byte) bool {
	return d.pure || strings.IndexByte(d.ends, c) >= 0 || c == '+' && d.sign == '%' || c >= utf8.RuneSelf || c == '\r' && d.crlf
}

// special decodes a mark, or a character that stands for another byte.
func (d *marksDecoder) special(b []byte) {
	b = b[:min(len(b), escapeLength)]
	c, size := b[0], 1
	switch {
	case c == '+' && d.sign == '%':
		if c = d.plus; d.doubt {
			d.damaged("a + may be a blank or itself here; taken for a blank")
			d.doubt = false
		}
	case c == '\r' && d.crlf:
		if len(b) > 1 && b[1] == '\n' {
			d.damaged("this line end may be 0A or 0D 0A; taken for 0A")
			c, size = '\n', 2
		}
	case c != d.sign:
		r, n := utf8.DecodeRune(b)
		if v, ok := latin1Byte(r); ok && n > 1 && d.sign == '&' {
			c, size = v, n
			break
		}
		if d.pure {
			d.passedOver("%q is not an entity, and all the others are; skipped", b[:n])
			d.text.Skip(n)
			return
		}
		d.damaged("%q does not belong to the %s; taken as it stands", b[:n], d.name)
		d.rest = append(d.rest[:0], b[:n]...)
		d.text.Skip(n)
		return
	default:
		v, n := d.mark(b)
		if n == 0 {
			d.damaged("%q stands alone; taken as it stands", c)
			break
		}
		if d.text.Skip(n); v >= 0 {
			d.rest = append(d.rest[:0], byte(v))
		}
		return
	}
	d.rest = append(d.rest[:0], c)
	d.text.Skip(size)
}

// mark reads a mark and returns its value and its length. The value is negative if the
// mark joins two lines.
func (d *marksDecoder) mark(b []byte) (v, size int) {
	switch {
	case d.sign == '&':
		return entity(b)
	case d.sign == '=' && len(b) > 1 && b[1] == '\n':
		return -1, 2
	case d.sign == '=' && len(b) > 2 && b[1] == '\r' && b[2] == '\n':
		return -1, 3
	case len(b) > 2:
		if c, ok := hexPairs.pair(b[1], b[2], isPair); ok != 0 {
			return int(c), 3
		}
	}
	return 0, 0
}

// namedEntities are those that every page has.
var namedEntities = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// entity reads &#255; or &#xff; or a named one.
func entity(b []byte) (v, size int) {
	inside, _, ok := bytes.Cut(b, []byte(";"))
	if !ok || len(inside) < 2 {
		return 0, 0
	}
	name, base := string(inside[1:]), 10
	if v, ok := namedEntities[name]; ok {
		return int(v), len(inside) + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	if name = name[1:]; name != "" && name[0]|0x20 == 'x' {
		name, base = name[1:], 16
	}
	n, err := strconv.ParseUint(name, base, 8)
	if err != nil {
		return 0, 0
	}
	return int(n), len(inside) + 1
}
