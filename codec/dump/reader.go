// Package dump turns what people copy out of MQTT tools into the bytes of the messages. It
// recognizes the layout: hex, listings, lists of numbers, string literals, base64, JSON,
// or one of them inside another. It depends on no device, and of pictures it knows only
// how they begin.
//
//	reader.go    Reader: which layout begins where, and one in another
//	records.go   one message in several records of a log
//	prefix.go    what loggers put before every line
//	reflow.go    listings whose rows were joined or wrapped
//	rows.go      which listing it is, and its rows one after the other
//	listing.go   the table of listings, and the cells of a row
//	json.go      the strings and lists of JSON that may hold a message
//	base64.go    base64
//	plus.go      whether blanks in it were plus signs
//	table.go     base64 in a table of psql
//	literals.go  hex and base64 in several string literals
//	escapes.go   string literals of bytes
//	numbers.go   bytes as numbers
//	hex.go       hex digits in any grouping
//	digits.go    all hex digits of a text, for a second look
//	plain.go     the text without marks, colors and what mails put before it
//	html.go      the text that a web page shows
//	capture.go   the messages in the packets of a network
//	capturefile.go  the packets in capture files
//	framing.go   what modems and tools put between the pieces of a message
//	envelope.go  the topics and times that tools put around a message
//	lines.go     what decoders have in common: the shape of a message's lines, its beginning
//	message.go   Message, what is damaged in it, and what a decoder is
//	chars.go     classes of characters, and all limits
//
// Each file uses those below it, with few exceptions.
package dump

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"mqtool/codec/internal/window"
)

// A Reader turns what people copy out of MQTT tools into the bytes of the messages. It
// recognizes the layout by itself.
//
// It works like a reader of archives: Next moves to the next message, and Read reads its
// bytes up to io.EOF. Both work in constant memory.
//
//	5343 3231 3100 0102 ffd8 ffe0 0010 4a46       MQTTX, payload shown as hex
//	1795398905.350698939 4GSolarCam/Snapshot 5343 mosquitto_sub -F '%U %t %x'
//	00000000: 5343 3231 3100 0102 ffd8 ffe0 0010  xxd
//	00000000  53 43 32 31 31 00 01 02  ff d8 ff   hexdump -C
//	{"ts":1682336818966,"values":{"image":"data:  the camera's JSON
//	unsigned char p[] = {0x53, 0x43, 0x32, 0x31   xxd -i, Wireshark
//
// Damage in a text (a foreign character, a missing digit, a jump in the offsets) does
// not end a message; it is listed in [Message.Damage].
//
// Its fields are the text, the current message and its decoder, what the caller asked for,
// and what earlier messages showed about later ones.
type Reader struct {
	text  *window.Window
	depth int

	dec    decoder // of the current message; nil between two
	head   []byte  // decoded bytes that were looked at and not yet read
	opened []byte  // the memory of head; nil until it is needed
	own    Message // what is known about the current message in this text
	msg    Message // the same, with what nested found

	forced  decoder      // the first message, when its layout is not to be recognized
	json    *jsonScanner // the JSON value that the text is in
	nested  *Reader      // reads the current message's bytes as text
	objects bool         // give JSON objects without a message, too

	texts func(line []byte) int // finds where a message begins that is text itself

	capture      *capture     // collects captured packets; nil if there are none
	packets      *captureFile // reads them from a capture file
	captureEnded bool

	framing     framing // what stands between the pieces of all messages
	framedAs    string  // its name
	framed      bool    // a message in this framing was found
	asBytes     bool    // the text begins with bytes, and no other text was found in it yet
	wasCaptured bool    // a nested text had packets

	before   []byte // what stood before the message on its line, or on the line above
	whole    *whole // what nested and outer readers share
	tried    int64  // 1 + the offset in the text of the last message's start
	findings []finding
	layouts  []string // of the first messages
}

// A whole is the input that a Reader and those nested in it read.
type whole struct {
	text    *window.Window // the outermost text
	records int64          // how many objects of JSON were met
	repeats int64          // how many bytes of repeated rows (*) were given
}

