package codec

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mqtool/codec/dump"
)

// A LogEntry is a message of a reader in a log, or a place where there should be one.
// It is valid until the next one.
type LogEntry struct {
	Item  // Err says why nothing can be read; it is [ErrNoMessage] if there is no message
	Topic string
	Time  time.Time // when the message was received, if the log says so

	Warnings []string // warnings that mqtool had printed with the value

	// Line is the number of the entry's first line, from 1, and Text holds all its lines.
	// Start is where the message begins in Text; offsets of errors count from there. Text
	// is empty for an entry from a document.
	Line  int
	Text  string
	Start int
}

// ErrNoMessage is the error of a line that holds no message of a reader.
var ErrNoMessage = errors.New("no message in this line")

// errUnread is the error of a line that shows a sign of a message when none can be read.
var errUnread = &SyntaxError{Msg: "there seems to be a message of a reader in this line, and it cannot be read"}

// errPiece is the error of a line that holds only a piece of a message.
var errPiece = errors.New("this is a piece of a message, and the others are missing")

// A LogScanner finds the messages of readers in logs: in lines that are messages or end
// with one; in JSON that other programs, mqtool or devices wrote, also over several lines;
// and in text that stands for bytes, as package dump reads it.
//
// A message means the same as when it is received live. The text before it may hold the
// topic (mosquitto_sub -v) and the time.
type LogScanner struct {
	checksum ChecksumMode
	decoder  *Decoder
	yield    func(*LogEntry) bool
	stopped  bool // yield returned false

	entry LogEntry
	found int   // entries of the current line
	outer label // what is known of the message around the current one
	depth int   // how many messages are around the current one

	word string     // the word before the last message
	rule *topicRule // nil unless word is the topic of a reader

	// Reused for each message.
	line  Line
	event ReaderEvent
}

// A label is what is known of a message that another program has printed.
type label struct {
	topic string
	time  time.Time
}

// maxInside is how deep messages may be wrapped in each other. The output of mosquitto_sub
// in a docker log is wrapped twice.
const maxInside = 4

// NewLogScanner returns a scanner that takes checksums by a mode.
func NewLogScanner(mode ChecksumMode) *LogScanner {
	return &LogScanner{checksum: mode, decoder: NewDecoder("")}
}

// Scan calls yield for each message in the lines of a block, and for each line that is not
// empty and has no message. It stops when yield returns false.
func (l *LogScanner) Scan(block LogBlock, yield func(*LogEntry) bool) {
	l.yield, l.stopped = yield, false
	line, text := "", block.Text
	for n := block.Line; text != "" && !l.stopped; n++ {
		before := text
		line, text = cutLine(text)
		if line == "" { // some readers end a message with two line ends
			continue
		}
		l.entry.Line, l.entry.Text, l.found = n+1, line, 0
		if block.Cut {
			l.cut(line)
			continue
		}
		err := l.scan(line)
		if isPiece(err, line) {
			var size int
			size, err = l.join(before)
			l.entry.Text, text = strings.TrimRight(before[:size], "\r\n"), before[size:]
			n += strings.Count(l.entry.Text, "\n")
		} else if err != nil && line[0] != '$' {
			if joined, rest, more := joinLines(before); more > 0 {
				l.entry.Text = joined
				err = l.scan(joined)
				text = rest
				n += more
			}
			if err == ErrNoMessage && mayBeEncoded(l.entry.Text) {
				err = l.read(dump.NewBytesReader([]byte(l.entry.Text), dump.Recognize), false)
				if err == ErrNoMessage && hasEncodedSign(l.entry.Text) {
					err, l.entry.Start = errUnread, 0
				}
			}
		}
		if err != nil {
			l.fail(err, l.entry.Text)
		}
	}
}

// GiveUp returns the line at which a panic interrupted Scan, its number, and the part of the
// block behind it, which can be scanned next.
func (l *LogScanner) GiveUp(block LogBlock) (number int, line string, rest LogBlock) {
	number, rest = max(l.entry.Line, block.Line+1), block
	for rest.Line < number && rest.Text != "" {
		line, rest.Text = cutLine(rest.Text)
		rest.Line++
	}
	*l = *NewLogScanner(l.checksum)
	return number, line, rest
}

// ScanDocument calls yield for each message in a JSON document of any length, such as an
// export of MQTTX, and for each of its objects without a message. It stops when yield
// returns false. The error is that of reading.
func (l *LogScanner) ScanDocument(r io.Reader, yield func(*LogEntry) bool) error {
	l.yield, l.stopped = yield, false
	l.entry.Text = ""
	if err := l.read(dump.NewReader(r, dump.Recognize), true); err != ErrNoMessage {
		return err
	}
	return nil
}

