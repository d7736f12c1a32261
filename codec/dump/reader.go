// Package dump turns what people copy out of MQTT tools into the bytes of the messages,
// whatever the layout is: hex, listings, lists of numbers, string literals, base64, JSON,
// and one in another. It knows no device, and of pictures only how they begin.
//
//	reader.go   Reader, Message: which layout begins where, and one in another
//	prefix.go   what loggers put before every line
//	rows.go     listings with offsets
//	columns.go  listings that have lost them
//	escapes.go  string literals
//	list.go     0x lists
//	numbers.go  bytes as numbers
//	hex.go      hex digits in any grouping
//	base64.go   base64
//	json.go     the strings and lists of JSON that may hold a message
//	plain.go    the text without marks, colors and what mails put before it
//	chars.go    classes of characters, and all limits
package dump

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"mqtool/codec/internal/window"
)

// A Reader turns what people copy out of MQTT tools into the bytes of the
// messages, whatever the layout: it is recognised, never asked for.
//
// It reads like an archive: Next moves to the next message, Read gives its
// bytes up to io.EOF. Both work in constant memory.
//
//	5343 3231 3100 0102 ffd8 ffe0 0010 4a46       MQTTX, payload shown as hex
//	1795398905.350698939 4GSolarCam/Snapshot 5343 mosquitto_sub -F '%U %t %x'
//	00000000: 5343 3231 3100 0102 ffd8 ffe0 0010  xxd
//	00000000  53 43 32 31 31 00 01 02  ff d8 ff   hexdump -C
//	{"ts":1682336818966,"values":{"image":"data:  the camera's JSON
//	unsigned char p[] = {0x53, 0x43, 0x32, 0x31   xxd -i, Wireshark
//
// Damage in a text (a foreign character, a missing digit, a jump in the
// offsets) does not end a message; it is listed in [Message.Damage].
type Reader struct {
	text  *window.Window
	depth int

	dec  decoder // of the current message; nil between two
	head []byte  // decoded bytes that were looked at and not yet read
	own  Message // what this reader knows of the current message
	msg  Message // the same together with what nested knows

	forced decoder      // the first message, when its layout is not to be recognised
	json   *jsonScanner // the JSON value that the text is in
	nested *Reader      // reads the current message's bytes as text

	before   []byte // what stood before the message on its line, or on the line above
	repeats  *int64 // how many bytes of repeated rows (*) were given, by nested and outer readers, too
	tried    int64  // 1 + the offset in the text of the last message's start
	findings []finding
	other    string   // the first listing met that is not read
	layouts  []string // of the first messages
}

// A Position is a place in a text, both counted from 1. Columns are bytes of the text
// without byte-order mark, color escapes and the > of a quoted mail.
type Position struct {
	Line   int64
	Column int64
}

// position is where the byte lies that is i bytes ahead in a window.
func position(w *window.Window, i int) Position {
	line, column := w.Place(i)
	return Position{line, column}
}

// A Message is one message of a dump. Position, Topic and Time are known
// when Next returns; Object and Damage are complete when Read returned io.EOF.
type Message struct {
	Layout   string // in words, outermost last: "base64 in JSON in plain hex"
	Position Position
	Topic    string    // when the dump tells it
	Time     time.Time // when it was received, when the dump tells it

	// Object is the JSON object that the message's bytes were found in,
	// without the long string that held them.
	Object []byte

	Damage      []Damage
	DamageCount int

	ImageText   int64 // characters of base64 that the bytes were written in, if they were
	ImageString int64 // characters of the whole string that they stood in
}

// Damage is a place in a text that is not what its layout says.
type Damage struct {
	Position
	What string
}

func (d Damage) String() string {
	return fmt.Sprintf("line %d, column %d: %s", d.Line, d.Column, d.What)
}

func (m *Message) damaged(at Position, format string, args ...any) {
	m.DamageCount++
	if len(m.Damage) < maxDamage {
		m.Damage = append(m.Damage, Damage{at, fmt.Sprintf(format, args...)})
	}
}

