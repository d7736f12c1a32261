package dump

import (
	"bytes"
	"strconv"

	"mqtool/codec/internal/pattern"
)

// A framing is what a modem, a server or a tool puts between the pieces of a message,
// which are bytes or text. It stands between the picture's bytes, and nothing in the
// picture marks it.
//
//	+CMQTTRXPAYLOAD: 0,1024⏎...      SIMCom: 1024 bytes follow; RXEND ends the message
//	+MQTTSUBRECV:0,"a/b",1024,...    ESP-AT
//	+QMTRECV: 0,1,"a/b",1024,"..."   Quectel
//	400⏎...                          HTTP in chunks
//	4GSolarCam/Snapshot ...          mosquitto_sub -v, once for each piece
//	...⏎                             mosquitto_sub without -N, a line end behind each
type framing interface {
	// next finds the next piece in text: how much stands before it, how long it is, and
	// whether it begins a message. A size below zero means that no other piece was found.
	next(text []byte, begun bool) (skip, size int, begins bool, about announced)
}

// announced is what a framing tells about a message.
type announced struct {
	topic  string
	total  int  // bytes of all pieces; 0 if unknown
	quoted bool // a quote stands behind the piece
}

// framingOf finds the framing of an input that begins with head.
func framingOf(head []byte) (framing, string) {
	if chunkedBody(head) >= 0 {
		return chunkFraming{}, "HTTP in chunks"
	}
	isModem := bytes.Contains(head, []byte("+CMQTTRX")) || bytes.Contains(head, []byte("+MQTTSUBRECV")) || bytes.Contains(head, []byte("+QMTRECV"))
	if isModem && modemStart().Match(head) {
		return modemFraming{}, "a modem's log"
	}
	if label := repeatedLabel(head); label != nil {
		return labelFraming{label}, "pieces behind their topic"
	}
	if size := regularLines(head); size > 0 {
		return lineFraming{size}, "pieces with a line end behind each"
	}
	return nil, ""
}

// isFramed reports whether head, the beginning of some bytes, has pieces of a message.
func isFramed(head []byte) bool {
	framing, _ := framingOf(head)
	return framing != nil || untilAnswer(head, len(head)) < len(head)
}

// modemStart matches what a modem prints before the bytes of a message.
var modemStart = pattern.New(`\+CMQTTRXPAYLOAD: ?[0-9]+,([0-9]{1,9})\r?\n|\+MQTTSUBRECV: ?[0-9]+,"([^"\r\n]*)",([0-9]{1,9}),|\+QMTRECV: ?[0-9]+,[0-9]+,"([^"\r\n]*)",([0-9]{1,9}),"`)

var (
	modemTotal = pattern.New(`\+CMQTTRXSTART: ?[0-9]+,[0-9]+,([0-9]{1,9})`)
	modemTopic = pattern.New(`\+CMQTTRXTOPIC: ?[0-9]+,[0-9]+\r?\n([^\r\n]+)`)
)

type modemFraming struct{}

func (modemFraming) next(text []byte, begun bool) (skip, size int, begins bool, about announced) {
	m := modemStart().FindSubmatchIndex(text)
	if m == nil {
		return 0, -1, false, about
	}
	number := func(group int) int {
		n, _ := strconv.Atoi(string(text[m[2*group]:m[2*group+1]])) // it is digits
		return n
	}
	before := text[:m[0]]
	switch {
	case m[2] >= 0:
		if t := modemTopic().FindSubmatch(before); t != nil {
			about.topic = string(t[1])
		}
		if t := modemTotal().FindSubmatch(before); t != nil {
			about.total, _ = strconv.Atoi(string(t[1])) // it is digits
		}
		begins = !begun || bytes.Contains(before, []byte("+CMQTTRXEND")) || bytes.Contains(before, []byte("+CMQTTRXSTART"))
		return m[1], number(1), begins, about
	case m[4] >= 0:
		return m[1], number(3), true, announced{topic: string(text[m[4]:m[5]])}
	}
	return m[1], number(5), true, announced{topic: string(text[m[8]:m[9]]), quoted: true}
}

var (
	httpStart     = []byte("HTTP/1.")
	chunkedHeader = pattern.New(`(?i)\ntransfer-encoding:[^\n]*chunked`)
)

