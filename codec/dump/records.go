package dump

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mqtool/codec/internal/pattern"
	"mqtool/codec/internal/window"
)

// A record is a piece of a message, or a line of one, as loggers and devices write them.
type record struct {
	text   []byte    // its part of the message
	stream string    // what all pieces of a message have in common
	topic  string    // if the record has it
	at     time.Time // when it was written, if the record has that
	size   int       // of the record in the text, with its line end

	more         bool // the next record of the stream goes on with it
	index, total int  // the number of the piece, and how many there are; total is 0 without numbers

	limit  int    // how many bytes of the piece count, once it is decoded; 0 if all
	object []byte // of JSON, without the text
	key    string // the key of the text in it
}

// A recordSyntax is a way to write one message as several records.
//
//	{"log":"4GSolarCam/Snapshot ffd8","stream":"stdout",...}       docker: no \n at the end
//	{"MESSAGE":"4GSolarCam/Snapshot ffd8","_LINE_BREAK":"line-max"}  journald
//	2026-11-27T20:14:53.1Z stdout P 4GSolarCam/Snapshot ffd8        Kubernetes: P, and F in the last
//	{"id":"1CC31660025E","part":1,"total":4,"data":"/9j/4AAQ"}      numbers in JSON
//	cam part 1 of 4: /9j/4AAQ                                       numbers in text
//	11-27 20:14:53.123  1234  1301 D Cam : 4GSolarCam/Snapshot ffd8 a logger with a limit
type recordSyntax struct {
	name string
	read func(b []byte) (record, bool)
}

var recordSyntaxes = [...]recordSyntax{
	{"records of docker", readDocker},
	{"records of journald", readJournal},
	{"records of a container", readContainer},
	{"numbered pieces in JSON", readNumberedJSON},
	{"numbered pieces", readNumbered},
}

// findRecords finds records that text begins with and that together are one message. If
// there are none, missing may tell why.
func findRecords(text []byte) (found *recordsDecoder, missing string) {
	for _, s := range recordSyntaxes {
		first, ok := s.read(text)
		if !ok {
			continue
		}
		d := &recordsDecoder{read: s.read, name: s.name, first: first}
		switch {
		case first.total > 0 && first.index > 1:
			return nil, fmt.Sprintf("this is piece %d of %d of a message, and the pieces before it are missing", first.index, first.total)
		case first.total == 0 && !first.more && !d.areRows(text):
			return nil, ""
		}
		return d, ""
	}
	if cut := findCut(text); cut != nil {
		return &recordsDecoder{read: cut.read, name: "records of a logger", first: cut.first}, ""
	}
	return nil, ""
}

// Piece reports whether a line is a record that holds a piece of a message, and whether
// another record goes on with it. A record with the end of a message looks like one with a
// whole message, unless it has a number.
func Piece(line string) (is, goesOn bool) {
	if !mayBePiece(line) {
		return false, false
	}
	for _, s := range recordSyntaxes {
		if r, ok := s.read([]byte(line)); ok {
			return r.more || r.total > 0, r.more || r.index < r.total
		}
	}
	return false, false
}

// mayBePiece reports whether a name or the shape of a line suggests a record with a piece.
// It costs little.
func mayBePiece(line string) bool {
	switch {
	case strings.HasPrefix(line, `{"log":`), strings.HasPrefix(line, `{"stream":`): // docker: without the end of a line
		return !strings.Contains(line, `\n"`) || strings.Contains(line, `\\n"`) || strings.Contains(line, `"logtag"`)
	case strings.Contains(line, `"line-max"`):
		return true
	case len(line) >= 32 && line[4] == '-' && line[10] == 'T' && strings.Contains(line, " P"):
		return true
	}
	object := strings.IndexByte(line, '{')
	return mayBeNumbered([]byte(line[:min(len(line), maxLabel)])) || object >= 0 && looksNumbered([]byte(line[object:]))
}