// repeat counts n more bytes of repeated rows, unless these are too many.
func (w *whole) repeat(n int64) bool {
	if n > freeRepeats+maxRepeats*w.text.Offset()-w.repeats {
		return false
	}
	w.repeats += n
	return true
}

// A Mode says how a Reader reads its input. All modes but Recognize are for a second try,
// after the first one found no picture.
type Mode uint8

// The modes, in the order in which they are tried.
const (
	Recognize Mode = iota
	AsBytes        // the input is the message
	AsDigits       // all hex digits of the input, from the first ffd8ff on, which may begin in the middle of a byte
)

// NewReader returns a reader of the messages in the text or bytes of r.
func NewReader(r io.Reader, mode Mode) *Reader {
	return newOuter(window.New(r, window.Size, window.Size), r, mode)
}

// NewBytesReader returns a reader of the messages in b, which it shares.
func NewBytesReader(b []byte, mode Mode) *Reader {
	return newOuter(window.Over(b), nil, mode)
}

func newOuter(w *window.Window, r io.Reader, mode Mode) *Reader {
	d := newReader(w, r, mode)
	d.whole = &whole{text: d.text}
	return d
}

// WithObjects makes the reader also give JSON objects that hold no message, each as a
// [Message] without bytes. An object inside another one is a part of that one.
func (d *Reader) WithObjects() *Reader {
	d.objects = true
	return d
}

// WithTexts makes the reader also give texts that are messages themselves. find returns
// where on a line such a message begins, or -1. The message goes on to the end of the
// line.
func (d *Reader) WithTexts(find func(line []byte) int) *Reader {
	d.texts = find
	return d
}

// newReader returns a reader of what w holds, followed by r.
func newReader(w *window.Window, r io.Reader, mode Mode) *Reader {
	d := &Reader{text: w}
	head := w.Peek(lookahead)
	if mode == Recognize {
		if text := latin1Text(w, r, head); text != nil {
			d.text = text
			d.forced, d.own.Layout = &latin1Decoder{body: d.body()}, "bytes as Latin-1 text"
			return d
		}
	}
	if isCapture(head) {
		d.capture, d.packets = newCapture(), newCaptureFile(w)
		return d
	}
	if mode == Recognize && d.recognizeBytes() {
		d.asBytes = true
		return d
	}
	if mode == AsBytes {
		d.takeBytes(&bytesDecoder{text: w}, head)
		return d
	}
	d.text = plainWindow(w, r, head)
	if mode == Recognize {
		d.framing, d.framedAs = framingOf(d.text.Peek(lookahead))
	}
	if mode == AsDigits {
		d.forced = &digitsDecoder{body: d.body()}
		d.own.Layout = "hex digits"
	}
	return d
}

// plainWindow returns the text of w, which begins with head, followed by r, without what does
// not belong to it.
func plainWindow(w *window.Window, r io.Reader, head []byte) *window.Window {
	if r == nil && isPlain(head) && bytes.IndexByte(w.Ahead(0), escape) < 0 {
		return w
	}
	rest := withRest(w.Ahead(0), r, w.Cause())
	return window.New(newPlainReader(rest, head), min(window.Size, max(w.Held(), window.Small)), window.Size)
}

// withRest returns a reader of head, which was read from r before, followed by the rest of
// r or by err, the error that r ended with.
func withRest(head []byte, r io.Reader, err error) io.Reader {
	if err != nil {
		r = readerFunc(func([]byte) (int, error) { return 0, err })
	}
	return io.MultiReader(bytes.NewReader(head), r)
}

// Next moves to the next message. It returns io.EOF if there is none. The rest of the
// current message is skipped. The message is valid until the next call.
func (d *Reader) Next() (*Message, error) {
	for {
		if d.nested != nil {
			if found, err := d.nextNested(); found || err != nil {
				return &d.msg, err
			}
		}
		if d.dec != nil {
			if _, err := io.Copy(io.Discard, readerFunc(d.readOwn)); err != nil {
				return nil, err
			}
		}
		found, err := d.nextOwn()
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		_, isRows := d.dec.(*rowsDecoder)
		if err := d.open(); err != nil {
			return nil, err
		}
		if isRows && d.nested == nil {
			isPacket, err := d.takePacket()
			if err != nil {
				return nil, err
			}
			if isPacket {
				continue
			}
		}
		if d.nested == nil {
			d.publish()
			return &d.msg, nil
		}
	}
}