// A decoder gives the bytes of one message.
type decoder interface {
	// decode fills dst as far as it can; io.EOF is the message's end.
	decode(dst []byte) (int, error)
}

// A Mode says what a Reader takes its input for. All but Recognise are
// for a second try, when the first one found no picture.
type Mode uint8

// The modes, in the order in which they are tried.
const (
	Recognise Mode = iota
	AsBytes        // the input is the message
	AsDigits       // all hex digits of the input, from the first ffd8ff on, at whichever half byte it stands
)

// NewReader returns a reader of the messages in the text or bytes of r.
func NewReader(r io.Reader, mode Mode) *Reader {
	return newReader(r, mode, 0)
}

func newReader(r io.Reader, mode Mode, depth int) *Reader {
	size := window.Size
	if depth > 0 {
		size = window.Small
	}
	w := window.New(r, size, window.Size)
	d := &Reader{text: w, depth: depth, repeats: new(int64)}
	head := w.Ahead(lookahead)
	if mode == AsBytes || mode == Recognise && isBinary(head) {
		d.forced = &bytesDecoder{d.text}
		d.own.Layout = "bytes"
		if bytes.Count(head, replacement) >= 4 {
			d.found(Position{1, 1}, lossyText)
		}
		return d
	}
	rest := &restReader{head: head, r: r, err: w.Cause()}
	d.text = window.New(newPlainReader(rest, head), size, window.Size)
	if mode == AsDigits {
		d.forced = &digitsDecoder{text: d.text, msg: &d.own}
		d.own.Layout = "hex digits"
	}
	return d
}

// A restReader gives back what was read ahead, then the rest.
type restReader struct {
	head []byte
	r    io.Reader
	err  error
}

func (t *restReader) Read(p []byte) (int, error) {
	switch {
	case len(t.head) > 0:
		n := copy(p, t.head)
		t.head = t.head[n:]
		return n, nil
	case t.err != nil:
		return 0, t.err
	}
	return t.r.Read(p)
}