// JoinRecords joins the records that text begins with, of which the first is a [Piece]. It
// returns the text of their message, and then the other records that stand between them,
// each on a line; where and when the message was received, if the records say so; and the
// size of all these records. The error says which piece is missing.
func JoinRecords(text []byte) (joined []byte, m Message, size int, err error) {
	records, missing := findRecords(text)
	if records == nil {
		return nil, m, 0, errors.New(cmp.Or(missing, "the other pieces of this message are missing"))
	}
	w := window.Over(text)
	records.body = body{text: w, msg: &m}
	m.Topic, m.Time = records.first.topic, records.first.at
	for err == nil {
		var n int
		joined = slices.Grow(joined, maxLabel)
		n, err = records.decode(joined[len(joined):cap(joined)])
		joined = joined[:len(joined)+n]
	}
	if err != io.EOF {
		return nil, m, 0, err
	}
	for _, d := range m.Damage {
		if d.Size > 0 {
			return nil, m, 0, errors.New(d.What)
		}
	}
	return joined, m, int(w.Offset()), nil
}

// areRows reports whether text begins with records that each are a row of one dump.
func (d *recordsDecoder) areRows(text []byte) bool {
	var rows [prefixedRows][]byte
	for i := range rows {
		r, ok := d.read(text)
		if !ok || r.stream != d.first.stream || r.more || r.size == 0 {
			return false
		}
		rows[i], text = bytes.TrimRight(r.text, blankEnds), text[r.size:]
		if bytes.IndexByte(rows[i], '\n') >= 0 || !isDumpRow(rows[i]) {
			return false // this rejects most records at little cost
		}
	}
	d.rows = startsIn(rows) <= 1 && (isListing(rows) || isPlainRows(rows) || isSpelledRows(rows))
	return d.rows
}

// isDumpRow reports whether a line could be a row of a dump, be it a short one, or the * that
// stands for repeated rows.
func isDumpRow(row []byte) bool {
	return len(row) > 0 && (mayBeDump(row) || isSpelledRow(row, 1) || string(row) == "*")
}

// A recordsDecoder joins the text of a message that is in several records. Records of
// other streams that stand between them come after the message.
type recordsDecoder struct {
	body
	read  func(b []byte) (record, bool)
	name  string
	first record
	rows  bool // each record is a row

	begun   bool
	next    int    // the number of the piece that comes next
	decoded bool   // each piece is base64 by itself: all are decoded, and encoded again as one
	carry   []byte // decoded bytes left over, fewer than three
	held    []byte // other records
	ended   bool
}

// maxHeld is how much of other records is kept while a message is put together.
const maxHeld = 1 << 20

// maxRecord is the longest record.
const maxRecord = 192 << 10

func (d *recordsDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *recordsDecoder) step([]byte) (int, bool) {
	if d.ended {
		return 0, false
	}
	if !d.begun {
		d.begun, d.next = true, d.first.index
		d.decoded = d.first.limit > 0 || d.first.total > 0 && bytes.HasSuffix(d.first.text, []byte("="))
	}
	r, ahead := d.ahead()
	switch {
	case r.size == 0:
		return 0, d.foreign(ahead)
	case r.stream != d.first.stream || d.rows && !isDumpRow(bytes.TrimRight(r.text, blankEnds)):
		return 0, d.hold(ahead[:r.size])
	case r.total > 0 && r.index == d.next-1:
		d.remark("piece %d of %d came again; passed over", r.index, r.total)
	case r.total > 0 && r.index != d.next:
		d.damaged("piece %d of %d is missing here", d.next, d.first.total)
		d.end()
		return 0, true
	default:
		d.next++
		d.take(r)
		d.ended = d.isLast(r)
	}
	d.text.Skip(r.size)
	if d.ended {
		d.end()
	}
	return 0, true
}

// ahead reads the record that the text ahead begins with. Its size is 0 if there is none.
func (d *recordsDecoder) ahead() (r record, text []byte) {
	for _, reach := range [...]int{lookahead, maxRecord} {
		text = d.text.Peek(reach)
		if r, _ = d.read(text); r.size > 0 {
			break
		}
	}
	return r, text
}

// isLast reports whether no other piece follows r.
func (d *recordsDecoder) isLast(r record) bool {
	if r.total > 0 {
		return d.next == d.first.index+r.total
	}
	return !r.more && !d.rows
}