// nextNested moves to the next message in the text that the current one holds. After the
// last one it takes over the findings and layouts of the nested reader.
func (d *Reader) nextNested() (found bool, err error) {
	_, err = d.nested.Next()
	switch err {
	case nil:
		d.publish()
		return true, nil
	case io.EOF:
		for _, f := range d.nested.findings {
			d.found(d.own.Position, "%s", f.text)
		}
		for _, l := range d.nested.layouts {
			d.note(l + " in " + d.own.Layout)
		}
		d.wasCaptured = d.wasCaptured || d.nested.Captured()
		d.nested = nil
		return false, nil
	}
	return false, err
}

// nextOwn moves to the next message of the reader's own text. It reports false if it has
// to be called again, for example because only JSON begins or ends there.
func (d *Reader) nextOwn() (found bool, err error) {
	layout := d.own.Layout
	d.head, d.own = nil, Message{}
	switch {
	case d.capture != nil && (len(d.capture.ready) > 0 || d.packets != nil):
		return d.nextCaptured(), nil
	case d.framing != nil:
		return d.nextFramed(), nil
	case d.forced != nil:
		d.dec, d.own.Layout, d.forced = d.forced, layout, nil
		d.own.Position = position(d.text, 0)
		return true, nil
	case d.json != nil:
		return d.nextInJSON(), nil
	case d.asBytes && len(d.text.Ahead(1)) > 0:
		d.asBytes = d.recognizeBytes()
		return false, nil
	case d.recognize():
		return d.dec != nil, nil
	case d.text.Err() != nil:
		return false, d.text.Err()
	case d.capture != nil && !d.captureEnded:
		d.endCapture()
		return false, nil
	}
	return false, io.EOF
}

// nextInJSON moves to the next message in the JSON that the text is in.
func (d *Reader) nextInJSON() bool {
	item, ok := d.json.next()
	for _, remark := range d.json.remarks {
		d.found(position(d.text, 0), "%s", remark)
	}
	d.json.remarks = nil
	if !ok {
		d.json = nil
		return false
	}
	d.dec, d.own.Layout, d.own.Key, d.own.Object, d.own.Record = item.decoder, item.as, item.key, item.object, item.record
	if item.object == nil {
		d.own.Layout += " in JSON"
	}
	d.own.Position = position(d.text, 0)
	d.own.start = d.text.Offset()
	d.text.Keep(lookBack)
	return true
}