// chunkedBody finds where the body of a chunked HTTP response begins. The body may stand
// alone, without a header. The result is negative if there is no such body, as in what curl
// -i prints, which has put the chunks together.
func chunkedBody(head []byte) int {
	if bytes.HasPrefix(head, httpStart) {
		for _, end := range [...]string{"\r\n\r\n", "\n\n"} {
			at := bytes.Index(head[:min(len(head), maxHeader)], []byte(end))
			if at < 0 || !chunkedHeader().Match(head[:at]) {
				continue
			}
			if _, n := chunkSize(head[at+len(end):]); n > 0 {
				return at + len(end)
			}
		}
		return -1
	}
	size, n := chunkSize(head)
	switch {
	case n == 0 || size == 0:
		return -1
	case areChunks(head), isBinary(head) && bytes.HasPrefix(head[n:], soi):
		return 0
	}
	behind := head[min(len(head), n+size):]
	if _, again := chunkSize(bytes.TrimLeft(behind, "\r\n")); again > 0 && (behind[0] == '\r' || behind[0] == '\n') && isBinary(head) {
		return 0
	}
	return -1
}

// areChunks reports whether head has nothing but chunks, and at least a whole one. This is
// sure in a text, too.
func areChunks(head []byte) bool {
	for whole := 0; ; whole++ {
		size, n := chunkSize(head)
		if n == 0 || size == 0 || n+size > len(head) {
			return whole > 0 && (n > 0 || len(head) < len("ffffffff\r\n"))
		}
		behind, ok := bytes.CutPrefix(head[n+size:], []byte("\r\n"))
		if !ok {
			return false
		}
		head = behind
	}
}

// untilAnswer returns how many of the first n bytes of b stand before an HTTP response in
// chunks, or before what may become one when more of it is there.
func untilAnswer(b []byte, n int) int {
	for i := 0; i < n; i++ {
		k := bytes.Index(b[i:min(len(b), n+len(httpStart))], httpStart)
		if k < 0 {
			break
		}
		if i += k; i < n && (i > 0 && len(b)-i < answerAhead && len(b) >= answerAhead || chunkedBody(b[i:]) >= 0) {
			return i
		}
	}
	return n
}

// chunkSize reads the line with the size of a chunk and returns that size and the length
// of the line. The length is 0 if it is not such a line.
func chunkSize(b []byte) (size, n int) {
	line, _, ok := bytes.Cut(b[:min(len(b), lookAround)], newline)
	digits := digitsIn(line)
	if rest := bytes.TrimSuffix(line[digits:], []byte("\r")); !ok || digits == 0 || digits > 8 || len(rest) > 0 && rest[0] != ';' && rest[0] != ' ' {
		return 0, 0
	}
	v, _ := strconv.ParseUint(string(line[:digits]), 16, 32)
	return int(v), len(line) + 1
}

// A chunkFraming joins the chunks of HTTP responses that follow each other. Each response is
// a message.
type chunkFraming struct{}

func (chunkFraming) next(text []byte, begun bool) (skip, size int, begins bool, about announced) {
	if begun {
		skip = len(text) - len(bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("\r")), newline))
	}
	for begins = !begun; ; begins = true {
		if begins {
			body := chunkedBody(text[skip:])
			if body < 0 {
				return skip, -1, false, about
			}
			skip += body
		}
		size, n := chunkSize(text[skip:])
		if n == 0 {
			return skip, -1, false, about
		}
		if skip += n; size > 0 {
			return skip, size, begins, about
		}
		skip += trailerIn(text[skip:])
	}
}

// trailerIn returns the length of what stands behind the last chunk: fields like those of a
// header, and an empty line, behind which a tool or a person may have put others.
func trailerIn(text []byte) (n int) {
	for {
		line, _, ended := bytes.Cut(text[n:min(len(text), n+lookAround)], newline)
		name, _, isField := bytes.Cut(line, []byte(":"))
		if len(bytes.TrimSpace(line)) > 0 && (!isField || !isText(line) || bytes.IndexByte(name, ' ') >= 0) || !ended {
			return n
		}
		n += len(line) + 1
	}
}

