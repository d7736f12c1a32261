package dump

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// findJSON finds where a JSON object, an array of such or of bytes, or a string that
// holds one, begins in text; before is how much of text it may begin in.
func findJSON(text []byte, before int) int {
	next := [...]struct {
		c  byte
		at int // where it comes next; -1 when it was not looked for
	}{{'{', -1}, {'[', -1}, {'"', -1}}
	for i := 0; ; i++ {
		first := before
		for k := range next {
			if next[k].at < i {
				next[k].at = before
				if n := bytes.IndexByte(text[min(i, before):before], next[k].c); n >= 0 {
					next[k].at = i + n
				}
			}
			first = min(first, next[k].at)
		}
		if i = first; i == before {
			return -1
		}
		rest := bytes.TrimLeft(text[i+1:min(len(text), i+1+lookAround)], " \t\r\n")
		switch {
		case len(rest) == 0:
		case text[i] == '{' && (rest[0] == '"' || bytes.HasPrefix(rest, []byte("ts:"))),
			text[i] == '[' && (rest[0] == '{' || rest[0] == '"' || isByteList(rest)),
			text[i] == '"' && isQuotedJSON(rest):
			return i
		}
	}
}

// isQuotedJSON reports whether b, the inside of a string, is an object or an array of
// such that was made a string.
func isQuotedJSON(b []byte) bool {
	return bytes.HasPrefix(b, []byte(`{\"`)) || bytes.HasPrefix(b, []byte(`[{\"`))
}

// isByteList reports whether b, the inside of an array, begins with eight
// numbers of one byte each, as Node and Java print a buffer. A shorter one that
// is complete will do, unless it has negative numbers, which others write, too.
func isByteList(b []byte) bool {
	negative := false
	for n := 0; n < 8; n++ {
		b = bytes.TrimLeft(b, " \t\r\n\",")
		v, i := arrayNumber(b)
		if i == 0 || v > 255 || v < -128 {
			return n > 0 && !negative && len(b) > 0 && b[0] == ']'
		}
		negative = negative || v < 0
		b = b[i:]
	}
	return true
}

// isIndexed reports whether b, the inside of an object, begins with eight bytes
// under their indices, as JSON.stringify of a Uint8Array has them.
func isIndexed(b []byte) bool {
	for i := range 8 {
		b = bytes.TrimLeft(b, " \t\r\n,")
		v, n := indexAt(b)
		if n == 0 || v != i {
			return false
		}
		b = bytes.TrimLeft(b[n:], " \t\r\n")
		if v, n = arrayNumber(b); n == 0 || v < 0 || v > 255 {
			return false
		}
		b = b[n:]
	}
	return true
}

// isHexList reports whether b, the inside of an array, begins with eight strings
// of two hex digits, not all of which may be decimal numbers.
func isHexList(b []byte) bool {
	n, sure := 0, false
	for {
		b = bytes.TrimLeft(b, " \t\r\n,")
		if len(b) < 4 || b[0] != '"' || digitsIn(b[1:3]) < 2 || b[3] != '"' {
			return n >= 8 && sure
		}
		sure = sure || b[1] > '9' || b[2] > '9' || b[1] == '0'
		n++
		b = b[4:]
	}
}

// arrayNumber reads a decimal number of up to four digits, and tells how long
// it is.
func arrayNumber(b []byte) (v, n int) {
	sign := 1
	if len(b) > 0 && b[0] == '-' {
		sign, n = -1, 1
	}
	first := n
	for n < len(b) && n-first < 4 && b[n] >= '0' && b[n] <= '9' {
		v = v*10 + int(b[n]-'0')
		n++
	}
	if n == first {
		return 0, 0
	}
	return sign * v, n
}