// open examines the first bytes of a message. If they are text, or pieces of a message, they
// are read as a dump of its own.
func (d *Reader) open() error {
	d.note(d.own.Layout)
	if _, isBytes := d.dec.(*bytesDecoder); isBytes || d.depth == maxNesting {
		return nil
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(readerFunc(d.readOwn), head)
	d.head = head[:n]
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if countLost(d.head) >= 4 && !holdsPicture(d.head) {
		d.found(d.own.Position, lossyText)
	}
	isDump := n > 0 && (isText(d.head) || isLatin1Bytes(d.head))
	if !isDump {
		if d.opened == nil {
			d.opened = make([]byte, lookahead)
		}
		n, err = io.ReadFull(readerFunc(d.readOwn), d.opened)
		d.head = d.opened[:n]
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		isDump = isFramed(d.head)
	}
	if isDump {
		r := readerFunc(d.readOwn)
		d.nested = newReader(window.New(r, window.Small, window.Size), r, Recognize)
		d.nested.depth, d.nested.whole, d.nested.objects, d.nested.texts = d.depth+1, d.whole, d.objects, d.texts
	}
	return nil
}

// publish makes what is known about the current message visible to the caller.
func (d *Reader) publish() {
	m := d.own
	if m.Topic == "" && m.Time.IsZero() {
		m.Topic, m.Time = ParseLabel(string(d.before))
	}
	if len(m.Object) > 0 {
		topic, received, payload := ParseEnvelope(m.Object)
		m.Topic = cmp.Or(topic, m.Topic)
		if !received.IsZero() {
			m.Time = received
		}
		if payload != nil {
			m.Object = payload
		}
	}
	if d.nested != nil {
		m = d.around(m, &d.nested.msg)
	}
	d.msg = m
}

// around combines what is known about the message in with what is known about outer, the
// message that held its text.
func (d *Reader) around(outer Message, in *Message) Message {
	m := *in
	m.Layout += " in " + outer.Layout
	m.Position = outer.Position
	m.Topic = cmp.Or(in.Topic, outer.Topic)
	if in.Time.IsZero() {
		m.Time = outer.Time
	}
	if len(in.Object) == 0 {
		m.Object, m.Key, m.Mended = outer.Object, outer.Key, outer.Mended
	}
	m.Record = cmp.Or(in.Record, outer.Record)
	m.Shortened = in.Shortened || outer.Shortened
	m.Damage = nil
	for _, damage := range outer.Damage {
		// If the damage lies in the message, all of its bytes may be wrong, otherwise
		// none.
		inside := damage.Offset < in.end && damage.Offset+damage.Size > in.start
		if damage.Offset, damage.Size = 0, 0; inside {
			damage.Size = math.MaxInt64
		}
		m.Damage = append(m.Damage, damage)
	}
	for _, damage := range in.Damage {
		damage.What += " (counted in the text that the " + outer.Layout + " holds)"
		m.Damage = append(m.Damage, damage)
	}
	m.DamageCount += outer.DamageCount
	m.last = max(in.last, outer.last)
	return m
}

// GiveUp gives up the current message, whose decoder has failed, and all of its line. A
// text that is a single message, such as bytes, is given up whole. GiveUp returns the line
// of the message and from where to where in the text it was given up. If end is the end of
// the text or of what was given up before, there is nothing more to give up.
func (d *Reader) GiveUp() (line, start, end int64) {
	w := d.text
	start = max(d.tried-1, 0)
	line = d.own.Position.Line
	if d.dec == nil && d.json == nil {
		line, _ = w.Place(0)
	}
	d.nested, d.dec, d.json, d.forced, d.head, d.own = nil, nil, nil, nil, nil, Message{}
	if d.tried == 0 {
		d.framing, d.packets, d.captureEnded = nil, nil, true
		for b := w.Ahead(1); len(b) > 0; b = w.Ahead(1) {
			w.Skip(len(b))
		}
	} else if w.Column() > 1 || w.Offset() == start {
		d.skipLine()
	}
	return line, start, w.Offset()
}

// Read reads the bytes of the current message. It returns io.EOF at its end.
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

// readOwn reads the current message's bytes without reading a nested text in them.
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
	d.own.given += int64(n)
	d.own.ahead = 0
	d.own.end = d.text.Offset()
	if err == nil {
		return n, nil
	}
	d.own.Shortened = d.endsInDots()
	d.dec = nil
	if serr := d.text.Err(); serr != nil {
		return n, serr
	}
	if d.json != nil && d.own.Object == nil {
		d.own.Object, d.own.Mended = d.json.finishObject()
	}
	return n, err
}

// endsInDots reports whether the text of a message ends in the dots of a viewer that has
// left the rest out. The dots of a listing's text column are bytes.
func (d *Reader) endsInDots() bool {
	const around, dots, closers = 16, "...", "\"'`,]})"
	ahead := bytes.TrimLeft(d.text.Peek(around), closers+blankEnds)
	if bytes.HasPrefix(ahead, []byte(dots)) || bytes.HasPrefix(ahead, []byte("…")) {
		return true
	}
	switch d.dec.(type) {
	case *rowsDecoder, *reflowDecoder, *bytesDecoder:
		return false
	}
	behind := d.text.Behind()
	behind = bytes.TrimRight(behind[max(0, len(behind)-around):], closers+blankEnds)
	return bytes.HasSuffix(behind, []byte(dots)) || bytes.HasSuffix(behind, []byte("…"))
}

// A finding describes something in a text that cannot be decoded without loss.
type finding struct {
	line int64 // the first line that has it
	text string
}

// Findings describes what in the input could not be decoded without loss, and what to do
// instead.
func (d *Reader) Findings() []string {
	var list []string
	for _, f := range d.findings {
		list = append(list, fmt.Sprintf("line %d: %s", f.line, f.text))
	}
	return list
}