// emit hands out the entry for a value.
func (l *LogScanner) emit(v Value) {
	e := &l.entry
	if !e.ByTopic {
		e.Kind = plainKind(v.Kind())
	}
	e.Family, e.Value, e.Err = nameSpringCore, v, nil
	l.give()
}

// fail hands out the entry for text that cannot be read.
func (l *LogScanner) fail(err error, text string) {
	if at := findSign(text); err == ErrNoMessage && at >= 0 {
		err, l.entry.Start = errUnread, at
	}
	l.entry.Value, l.entry.Err = Raw{}, err
	l.give()
}

func (l *LogScanner) give() {
	l.found++
	if !l.stopped {
		l.stopped = !l.yield(&l.entry)
	}
}

// cut hands out the entry for a line of which only the start was read.
func (l *LogScanner) cut(line string) {
	start := findMessage(line)
	if l.entry.Start = max(start, 0); start >= 0 && (line[start] == '$' || strings.Contains(line, `"TagId"`)) {
		l.fail(&SyntaxError{Offset: MaxLine, Msg: fmt.Sprintf("the line is longer than %d bytes", len(line))}, line)
		return
	}
	l.fail(ErrNoMessage, "")
}

// scan reads a line that is a message, or ends with one.
func (l *LogScanner) scan(line string) error {
	if strings.HasPrefix(line, "$SC") {
		l.setLabel("", 0)
		return l.readLines(line)
	}
	if strings.IndexByte(" \t\r\x00", line[len(line)-1]) >= 0 {
		line = strings.TrimRight(line, " \t\r\x00")
	}
	start := findMessage(line)
	if start < 0 {
		return l.encoded(line)
	}
	before := strings.Trim(line[:start], " \t\uFEFF")
	if start > 0 { // only what stands before the message says so, and the shortest record has a byte of it
		if is, _ := dump.Piece(line[:min(len(line), start+2)]); is {
			return errPiece
		}
	}
	payload := unquoted(before, line[start:])
	known := l.setLabel(before, start) || before == ""
	if payload[0] == '$' {
		return l.readLines(payload)
	}
	err := l.object(payload)
	if err != nil && !known {
		return ErrNoMessage // a brace in a log does not mean that there is a message
	}
	return err
}

// encoded reads a line that ends with a topic and hex or base64, as mosquitto_sub
// -F '%t %x' writes it. Without the topic such text may be too short to be recognized.
func (l *LogScanner) encoded(line string) error {
	i := strings.LastIndexAny(line, " \t") + 1
	payload, ok := fromHexOrBase64(line[i:])
	if !ok || !l.setLabel(strings.TrimSpace(line[:i]), i) {
		return ErrNoMessage
	}
	if is, _ := dump.Piece(line); is {
		return errPiece
	}
	return l.inside(payload, label{l.entry.Topic, l.entry.Time})
}

// setLabel takes topic and time from the text before a message. It reports whether the
// topic is one of a reader.
func (l *LogScanner) setLabel(before string, start int) bool {
	e := &l.entry
	e.Start, e.Topic, e.Time, e.Address = start, "", l.outer.time, Address{}
	topic := l.outer.topic
	if before != "" {
		topic = lastWord(before)
		if len(topic) < len(before) {
			found, at := dump.ParseLabel(before)
			if !at.IsZero() {
				e.Time = at
			}
			if found != "" && topic != l.word && l.readerRule(topic) == nil {
				topic = found
			}
		}
	}
	if topic != l.word { // successive lines often come from the same reader
		l.word = strings.Clone(topic) // the memory of the text is reused for the next block
		l.rule = l.readerRule(l.word)
	}
	if l.rule == nil {
		return false
	}
	e.Topic, e.Address = l.word, l.rule.address
	if l.rule.decode == nil {
		e.Address = l.rule.reader
	}
	return true
}

// lastWord returns the word before a message, or in a line of CSV the field before it.
func lastWord(before string) string {
	inside := strings.TrimRight(before, `"'`)
	if field, ok := strings.CutSuffix(inside, ","); ok {
		return strings.Trim(field[strings.LastIndexByte(field, ',')+1:], `"' `)
	}
	return strings.Trim(inside[strings.LastIndexAny(inside, " \t")+1:], `"'()[]{}<>:;=`)
}