// A jsonScanner finds the strings and number lists of a JSON text that may
// hold a message: data URIs, base64, payloads as hex or as JSON in JSON. It
// reads in one pass and keeps only the rest of the object, so a picture of any
// size goes through in constant memory. It forgives what people and cameras
// leave out: closing braces, quotes around keys, `...` for what was cut.
type jsonScanner struct {
	text *window.Window
	msg  *Message

	stack  []jsonLevel
	want   byte   // what comes next: 'k'ey, ':', 'v'alue or ','
	key    string // of the value that comes next
	object []byte // the text so far, without blanks and long strings

	open    string  // what ends the string or list that was handed out: `"`, `]` or `}`
	pending decoder // found while finishing the object of the message before
	pendAs  string
	closed  []byte   // the finished object of the current message
	current int      // index in stack of that object, -1 when it is closed
	remarks []string // what was met that is lost
	over    bool

	began  int64  // where the JSON begins in the text
	copied int64  // bytes of unfinished objects that were given
	topic  string // and time of the last one
	time   time.Time
}

// A jsonLevel is an object or array that is not closed yet.
type jsonLevel struct {
	kind    byte // '{' or '['
	key     string
	start   int  // in jsonScanner.object
	payload bool // its "payload" was handed out, and reads like what was sent
	element int  // of a list: where in jsonScanner.object its current element starts
}

// next finds the next string or list that may hold a message.
func (s *jsonScanner) next() (decoder, string, bool) {
	if s.pending != nil {
		dec, as := s.pending, s.pendAs
		s.pending = nil
		s.enter()
		return dec, as, true
	}
	s.leave()
	dec, as := s.scan(nil)
	if dec == nil {
		return nil, "", false
	}
	s.enter()
	return dec, as, true
}

// finishObject reads on to the end of the object that the current message
// stood in, or to the next message in it, and returns the object.
func (s *jsonScanner) finishObject() []byte {
	s.leave()
	if s.pending == nil && s.current >= 0 {
		s.pending, s.pendAs = s.scan(&s.current)
	}
	if s.closed != nil {
		return s.closed
	}
	if s.current < 0 || s.current >= len(s.stack) || len(s.object) >= maxObject {
		return nil
	}
	// Not closed, or not yet: close it here. With very many strings in one object
	// this must not cost more than the text does: only topic and time are given.
	kept := s.object[s.stack[s.current].start:]
	if read := s.text.Offset() - s.began; s.copied+int64(len(kept)) > 64<<10+8*read {
		s.msg.Topic, s.msg.Time = s.topic, s.time
		return nil
	}
	s.copied += int64(len(kept))
	object := bytes.TrimRight(bytes.Clone(kept), ",")
	switch {
	case bytes.HasSuffix(object, []byte(":")):
		object = append(object, "null"...)
	case s.want == ':':
		object = append(object, ":null"...)
	case s.open == `"`: // of the next message
		object = append(object, '"')
	}
	for i := len(s.stack) - 1; i >= s.current; i-- {
		object = append(object, s.stack[i].kind+2) // { and }, [ and ] are two apart
	}
	m := Message{Object: object}
	m.fromEnvelope()
	s.topic, s.time = m.Topic, m.Time
	return object
}

// enter notes which object the message that is handed out belongs to: the
// outermost one, or the element of an array that it stands in.
func (s *jsonScanner) enter() {
	s.current, s.closed = -1, nil
	for i := len(s.stack) - 1; i >= 0 && (s.stack[i].kind == '{' || s.current < 0); i-- {
		if s.stack[i].kind == '{' {
			s.current = i
		}
	}
}

// leave passes over what is left of the string or list that was handed out.
func (s *jsonScanner) leave() {
	if s.open == "" {
		return
	}
	w := s.text
	for ended := false; !ended; {
		b := w.Ahead(1)
		if len(b) == 0 {
			break
		}
		i := bytes.IndexAny(b, s.open+`\`)
		switch {
		case i < 0:
			w.Skip(len(b))
		case b[i] == '\\' && s.open == `"`:
			w.Skip(i)
			w.Skip(len(w.Peek(2)))
		default:
			ended = b[i] == s.open[0]
			w.Skip(i + 1)
		}
	}
	s.want = ','
	if s.open == `"` {
		s.keep(`"`)
	} else {
		s.keep("]")
		s.pop()
	}
	s.open = ""
}