// repeatedLabel finds a topic that stands before a payload and again in the middle of it.
// It returns the topic with the blank behind it, or nil.
func repeatedLabel(head []byte) []byte {
	end := bytes.IndexByte(head[:min(len(head), maxLabel)], ' ')
	if end <= 0 || bytes.HasPrefix(head, httpStart) || !isTopic(string(head[:end])) || bytes.IndexFunc(head[:end], func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return nil
	}
	again := append([]byte{'\n'}, head[:end+1]...)
	at := bytes.Index(head, again)
	if at <= end+1 {
		return nil
	}
	first, next := head[end+1:at], head[at+len(again):]
	isOpen := beginsJSON(first) && !bytes.HasSuffix(bytes.TrimRight(firstLine(first), blankEnds), []byte("}")) && !beginsJSON(next)
	if !isOpen && !isBinary(first) {
		return nil
	}
	return bytes.Clone(head[:end+1])
}

// A labelFraming is the topic, with a blank, that stands before each piece.
type labelFraming struct{ label []byte }

func (l labelFraming) next(text []byte, begun bool) (skip, size int, begins bool, about announced) {
	level, _, _ := bytes.Cut(l.label, []byte("/"))
	line := append(append([]byte{'\n'}, level...), '/') // begins a line of this topic, or of a neighbor
	end := func(b []byte) int {
		if n := bytes.Index(b, line); n >= 0 {
			return n
		}
		if len(text) < lookahead {
			return len(bytes.TrimSuffix(b, newline))
		}
		return len(b) - len(line)
	}
	about.topic = string(l.label[:len(l.label)-1])
	if begun && !bytes.HasPrefix(text, line) {
		if size = end(text); size <= 0 {
			return 0, -1, false, about
		}
		return 0, size, false, about // the piece goes on
	}
	if begun || !bytes.HasPrefix(text, l.label) {
		at := bytes.Index(text, append([]byte{'\n'}, l.label...))
		if at < 0 {
			return 0, -1, false, about
		}
		skip = at + 1
	}
	skip += len(l.label)
	piece := text[skip:]
	begins = !begun || len(piece) > 3 && (bytes.HasPrefix(piece, soi) || beginsJSON(piece))
	return skip, end(piece), begins, about
}

// regularLines finds the length of the pieces of a message that each have a line end
// behind them. There are at least four, all of one length except the last, which ends the
// picture or the input. Only multiples of four are tried, so a picture's bytes look like
// this by chance only once in a million.
func regularLines(head []byte) int {
	const shortest, longest, sure = 256, 16 << 10, 4
	if !bytes.Contains(head[:min(len(head), keptString)], soi) {
		return 0
	}
	for size := shortest; size <= min(longest, len(head)/sure-1); size += 4 {
		n := 0
		for n*(size+1)+size < len(head) && head[n*(size+1)+size] == '\n' {
			n++
		}
		if n < sure {
			continue
		}
		rest := head[n*(size+1):]
		end := bytes.Index(rest, []byte("\xff\xd9\n"))
		if len(rest) <= size && (len(head) == lookahead || len(rest) == 0 || rest[len(rest)-1] == '\n') || end >= 0 && end <= size {
			return size
		}
	}
	return 0
}

// A lineFraming has a line end behind each piece. All pieces but the last have the same
// length.
type lineFraming struct{ piece int }

func (l lineFraming) next(text []byte, begun bool) (skip, size int, begins bool, about announced) {
	if begun {
		skip = 1
	}
	if len(text) <= skip {
		return 0, -1, false, about
	}
	text = text[skip:]
	size = l.piece
	if len(text) <= size {
		size = len(bytes.TrimSuffix(text, newline))
	}
	if size < l.piece || size == len(text) || text[size] != '\n' { // the last piece
		if end := bytes.Index(text, []byte("\xff\xd9\n")); end >= 0 && end < l.piece {
			size = end + 2
		}
	}
	if size == 0 {
		return 0, -1, false, about
	}
	return skip, size, !begun || bytes.HasPrefix(text, soi), about
}

// A framedDecoder joins the pieces of a message.
type framedDecoder struct {
	body
	framing
	about announced
	left  int // bytes of the piece that are still to be given
	piece int // bytes of the piece
	all   int // bytes given so far
	last  byte
}

