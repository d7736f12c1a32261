package dump

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// hexPairs gives the byte that two hex digits stand for, by both characters at
// once, the first one low, with isPair beside it; the rest is zero. It beats two
// look-ups in a smaller table, because only six pages of it are ever touched;
// making it touches no others, so that a start hardly pays for it.
var hexPairs = makeHexPairs()

type hexTable [1 << 16]uint16

const isPair = 0x100

func makeHexPairs() *hexTable {
	const digits = "0123456789ABCDEFabcdef"
	t := new(hexTable)
	for _, second := range []byte(digits) {
		for _, first := range []byte(digits) {
			t[bothOf(first, second)] = isPair | uint16(nibble[first])<<4 | uint16(nibble[second])
		}
	}
	return t
}

// bothOf is where two characters stand in a hexTable.
func bothOf(first, second byte) uint16 { return uint16(first) | uint16(second)<<8 }

// pair looks up the byte that two digits stand for; ok loses isPair if they are
// not two digits.
func (t *hexTable) pair(first, second byte, ok uint16) (byte, uint16) {
	v := t[bothOf(first, second)]
	return byte(v), ok & v
}

// The three decoders below write each byte before they know that all eight are
// good: what lies in dst behind the n bytes they report means nothing.

// decodeDigits decodes adjacent digits, if told so over the ends of lines, until
// anything else comes. It returns how much it wrote and how much it read.
func decodeDigits(dst, src []byte, overLines bool) (n, i int) {
	t := hexPairs
	line, before := -1, 0 // where the current line begins, and what n was, if its end was stepped over
	for {
		k := decodeEights(dst[n:], src[i:])
		n, i = n+k, i+2*k
		for n < len(dst) && len(src)-i >= 2 {
			v, ok := t.pair(src[i], src[i+1], isPair)
			if ok == 0 {
				break
			}
			dst[n] = v
			n, i = n+1, i+2
		}
		if line >= 0 && i-line < sureHexDigits && (i == line || i == len(src) || src[i] != '\n') {
			return before, line - 1 // it is for goesOn to look at that line
		}
		// The end of a line whose successor is all digits, or begins with many, is
		// nothing to stop for, unless these may be the { of another message.
		if !overLines || len(src)-i < 3 || src[i] != '\n' || src[i+1] == '7' && src[i+2]|0x20 == 'b' {
			return n, i
		}
		i++
		line, before = i, n
	}
}

// decodeEights decodes adjacent digits, eight bytes at a time, and tells how many
// bytes these are. It is a function of its own for the sake of its registers.
func decodeEights(dst, src []byte) (n int) {
	t := hexPairs
	for len(dst)-n >= 8 && len(src)-2*n >= 16 {
		s, d, ok := src[2*n:2*n+16:2*n+16], dst[n:n+8:n+8], uint16(isPair)
		d[0], ok = t.pair(s[0], s[1], ok)
		d[1], ok = t.pair(s[2], s[3], ok)
		d[2], ok = t.pair(s[4], s[5], ok)
		d[3], ok = t.pair(s[6], s[7], ok)
		d[4], ok = t.pair(s[8], s[9], ok)
		d[5], ok = t.pair(s[10], s[11], ok)
		d[6], ok = t.pair(s[12], s[13], ok)
		d[7], ok = t.pair(s[14], s[15], ok)
		if ok == 0 {
			break
		}
		n += 8
	}
	return n
}

// decodePairs decodes `ff d8 ff ...` as long as the separator stays sep.
func decodePairs(dst, src []byte, sep byte) (n, i int) {
	t := hexPairs
	for len(dst)-n >= 8 && len(src)-i >= 24 {
		s, d, ok := src[i:i+24:i+24], dst[n:n+8:n+8], uint16(isPair)
		d[0], ok = t.pair(s[0], s[1], ok)
		d[1], ok = t.pair(s[3], s[4], ok)
		d[2], ok = t.pair(s[6], s[7], ok)
		d[3], ok = t.pair(s[9], s[10], ok)
		d[4], ok = t.pair(s[12], s[13], ok)
		d[5], ok = t.pair(s[15], s[16], ok)
		d[6], ok = t.pair(s[18], s[19], ok)
		d[7], ok = t.pair(s[21], s[22], ok)
		odd := (s[2] ^ sep) | (s[5] ^ sep) | (s[8] ^ sep) | (s[11] ^ sep) | (s[14] ^ sep) | (s[17] ^ sep) | (s[20] ^ sep) | (s[23] ^ sep)
		if ok == 0 || odd != 0 {
			break
		}
		n, i = n+8, i+24
	}
	return n, i
}

