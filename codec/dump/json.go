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
			text[i] == '[' && (rest[0] == '{' || rest[0] == '"' || byteArray.begins(rest, 8)),
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
		syntax, isList := arraySyntax(b, c == '{')
		if s.open = ""; isList {
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
		if !isList {
			return nil, ""
		}
		if s.repeatsPayload() {
			s.leave()
			return nil, ""
		}
		return &numbersDecoder{text: w, msg: s.msg, numberSyntax: syntax}, syntax.name
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