func (d *framedDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *framedDecoder) step(dst []byte) (n int, ok bool) {
	if d.left > 0 {
		b := d.text.Ahead(1)
		n = copy(dst, b[:min(len(b), d.left)])
		d.text.Skip(n)
		d.left -= n
		d.all += n
		if n > 0 {
			d.last = dst[n-1]
		} else {
			d.damaged("the text ends %d bytes before this piece does", d.left)
		}
		return n, n > 0
	}
	text := d.text.Ahead(lookahead)
	skip, size, begins, _ := d.next(text, true)
	d.checkPiece(text)
	if size < 0 || begins {
		if d.about.total > 0 && d.all != d.about.total {
			d.damaged("the message should have %d bytes, and %d are here", d.about.total, d.all)
		}
		return 0, false
	}
	d.text.Skip(skip)
	d.left, d.piece = size, size
	return 0, true
}

// checkPiece notes damage if a piece is not followed by the line end or the quote that
// belongs there, or if half of the line end is in the piece: the piece then has more or
// fewer bytes than announced.
func (d *framedDecoder) checkPiece(behind []byte) {
	switch d.framing.(type) {
	case labelFraming, lineFraming:
		return // they announce no size
	}
	if len(behind) == 0 && d.last != '\r' && !d.about.quoted {
		return
	}
	last := d.last
	if d.about.quoted {
		if !bytes.HasPrefix(behind, []byte(`"`)) {
			behind = nil
		}
		behind, last = bytes.TrimPrefix(behind, []byte(`"`)), 0
	}
	if bytes.HasPrefix(behind, []byte("\r\n")) || bytes.HasPrefix(behind, newline) && last != '\r' {
		return
	}
	d.msg.note(position(d.text, 0), -d.piece, d.piece, "the piece before this place does not have the %d bytes that are announced", d.piece)
}

// nextFramed moves to the next message in a framing. It reports false after the last one.
func (d *Reader) nextFramed() bool {
	text := d.text.Ahead(lookahead)
	skip, size, _, about := d.framing.next(text, d.framed)
	if size < 0 {
		d.endFraming(text, skip)
		return false
	}
	d.text.Skip(skip)
	d.dec = &framedDecoder{body: d.body(), framing: d.framing, about: about, left: size, piece: size}
	d.own.Position, d.own.Topic, d.framed = position(d.text, 0), about.topic, true
	d.own.Layout = d.framedAs
	return true
}

// endFraming ends a framing of which text has no more pieces. Behind the last chunk
// something else may follow; what follows in a log of another framing is a part of it.
func (d *Reader) endFraming(text []byte, skip int) {
	if _, isChunks := d.framing.(chunkFraming); isChunks {
		d.text.Skip(skip)
		d.framing = nil
		return
	}
	if len(text) >= lookahead {
		d.text.Skip(len(text) - maxBefore)
		return
	}
	d.text.Skip(len(text))
	d.framing = nil
}

// recognizeBytes begins what the bytes of an input hold next: pieces of messages, or a
// message that goes on to the next HTTP response in chunks. It reports false if a text
// follows. Chunks are counted in bytes, so nothing must be taken from a text before they are
// joined.
func (d *Reader) recognizeBytes() bool {
	head := d.text.Peek(lookahead)
	framing, name := framingOf(head)
	_, isChunks := framing.(chunkFraming)
	switch isBytes := isBinary(head); {
	case isChunks, isBytes && framing != nil:
		d.framing, d.framedAs, d.framed = framing, name, false
	case isBytes:
		d.takeBytes(&bytesDecoder{text: d.text, answers: true}, head)
	default:
		return false
	}
	return true
}

// takeBytes makes bytes, which begin with head, the next message.
func (d *Reader) takeBytes(bytes *bytesDecoder, head []byte) {
	d.forced, d.own.Layout = bytes, "bytes"
	if countLost(head) >= 4 {
		d.found(position(d.text, 0), lossyText)
	}
}

// recognizeAnswer begins the HTTP response in chunks that begins on the first line of text.
// It reports false if there is none.
func (d *Reader) recognizeAnswer(text []byte) bool {
	line := len(firstLine(text[:min(len(text), maxRow)]))
	at := untilAnswer(text, line)
	if at == line || chunkedBody(text[at:]) < 0 {
		return false
	}
	d.text.Skip(at)
	d.framing, d.framedAs = framingOf(text[at:])
	d.framed = false
	return true
}