// decodeFours decodes `ffd8 ffe0 ...` as long as the separator stays sep.
func decodeFours(dst, src []byte, sep byte) (n, i int) {
	t := hexPairs
	for len(dst)-n >= 8 && len(src)-i >= 20 {
		s, d, ok := src[i:i+20:i+20], dst[n:n+8:n+8], uint16(isPair)
		d[0], ok = t.pair(s[0], s[1], ok)
		d[1], ok = t.pair(s[2], s[3], ok)
		d[2], ok = t.pair(s[5], s[6], ok)
		d[3], ok = t.pair(s[7], s[8], ok)
		d[4], ok = t.pair(s[10], s[11], ok)
		d[5], ok = t.pair(s[12], s[13], ok)
		d[6], ok = t.pair(s[15], s[16], ok)
		d[7], ok = t.pair(s[17], s[18], ok)
		odd := (s[4] ^ sep) | (s[9] ^ sep) | (s[14] ^ sep) | (s[19] ^ sep)
		if ok == 0 || odd != 0 {
			break
		}
		n, i = n+8, i+20
	}
	return n, i
}

// A hexRun is where digits begin that are meant as data, and how they are grouped.
type hexRun struct {
	start int  // -1: there are none
	group int  // digits between two separators; 0 when there are no separators within a line
	sep   byte // the separator
}

func (r hexRun) name() string {
	switch r.group {
	case 0:
		return "plain hex"
	case 2:
		return "hex in pairs"
	case 4:
		return "hex in groups of four"
	}
	return "hex in groups"
}

// findHex looks for digits that are meant as data on the first line of text. A
// run may go on over the line's end. Whole tokens of digits count; a token
// with anything else in it ends a run, and so does, while the run is short, a
// token that is longer than those before or a change of the separator: that
// keeps `2026-11-23 01:55:05 62 ffd8ffe0...` apart. A run begins in the first
// before bytes of text. If last is set, text is all there is, and a short run
// will do.
func findHex(text []byte, before int, last bool) hexRun {
	none := hexRun{start: -1}
	run, digits := none, 0
	sep, onFirstLine := byte(0), true
	for i := 0; i < len(text) && (i < before || run.start >= 0); {
		if isHexSeparator(text[i]) {
			if text[i] == '\n' {
				if run.start < 0 {
					return none
				}
				onFirstLine = false
			}
			if sep == 0 {
				sep = text[i]
			}
			i++
			continue
		}
		from := i
		if n := digitsIn(text[i:min(len(text), i+sureHexDigits)]); n == sureHexDigits {
			if run.start < 0 || run.group%2 == 1 && run.group > 1 || isDecimal(string(text[run.start:run.start+run.group])) {
				run.start = i
			}
			return run.settled(text)
		}
		// A token is not followed further than it takes to know what it is.
		for end := min(len(text), max(i, before)+2*sureHexDigits); i < end && !isHexSeparator(text[i]); {
			i++
		}
		token := text[from:i]
		if k := sureDigits(token); k >= 0 {
			return hexRun{start: from + k}.settled(text)
		}
		n := len(token)
		newLine := sep == '\n' || sep == '\r'
		switch {
		case run.start >= 0 && (n%2 == 1 || run.group%2 == 1) && digitsIn(token) == n && completesGroup(text[i:], n, run.group):
			gap := len(text[i:]) - len(bytes.TrimLeft(text[i:], " \t\r\n"))
			onFirstLine = onFirstLine && bytes.IndexByte(text[i:i+gap], '\n') < 0
			rest := digitsIn(text[i+gap : min(len(text), i+gap+run.group)])
			i += gap + rest
			digits += n + rest
		case digitsIn(token) < n, isDate(text[from:]):
			if !onFirstLine {
				return none
			}
			run, digits = none, 0
			if k := bytes.LastIndexAny(token, "\"'=<>([") + 1; k > 0 && (n-k)%2 == 0 && n > k && digitsIn(token[k:]) == n-k {
				run, digits = hexRun{start: from + k, group: n - k}, n-k
			}
		case run.start >= 0 && n > run.group && digits == run.group && n%2 == 0 && run.group%2 == 0 &&
			!isDecimal(string(text[run.start:run.start+run.group])):
			// Somebody deleted the front of the first group: ff d8ff e000
			run.group = n
			digits += n
		case run.start < 0, n > run.group, (n%2 == 1 || run.group%2 == 1) && n != run.group, run.sep != 0 && sep != run.sep && !newLine:
			run, digits = hexRun{start: from, group: n}, n
		default:
			if run.sep == 0 && !newLine {
				run.sep = sep
			}
			digits += n
		}
		if run.start >= before {
			return none // it is for the line that it begins on
		}
		sep = 0
		if digits >= sureHexDigits && mayBeNumbers(text[max(run.start, 0):i], run.group) {
			if !onFirstLine {
				return none
			}
			run, digits = none, 0
		}
		if digits >= sureHexDigits {
			return run.settled(text)
		}
	}
	if last && digits >= 8 && (run.group%2 == 0 || run.group == 1) {
		return run.settled(text)
	}
	return none
}