// take puts the text of a piece into rest.
func (d *recordsDecoder) take(r record) {
	text := r.text
	if d.decoded {
		b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Decode(b, text)
		if err != nil {
			d.damaged("piece %d is not base64: %v", r.index, err)
		}
		if b = b[:n]; r.limit > 0 {
			b = b[:min(n, r.limit)]
		}
		d.carry = append(d.carry, b...)
		n = len(d.carry) / 3 * 3
		text = base64.StdEncoding.AppendEncode(nil, d.carry[:n])
		d.carry = append(d.carry[:0], d.carry[n:]...)
	}
	d.rest = append(d.rest[:0], text...)
	if d.rows && !bytes.HasSuffix(text, newline) {
		d.rest = append(d.rest, '\n')
	}
}

// end ends the message. It puts what is left of it, and the records of other streams, into
// rest.
func (d *recordsDecoder) end() {
	d.ended = true
	d.rest = base64.StdEncoding.AppendEncode(d.rest, d.carry)
	if len(d.held) > 0 {
		d.rest = append(append(d.rest, '\n'), d.held...)
	}
}

// hold keeps a record of another stream for later. It ends the message if too many are
// kept, or if each record is a row.
func (d *recordsDecoder) hold(other []byte) bool {
	if d.rows || len(d.held)+len(other) > maxHeld {
		return d.stop()
	}
	d.held = append(d.held, other...)
	if !bytes.HasSuffix(other, newline) {
		d.held = append(d.held, '\n')
	}
	d.text.Skip(len(other))
	return true
}

// foreign skips a line that is not a record, if records follow.
func (d *recordsDecoder) foreign(b []byte) bool {
	line, rest, ended := bytes.Cut(b, newline)
	if r, ok := d.read(rest); !ended || !ok || r.stream != d.first.stream || d.rows {
		return d.stop()
	}
	if len(bytes.TrimSpace(line)) > 0 {
		d.passedOver("%.40q stands between two pieces; passed over", line)
	}
	d.text.Skip(len(line) + 1)
	return true
}

// stop ends the message before the text ahead.
func (d *recordsDecoder) stop() bool {
	switch {
	case d.rows:
	case d.first.total > 0:
		d.damaged("piece %d of %d is missing: the text ends before it", d.next, d.first.total)
	default:
		d.damaged("the record that goes on with this message is missing")
	}
	d.end()
	return true
}

// members returns the members of the JSON object that b begins with, in their raw form,
// and the length of the object. The length is 0 if the object is not complete.
func members(b []byte) (keys []string, values map[string]json.RawMessage, size int) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, 0
	}
	values = map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		var raw json.RawMessage
		if err != nil || !ok || dec.Decode(&raw) != nil {
			return keys, values, 0
		}
		if _, ok := values[key]; !ok {
			keys = append(keys, key)
		}
		values[key] = raw
	}
	if _, err := dec.Token(); err != nil {
		return keys, values, 0
	}
	return keys, values, int(dec.InputOffset())
}

// lineSize returns the length of a record of size bytes with the rest of its line. It is 0
// if something else follows on that line.
func lineSize(b []byte, size int) int {
	rest := bytes.TrimLeft(b[size:], blanks+",]")
	switch {
	case len(rest) == 0:
		return len(b)
	case rest[0] == '\n':
		return len(b) - len(rest) + 1
	case rest[0] == '{': // the next one in a list
		return len(b) - len(rest)
	}
	return 0
}

// readDocker reads a line of docker's json-file, or of a tool that forwards it.
func readDocker(b []byte) (record, bool) {
	if !bytes.HasPrefix(b, []byte(`{"log":`)) && !bytes.HasPrefix(b, []byte(`{"stream":`)) {
		return record{}, false
	}
	_, m, size := members(b)
	text := textOf(m["log"])
	if size == 0 || text == "" || textOf(m["stream"]) == "" {
		return record{}, false
	}
	at, _ := ParseStamp(textOf(m["time"]))
	r := record{text: []byte(text), stream: textOf(m["stream"]), at: at, size: lineSize(b, size)}
	r.more = !strings.HasSuffix(text, "\n")
	if tag, ok := m["logtag"]; ok {
		r.more = textOf(tag) == "P"
	}
	return r, true
}