func (s *jsonScanner) keep(text string) {
	if len(s.object) < maxObject {
		s.object = append(s.object, text...)
	}
}

func (s *jsonScanner) push(kind byte) {
	s.stack = append(s.stack, jsonLevel{kind: kind, key: s.key, start: len(s.object)})
	s.key = ""
}

// pop closes the innermost level.
func (s *jsonScanner) pop() {
	top := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	s.want = ','
	if top.kind == '{' && top.start < len(s.object) {
		s.checkLength(s.object[top.start:], top)
	}
	if s.current == len(s.stack) && s.closed == nil {
		if len(s.object) < maxObject {
			s.closed = bytes.Clone(s.object[top.start:])
		}
		s.current = -1
		s.topic, s.time = "", time.Time{}
	}
}

// checkLength recognises mosquitto_sub -F %j, which takes the payload for a C
// string and stops at its first zero byte.
func (s *jsonScanner) checkLength(object []byte, level jsonLevel) {
	if level.payload || !bytes.Contains(object, []byte(`"payloadlen"`)) {
		return
	}
	var envelope struct {
		Payload    *string
		PayloadLen int
	}
	if json.Unmarshal(object, &envelope) == nil && envelope.Payload != nil && len(*envelope.Payload) < envelope.PayloadLen {
		s.remarks = append(s.remarks, "mosquitto_sub -F %j cut the payload at its first zero byte, the picture is not in this text; use -F '%U %t %x'")
	}
}

// scan reads tokens up to the next string or list that may hold a message. It
// stops at the end of the value, at anything that cannot be JSON, and when
// *until, a level, is closed.
func (s *jsonScanner) scan(until *int) (decoder, string) {
	w := s.text
	if len(s.stack) == 0 && s.want == 0 {
		s.want = 'v'
		s.current = -1
		s.began = w.Offset()
	}
	for !s.over && len(w.Ahead(1)) > 0 && (until == nil || *until >= 0) {
		c := w.Peek(1)[0]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			w.Skip(1)
			continue
		case c == '.', c == '/' && s.want != 'v': // `...` and // remarks of those who cut a sample
			if c == '/' {
				for len(w.Ahead(1)) > 0 && w.Peek(1)[0] != '\n' {
					w.Skip(1)
				}
			} else {
				w.Skip(1)
			}
			if s.want == 'v' {
				s.keep("null")
				s.want = ','
			}
			continue
		}
		switch s.want {
		case 'v':
			if dec, as := s.value(c); dec != nil {
				return dec, as
			}
		case 'k':
			s.readKey(c)
		case ':':
			s.over = c != ':'
			s.punctuation(c, 'v')
		case ',':
			s.comma(c)
		}
	}
	return nil, ""
}

func (s *jsonScanner) punctuation(c, want byte) {
	if s.over {
		return
	}
	s.text.Skip(1)
	s.keep(string(c))
	s.want = want
}

// comma reads what may follow a value.
func (s *jsonScanner) comma(c byte) {
	top := byte(0)
	if n := len(s.stack); n > 0 {
		top = s.stack[n-1].kind
	}
	switch {
	case c == ',' && top == '{':
		s.punctuation(c, 'k')
	case c == ',' && top == '[':
		level := &s.stack[len(s.stack)-1]
		if len(s.object) > maxObject/16 && level.element < len(s.object) { // not all of a long list is kept
			s.object = s.object[:level.element]
			s.text.Skip(1)
			s.want = 'v'
			break
		}
		s.punctuation(c, 'v')
		level.element = len(s.object)
	case top != 0 && c == top+2:
		s.punctuation(c, ',')
		s.pop()
		s.over = len(s.stack) == 0
	default:
		s.over = true
	}
}