// mayBeNumbers reports whether groups of digits may be decimal numbers: those of an
// odd size may when there is no letter in them.
func mayBeNumbers(groups []byte, size int) bool {
	return size%2 == 1 && size > 1 && !bytes.ContainsAny(groups, "abcdefABCDEF")
}

// completesGroup reports whether the digits of a group, of which n stand before
// text, go on behind the blanks or the line end that text begins with: a dump
// was wrapped in the middle of a byte. The last group may be a short one.
func completesGroup(text []byte, n, group int) bool {
	rest := bytes.TrimLeft(text[:min(len(text), 2*sureHexDigits)], " \t\r\n")
	k := digitsIn(rest[:min(len(rest), group+1)])
	ended := k == len(rest) || rest[k] == '\n' || rest[k] == '\r'
	return n+k == group && k > 0 || n+k < group && k%2 == 1 && ended
}

// sureDigits finds digits in a token that are too many to be anything else.
func sureDigits(token []byte) int {
	for i := 0; i < len(token); {
		n := digitsIn(token[i:min(len(token), i+sureHexDigits)])
		if n == sureHexDigits {
			return i
		}
		i += n + 1
	}
	return -1
}

// settled fills in how a run is grouped, from its beginning.
func (r hexRun) settled(text []byte) hexRun {
	n := digitsIn(text[r.start:min(len(text), r.start+2*sureHexDigits)])
	r.group, r.sep = 0, ' '
	if rest := text[r.start+n:]; len(rest) > 1 && isHexSeparator(rest[0]) && rest[0] != '\n' && rest[0] != '\r' && isHexDigit(rest[1]) {
		second := digitsIn(rest[1:min(len(rest), 1+2*sureHexDigits)]) // the first may be cut
		if second >= n || n < sureHexDigits {
			r.group, r.sep = max(n, second), rest[0]
		}
	}
	return r
}

// A hexDecoder decodes hex digits in any grouping and any length of line.
type hexDecoder struct {
	text *window.Window
	msg  *Message
	run  hexRun

	half  bool // a byte's first digit was read
	hi    byte
	group int // digits of the current group, if it is not regular
	begun bool
	json  bool // the message begins like JSON
	last  byte // of the message so far, but for blanks
}

func (h *hexDecoder) decode(dst []byte) (int, error) {
	w := h.text
	n, known := 0, 0 // remember was told of dst[:known]
	for n < len(dst) {
		b := w.Ahead(lookAround)
		if len(b) == 0 {
			break
		}
		if !h.half {
			written, read := h.bulk(dst[n:], b)
			n += written
			w.Skip(read)
			if read > 0 {
				continue
			}
		}
		c := w.Peek(1)[0]
		if c == '\n' {
			n += h.oddRow(dst[n:])
			h.remember(dst[known:n])
			known = n
			if !h.goesOn() {
				return h.end(n)
			}
		}
		switch v := nibble[c]; {
		case v < 16:
			h.group++
			n += h.digit(dst[n:], v)
		case isHexSeparator(c):
			if size := h.fieldsBehind(c); size > 0 {
				_, err := h.end(n)
				w.Skip(size)
				return n, err
			}
			n += h.separator(dst[n:])
		default:
			skip := h.foreign()
			if skip == 0 {
				return h.end(n)
			}
			n += h.damage(dst[n:], skip)
			w.Skip(skip - 1)
		}
		w.Skip(1)
	}
	if n == 0 {
		return h.end(0)
	}
	h.remember(dst[known:n])
	return n, nil
}