// readJournal reads an entry of journalctl -o json.
func readJournal(b []byte) (record, bool) {
	if len(b) == 0 || b[0] != '{' {
		return record{}, false
	}
	line := firstLine(b[:min(len(b), maxRecord)])
	const sign, most = `"__REALTIME_TIMESTAMP"`, 4 * maxLabel
	if !bytes.Contains(line[:min(len(line), most)], []byte(sign)) && !bytes.Contains(line[max(0, len(line)-most):], []byte(sign)) {
		return record{}, false
	}
	_, m, size := members(b)
	text := textOf(m["MESSAGE"])
	if size == 0 || text == "" {
		return record{}, false
	}
	at, _ := ParseStamp(textOf(m["__REALTIME_TIMESTAMP"]))
	stream := textOf(m["_PID"]) + " " + textOf(m["_STREAM_ID"]) + " " + textOf(m["SYSLOG_IDENTIFIER"])
	return record{text: []byte(text), stream: stream, at: at, size: lineSize(b, size), more: textOf(m["_LINE_BREAK"]) == "line-max"}, true
}

// readContainer reads a line of the log of a container as Kubernetes keeps it.
//
// Source: Kubernetes, "CRI log format": time, stream, tags (P for a part, F for the last
// one), text
func readContainer(b []byte) (record, bool) {
	if len(b) < 32 || b[4] != '-' || b[10] != 'T' {
		return record{}, false
	}
	line, size := cutLine(b)
	stamp, rest, _ := bytes.Cut(line, []byte(" "))
	stream, rest, _ := bytes.Cut(rest, []byte(" "))
	tags, text, ok := bytes.Cut(rest, []byte(" "))
	tag, _, _ := bytes.Cut(tags, []byte(":"))
	at, isTime := ParseStamp(string(stamp))
	if !ok || !isTime || string(stream) != "stdout" && string(stream) != "stderr" || string(tag) != "P" && string(tag) != "F" {
		return record{}, false
	}
	return record{text: bytes.TrimSuffix(text, []byte("\r")), stream: string(stream), at: at, size: size, more: string(tag) == "P"}, true
}

// The names, in lower case and without punctuation, that devices use for the number of a
// piece, the number of pieces, the number of bytes in it that count, and the identity of
// the message.
var (
	indexNames  = names("part", "partno", "partnumber", "seq", "sequence", "chunk", "chunkindex", "chunkid", "chunkno", "index", "idx", "piece", "packet", "packetno", "block", "blockno", "segment", "fragment", "frag", "no", "num", "n", "i")
	totalNames  = names("total", "parts", "totalparts", "chunks", "totalchunks", "chunkcount", "numchunks", "count", "of", "pieces", "packets", "totalpackets", "blocks", "totalblocks", "segments", "fragments", "max")
	limitNames  = names("chunksize")
	streamNames = names("id", "imageid", "imgid", "msgid", "messageid", "uuid", "mac", "devmac", "device", "deviceid", "dev", "sn", "file", "filename", "name", "topic", "ts")
)

// names makes a set of names.
func names(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, name := range list {
		set[name] = true
	}
	return set
}

// plainName returns a name in lower case and without punctuation. It is valid until the
// next call with the same memory.
func plainName(memory, name []byte) []byte {
	memory = memory[:0]
	for _, c := range name[:min(len(name), cap(memory))] {
		switch {
		case c >= 'A' && c <= 'Z':
			memory = append(memory, c|0x20)
		case c != '_' && c != '-' && c != ' ':
			memory = append(memory, c)
		}
	}
	return memory
}

// readNumberedJSON reads an object with a piece and its number in it. A topic may stand
// before it, a tool may have wrapped it, and it may be one of a list.
func readNumberedJSON(b []byte) (record, bool) {
	label := b[:min(len(b), maxLabel)]
	i := bytes.IndexByte(label, '{')
	if i < 0 || label[0] == '\n' || bytes.IndexByte(bytes.TrimLeft(label[:i], "[, \t\r\n"), '\n') >= 0 || !looksNumbered(b[i:]) {
		return record{}, false
	}
	keys, m, size := members(b[i:])
	topic, at := ParseLabel(string(label[:i]))
	if innerKeys, inner := payloadMembers(m["payload"]); inner != nil {
		t, received, _ := ParseEnvelope(b[i : i+size])
		keys, m, topic = innerKeys, inner, topic+t
		if !received.IsZero() {
			at = received
		}
	}
	r := record{stream: topic, topic: topic, at: at, index: -1}
	for _, key := range keys {
		r.member(key, m[key])
	}
	if r.index < 0 || r.total < 2 || r.index > r.total || size > 0 && len(r.text) == 0 {
		return record{}, false
	}
	delete(m, r.key)
	r.object, _ = json.Marshal(m) // it was read as JSON
	if size > 0 {
		r.size = lineSize(b, i+size)
	}
	return r, true
}