// readerRule returns the rule for a topic that a reader may have, else nil.
func (l *LogScanner) readerRule(topic string) *topicRule {
	t := l.decoder.rule(topic)
	if t.address.Family == nameSpringCore || t.reader.Family == nameSpringCore {
		return t
	}
	return nil
}

// readLines reads the $SC lines on one line, usually a single one. An error in any but the
// last becomes an entry at once.
func (l *LogScanner) readLines(text string) error {
	whole, start := l.entry.Text, l.entry.Start
	line, rest := CutLine(text)
	for rest != "" {
		if err := l.readLine(line); err != nil {
			l.entry.Text, l.entry.Start = line, 0
			l.fail(err, line)
			l.entry.Text = whole
		}
		start += len(line)
		l.entry.Start = start
		line, rest = CutLine(rest)
	}
	return l.readLine(line)
}

// readLine reads one $SC line.
func (l *LogScanner) readLine(text string) error {
	if err := l.line.Parse(text, l.checksum); err != nil {
		return err
	}
	if l.line.Type != typeEvent || l.line.IsGreeting() {
		v, err := l.line.Decode()
		if err != nil {
			return err
		}
		l.emit(v)
		return nil
	}
	if err := l.event.SetLine(&l.line); err != nil {
		return err
	}
	l.emit(&l.event)
	return nil
}

// object reads a JSON object.
func (l *LogScanner) object(text string) error {
	if strings.Contains(text, nameSpringCore) && l.printed(text) {
		return nil
	}
	if err := l.event.SetWire(text); err != nil {
		return err
	}
	e := &l.entry
	if said := l.event.Device; l.event.TagID != "" && (said == "" || e.Topic == "" || said == e.Device) {
		if e.Device == "" {
			e.Device = said
		}
		l.emit(&l.event)
		return nil
	}
	// The object is something rarer: an envelope around a message, or a message of another
	// kind, which is decoded as if it were live.
	entry, n := l.entry, l.found
	if err := l.wrapper(text); err != ErrNoMessage {
		return err
	}
	l.entry = entry // what seemed to be an envelope had a topic of its own
	for _, item := range l.decoder.Decode(e.Topic, []byte(text)) {
		if item.Err != nil {
			return item.Err
		}
		if isReaders(item) {
			e.Address = item.Address
			l.emit(item.Value)
		}
	}
	if e.Address = entry.Address; l.found > n {
		return nil
	}
	return ErrNoMessage
}

// printed reads a line that mqtool has printed.
func (l *LogScanner) printed(text string) bool {
	p, err := parsePrinted(text)
	if err != nil {
		return false
	}
	e := &l.entry
	e.Topic, e.Time, e.Address, e.Warnings = p.topic, p.received, p.Address, p.warnings
	if t := l.readerRule(p.topic); t != nil && t.decode != nil {
		e.Kind, e.ByTopic = t.address.Kind, t.address.ByTopic
	}
	l.emit(p.Value)
	e.Warnings = nil
	return true
}

// isReaders reports whether an item is a message of a reader. Many other devices have a
// topic that ends in /status.
func isReaders(item Item) bool {
	switch v := item.Value.(type) {
	case *ReaderEvent:
		return v.TagID != "" || v.Move != 0 || item.ByTopic
	case ReaderCommand, Hello, Line:
		return true
	case ReaderStatus:
		return len(v.State) > 0
	case ReaderMeta:
		return v.Serial != "" || v.Vendor != ""
	}
	return false
}