// Next moves to the next message; io.EOF says that there is none. What is left
// of the current message is passed over. The message is valid until the next
// call.
func (d *Reader) Next() (*Message, error) {
	for {
		if d.nested != nil {
			_, err := d.nested.Next()
			if err == nil {
				d.publish()
				return &d.msg, nil
			}
			if err != io.EOF {
				return nil, err
			}
			for _, f := range d.nested.findings {
				d.found(d.own.Position, "%s", f.text)
			}
			for _, l := range d.nested.layouts {
				d.note(l + " in " + d.own.Layout)
			}
			d.nested = nil
		}
		if d.dec != nil {
			if _, err := io.Copy(io.Discard, readerFunc(d.readOwn)); err != nil {
				return nil, err
			}
		}
		d.head = nil
		layout := d.own.Layout
		d.own = Message{}
		switch {
		case d.forced != nil:
			d.dec, d.own.Layout, d.forced = d.forced, layout, nil
			d.own.Position = Position{1, 1}
		case d.json != nil:
			dec, as, ok := d.json.next()
			for _, remark := range d.json.remarks {
				d.found(position(d.text, 0), "%s", remark)
			}
			d.json.remarks = nil
			if !ok {
				d.json = nil
				continue
			}
			d.dec = dec
			d.own.Layout = as + " in JSON"
			d.own.Position = position(d.text, 0)
		case !d.recognise():
			if err := d.text.Err(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		default:
			if d.dec == nil {
				continue // a JSON value begins
			}
		}
		if err := d.open(); err != nil {
			return nil, err
		}
		if d.nested == nil {
			d.publish()
			return &d.msg, nil
		}
	}
}

// open looks at the first bytes of a message: when they are text again, they
// are a dump of their own.
func (d *Reader) open() error {
	d.note(d.own.Layout)
	_, isBytes := d.dec.(*bytesDecoder)
	if isBytes || d.depth == maxNesting {
		return nil
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(readerFunc(d.readOwn), head)
	d.head = head[:n]
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if bytes.Count(d.head, replacement) >= 4 && !bytes.Contains(d.head, soi) {
		d.found(d.own.Position, lossyText)
	}
	if n > 0 && isText(d.head) {
		d.nested = newReader(readerFunc(d.readOwn), Recognise, d.depth+1)
		d.nested.repeats = d.repeats
	}
	return nil
}

// publish makes what is known of the current message visible to the caller.
func (d *Reader) publish() {
	m := d.own
	if m.Topic == "" && m.Time.IsZero() {
		m.Topic, m.Time = parseBefore(d.before)
	}
	if len(m.Object) > 0 {
		m.fromEnvelope()
	}
	if d.nested != nil {
		in := d.nested.msg
		m.Layout = in.Layout + " in " + m.Layout
		if len(in.Object) > 0 {
			m.Object = in.Object
		}
		if in.Topic != "" {
			m.Topic = in.Topic
		}
		if !in.Time.IsZero() {
			m.Time = in.Time
		}
		for _, damage := range in.Damage {
			damage.What += " (counted in the text that the " + d.own.Layout + " holds)"
			m.Damage = append(slices.Clip(m.Damage), damage)
		}
		m.DamageCount += in.DamageCount
		m.ImageText, m.ImageString = in.ImageText, in.ImageString
	}
	d.msg = m
}

// Read gives the bytes of the current message, io.EOF at its end.
func (d *Reader) Read(p []byte) (n int, err error) {
	if d.nested != nil {
		n, err = d.nested.Read(p)
	} else {
		n, err = d.readOwn(p)
	}
	if err == io.EOF {
		d.publish()
	}
	return n, err
}

// readOwn reads the current message's bytes without taking them for text.
func (d *Reader) readOwn(p []byte) (int, error) {
	if len(d.head) > 0 {
		n := copy(p, d.head)
		d.head = d.head[n:]
		return n, nil
	}
	if d.dec == nil || len(p) == 0 {
		return 0, io.EOF
	}
	n, err := d.dec.decode(p)
	if err == nil {
		return n, nil
	}
	d.dec = nil
	if serr := d.text.Err(); serr != nil {
		return n, serr
	}
	if d.json != nil {
		d.own.Object = d.json.finishObject()
	}
	return n, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A finding is something that was met in a text and cannot be decoded without
// loss.
type finding struct {
	line int64 // the first with it
	text string
}

// Findings says, in words, what of the input was met and could not be decoded
// without loss, each with what to do instead.
func (d *Reader) Findings() []string {
	var list []string
	for _, f := range d.findings {
		list = append(list, fmt.Sprintf("line %d: %s", f.line, f.text))
	}
	return list
}

// Layouts names what the first messages, and JSON without one, were taken for.
func (d *Reader) Layouts() []string { return d.layouts }

// Note adds a damaged place to the findings, for a caller that found nothing in the
// message.
func (d *Reader) Note(damage Damage) { d.found(damage.Position, "%s", damage.What) }

func (d *Reader) note(layout string) {
	if len(d.layouts) < 3 && !slices.Contains(d.layouts, layout) {
		d.layouts = append(d.layouts, layout)
	}
}

// found notes a finding, once, however many lines have it.
func (d *Reader) found(at Position, format string, args ...any) {
	f := finding{at.Line, fmt.Sprintf(format, args...)}
	if len(d.findings) < maxDamage && !slices.ContainsFunc(d.findings, func(old finding) bool { return old.text == f.text }) {
		d.findings = append(d.findings, f)
	}
}

// recognise looks for the next message in the text. It reports false at the
// end of the input. When a JSON value begins, it leaves dec nil.
//
// This is where a new layout is let in. It has
//   - a find function: where its text begins, near the start of what it is given.
//     What that costs must follow how far it looks, for it is asked on every line;
//   - a decoder, in a file of its own, that takes its text from the window. It sets
//     mark as it goes on. What ahead gave is gone after have or more, and so is what
//     lies before mark;
//   - a place among the others: in findInRows, if several lines speak for it, in
//     findInLine, if one does, in the JSON scanner, if it is a value. Who asks for
//     more evidence comes first;
//   - a row in the layouts that the tests go through, and some in TestDamage.
func (d *Reader) recognise() bool {
	w := d.text
	d.before = d.before[:0]
	for len(w.Ahead(1)) > 0 {
		text := w.Ahead(lookahead)
		last := len(text) < lookahead // all that is left
		line, _, _ := bytes.Cut(text[:min(len(text), maxRow)], newline)
		at := position(w, 0)
		first := d.tried == 0
		if here := w.Offset() + 1; here != d.tried {
			d.tried = here
		} else { // what began here gave nothing
			d.skipLine()
			continue
		}

		start, dec, layout := d.findInRows(text, line, last)
		if dec != nil {
			d.start(start, dec, layout)
			return true
		}
		object := -1
		for _, reach := range reaches { // what it costs to find a message follows how far away it is
			var ended bool
			line, _, ended = bytes.Cut(text[:min(len(text), reach)], newline)
			object = findJSON(text, len(line))
			start, dec, layout = d.findInLine(text, line, object, last)
			if dec != nil || object >= 0 || ended || len(line) == len(text) {
				break
			}
		}
		switch {
		case dec != nil:
			d.start(start, dec, layout)
		case object >= 0:
			d.start(object, nil, "JSON")
			d.json = &jsonScanner{text: w, msg: &d.own}
			d.note("JSON")
		}
		run, _, _ := bytes.Cut(text[start:min(len(text), start+lookAround)], newline)
		if first && last && isPreview(text) || layout == "hex in groups of four" && isPreview(run) {
			d.found(at, previewText)
		}
		if dec != nil && isShortened(text[start:min(len(text), start+4096)]) {
			d.found(at, shortenedText)
		}
		if dec != nil || object >= 0 {
			return true
		}
		if bytes.Count(line, replacement) >= 2 {
			d.found(at, lossyText)
		}
		if at.Column == 1 { // else it is the rest of a message's line, and tells of that one
			d.setBefore(line)
		}
		d.skipLine()
	}
	return false
}

// findInRows finds a dump that text begins with, or that its first line has a
// label before, by what several lines have in common.
func (d *Reader) findInRows(text, line []byte, last bool) (start int, dec decoder, layout string) {
	w, msg := d.text, &d.own
	at := position(w, 0)
	if g, ok := findRows(text, last); ok {
		if g.isReversed(line) {
			d.found(at, "this is a listing of words, as xxd -e makes it; make it again without -e")
		}
		return 0, &rowsDecoder{text: w, msg: msg, rows: g, repeats: d.repeats}, g.name()
	}
	if width, ok := findColumns(text); ok {
		return 0, &columnsDecoder{text: w, msg: msg, width: width}, "listing without offsets"
	}
	if other := otherListing(line); other != "" {
		if d.other == "" {
			d.other = other // once is enough, and its other rows may look like another
			d.found(at, "%s", other)
		}
		return 0, nil, ""
	}
	if lines, ok := findPrefix(text); ok {
		lines.text = w
		return 0, &lines, "lines with a prefix"
	}
	if skip, g, ok := findLabelled(text, line, last); ok {
		return skip, &rowsDecoder{text: w, msg: msg, rows: g, repeats: d.repeats}, g.name()
	}
	return 0, nil, ""
}

// findInLine finds the text that begins first on a line, before the JSON that
// begins at object if that is not negative. Without any, dec is nil.
func (d *Reader) findInLine(text, line []byte, object int, last bool) (start int, dec decoder, layout string) {
	w, msg := d.text, &d.own
	if object >= 0 {
		if i := findBytes(line, object); i >= 0 {
			return i, &escapesDecoder{text: w, msg: msg, python: isBytesPrefix(line[:i])}, `\x escapes`
		}
		if object > 0 && line[object-1] == '\'' && isDoubled(text[object:min(len(text), object+4096)]) {
			i, python := object-1, isBytesPrefix(line[:object-1])
			return i, &escapesDecoder{text: w, msg: msg, python: python, characters: !python}, "string literal"
		}
		text, line, last = text[:object], line[:object], false
	}
	start = len(line)
	if i := findEscapes(text, start); i >= 0 {
		start, dec, layout = i, &escapesDecoder{text: w, msg: msg, python: isBytesPrefix(line[:i])}, `\x escapes`
	}
	if i := findZeroX(text, start); i >= 0 {
		start, dec, layout = i, &numbersDecoder{text: w, msg: msg, numberSyntax: zeroX}, zeroX.name
	}
	if i := findDataURI(line, start); i >= 0 {
		start, dec, layout = i, &base64Decoder{text: w, msg: msg}, "base64"
	}
	if run := findNumbers(text, start); run.start >= 0 {
		start, dec, layout = run.start, &numbersDecoder{text: w, msg: msg, numberSyntax: run.numberSyntax, sep: run.sep}, run.name
	}
	if dec != nil {
		text, last = text[:start], false
	}
	if hex := findHex(text, len(line), last); hex.start >= 0 {
		start, dec, layout = hex.start, &hexDecoder{text: w, msg: msg, run: hex}, hex.name()
		if !mayBeBase64(line, start) {
			return start, dec, layout
		}
	} else if dec != nil {
		return start, dec, layout
	}
	if i := findBase64(text, min(start+1, len(line))); i >= 0 {
		start, dec, layout = i, &base64Decoder{text: w, msg: msg, bare: true}, "base64"
	}
	return start, dec, layout
}

// start begins a message whose text stands skip bytes ahead.
func (d *Reader) start(skip int, dec decoder, layout string) {
	w := d.text
	d.setBefore(w.Peek(skip))
	w.Skip(skip)
	w.Keep(lookBack)
	d.own.Position = position(w, 0)
	d.own.Layout = layout
	d.dec = dec
}

// setBefore remembers what stands before a message: its topic, its time.
func (d *Reader) setBefore(line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		d.before = append(d.before[:0], line[:min(len(line), maxBefore)]...)
	}
}

// skipLine passes over the rest of the line, however long.
func (d *Reader) skipLine() {
	w := d.text
	for {
		b := w.Ahead(1)
		i := bytes.IndexByte(b, '\n')
		if i >= 0 {
			w.Skip(i + 1)
			return
		}
		if w.Skip(len(b)); len(b) == 0 {
			return
		}
	}
}

const lossyText = "the payload was saved as text, and what is not text became U+FFFD: these bytes are lost; show the payload as Hex or Base64 and copy it again"

// isPreview recognises what MQTTX shows of a long message: its first 100
// characters, the last of which may be a blank.
func isPreview(text []byte) bool {
	n := len(bytes.TrimSpace(text))
	return n == 100 || n == 99
}

// isShortened recognises what viewers make of a long message that begins with
// text: dots on its first line, or a count of what is left out.
func isShortened(text []byte) bool {
	line, _, _ := bytes.Cut(text, newline)
	more := bytes.Index(text, []byte(" more"))
	return bytes.Contains(line, []byte("...")) || bytes.Contains(line, []byte("…")) ||
		more > 0 && text[more-1] >= '0' && text[more-1] <= '9'
}

const shortenedText = "what showed this left a part of it out: open or print the whole message, in Node with toString('hex'), and take that"

const previewText = "this looks like the preview of a longer message, of which MQTTX shows only the first 100 characters: open the whole message and copy or save that"