// payloadMembers returns the members of a payload that is an object, or a string with one.
func payloadMembers(payload json.RawMessage) (keys []string, values map[string]json.RawMessage) {
	if text := textOf(payload); text != "" {
		payload = json.RawMessage(text)
	}
	keys, values, size := members(payload)
	if size == 0 {
		return nil, nil
	}
	return keys, values
}

// looksNumbered reports whether an object may be a numbered piece: the names of both
// numbers stand near its beginning or its end. It costs little.
func looksNumbered(b []byte) bool {
	line := firstLine(b[:min(len(b), maxRecord)])
	if len(line) < shortString { // it stands on several lines
		line = b[:min(len(b), 2*maxLabel)]
	}
	isIndex, isTotal := false, false
	var memory [shortString]byte
	for _, part := range [...][]byte{line[:min(len(line), 2*maxLabel)], line[max(0, len(line)-2*maxLabel):]} {
		for len(part) > 0 && !(isIndex && isTotal) {
			_, behind, _ := bytes.Cut(part, []byte(`"`))
			name, rest, _ := bytes.Cut(behind, []byte(`"`))
			if rest = bytes.TrimLeft(rest, blanks); len(rest) > 0 && rest[0] == ':' && len(name) <= shortString {
				key := plainName(memory[:0], name)
				isIndex = isIndex || indexNames[string(key)]
				isTotal = isTotal || totalNames[string(key)]
			} else if len(name) > 0 {
				rest = behind[len(name):] // a value: its end may begin a key
			}
			part = rest
		}
	}
	return isIndex && isTotal
}

// member records what a member of an object says about the piece.
func (r *record) member(key string, raw json.RawMessage) {
	name := plainName(make([]byte, 0, shortString), []byte(key))
	text := textOf(raw)
	n, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	isNumber := err == nil && n >= 0 && n <= 1<<20
	switch {
	case isNumber && limitNames[string(name)]:
		r.limit = n
	case isNumber && r.index < 0 && indexNames[string(name)]:
		r.index = n
	case isNumber && r.total == 0 && totalNames[string(name)]:
		r.total = n
		r.stream += fmt.Sprintf(" %d", n)
	case streamNames[string(name)] && len(raw) <= shortString:
		r.stream += " " + string(raw)
	case len(text) > len(r.text):
		r.text, r.key = []byte(text), key
	}
}

// numberedLabel matches what stands before a numbered piece on its line.
var numberedLabel = pattern.New(`(?i)(?:(?:^|[^a-z])(?:part|chunk|piece|packet|segment|fragment|block|frame|seq|msg)[a-z]*\s*[:#=]?\s*)?(?:^|[^0-9.:-])([0-9]{1,5})\s*(?:/|of)\s*([0-9]{1,5})[\])}]?\s*[:=>|,-]*\s*$`)

// mayBeNumbered reports whether a label may have the number of a piece and the number of
// pieces. It costs little.
func mayBeNumbered(label []byte) bool {
	for i := 1; i+1 < len(label); i++ {
		switch c := label[i]; {
		case c == '/' && isDigit(label[i+1]) && isDigit(label[i-1]):
			return true
		case c == 'f' && (label[i-1]|0x20) == 'o' && label[i+1] == ' ', c == '/' && label[i+1] == ' ':
			return true
		}
	}
	return false
}