// readKey reads a key, with or without quotes.
func (s *jsonScanner) readKey(c byte) {
	w := s.text
	switch {
	case c == '}':
		s.object = bytes.TrimRight(s.object, ",")
		s.comma(c)
	case c == '"':
		raw, ok := s.shortString()
		if !ok {
			s.over = true
			return
		}
		if next := w.Ahead(len(raw) + 1)[len(raw):]; len(raw) >= sureBase64 && len(next) > 0 && next[0] == ')' {
			s.over = true // an argument in program text: BinData(0,"...")
			return
		}
		s.key = s.take(raw)
		s.want = ':'
	case isWordByte(c) || c == '_' || c == '$':
		b := w.Peek(shortString)
		n := bytes.IndexAny(b, ": \t\r\n")
		if n < 0 {
			s.over = true
			return
		}
		s.key = string(b[:n])
		s.keep(`"` + strings.Trim(s.key, `"\`) + `"`)
		w.Skip(n)
		s.want = ':'
	default:
		s.over = true
	}
}

// shortString finds the string ahead, quotes and all, if it has no more than
// shortString*16 characters.
func (s *jsonScanner) shortString() (raw string, ok bool) {
	for n := 1; n < 16*shortString; n++ {
		b := s.text.Ahead(n + 1)
		if len(b) <= n {
			break
		}
		switch b[n] {
		case '\\':
			n++
		case '"':
			return string(b[:n+1]), true
		}
	}
	return "", false
}

// take passes over a string, keeps it, and gives its value.
func (s *jsonScanner) take(raw string) string {
	s.text.Skip(len(raw))
	s.keep(raw)
	var v string
	if json.Unmarshal([]byte(raw), &v) != nil {
		return raw[1 : len(raw)-1]
	}
	return v
}

// value reads a value, or hands out a decoder of its text.
func (s *jsonScanner) value(c byte) (decoder, string) {
	w := s.text
	switch c {
	case '{', '[':
		if len(s.stack) >= maxDepth {
			s.over = true
			return nil, ""
		}
		b := w.Peek(1 + lookAround)[1:]
		var list decoder
		as := "list of bytes"
		switch {
		case c == '{' && isIndexed(b):
			list = &arrayDecoder{text: w, msg: s.msg, indexed: true}
		case c == '{':
		case isHexList(b):
			list, as = &arrayDecoder{text: w, msg: s.msg, hex: true}, "list of hex bytes"
		case isByteList(b):
			list = &arrayDecoder{text: w, msg: s.msg}
		case isList(bytes.TrimLeft(b, "\" \t\r\n")):
			list, as = &listDecoder{text: w, msg: s.msg}, "0x list"
		}
		if s.open = ""; list != nil {
			s.open = string(c + 2) // { and }, [ and ] are two apart
			c = '['                // an indexed one is kept as a list, too
		}
		s.push(c)
		w.Skip(1)
		s.keep(string(c))
		s.stack[len(s.stack)-1].element = len(s.object)
		s.want = 'k'
		if c == '[' {
			s.want = 'v'
		}
		if list != nil && s.repeatsPayload() {
			s.leave()
			return nil, ""
		}
		return list, as
	case ']':
		s.object = bytes.TrimRight(s.object, ",")
		s.comma(c)
	case '"':
		return s.stringValue()
	default:
		b := w.Peek(shortString)
		n := bytes.IndexAny(b, ",}] \t\r\n\"{[:")
		if n < 0 {
			n = len(b)
		}
		if n == 0 {
			s.over = true
			return nil, ""
		}
		if literal := b[:n]; json.Valid(literal) {
			s.keep(string(literal))
		} else {
			s.keep("null")
		}
		w.Skip(n)
		s.want = ','
	}
	return nil, ""
}

// stringValue reads a short string, or hands out a decoder of a long one.
func (s *jsonScanner) stringValue() (decoder, string) {
	w := s.text
	b := w.Peek(lookAround)[1:]
	start := bytes.ReplaceAll(b, []byte(`\/`), []byte(`/`))
	uri := findDataURI(b, len(b))
	if uri < 0 || bytes.IndexByte(b[:uri], '"') >= 0 {
		uri = -1
	}
	long := len(b) >= shortString && !hasQuote(b[:shortString])
	switch {
	case uri >= 0:
		w.Skip(1 + uri)
	case bytes.HasPrefix(start, []byte("/9j/")) || bytes.HasPrefix(start, []byte("_9j_")):
		w.Skip(1)
	case long || isQuotedJSON(b):
		if n := len(s.stack); n > 0 && s.key == "payload" {
			s.stack[n-1].payload = !isLossy(w.Peek(lookahead)[1:])
		}
		w.Skip(1)
		s.keep(`"`)
		s.open = `"`
		head, _, _ := bytes.Cut(w.Peek(4096), []byte(`"`))
		if isLatin1(head) {
			return &stringDecoder{text: w, msg: s.msg, latin1: true}, "Latin-1 text"
		}
		return &stringDecoder{text: w}, "text"
	default:
		raw, ok := s.shortString()
		if !ok {
			s.over = true
			return nil, ""
		}
		s.take(raw)
		s.want = ','
		return nil, ""
	}
	s.keep(`"`)
	s.open = `"`
	return &base64Decoder{text: w, msg: s.msg, head: int64(max(uri, 0))}, "base64"
}

// isLossy reports whether the string that b begins with has a U+FFFD in it, as
// it is or escaped.
func isLossy(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			return false
		case '\\':
			if r, ok := unicodeEscape(b[i:min(len(b), i+6)]); ok && r == utf8.RuneError {
				return true
			}
			i++
		case replacement[0]:
			if bytes.HasPrefix(b[i:], replacement) {
				return true
			}
		}
	}
	return false
}

