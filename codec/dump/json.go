package dump

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// findJSON finds where a JSON object, an array of objects or of bytes, or a string that
// holds one of these, begins in the first before bytes of text.
func findJSON(text []byte, before int) int {
	next := [...]struct {
		c  byte
		at int // where it comes next; -1 if it was not searched yet
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

// isQuotedJSON reports whether b, the inside of a string, is a JSON object, or an array of
// objects, that was made a string.
func isQuotedJSON(b []byte) bool {
	return bytes.HasPrefix(b, []byte(`{\"`)) || bytes.HasPrefix(b, []byte(`[{\"`))
}

// A jsonScanner finds the strings and number lists of a JSON text that may hold a message:
// data URIs, base64, payloads as hex or as JSON in JSON. It reads in one pass and keeps
// only the rest of the object, so a picture of any size goes through in constant memory.
// It accepts text without closing braces, keys without quotes, and `...` for what was cut.
//
// It has so many fields because it may stop in the middle of a value, whose bytes a
// decoder reads, and has to go on there.
type jsonScanner struct {
	text    *window.Window
	msg     *Message
	objects bool // give objects without a message, too
	whole   *whole

	stack  []jsonLevel
	want   byte   // what comes next: 'k'ey, ':', 'v'alue or ','
	key    string // of the value that comes next
	member int    // where the member or element that comes next begins in object
	object []byte // the text so far, without blanks and without what was handed out

	open    byte      // what ends the string or list that was handed out: `"`, `]` or `}`; 0 for none
	pending *jsonItem // found while finishing the object of the message before
	current int       // index in stack of the current message's object, -1 when it is closed
	closed  []byte    // that object, once it is closed
	record  *jsonItem // an object that was just closed
	remarks []string  // what is lost in this text
	cut     string    // the quote or bracket that is missing at the end of the text
	over    bool

	began  int64  // where the JSON begins in the text
	copied int64  // bytes of unfinished objects that were given
	topic  string // topic and time of the last unfinished object
	time   time.Time
}

// A jsonLevel is an object or array that is not closed yet.
type jsonLevel struct {
	kind    byte // '{' or '['
	key     string
	start   int // in jsonScanner.object
	record  int64
	payload bool // its "payload" was handed out, and no character of it is lost
	element int  // of a list: where in jsonScanner.object its current element starts
}

// A jsonItem is a string or list in a JSON text that may be a message, or an object that
// held none.
type jsonItem struct {
	decoder
	as     string // the layout
	key    string // of the string or list
	object []byte
	record int64 // the record that it is in, or is
}

// next finds the next item. It reports false at the end of the JSON.
func (s *jsonScanner) next() (item *jsonItem, ok bool) {
	item, s.pending = s.pending, nil
	if item == nil {
		s.leave()
		item = s.scan(nil)
	}
	if item == nil {
		return nil, false
	}
	s.current, s.closed = s.recordLevel(), nil
	switch {
	case item.object != nil:
		s.current, s.closed = -1, item.object
	case s.current >= 0:
		item.record = s.stack[s.current].record
	}
	return item, true
}

// finishObject reads on to the end of the object that the current message stood in, or
// to the next message in it. It returns the object, and what was missing at its end.
func (s *jsonScanner) finishObject() (object []byte, mended string) {
	s.leave()
	if s.pending == nil && s.current >= 0 {
		s.pending = s.scan(&s.current)
	}
	if s.closed != nil {
		return s.closed, ""
	}
	if s.current < 0 || s.current >= len(s.stack) { // it was too long to be kept
		s.msg.Topic, s.msg.Time = s.topic, s.time
		s.topic, s.time = "", time.Time{}
		return nil, ""
	}
	// The object is not closed, or not yet: close it here. With very many strings in one
	// object, copies of it must not cost more than the text does. Then only topic and time
	// are given.
	kept := s.object[s.stack[s.current].start:]
	if read := s.text.Offset() - s.began; len(s.object) >= maxObject || s.copied+int64(len(kept)) > 64<<10+8*read {
		s.msg.Topic, s.msg.Time = s.topic, s.time
		return nil, ""
	}
	s.copied += int64(len(kept))
	object = bytes.TrimRight(bytes.Clone(kept), ",")
	switch {
	case bytes.HasSuffix(object, []byte(":")):
		object = append(object, "null"...)
	case s.want == ':':
		object = append(object, ":null"...)
	}
	end := len(object)
	for i := len(s.stack) - 1; i >= s.current; i-- {
		object = append(object, s.stack[i].kind+2) // { and }, [ and ] are two apart
	}
	if s.pending == nil {
		mended = s.cut + string(object[end:])
	}
	s.topic, s.time, _ = ParseEnvelope(object)
	return object, mended
}

// recordLevel returns the level of the object that a message belongs to: the outermost
// one, or the element of an array that it stands in. It is -1 if there is none.
func (s *jsonScanner) recordLevel() int {
	record := -1
	for i := len(s.stack) - 1; i >= 0 && (s.stack[i].kind == '{' || record < 0); i-- {
		if s.stack[i].kind == '{' {
			record = i
		}
	}
	return record
}

// hand hands out the string or list ahead, up to end. It does not stay in the object.
func (s *jsonScanner) hand(end byte, dec decoder, as string) *jsonItem {
	s.open = end
	s.object = s.object[:s.member]
	return &jsonItem{decoder: dec, as: as, key: s.key}
}

// leave skips the rest of the string or list that was handed out.
func (s *jsonScanner) leave() {
	if s.open == 0 {
		return
	}
	ends := string(s.open) + `\`
	for ended := false; !ended; {
		b := s.text.Ahead(1)
		if len(b) == 0 {
			s.cut = string(s.open)
			break
		}
		i := bytes.IndexAny(b, ends)
		switch {
		case i < 0:
			s.text.Skip(len(b))
		case b[i] == '\\' && s.open == '"':
			s.text.Skip(i)
			s.text.Skip(len(s.text.Peek(2)))
		default:
			ended = b[i] == s.open
			s.text.Skip(i + 1)
		}
	}
	s.want, s.open = ',', 0
}

func (s *jsonScanner) keep(text string) {
	if len(s.object) < maxObject {
		s.object = append(s.object, text...)
	}
}

func (s *jsonScanner) push(kind byte) {
	s.whole.records++
	s.stack = append(s.stack, jsonLevel{kind: kind, key: s.key, start: len(s.object), record: s.whole.records})
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
	isRecord := s.objects && top.kind == '{' && (len(s.stack) == 0 || s.stack[len(s.stack)-1].kind == '[')
	isCurrent := s.current == len(s.stack) && s.closed == nil
	if isCurrent || isRecord {
		var object []byte
		if len(s.object) < maxObject {
			object = bytes.Clone(s.object[top.start:])
		}
		if !isCurrent {
			if object != nil {
				s.record = &jsonItem{decoder: nothing{}, as: "JSON", object: object, record: top.record}
			}
			return
		}
		if s.closed, s.current = object, -1; object != nil {
			s.topic, s.time = "", time.Time{}
		}
	}
}

// checkLength recognizes mosquitto_sub -F %j, which takes the payload for a C
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

// scan reads tokens up to the next item. It stops at the end of the value, at anything
// that cannot be JSON, and when *until, a level, is closed.
func (s *jsonScanner) scan(until *int) *jsonItem {
	w := s.text
	if len(s.stack) == 0 && s.want == 0 {
		s.want = 'v'
		s.current = -1
		s.began = w.Offset()
	}
	for !s.over && len(w.Ahead(1)) > 0 && (until == nil || *until >= 0) {
		c := w.Peek(1)[0]
		if s.passOver(c) {
			continue
		}
		switch s.want {
		case 'v':
			if item := s.value(c); item != nil {
				return item
			}
		case 'k':
			s.readKey(c)
		case ':':
			s.over = c != ':'
			s.punctuation(c, 'v')
		case ',':
			s.comma(c)
		}
		record := s.record
		s.record = nil
		if record != nil && until == nil { // else it is a part of the message's object
			return record
		}
	}
	return nil
}

// nothing is a message without bytes.
type nothing struct{}

func (nothing) decode([]byte) (int, error) { return 0, io.EOF }

// passOver passes over blanks, and over `...` and // remarks of people who cut a sample.
func (s *jsonScanner) passOver(c byte) bool {
	w := s.text
	switch {
	case strings.IndexByte(blankEnds, c) >= 0:
		w.Skip(1)
		return true
	case c == '/' && s.want != 'v':
		for len(w.Ahead(1)) > 0 && w.Peek(1)[0] != '\n' {
			w.Skip(1)
		}
	case c == '.':
		dots := w.Peek(lookAround)
		dots = dots[:len(dots)-len(bytes.TrimLeft(dots, "."))]
		s.msg.passedOver(position(w, 0), "%q is not JSON", dots)
		w.Skip(len(dots))
	default:
		return false
	}
	if s.want == 'v' {
		s.keep("null")
		s.want = ','
	}
	return true
}

func (s *jsonScanner) punctuation(c, want byte) {
	if s.over {
		return
	}
	s.text.Skip(1)
	if last := len(s.object) - 1; c != ',' || last >= 0 && s.object[last] != ',' && s.object[last] != '{' && s.object[last] != '[' {
		s.keep(string(c))
	}
	if s.want = want; c == ',' {
		s.member = len(s.object)
	}
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
			s.want, s.member = 'v', len(s.object)
			break
		}
		s.punctuation(c, 'v')
		level.element = len(s.object)
	case top != 0 && c == top+2:
		s.object = bytes.TrimRight(s.object, ",")
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
		s.member = len(s.object)
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
		s.member = len(s.object)
		s.keep(`"` + strings.Trim(s.key, `"\`) + `"`)
		w.Skip(n)
		s.want = ':'
	default:
		s.over = true
	}
}

// shortString finds the string ahead, with its quotes, if it has no more than
// shortString*16 characters.
func (s *jsonScanner) shortString() (raw string, ok bool) {
	for reach := shortString; ; reach *= 16 {
		b := s.text.Peek(reach)
		if n := stringEnd(b); n < len(b) {
			return string(b[:n+1]), true
		}
		if len(b) < reach || reach > shortString {
			return "", false
		}
	}
}

// take skips a string, keeps it in the object, and returns its value.
func (s *jsonScanner) take(raw string) string {
	s.text.Skip(len(raw))
	s.keep(raw)
	inside := raw[1 : len(raw)-1]
	var v string
	if strings.IndexByte(raw, '\\') < 0 || json.Unmarshal([]byte(raw), &v) != nil {
		return inside
	}
	return v
}

// value reads a value, or hands it out.
func (s *jsonScanner) value(c byte) *jsonItem {
	w := s.text
	switch c {
	case '{', '[':
		if len(s.stack) >= maxDepth {
			s.over = true
			return nil
		}
		if item, ok := s.list(c + 2); ok {
			return item
		}
		s.push(c)
		w.Skip(1)
		s.keep(string(c))
		s.member = len(s.object)
		s.stack[len(s.stack)-1].element = len(s.object)
		s.want = 'k'
		if c == '[' {
			s.want = 'v'
		}
	case ']':
		s.comma(c)
	case '"':
		return s.stringValue()
	default:
		b := w.Peek(shortString)
		n := bytes.IndexAny(b, ",}] \t\r\n\"{[:")
		if n < 0 && len(b) == shortString && bytes.IndexByte(b, '(') > 0 {
			n = 0 // program text: createFromBase64('/9j/...
		} else if n < 0 {
			n = len(b)
		}
		if n == 0 {
			s.over = true
			return nil
		}
		if literal := b[:n]; json.Valid(literal) {
			s.keep(string(literal))
		} else {
			s.msg.passedOver(position(w, 0), "%.40q is not JSON; read as null", literal)
			s.keep("null")
		}
		w.Skip(n)
		s.want = ','
	}
	return nil
}

// list hands out the list of bytes ahead. It reports false if there is no such list, or if
// it is too short to be a message.
func (s *jsonScanner) list(end byte) (item *jsonItem, ok bool) {
	w := s.text
	syntax, ok := arraySyntax(w.Peek(1 + lookAround)[1:], end == '}')
	if !ok {
		return nil, false
	}
	text := w.Peek(keptString)
	text = text[:bytes.IndexByte(text, end)+1]
	if json.Valid(text) && bytes.Count(text, comma) < len(soi) {
		return nil, false
	}
	object := s.object
	w.Skip(1)
	item = s.hand(end, &numbersDecoder{body: body{text: w, msg: s.msg}, numberSyntax: syntax}, syntax.name)
	if s.repeatsPayload() {
		s.leave()
		return nil, true
	}
	if json.Valid(text) && !syntax.holdsPicture(text[1:]) {
		s.object = object // it may not be a message
		s.keep(string(text))
	}
	return item, true
}

// holdsPicture reports whether a picture begins in the bytes of a short list.
func (s numberSyntax) holdsPicture(list []byte) bool {
	d := &numbersDecoder{body: body{text: window.Over(list), msg: &Message{}}, numberSyntax: s}
	head, _ := io.ReadAll(readerFunc(d.decode))
	return holdsPicture(head)
}

// stringValue reads a short string, or hands out a long one.
func (s *jsonScanner) stringValue() *jsonItem {
	w := s.text
	b := w.Peek(lookAround)[1:]
	start, at := unescapedStart(b)
	uri := findDataURI(start, len(start))
	base64 := bytes.HasPrefix(start, []byte("/9j/")) || bytes.HasPrefix(start, []byte("_9j_"))
	isLong := len(b) >= shortString && stringEnd(w.Peek(1+shortString)) > shortString
	switch {
	case uri >= 0 || base64:
		uri = max(uri, 0)
		w.Skip(1 + at(uri))
		return s.hand('"', &base64Decoder{body: body{text: w, msg: s.msg}, uri: int64(uri)}, "base64")
	case !isLong && !isQuotedJSON(b):
		raw, ok := s.shortString()
		if !ok {
			s.over = true
			return nil
		}
		s.take(raw)
		s.want = ','
		return nil
	}
	if n := len(s.stack); n > 0 && s.key == "payload" {
		s.stack[n-1].payload = !isLossy(w.Peek(lookahead)[1:])
	}
	head := w.Peek(keptString)
	end := stringEnd(head)
	object := s.object
	w.Skip(1)
	dec := &stringDecoder{body: body{text: w, msg: s.msg}, latin1: isLatin1(head[:end]) && !isQuotedJSON(b)}
	item := s.hand('"', dec, "text")
	if dec.latin1 {
		item.as = "Latin-1 text"
	} else if end < len(head) {
		s.object = object // it may not be a message
		s.keep(string(head[:end+1]))
	}
	return item
}

// unescapedStart returns the first characters of a string without its escapes, and where
// each of them stands in b. Base64 of some programs begins with \u002f9j or data:image\/.
func unescapedStart(b []byte) (start []byte, at func(int) int) {
	if i := bytes.IndexAny(b, `"\`); i < 0 || b[i] == '"' {
		if i >= 0 {
			b = b[:i]
		}
		return b, func(i int) int { return i }
	}
	var places []int
	for i := 0; i < len(b) && b[i] != '"'; i++ {
		c, place := b[i], i
		if r, ok := unicodeEscape(b[i:]); ok && r < utf8.RuneSelf {
			c = byte(r)
			i += len(`\u002f`) - 1
		} else if c == '\\' { // the character after it stands for itself
			continue
		}
		start, places = append(start, c), append(places, place)
	}
	places = append(places, len(b))
	return start, func(i int) int { return places[i] }
}

// stringEnd returns where the string that b begins with ends: at its closing quote, or at
// the end of b.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(b)
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
	body
	latin1 bool // each character is a byte
}

// isLatin1 reports whether b, the start of a string, holds a picture's start whose bytes
// each became a character, with or without escapes, as in json.dumps(b.decode('latin1')).
func isLatin1(b []byte) bool {
	return bytes.Contains(b, []byte("\u00FF\u00D8\u00FF")) || bytes.Contains(b, []byte(`\u00`)) && bytes.Contains(bytes.ToLower(b), []byte(`\u00ff\u00d8\u00ff`))
}

func (d *stringDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *stringDecoder) step(dst []byte) (n int, ok bool) {
	w := d.text
	b := w.Ahead(12)
	switch {
	case len(b) == 0 || b[0] == '"':
		return 0, false
	case b[0] == '\\':
		d.escape(b)
		return 0, true
	case d.latin1 && b[0] >= utf8.RuneSelf:
		r, size := utf8.DecodeRune(b)
		if c, ok := latin1Byte(r); ok && size > 1 {
			d.rest = append(d.rest[:0], c)
		} else {
			d.damaged("%q is not a byte; taken as UTF-8", b[:size])
			d.rest = append(d.rest[:0], b[:size]...)
		}
		w.Skip(size)
		return 0, true
	}
	b = b[:min(len(b), len(dst), 4096)]
	if d.latin1 {
		b = b[:len(b)-len(bytes.TrimLeftFunc(b, func(r rune) bool { return r < utf8.RuneSelf }))]
	}
	if i := bytes.IndexAny(b, `"\`); i >= 0 {
		b = b[:i]
	}
	n = copy(dst, b)
	w.Skip(n)
	return n, true
}

// escape puts the character or the byte of the escape that b begins with into rest.
func (d *stringDecoder) escape(b []byte) {
	r, size := jsonEscape(b)
	c, isByte := latin1Byte(r)
	switch {
	case d.latin1 && isByte:
		d.rest = append(d.rest[:0], c)
	case d.latin1:
		d.damaged("%q is not a byte; taken as UTF-8", r)
		fallthrough
	default:
		d.rest = utf8.AppendRune(d.rest[:0], r)
	}
	d.text.Skip(size)
}