// wrapper reads an object that another program has put around a message: mosquitto_sub
// with %j, MQTTX, docker, journald.
func (l *LogScanner) wrapper(text string) error {
	if l.depth == maxInside {
		return ErrNoMessage
	}
	if l.rule == nil { // live, what is on a reader's topic is a message by itself
		if is, _ := dump.Piece(text); is {
			return errPiece
		}
	}
	topic, received, _ := dump.ParseEnvelope([]byte(text))
	at := label{cmp.Or(topic, l.entry.Topic), received}
	if received.IsZero() {
		at.time = l.entry.Time
	}
	n := l.found
	var failure error
	err := anyObject(text, func(key string, v jsonValue) error {
		inside := v.raw
		switch {
		case v.isString():
			inside = plainInside(unquote(v.raw))
		case v.raw[0] != '{':
			return nil
		}
		if findSign(inside) >= 0 || equalFoldASCII(key, "payload") && l.readerRule(at.topic) != nil {
			if err := l.inside(inside, at); err != nil && err != ErrNoMessage {
				failure = err
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return ErrNoMessage
	case failure != nil: // the error's position is not one in the line
		return errors.New("in the message inside the JSON: " + failure.Error())
	case l.found == n:
		return ErrNoMessage
	}
	return nil
}

// plainInside decodes the message at the end of a string, such as the line of a log that
// docker has. Package dump takes a string as short as most messages of readers for an
// ordinary value.
func plainInside(text string) string {
	text = strings.TrimRight(text, " \t\r\n")
	i := strings.LastIndexAny(strings.TrimRight(text, "="), " \t\n=\"',;|") + 1
	if message, ok := inText(text[i:]); ok {
		return text[:i] + message
	}
	return text
}

// isPiece reports whether an error of scan means that the line is a piece of a message.
func isPiece(err error, line string) bool {
	if err != ErrNoMessage {
		return err == errPiece
	}
	is, _ := dump.Piece(line)
	return is
}

// join reads the records that text begins with and that together are one message, as
// package dump joins them, and returns their size. If one is missing, that is the size of
// the first record.
func (l *LogScanner) join(text string) (size int, err error) {
	_, rest := cutLine(text)
	first := len(text) - len(rest)
	if l.depth == maxInside {
		return first, errPiece
	}
	joined, m, size, err := dump.JoinRecords([]byte(text))
	if err != nil {
		if findSign(text[:first]) < 0 {
			err = ErrNoMessage // of something that is no reader
		}
		return first, err
	}
	err = l.inside(string(joined), label{m.Topic, m.Time})
	if err == ErrNoMessage {
		err = l.read(dump.NewBytesReader(joined, dump.Recognize), false)
	}
	if err != nil && err != ErrNoMessage { // the error's position is not one in the text
		err = errors.New("in the message of several records: " + err.Error())
	}
	return size, err
}

// inside reads the text of a message that is wrapped in another one, as if it stood on
// lines of its own behind its label.
func (l *LogScanner) inside(text string, at label) (failure error) {
	outer, n := l.outer, l.found
	l.outer = at
	l.depth++
	for rest := text; rest != ""; {
		before := rest
		var line string
		if line, rest = cutLine(rest); strings.TrimSpace(line) == "" {
			continue
		}
		err := l.scan(line)
		if isPiece(err, line) {
			var size int
			size, err = l.join(before)
			rest = before[size:]
		} else if err != nil && line[0] != '$' {
			if joined, behind, more := joinLines(before); more > 0 {
				err, rest = l.scan(joined), behind
			}
		}
		if err != nil && (failure == nil || failure == ErrNoMessage) {
			failure = err
		}
	}
	l.depth--
	l.outer = outer
	if l.found > n && failure == ErrNoMessage {
		return nil
	}
	return failure
}

// read reads the messages that a reader of dumps finds in JSON and in text that stands for
// bytes. In a document each object counts by itself; any other input is one line.
func (l *LogScanner) read(r *dump.Reader, document bool) error {
	r = r.WithObjects().WithTexts(func(text []byte) int { return findSC(borrow(text)) })
	start := l.found
	var o logObject
	for !l.stopped {
		m, err := r.Next()
		if err != nil {
			l.endObject(&o, document)
			if err == io.EOF && l.found == start {
				return ErrNoMessage
			}
			return ignoreEOF(err)
		}
		if document {
			l.entry.Line = int(m.Position.Line)
		}
		text, err := io.ReadAll(io.LimitReader(r, MaxLine+1))
		if err != nil {
			return err
		}
		if m.Record != o.Record {
			l.endObject(&o, document)
			o.read = false
		}
		o.Message = *m
		if n := l.found; findSign(string(text)) >= 0 {
			if err := l.inside(string(text), label{m.Topic, m.Time}); err != nil && err != ErrNoMessage {
				l.fail(err, "")
			}
			o.read = o.read || l.found > n
		}
	}
	return nil
}

// A logObject is the JSON object around the last message of a dump. It is complete when
// the messages of another object begin.
type logObject struct {
	dump.Message
	read   bool  // messages in it were found
	newest int64 // the last record that is complete; one with a lower number contains it
}

// endObject reads the object itself as a message if no message was found inside it.
func (l *LogScanner) endObject(o *logObject, document bool) {
	if o.Record == 0 || o.Record < o.newest {
		return
	}
	o.newest = o.Record
	if o.read {
		return
	}
	n := l.found
	err := l.inside(string(o.Object), label{o.Topic, o.Time})
	if document && l.found == n {
		l.fail(err, string(o.Object))
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