// bulk decodes what is regular.
func (h *hexDecoder) bulk(dst, src []byte) (n, i int) {
	switch h.run.group {
	case 2:
		n, i = decodePairs(dst, src, h.run.sep)
	case 4:
		n, i = decodeFours(dst, src, h.run.sep)
	default:
		n, i = decodeDigits(dst, src, !h.json)
	}
	if i > 0 {
		h.group = 0
		for h.group < min(i, h.run.group) && isHexDigit(src[i-1-h.group]) {
			h.group++
		}
	}
	return n, i
}

// digit takes one digit. Like all that follow, it tells how many bytes, none or
// one, it put into dst.
func (h *hexDecoder) digit(dst []byte, v byte) int {
	if h.half {
		dst[0] = h.hi<<4 | v
		h.half = false
		return 1
	}
	h.hi, h.half = v, true
	return 0
}

// separator takes what separates groups, which are of whole bytes unless they
// are all of an odd number of digits.
func (h *hexDecoder) separator(dst []byte) (n int) {
	w := h.text
	if h.half && h.run.group%2 == 0 && h.run.group > 0 {
		if completesGroup(w.Ahead(lookAround), h.group, h.run.group) {
			return 0 // the group goes on behind it
		}
		h.msg.damaged(position(w, 0), "a digit is missing before this place; 0 put in its stead")
		n = h.digit(dst, 0)
	}
	h.group = 0
	return n
}

// fieldsBehind reports whether the separator ahead ends the data, because what is
// behind it is other fields of the line, and how much of the line is for nobody to
// look at. The word behind the separator tells, if it is not digits in pairs; a
// foreign word in the middle of hex has more hex behind it.
//
//	ffd8ffe0 4GSolarCam/Snapshot 1795398905.350698939    mosquitto_sub -F '%x %t %U'
func (h *hexDecoder) fieldsBehind(c byte) int {
	const between = " \t;,"
	w := h.text
	if h.run.group != 0 || strings.IndexByte(between, c) < 0 || !h.behindDigit() {
		return 0
	}
	line, after, ended := bytes.Cut(w.Peek(lookAround), newline)
	size := 1
	if ended || len(line) < lookAround {
		ended, size = true, len(line) // too short for a picture
	}
	line = bytes.Trim(line, between+"\r")
	word := line
	if i := bytes.IndexAny(line, between); i >= 0 {
		word = line[:i]
	} else if !ended {
		return 0
	}
	if n := digitsIn(word); n == len(word) && (n%2 == 0 || h.half) {
		return 0
	}
	digits, others := 0, false
	for _, c := range line {
		switch {
		case isHexDigit(c):
			if digits++; digits == sureHexDigits {
				return 0
			}
		case strings.IndexByte(between, c) < 0:
			digits, others = 0, true
		}
	}
	// Nothing but digits is a field if they neither pair up nor go on on the next line.
	if others || ended && digits%2 == 1 && (h.onLongLine() || len(bytes.TrimSpace(after)) == 0) {
		return size
	}
	return 0
}

// damage takes skip characters that are not hex, but have hex behind them.
func (h *hexDecoder) damage(dst []byte, skip int) int {
	w := h.text
	if r, size := utf8.DecodeRune(w.Ahead(utf8.UTFMax)); size == skip && (isWordByte(w.Peek(1)[0]) || h.standsForDigit()) {
		h.msg.damaged(position(w, 0), "%q is not a hex digit; 0 put in its stead", r)
		return h.digit(dst, 0)
	}
	h.msg.damaged(position(w, 0), "%q does not belong to the hex text; passed over", w.Peek(skip))
	return 0
}

// standsForDigit reports whether the character ahead, which is no digit, is
// where one was: its row is as long as others are.
func (h *hexDecoder) standsForDigit() bool {
	n := h.rowLength()
	return h.run.group == 0 && n > 0 && h.rowsAre(n)
}

// behindDigit reports whether the last thing read was a digit.
func (h *hexDecoder) behindDigit() bool {
	b := h.text.Behind()
	return len(b) > 0 && isHexDigit(b[len(b)-1])
}

// oddRow looks at the row that ends ahead when the last of its digits is left
// over: where all rows have one more or one less, that is damage, and the next
// row begins a byte.
func (h *hexDecoder) oddRow(dst []byte) int {
	if !h.half || h.run.group != 0 {
		return 0
	}
	w := h.text
	n := h.rowLength()
	switch {
	case n == 0:
	case h.rowsAre(n + 1):
		h.msg.damaged(position(w, 0), "a digit is missing in this row; 0 put at its end")
		return h.digit(dst, 0)
	case h.rowsAre(n - 1):
		h.msg.damaged(position(w, 0), "a digit too many in this row; its last one passed over")
		h.half = false
	}
	return 0
}