// hasQuote reports whether a string ends in b: with a quote that is not escaped.
func hasQuote(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return true
		}
	}
	return false
}

// repeatsPayload reports whether the list ahead is the copy that MQTTX's
// command line puts behind a payload it already gave: packet.payload.data.
func (s *jsonScanner) repeatsPayload() bool {
	for i := 1; i < len(s.stack); i++ {
		if s.stack[i].key == "packet" && s.stack[i-1].payload {
			return true
		}
	}
	return false
}

// A stringDecoder undoes the escapes of a JSON string, up to its closing quote.
type stringDecoder struct {
	text   *window.Window
	rest   []byte
	latin1 bool     // each character is a byte
	msg    *Message // for what is not Latin-1
}

// isLatin1 reports whether b, the start of a string, has a picture's start in it
// of which each byte became a character, as json.dumps(b.decode('latin1')) makes
// it. Without escapes it is not certain what became of them on their way.
func isLatin1(b []byte) bool {
	return bytes.Contains(bytes.ToLower(b), []byte(`\u00ff\u00d8\u00ff`))
}

func (d *stringDecoder) decode(dst []byte) (int, error) {
	w := d.text
	n := 0
	for n < len(dst) {
		if len(d.rest) > 0 {
			k := copy(dst[n:], d.rest)
			d.rest = d.rest[k:]
			n += k
			continue
		}
		b := w.Ahead(12)
		if len(b) == 0 {
			break
		}
		switch b[0] {
		case '"':
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		case '\\':
			d.escape(b)
		default:
			if d.latin1 && b[0] >= utf8.RuneSelf {
				_, size := utf8.DecodeRune(b)
				d.msg.damaged(position(w, 0), "%q is not a byte; taken as UTF-8", b[:size])
				d.rest = append(d.rest[:0], b[:size]...)
				w.Skip(size)
				continue
			}
			b = b[:min(len(b), len(dst)-n, 4096)]
			if d.latin1 {
				b = b[:len(b)-len(bytes.TrimLeftFunc(b, func(r rune) bool { return r < utf8.RuneSelf }))]
			}
			if i := bytes.IndexAny(b, `"\`); i >= 0 {
				b = b[:i]
			}
			n += copy(dst[n:], b)
			w.Skip(len(b))
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// escape puts what the escape at the start of b stands for into rest.
func (d *stringDecoder) escape(b []byte) {
	w := d.text
	if len(b) < 2 {
		w.Skip(1)
		return
	}
	if r, ok := unicodeEscape(b); ok {
		size := 6
		if utf16.IsSurrogate(r) {
			if low, ok := unicodeEscape(b[6:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r = pair
					size += 6
				}
			}
		}
		d.rest = utf8.AppendRune(nil, r)
		switch {
		case d.latin1 && r <= 0xFF:
			d.rest = []byte{byte(r)}
		case d.latin1:
			d.msg.damaged(position(w, 0), "%q is not a byte; taken as UTF-8", r)
		}
		w.Skip(size)
		return
	}
	w.Skip(2)
	if i := strings.IndexByte("bfnrt", b[1]); i >= 0 {
		d.rest = []byte{"\b\f\n\r\t"[i]}
		return
	}
	d.rest = b[1:2:2]
}

// unicodeEscape reads \uXXXX.
func unicodeEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || digitsIn(b[2:6]) < 4 {
		return 0, false
	}
	return rune(nibble[b[2]])<<12 | rune(nibble[b[3]])<<8 | rune(nibble[b[4]])<<4 | rune(nibble[b[5]]), true
}

// An arrayDecoder decodes a list of decimal bytes, up to its closing bracket. In
// Java a byte from 128 on is negative.
type arrayDecoder struct {
	text   *window.Window
	msg    *Message
	wrap   lineWrap
	gap    numberGap
	commas bool // between its first two numbers
	second bool // the second one was met

	hex     bool // "ff","d8"
	indexed bool // "0":255,"1":216
	next    int  // the index that comes next
}

func (d *arrayDecoder) decode(dst []byte) (int, error) {
	w := d.text
	d.wrap.look(w)
	n := 0
	for n < len(dst) {
		b := w.Peek(64)
		if len(b) == 0 {
			break
		}
		c := b[0]
		switch {
		case d.indexed && c == '"':
			w.Skip(d.index(b))
		case d.hex && isHexDigit(c):
			k := digitsIn(b[:min(len(b), 8)])
			if k != 2 {
				d.msg.damaged(position(w, 0), "%q does not have two digits", b[:k])
			}
			for _, digit := range b[:k] {
				dst[n] = dst[n]<<4 | nibble[digit]
			}
			n++
			w.Skip(k)
		case c >= '0' && c <= '9', c == '-':
			d.separated()
			v, i := arrayNumber(b)
			if whole, size := overLineEnd(b, 10); size > 0 {
				v2, i2 := arrayNumber(whole)
				padded := whole[0] == '0' && len(whole) != 3
				if i2 == len(whole) && v2 <= 255 && v2 >= -128 && !padded && (i == 0 || d.wrap.splits(w, d.msg, whole, size, d.commas, true)) {
					v, i = v2, size
				}
			}
			if i == 0 { // a lone minus
				w.Skip(1)
				continue
			}
			if v > 255 || v < -128 {
				d.msg.damaged(position(w, 0), "%s is not a byte", b[:i])
			}
			dst[n] = byte(v)
			n++
			w.Skip(i)
		case c == ']', d.indexed && c == '}':
			if n == 0 {
				return 0, io.EOF
			}
			return n, nil
		case c == '"' || isHexSeparator(c):
			d.gap.add(c)
			w.Skip(1)
		default:
			d.msg.damaged(position(w, 0), "%q does not belong to a list of bytes; passed over", c)
			w.Skip(1)
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// index reads the index that b begins with, in quotes and with a colon behind it,
// and tells how much text it takes.
func (d *arrayDecoder) index(b []byte) int {
	v, size := indexAt(b)
	if size == 0 || v != d.next {
		d.msg.damaged(position(d.text, 0), "the byte with the index %d is missing here", d.next)
	}
	d.next = v + 1
	return max(size, 1)
}

// indexAt reads "12": and tells how long it is; 0 if it is something else.
func indexAt(b []byte) (v, size int) {
	if len(b) == 0 || b[0] != '"' {
		return 0, 0
	}
	i := 1
	for ; i < len(b) && i < 10 && b[i] >= '0' && b[i] <= '9'; i++ {
		v = v*10 + int(b[i]-'0')
	}
	if i == 1 || i == len(b) || b[i] != '"' {
		return 0, 0
	}
	rest := bytes.TrimLeft(b[i+1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return 0, 0
	}
	return v, len(b) - len(rest) + 1
}

// separated looks at the gap before a number.
func (d *arrayDecoder) separated() {
	switch {
	case d.commas:
		d.gap.check(d.text, d.msg, d.wrap.commas)
	case d.gap.begun && !d.second:
		d.commas, d.second = d.gap.comma, true
	}
	d.gap = numberGap{begun: true}
}

// fromEnvelope takes topic and time out of the object that mosquitto_sub and
// MQTTX wrap a payload in, and the payload itself when it is an object.
func (m *Message) fromEnvelope() {
	var e struct {
		Topic   string          `json:"topic"`
		Tst     string          `json:"tst"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(m.Object, &e) != nil {
		return
	}
	if e.Topic != "" {
		m.Topic = e.Topic
	}
	if t, ok := ParseStamp(e.Tst); ok {
		m.Time = t
	}
	if bytes.HasPrefix(e.Payload, []byte("{")) {
		m.Object = e.Payload
	}
}

// parseBefore reads what tools put before a payload: a topic and a time.
//
//	1795398905.350698939 4GSolarCam/Snapshot
//	2026-11-23T01:55:05+0000 4GSolarCam/Snapshot 62
//	topic: 4GSolarCam/Snapshot, qos: 0, size: 62 B
func parseBefore(text []byte) (topic string, received time.Time) {
	for _, word := range strings.Fields(string(text)) {
		word = strings.TrimPrefix(strings.Trim(word, ",;'\""), "topic:")
		if t, ok := ParseStamp(word); ok && received.IsZero() {
			received = t
		} else if topic == "" && isTopic(word) {
			topic = word
		}
	}
	return topic, received
}

// isTopic reports whether a word looks like a topic, and not like a file, a date
// or a data URI.
func isTopic(word string) bool {
	digits := strings.Trim(word, "0123456789/") == ""
	return strings.Contains(word, "/") && !strings.ContainsAny(word, "#+\\\"=;") &&
		!digits && !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, "data:")
}

// ParseStamp reads a time as tools write it before a message or into the JSON around
// one: seconds since 1970 with or without a fraction, milliseconds since 1970, or a
// date with its zone. A date without a zone is none: nobody knows when that was.
//
//	1795398905.350698939              mosquitto_sub %U
//	2026-11-23T01:55:05+0100          mosquitto_sub %I
//	2026-11-23T10:55:05.350698Z+0900  mosquitto_sub 2.0 %j: local time, and the Z says nothing
func ParseStamp(s string) (time.Time, bool) {
	whole, fraction, pointed := strings.Cut(s, ".")
	switch {
	case !isDecimal(whole) || pointed && (!isDecimal(fraction) || len(fraction) > 9):
	case len(whole) == len("1795398905"): // the years 2001 to 2286
		sec, _ := strconv.ParseInt(whole, 10, 64)
		nsec, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(sec, nsec).UTC(), true
	case len(whole) == len("1795398905350") && !pointed:
		ms, _ := strconv.ParseInt(whole, 10, 64)
		return time.UnixMilli(ms).UTC(), true
	}
	if len(s) < len("2026-11-23T01:55:05Z") || s[len("2026-11-23")] != 'T' {
		return time.Time{}, false
	}
	for _, form := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	if i := strings.IndexByte(s, 'Z'); i > 0 {
		t, err := time.Parse("2006-01-02T15:04:05-0700", s[:i]+s[i+1:])
		return t.UTC(), err == nil
	}
	return time.Time{}, false
}