// Layouts names the layouts of the first messages, and of JSON without a message.
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

// recognize looks for the next message in the text. It reports false at the end of the
// input. When a JSON value begins, it leaves dec nil.
//
// A new layout is added here. It needs
//   - a find function: it finds where the layout begins, near the start of a text. It is
//     called for every line, so its cost must be bounded by how far it may look;
//   - a decoder, in a file of its own, that takes its text from the window;
//   - a row in layouts, or a place in the JSON scanner if it is a value. Stricter layouts
//     come first;
//   - a row in the layouts that the tests go through, and some in TestDamage.
func (d *Reader) recognize() bool {
	w := d.text
	d.before = d.before[:0]
	for len(w.Ahead(1)) > 0 {
		text := w.Ahead(lookahead)
		text = text[:min(len(text), window.Size)]    // a payload is in memory as a whole
		if here := w.Offset() + 1; here == d.tried { // nothing was read from what began here
			d.skipLine()
			continue
		}
		first := d.tried == 0
		d.tried = w.Offset() + 1
		if d.recognizeLine(text, first) {
			return true
		}
	}
	return false
}

// recognizeLine looks for a message that begins on the first line of text, and skips the
// line if there is none.
func (d *Reader) recognizeLine(text []byte, first bool) bool {
	w := d.text
	last := len(text) < lookahead // text is the rest of the input
	at := position(w, 0)
	if d.recognizeAnswer(text) {
		return true
	}
	if d.texts != nil {
		if i := d.texts(firstLine(text[:min(len(text), maxRow)])); i >= 0 && findJSON(text, i) < 0 {
			d.start(i, &bytesDecoder{text: w, inLine: true}, "text")
			return true
		}
	}
	start, dec, layout := d.find(true, text, 0, last)
	if dec != nil {
		d.start(start, dec, layout)
		return true
	}
	line, object, start, dec, layout := d.findOnLine(text, last)
	d.findShortened(at, text, start, first && last, dec != nil, layout)
	if object >= 0 && dec == nil && hasMore(text[object:min(len(text), object+4096)]) {
		d.found(at, ShortenedText)
	}
	switch {
	case dec != nil:
		d.start(start, dec, layout)
	case object >= 0:
		d.start(object, nil, "JSON")
		d.json = &jsonScanner{text: w, msg: &d.own, objects: d.objects, whole: d.whole}
		d.note("JSON")
	default:
		if countLost(line) >= 2 {
			d.found(at, lossyText)
		}
		if at.Column == 1 { // otherwise it is the rest of a message's line and describes that message
			d.setBefore(line)
		}
		d.skipLine()
		return false
	}
	return true
}

// findOnLine finds the message that begins on the first line of text. object is where JSON
// begins on that line, or -1.
func (d *Reader) findOnLine(text []byte, last bool) (line []byte, object, start int, dec decoder, layout string) {
	for _, reach := range reaches {
		var ended bool
		line, _, ended = bytes.Cut(text[:min(len(text), reach)], newline)
		if object = findJSON(text, len(line)); object < 0 {
			start, dec, layout = d.find(false, text, len(line), last)
		} else if start, dec, layout = d.findAround(text, line, object); dec == nil {
			start, dec, layout = d.find(false, text[:object], object, false)
		}
		if dec != nil || object >= 0 || ended || len(line) == len(text) {
			break
		}
	}
	return line, object, start, dec, layout
}

// findShortened adds a finding if a viewer seems to have shortened the message that begins
// at start. only says that text is the whole input.
func (d *Reader) findShortened(at Position, text []byte, start int, only, found bool, layout string) {
	if !found { // start is then where the line ends
		start = 0
	}
	run := firstLine(text[start:min(len(text), start+lookAround)])
	if only && isPreview(text) || layout == "hex in groups of four" && isPreview(run) {
		d.found(at, previewText)
	}
	if !found && bytes.Contains(run, []byte("M-^?M-X")) {
		d.found(at, "this is what cat -v makes of bytes, M- and ^ and all: save the payload itself, or as Hex or Base64")
	}
	if !found && bytes.Contains(run, []byte("[B@")) {
		d.found(at, "[B@ and digits are the name of an array in Java, and not its bytes: print it with Arrays.toString or as Base64")
	}
	if found && isShortened(text[start:min(len(text), start+4096)]) {
		d.found(at, ShortenedText)
	}
}