// rowLength tells how many characters the row ahead or around pos has, without
// blanks at its ends; 0 when it is too long for one of many rows, or not complete.
func (h *hexDecoder) rowLength() int {
	w := h.text
	w.Ahead(lookBack)
	read := int(w.Column()) - 1 // of its line
	i := bytes.IndexByte(w.Peek(longLine), '\n')
	if i < 0 || read+i > longLine {
		return 0
	}
	behind := w.Behind() // in which the line's start may be missing
	missing := max(0, read-len(behind))
	row := append(bytes.Clone(behind[len(behind)-read+missing:]), w.Peek(i)...)
	return missing + utf8.RuneCount(bytes.Trim(row, blanks))
}

// A few rows around one do not prove that all are of one length: the lines of
// a text of any lengths may be alike by chance.
const rowsAround = 6

// rowsAre reports whether the rows before and behind the one around pos have n
// digits, an even number. One of them may be damaged, too. The message's first row
// and its last one may be shorter than others and do not count. To be called when
// rowLength is not 0.
func (h *hexDecoder) rowsAre(n int) bool {
	if n%2 != 0 {
		return false
	}
	w := h.text
	same, damaged := 0, 0
	isLike := func(row []byte) bool {
		row = bytes.Trim(row, " \t\r")
		switch len(row) {
		case n:
			if digitsIn(row) == n {
				same++
			}
		case n - 1, n + 1:
			damaged++
		default:
			return false
		}
		return damaged <= 1
	}
	_, behind, _ := bytes.Cut(w.Peek(lookBack), newline)
	for range rowsAround {
		row, rest, _ := bytes.Cut(behind, newline)
		next, _, _ := bytes.Cut(rest[:min(len(rest), sureHexDigits)], newline)
		if next = bytes.Trim(next, " \t\r"); len(next) == 0 || digitsIn(next) < len(next) {
			break
		}
		if !isLike(row) {
			return false
		}
		behind = rest
	}
	before := w.Behind()
	before = before[:max(0, len(before)-int(w.Column())+1)]
	for range rowsAround {
		before = bytes.TrimSuffix(before, newline)
		i := bytes.LastIndexByte(before, '\n')
		if i < 0 {
			break
		}
		if !isLike(before[i+1:]) {
			return false
		}
		before = before[:i+1]
	}
	return same >= 2+2*damaged
}

// remember keeps what decides about the next line when b was given.
func (h *hexDecoder) remember(b []byte) {
	if !h.begun && len(b) > 0 {
		h.begun, h.json = true, beginsJSON(b)
	}
	if b = bytes.TrimRight(b, " \t\r\n"); len(b) > 0 {
		h.last = b[len(b)-1]
	}
}

func (h *hexDecoder) onLongLine() bool {
	w := h.text
	return w.Column() > longLine
}

// nextIsAnother reports whether the line ahead, behind a long one, is another
// message: JSON, or what comes after JSON that is complete. Pictures that follow
// each other are told apart by their segments.
func (h *hexDecoder) nextIsAnother(line []byte) bool {
	if !h.onLongLine() {
		return false
	}
	head := make([]byte, 16)
	n, _ := decodeDigits(head, line, false)
	if n == len(head) && beginsJSON(head) {
		return true
	}
	// The brace of an inner object may stand at the end of a wrapped line.
	inner := n > 0 && isText(head[:n]) && bytes.IndexByte([]byte(",}] \t\r\n"), head[0]) >= 0
	return h.json && h.last == '}' && !h.half && !inner
}

func (h *hexDecoder) end(n int) (int, error) {
	w := h.text
	if h.half {
		h.half = false
		h.msg.damaged(position(w, 0), oddDigits)
	}
	return n, io.EOF
}