// readNumbered reads a line that ends with a numbered piece of a message.
func readNumbered(b []byte) (record, bool) {
	label := firstLine(b[:min(len(b), maxLabel)])
	if !mayBeNumbered(label) {
		return record{}, false
	}
	if len(label) < maxLabel { // it is the whole line
		label = bytes.TrimRight(label, blanks)
	}
	start := bytes.LastIndexByte(label, ' ') + 1
	m := numberedLabel().FindSubmatchIndex(label[:start])
	if m == nil {
		return record{}, false
	}
	line, size := cutLine(b[:min(len(b), maxRecord)])
	piece := bytes.TrimRight(line, blanks)
	piece = piece[min(start, len(piece)):]
	if len(piece) == 0 || bytes.IndexByte(piece, ' ') >= 0 || !isDigits(piece) && findDataURI(piece, len(piece)) < 0 {
		return record{}, false
	}
	index, _ := strconv.Atoi(string(label[m[2]:m[3]]))
	total, _ := strconv.Atoi(string(label[m[4]:m[5]]))
	if total < 2 || index > total {
		return record{}, false
	}
	topic, at := ParseLabel(string(label[:m[0]]))
	masked := bytes.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, label[:start])
	return record{text: piece, stream: fmt.Sprintf("%s %d", masked, total), topic: topic, at: at, index: index, total: total, size: size}, true
}

// A limitedLine is a long line that a logger with a limit has cut into records. All of
// them but the last have one length, and only the first begins like a message.
type limitedLine struct {
	first  record
	prefix linePrefix
	width  int // of the text in all records but the last
}

// leastCut is the lowest limit that a logger has.
const leastCut = 900

// findCut finds the cut line that text begins with, which must go on in the next record
// after the same prefix.
func findCut(text []byte) *limitedLine {
	line, rest, ended := bytes.Cut(text, newline)
	line, next := bytes.TrimRight(line, "\r"), bytes.TrimRight(firstLine(rest), "\r")
	if !ended || len(line) < leastCut || len(next) > len(line)+4 {
		return nil
	}
	if end := line[(len(line)-leastCut/2)&^3:]; !isRun(end) || endsPicture(end) {
		return nil
	}
	for k := 1; k <= min(len(next)-1, maxLabel); k++ {
		prefix := linePrefix(next[:k])
		if prefix.endsBefore(next[k:]) && isRun(next[k:]) && (!isRun(prefix) || prefix.isTime()) {
			return prefix.limited(line, next)
		}
	}
	return nil
}

// limited returns line, which has the prefix, if it goes on in next after the same prefix.
func (p linePrefix) limited(line, next []byte) *limitedLine {
	row, n := p.cut(line)
	more := next[len(p):]
	if n < len(p) || len(row) < leastCut || len(more) > len(row)+4 {
		return nil
	}
	if topic, _ := ParseLabel(string(p)); topic != "" {
		return nil // each line is a message
	}
	begins := beginning(headOf(row[bytes.LastIndexAny(row, blanks)+1:]))
	if begins.isAgain(headOf(more)) || beginsJSON(begins) && hasFold(row[len(row)-2:], "7d") || indexFold(next[:min(len(next), 2*lookAround)], []byte("FFD8FF")) >= 0 {
		return nil
	}
	_, at := ParseLabel(string(line[:len(line)-len(row)]))
	return &limitedLine{first: record{text: row, at: at, more: true}, prefix: bytes.Clone(p), width: len(row)}
}

// isTime reports whether a prefix is a time of day, although its digits could be bytes.
func (p linePrefix) isTime() bool {
	return bytes.Count(p, []byte(":")) == 2 && p[len(p)-1] == ' '
}

// isRun reports whether a text is nothing but hex, in groups or not, or base64.
func isRun(b []byte) bool {
	between := func(c byte) bool { return c == ' ' || c == ':' || c == ',' }
	return len(b) > 0 && isHexOrBase64(bytes.TrimRight(b, "="), between)
}

func (c *limitedLine) read(b []byte) (record, bool) {
	b = b[:min(len(b), maxRecord)]
	line, size := cutLine(b)
	row, n := c.prefix.cut(bytes.TrimRight(line, "\r"))
	if n < len(c.prefix) || len(row) == 0 || len(row) > c.width+4 {
		return record{}, false
	}
	r := record{text: row, size: size}
	next, n := c.prefix.cut(bytes.TrimRight(firstLine(b[size:]), "\r"))
	r.more = len(row) >= c.width-4 && n == len(c.prefix) && isRun(next) && len(next) <= c.width+4
	return r, true
}