// A layout is a form in which a text may hold a message. find returns where the layout
// begins on the first line of text, in its first before bytes, or a negative start. last
// says that text is the rest of the input.
type layout struct {
	kind evidence
	find func(d *Reader, text []byte, before int, last bool) (start int, dec decoder, name string)
}

// evidence is what a layout is recognized by.
type evidence byte

const (
	inRows       evidence = iota // several lines, whatever else the first one holds
	inLine                       // one line, on which the layout that begins first is taken
	inLineBefore                 // the part of a line before the layouts found there so far
)

// layouts are tried in this order: if several begin at the same place, the first is taken.
var layouts = []layout{
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		if !findEntries(text) {
			return -1, nil, ""
		}
		return 0, &entriesDecoder{body: d.body()}, "list with indexes"
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		start, syntax := findMarks(text, min(len(text), reaches[0]))
		if start < 0 {
			return start, nil, ""
		}
		return start, &marksDecoder{body: d.body(), markSyntax: syntax}, syntax.name
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		return d.listing(0, findRows(text))
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		records, missing := findRecords(text)
		if records == nil {
			if missing != "" {
				d.found(position(d.text, 0), "%s", missing)
			}
			return -1, nil, ""
		}
		records.body = d.body()
		d.own.Topic, d.own.Time, d.own.Object, d.own.Key = records.first.topic, records.first.at, records.first.object, records.first.key
		return 0, records, records.name
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		start, table := findTable(text)
		if start < 0 {
			return start, nil, ""
		}
		table.body = d.body()
		return start, table, "a table of psql"
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		lines := findPrefix(text)
		if lines == nil {
			return -1, nil, ""
		}
		lines.body = d.body()
		return 0, lines, "lines with a prefix"
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		if !findReflowed(text) {
			return -1, nil, ""
		}
		return 0, &reflowDecoder{d.body()}, "rows joined or wrapped"
	}},
	{inRows, func(d *Reader, text []byte, _ int, _ bool) (int, decoder, string) {
		return d.listing(findLabelled(text))
	}},
	{inLine, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		i, syntax := findLiterals(text, before)
		return i, &literalsDecoder{body: d.body(), literalSyntax: syntax}, "string literals"
	}},
	{inLine, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		i := findEscapes(text, before)
		if i < 0 {
			return i, nil, ""
		}
		return i, &escapesDecoder{body: d.body(), python: isBytesPrefix(text[:i])}, `\x escapes`
	}},
	{inLine, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		i := findZeroX(text, before)
		if i < 0 {
			return i, nil, ""
		}
		return i, &numbersDecoder{body: d.body(), numberSyntax: zeroX}, zeroX.name
	}},
	{inLine, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		i := findDataURI(text, before)
		if i < 0 {
			return i, nil, ""
		}
		return i, &base64Decoder{body: d.body()}, "base64"
	}},
	{inLine, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		run := findNumbers(text, before)
		if run.start < 0 {
			return -1, nil, ""
		}
		return run.start, &numbersDecoder{body: d.body(), numberSyntax: run.numberSyntax, sep: run.sep}, run.name
	}},
	{inLineBefore, func(d *Reader, text []byte, before int, last bool) (int, decoder, string) {
		run := findHex(text, before, last)
		if run.start < 0 {
			return -1, nil, ""
		}
		// Digits may be a part of base64: 24 zero bytes are 32 letters A.
		if mayBeBase64(firstLine(text), run.start) {
			if i := d.findBase64(text, run.start+1); i >= 0 {
				return i, &base64Decoder{body: d.body(), bare: true}, "base64"
			}
		}
		return run.start, &hexDecoder{body: d.body(), run: run}, run.name()
	}},
	{inLineBefore, func(d *Reader, text []byte, before int, _ bool) (int, decoder, string) {
		i := d.findBase64(text, before)
		if i < 0 {
			return i, nil, ""
		}
		return i, &base64Decoder{body: d.body(), bare: true}, "base64"
	}},
}