// foreign looks at the characters ahead that are not hex: when digits go on
// behind a few of them, they are damage, otherwise the dump is over. It tells
// how many they are, 0 at the end.
func (h *hexDecoder) foreign() int {
	w := h.text
	line, _, cut := bytes.Cut(w.Peek(lookAround), newline)
	i := 0
	for i < len(line) && !isHexDigit(line[i]) {
		i++
	}
	skip := len(bytes.TrimRight(line[:i], " \t\r"))
	_, size := utf8.DecodeRune(line)
	if i == len(line) && size == skip && h.half && h.standsForDigit() {
		return skip // the last of its row
	}
	if skip > 16 || i == len(line) {
		return 0
	}
	digits := 0
	for _, c := range line[i:min(i+64, len(line))] {
		if isHexDigit(c) {
			digits++
		} else if !isHexSeparator(c) {
			return 0
		}
	}
	// At the end of a line few digits are left to vouch for each other.
	if digits >= 16 || i == size && (cut || len(line) < lookAround) && h.behindDigit() {
		return skip
	}
	return 0
}

// goesOn reports whether the text behind the line end ahead is more of the same
// dump.
func (h *hexDecoder) goesOn() bool {
	w := h.text
	ahead := w.Peek(lookAround)
	next := bytes.TrimLeft(ahead, " \t\r\n")
	line, _, _ := bytes.Cut(next, newline)
	line = bytes.TrimRight(line, " \t\r")
	if len(line) == 0 || isDate(line) {
		return false
	}
	if len(line) == 1 && line[0] == '*' {
		w.Skip(len(ahead) - len(next)) // the * itself is passed over as the next character
		h.msg.damaged(position(w, 0), loneStar)
		return true
	}
	if h.nextIsAnother(line) {
		return false
	}
	if digitsIn(line[:min(len(line), sureHexDigits)]) == sureHexDigits {
		return true // decodeDigits does not stop for it either
	}
	foreign := 0
	for i, c := range line {
		switch {
		case isHexDigit(c):
		case isHexSeparator(c):
			if h.run.group == 0 && (c == ':' || c == '-') {
				return false // a date, an address or a listing with offsets
			}
		case c == '.' && i > 0 && isHexDigit(line[i-1]):
			return false // a number: the time stamp of the next message
		case c&0xC0 == 0x80: // the rest of a character
		default:
			foreign++
		}
	}
	if foreign == 0 {
		return true
	}
	// A wrapped dump with a damaged place: this line is as long as the last one, but
	// for what was put in.
	before := w.Column() - 1
	after, whole := int64(utf8.RuneCount(line)), len(line) < len(next)
	most := 2
	if h.run.group == 0 && digitsIn(line) >= sureHexDigits/2 {
		most = sureHexDigits / 2
	}
	return foreign <= most && whole && before-after <= 2 && after-before <= int64(max(2, foreign))
}

const loneStar = "a lone * stands for repeated rows, and without offsets nobody knows how many: make the dump again with -v"

// A digitsDecoder joins all hex digits of a text, whatever stands between
// them, from the first ffd8ff on.
type digitsDecoder struct {
	text  *window.Window
	msg   *Message
	last  uint32 // the last six digits
	count int64  // digits before the start
	found bool
	half  bool
	hi    byte
	out   []byte // what was found but not given yet

	between byte // what stands between digits besides separators, if it is always the same
	words   bool // it is not
	doubted bool // damage of this kind was told
}

func (d *digitsDecoder) decode(dst []byte) (int, error) {
	n := copy(dst, d.out)
	d.out = d.out[n:]
	w := d.text
	for n < len(dst) {
		b := w.Peek(1)
		if len(b) == 0 {
			break
		}
		c := b[0]
		v := nibble[c]
		w.Skip(1)
		if v > 15 {
			if !isHexSeparator(c) && c != d.between && d.count > 0 {
				d.words = d.words || d.between != 0 || isWordByte(c)
				d.between = c
			}
			continue
		}
		switch {
		case !d.found:
			d.count++
			d.last = d.last<<4&0xFFFFFF | uint32(v)
			if d.last == 0xFFD8FF {
				d.found = true
				if d.words || d.count%2 != 0 {
					d.doubted = true
					d.msg.damaged(position(w, -1), "the digits before this place do not pair up; read from here on")
				}
				k := copy(dst[n:], soi)
				d.out = soi[k:]
				n += k
			}
			continue
		case d.half:
			dst[n] = d.hi<<4 | v
			n++
			d.half = false
		default:
			d.hi, d.half = v, true
		}
		if d.words && !d.doubted {
			d.doubted = true
			d.msg.damaged(position(w, -1), "there is other text between the digits before this place; all digits are read")
		}
	}
	if n > 0 {
		return n, nil
	}
	if d.half {
		d.half = false
		d.msg.damaged(position(w, 0), oddDigits)
	}
	return 0, io.EOF
}

const oddDigits = "the text has an odd number of hex digits: one is missing, or one is too many"