// find finds a dump that is recognized by several lines of text, or else the dump that
// begins first in the first before bytes of its first line. dec is nil if there is none.
func (d *Reader) find(several bool, text []byte, before int, last bool) (start int, dec decoder, name string) {
	start = before
	for _, l := range layouts {
		if (l.kind == inRows) != several {
			continue
		}
		if l.kind == inLineBefore && dec != nil {
			text, last = text[:start], false
		}
		if i, made, as := l.find(d, text, start, last); i >= 0 {
			if start, dec, name = i, made, as; several {
				break
			}
		}
	}
	return start, dec, name
}

// listing returns the decoder of the listing that begins at start, if there is one and its
// bytes are not lost.
func (d *Reader) listing(start int, g *rowForm) (int, decoder, string) {
	if g == nil {
		return -1, nil, ""
	}
	if g.lost != "" {
		d.found(position(d.text, 0), "%s", g.lost)
		return -1, nil, ""
	}
	return start, &rowsDecoder{body: d.body(), rows: *g, whole: d.whole}, g.name()
}

// body returns what a decoder needs to know of the current message.
func (d *Reader) body() body { return body{text: d.text, msg: &d.own} }

// findAround finds the string literal that contains the JSON which begins at object.
func (d *Reader) findAround(text, line []byte, object int) (start int, dec decoder, layout string) {
	if i := findBytes(line, object); i >= 0 {
		return i, &escapesDecoder{body: d.body(), python: isBytesPrefix(line[:i])}, `\x escapes`
	}
	if i := object - 1; i >= 0 && line[i] == '\'' && isDoubled(text[object:min(len(text), object+4096)]) {
		python := isBytesPrefix(line[:i])
		return i, &escapesDecoder{body: d.body(), python: python, characters: !python}, "string literal"
	}
	return 0, nil, ""
}

// start begins a message whose text begins skip bytes ahead.
func (d *Reader) start(skip int, dec decoder, layout string) {
	w := d.text
	d.setBefore(w.Peek(skip))
	w.Skip(skip)
	w.Keep(lookBack)
	d.own.Position = position(w, 0)
	d.own.start = w.Offset()
	d.own.Layout = layout
	d.dec = dec
}

// setBefore keeps the text before a message, which may hold its topic and time.
func (d *Reader) setBefore(line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		d.before = append(d.before[:0], line[:min(len(line), maxBefore)]...)
	}
}

// skipLine skips the rest of the line, however long it is.
func (d *Reader) skipLine() {
	for {
		b := d.text.Ahead(1)
		n := len(firstLine(b))
		if d.text.Skip(min(n+1, len(b))); n < len(b) || n == 0 {
			return
		}
	}
}

// countLost counts the characters that replace bytes which are not text: U+FFFD, and the
// character that the serial monitor of the Arduino IDE uses.
func countLost(b []byte) int {
	return bytes.Count(b, replacement) + bytes.Count(b, []byte("\u2E2E"))
}

const lossyText = "the payload was saved as text, and what is not text became U+FFFD or the like: these bytes are lost; show the payload as Hex or Base64 and copy it again"

// isPreview reports whether text is as long as what MQTTX shows of a long message: its
// first 100 characters, the last of which may be a blank.
func isPreview(text []byte) bool {
	n := len(bytes.TrimSpace(text))
	return n == 100 || n == 99
}

// isShortened reports whether a viewer has shortened the message that text begins with:
// there are dots on its first line, or a count of what is left out.
func isShortened(text []byte) bool {
	line := firstLine(text)
	return bytes.Contains(line, []byte("...")) || bytes.Contains(line, []byte("…")) || hasMore(text)
}

// hasMore reports whether text counts what is left out of it: 2205 more items.
func hasMore(text []byte) bool {
	more := bytes.Index(text, []byte(" more"))
	return more > 0 && isDigit(text[more-1])
}

// ShortenedText says what to do about a message that a viewer has shortened.
const ShortenedText = "the program that showed this left a part of it out: open or print the whole message, in Node with toString('hex'), and copy that"

const previewText = "this looks like the preview of a longer message, of which MQTTX shows only the first 100 characters: open the whole message and copy or save that"
