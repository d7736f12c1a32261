package dump

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// hexPairs is indexed by two characters at once, the first one in the low byte. For two
// hex digits it has their byte with isPair set, otherwise zero. One look-up is faster here
// than two in a smaller table, because only six pages of the table are ever touched.
// Building it touches no others, so it costs little at the start.
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

// bothOf returns the index of two characters in a hexTable.
func bothOf(first, second byte) uint16 { return uint16(first) | uint16(second)<<8 }

// pair looks up the byte that two digits stand for; ok loses isPair if they are
// not two digits.
func (t *hexTable) pair(first, second byte, ok uint16) (byte, uint16) {
	v := t[bothOf(first, second)]
	return byte(v), ok & v
}

// The decoders below write each byte before they know that all eight are valid. In dst,
// what follows the n bytes that they report is meaningless.

// decodeDigits decodes adjacent digits up to the first other character. If overLines is
// set, it also steps over line ends. It returns how much it wrote and how much it read.
// start is the beginning of the message.
func decodeDigits(dst, src []byte, overLines bool, start beginning) (n, i int) {
	t := hexPairs
	first := byte('{')
	if len(start) > 0 {
		first = start[0]
	} else if v, ok := t.pair(src[0], src[min(1, len(src)-1)], isPair); ok != 0 {
		first = v
	}
	line, before := -1, 0 // after a line end was stepped over: where the current line begins, and n there
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
			return before, line - 1 // goesOn decides about that line
		}
		// Step over a line end if the next line is all digits, or begins with many of
		// them, unless another message may begin there.
		if !overLines || len(src)-i < 3 || src[i] != '\n' {
			return n, i
		}
		if v, ok := t.pair(src[i+1], src[i+2], isPair); ok != 0 && (v == 0xFF || v == '{' || v == first) {
			return n, i
		}
		i++
		line, before = i, n
	}
}

// decodeEights decodes adjacent digits, eight bytes at a time, and returns the number of
// bytes. It is a separate function so that the compiler keeps its variables in registers.
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

// A hexRun tells where digits that are meant as data begin, and how they are grouped.
type hexRun struct {
	start int  // -1 if there are none
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

var noHex = hexRun{start: -1}

// findHex looks for digits that are meant as data on the first line of text. A run may go
// on over the line's end. Only tokens that are all digits count. A token with anything
// else in it ends a run. So does, while the run is short, a token longer than those before
// it or a change of the separator: in `2026-11-23 01:55:05 62 ffd8ffe0...` only the last
// token belongs to the run. A run begins in the first before bytes of text. If last is
// set, text is all there is, and a short run is enough.
func findHex(text []byte, before int, last bool) hexRun {
	f := hexFinder{text: text, before: before, run: noHex, onFirstLine: true}
	for f.at < len(text) && (f.at < before || f.run.start >= 0) {
		if c := text[f.at]; isHexSeparator(c) {
			if c == '\n' && f.run.start < 0 {
				return noHex
			}
			f.onFirstLine = f.onFirstLine && c != '\n'
			if f.sep == 0 {
				f.sep = c
			}
			f.at++
			continue
		}
		if sure, over := f.token(); sure {
			return f.run.settled(text)
		} else if over {
			return noHex
		}
	}
	if last && f.digits >= 8 && (f.run.group%2 == 0 || f.run.group == 1) {
		return f.run.settled(text)
	}
	return noHex
}

// A hexFinder goes from token to token of a text and holds the run that may be data.
type hexFinder struct {
	text   []byte
	before int // where a run must begin

	at          int
	run         hexRun
	digits      int  // of the run
	tokens      int  // of the run
	previous    int  // where the last token of the run begins
	sep         byte // before the token at hand; 0 for none
	onFirstLine bool
}

// token examines the next token. It reports sure if the run is certainly data, and over if
// no run can be found any more.
func (f *hexFinder) token() (sure, over bool) {
	from := f.at
	if n := digitsIn(f.text[from:min(len(f.text), from+sureHexDigits)]); n == sureHexDigits {
		if f.run.start < 0 || f.run.group%2 == 1 && f.run.group > 1 || f.isDecimalGroup() {
			f.run.start = from
		}
		return true, false
	}
	// Follow a token only as far as is needed to know what it is.
	for end := min(len(f.text), max(from, f.before)+2*sureHexDigits); f.at < end && !isHexSeparator(f.text[f.at]); {
		f.at++
	}
	token := f.text[from:f.at]
	if k := sureDigits(token); k >= 0 {
		f.run = hexRun{start: from + k}
		return true, false
	}
	if over := f.judge(from, token); over || f.run.start >= f.before { // a run that begins later is found later
		return false, true
	}
	f.sep = 0
	if f.digits < sureHexDigits {
		return false, false
	}
	// Groups of an odd size may be decimal numbers when there is no letter in them.
	if groups := f.text[max(f.run.start, 0):f.at]; f.run.group%2 == 1 && f.run.group > 1 && !bytes.ContainsAny(groups, "abcdefABCDEF") {
		over = !f.onFirstLine
		f.begin(-1, 0)
		return false, over
	}
	return true, false
}

// judge decides whether a token continues the run, begins another one or ends it. It
// reports over if no other run can follow.
func (f *hexFinder) judge(from int, token []byte) (over bool) {
	n := len(token)
	isHex := digitsIn(token) == n
	newLine := f.sep == '\n' || f.sep == '\r'
	odd := n%2 == 1 || f.run.group%2 == 1
	switch {
	case isHex && f.run.start >= 0 && odd && completesGroup(f.text[f.at:], n, f.run.group):
		f.complete(n)
	case !isHex, isDate(f.text[from:]):
		f.begin(-1, 0)
		f.beginInside(from, token)
		return !f.onFirstLine
	case f.isFrontDeleted(n):
		f.run.group = n
		f.digits += n
	case f.run.start < 0, n > f.run.group, odd && n != f.run.group:
		f.begin(from, n)
	case f.run.sep != 0 && f.sep != f.run.sep && !newLine:
		// The tokens before the last one were fields before the data: 98,ff d8 ff
		if f.tokens > 1 && n == digitsIn(f.text[f.previous:]) {
			f.begin(f.previous, n)
			f.run.sep = f.sep
			f.add(from, n)
		} else {
			f.begin(from, n)
		}
	default:
		if f.run.sep == 0 && !newLine {
			f.run.sep = f.sep
		}
		f.add(from, n)
	}
	return false
}

// add adds a token of n digits to the run.
func (f *hexFinder) add(from, n int) {
	f.digits, f.tokens, f.previous = f.digits+n, f.tokens+1, from
}

// beginInside begins a run with the digits that stand behind a quote, a bracket, a bar or a sign in
// a token.
func (f *hexFinder) beginInside(from int, token []byte) {
	k := bytes.LastIndexAny(token, "\"'=<>([|") + 1
	digits := len(token) - k
	if k > 0 && digits > 0 && digits%2 == 0 && digitsIn(token[k:]) == digits && f.onFirstLine {
		f.begin(from+k, digits)
	}
}

// begin begins another run, or none if start is negative.
func (f *hexFinder) begin(start, digits int) {
	f.run, f.digits, f.tokens, f.previous = hexRun{start: start, group: digits}, digits, 1, start
}

// complete adds a group that is split by a line end or blanks; n of its digits stand
// before them.
func (f *hexFinder) complete(n int) {
	rest := f.text[f.at:]
	gap := len(rest) - len(bytes.TrimLeft(rest, blankEnds))
	f.onFirstLine = f.onFirstLine && bytes.IndexByte(rest[:gap], '\n') < 0
	more := digitsIn(rest[gap:min(len(rest), gap+f.run.group)])
	f.at += gap + more
	f.digits += n + more
}

// isFrontDeleted reports whether somebody seems to have deleted the front of the first
// group, so that the current one, of n digits, is the first whole group: ff d8ff e000
func (f *hexFinder) isFrontDeleted(n int) bool {
	return f.run.start >= 0 && n > f.run.group && f.digits == f.run.group && n%2 == 0 && f.run.group%2 == 0 && !f.isDecimalGroup()
}

// isDecimalGroup reports whether the run's first group has no letters.
func (f *hexFinder) isDecimalGroup() bool {
	return isDecimal(string(f.text[f.run.start : f.run.start+f.run.group]))
}

// completesGroup reports whether a group, of which n digits stand before text, goes on
// after the blanks or the line end that text begins with. That is so if a dump was wrapped
// in the middle of a byte. The last group may be a short one.
func completesGroup(text []byte, n, group int) bool {
	rest := bytes.TrimLeft(text[:min(len(text), 2*sureHexDigits)], blankEnds)
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

// settled returns the run with its grouping, which it takes from the first groups.
func (r hexRun) settled(text []byte) hexRun {
	n := digitsIn(text[r.start:min(len(text), r.start+2*sureHexDigits)])
	r.group, r.sep = 0, ' '
	if rest := text[r.start+n:]; len(rest) > 1 && isHexSeparator(rest[0]) && rest[0] != '\n' && rest[0] != '\r' && isHexDigit(rest[1]) {
		second := digitsIn(rest[1:min(len(rest), 1+2*sureHexDigits)]) // the first group may be cut
		if second >= n || n < sureHexDigits {
			r.group, r.sep = max(n, second), rest[0]
		}
	}
	return r
}

// A hexDecoder decodes hex digits in any grouping and any length of line.
type hexDecoder struct {
	body
	run hexRun

	half  bool // a byte's first digit was read
	hi    byte
	group int  // digits of the current group, if it is not regular
	last  byte // the last byte of JSON so far that is not a blank
}

func (h *hexDecoder) decode(dst []byte) (int, error) {
	if len(h.start) == 0 && bytes.IndexByte(h.text.Peek(longLine), '\n') >= 0 {
		h.lines(h) // measure them before a damaged one comes
	}
	return h.fill(dst, h.step)
}

func (h *hexDecoder) step(dst []byte) (n int, ok bool) {
	w := h.text
	b := w.Ahead(lookAround)
	if len(b) == 0 {
		return h.end(0)
	}
	if !h.half {
		n, read := h.bulk(dst, b)
		if w.Skip(read); read > 0 {
			return n, true
		}
	}
	c := b[0]
	if v := nibble[c]; v < 16 {
		h.group++
		w.Skip(1)
		return h.digit(dst, v), true
	}
	if c == '\n' {
		if n = h.oddRow(dst); n > 0 {
			return n, true
		}
	}
	is, size := h.verdict(c)
	switch is {
	case over:
		return h.end(size)
	case damage:
		n = h.damage(dst, size)
	default:
		n = h.separator(dst)
	}
	w.Skip(size)
	return n, true
}

// bulk decodes digits in their regular grouping.
func (h *hexDecoder) bulk(dst, src []byte) (n, i int) {
	switch h.run.group {
	case 2:
		n, i = decodePairs(dst, src, h.run.sep)
	case 4:
		n, i = decodeFours(dst, src, h.run.sep)
	default:
		n, i = decodeDigits(dst, src, !h.isJSON(), h.start)
	}
	if i == 0 && len(src) > 1 {
		if v, ok := hexPairs.pair(src[0], src[1], isPair); ok != 0 {
			dst[0], n, i = v, 1, 2
			h.group += 2
		}
	} else if i > 0 {
		h.group = 0
		for h.group < min(i, h.run.group) && isHexDigit(src[i-1-h.group]) {
			h.group++
		}
	}
	h.remember(dst[:n])
	return n, i
}

// digit takes one digit. Like the functions below, it returns how many bytes it put into
// dst, none or one.
func (h *hexDecoder) digit(dst []byte, v byte) int {
	if h.half {
		dst[0] = h.hi<<4 | v
		h.half = false
		h.remember(dst[:1])
		return 1
	}
	h.hi, h.half = v, true
	return 0
}

// separator handles what separates groups. A group has whole bytes, unless all groups have
// an odd number of digits.
func (h *hexDecoder) separator(dst []byte) (n int) {
	if h.half && h.run.group%2 == 0 && h.run.group > 0 {
		if completesGroup(h.text.Ahead(lookAround), h.group, h.run.group) {
			return 0 // the group goes on behind it
		}
		h.damaged("a digit is missing before this place; 0 is put in its place")
		n = h.digit(dst, 0)
	}
	h.group = 0
	return n
}

// remember keeps the byte that decides whether the next line continues JSON.
func (h *hexDecoder) remember(given []byte) {
	if len(h.start) > 0 && h.start[0] == '{' {
		if given = bytes.TrimRight(given, blankEnds); len(given) > 0 {
			h.last = given[len(given)-1]
		}
	}
}

// end ends the message and skips size bytes, the rest of its line.
func (h *hexDecoder) end(size int) (n int, ok bool) {
	if h.half {
		h.passedOver(oddDigits)
	}
	h.text.Skip(size)
	return 0, false
}

// isJSON reports whether the message begins like JSON.
func (h *hexDecoder) isJSON() bool { return beginsJSON(h.start) }

// What a character that is not a digit means.
const (
	more   = iota // it separates groups or lines
	damage        // it does not belong there, and digits go on behind it
	over          // the dump ends before it
)

// verdict decides what the character ahead means, which is not a digit. size is the length
// of the damage, or of the rest of the line to skip.
func (h *hexDecoder) verdict(c byte) (is, size int) {
	switch {
	case c == '\n' && !h.goesOn():
		return over, 0
	case isHexSeparator(c):
		if size = h.fieldsBehind(c); size > 0 {
			return over, size
		}
		return more, 1
	}
	if size = h.foreign(); size > 0 {
		return damage, size
	}
	return over, 0
}

// fieldsBehind checks whether the separator ahead ends the data because other fields of
// the line follow. It returns how much of the line to skip then, and otherwise 0. The word
// after the separator decides that: it is a field unless it is digits in pairs. A foreign
// word in the middle of hex is different, because more hex follows it.
//
//	ffd8ffe0 4GSolarCam/Snapshot 1795398905.350698939    mosquitto_sub -F '%x %t %U'
func (h *hexDecoder) fieldsBehind(c byte) int {
	const between = " \t;,"
	if h.run.group != 0 || strings.IndexByte(between, c) < 0 || !h.behindDigit() {
		return 0
	}
	line, after, ended := bytes.Cut(h.text.Peek(lookAround), newline)
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
	if h.isBytes(word) {
		return 0
	}
	// A word of digits is a field if the number of digits is odd and they do not go on on
	// the next line.
	digits, others := fieldsIn(line, between)
	isOdd := ended && digits%2 == 1 && (h.onLongLine() || len(bytes.TrimSpace(after)) == 0)
	if digits < sureHexDigits && (others || isOdd) {
		return size
	}
	return 0
}

// isBytes reports whether a word is digits in pairs. A closing bracket or quote may directly
// follow the last byte of a list.
func (h *hexDecoder) isBytes(word []byte) bool {
	word = bytes.TrimRight(word, "])}>\"'`;")
	n := digitsIn(word)
	return n > 0 && n == len(word) && (n%2 == 0 || h.half)
}

// fieldsIn counts the digits at the end of a line, up to sureHexDigits, which are data
// wherever they stand. It also reports whether the line holds anything but digits.
func fieldsIn(line []byte, between string) (digits int, others bool) {
	for _, c := range line {
		switch {
		case isHexDigit(c):
			if digits++; digits == sureHexDigits {
				return digits, others
			}
		case strings.IndexByte(between, c) < 0:
			digits, others = 0, true
		}
	}
	return digits, others
}

// foreign examines the characters ahead that are not hex. If digits follow a few of them,
// the characters are damage, and foreign returns how many bytes they take. Otherwise the
// dump is over, and it returns 0.
func (h *hexDecoder) foreign() int {
	line, _, cut := bytes.Cut(h.text.Peek(lookAround), newline)
	i := 0
	for i < len(line) && !isHexDigit(line[i]) {
		i++
	}
	skip := len(bytes.TrimRight(line[:i], blanks))
	_, size := utf8.DecodeRune(line)
	if i == len(line) && size == skip && h.half && h.standsForDigit() {
		return skip // the last character of its row
	}
	if skip > 16 || i == len(line) {
		return 0
	}
	digits, ok := digitsAmong(line[i:min(i+64, len(line))])
	// At the end of a line, fewer digits have to be enough.
	if ok && (digits >= 16 || i == size && (cut || len(line) < lookAround) && h.behindDigit()) {
		return skip
	}
	return 0
}

// digitsAmong counts the digits of a text. It reports false if it holds anything but digits
// and separators.
func digitsAmong(b []byte) (digits int, ok bool) {
	for _, c := range b {
		if isHexDigit(c) {
			digits++
		} else if !isHexSeparator(c) {
			return 0, false
		}
	}
	return digits, true
}

// damage handles the skip bytes ahead that are not hex, but have hex after them.
func (h *hexDecoder) damage(dst []byte, skip int) int {
	w := h.text
	b := w.Peek(max(skip, utf8.UTFMax))
	if r, size := utf8.DecodeRune(b); size == skip && (isWordByte(b[0]) || h.standsForDigit()) {
		h.damaged("%q is not a hex digit; 0 is put in its place", r)
		return h.digit(dst, 0)
	}
	h.passedOver("%q does not belong to the hex text; skipped", w.Peek(skip))
	return 0
}

// goesOn reports whether the text after the line end ahead continues the dump.
func (h *hexDecoder) goesOn() bool {
	w := h.text
	ahead := w.Peek(lookAround)
	next := bytes.TrimLeft(ahead, blankEnds)
	line, _, whole := bytes.Cut(next, newline)
	line = bytes.TrimRight(line, blanks)
	switch {
	case len(line) == 0, isDate(line):
		return false
	case string(line) == "*":
		w.Skip(len(ahead) - len(next)) // the * itself is skipped as the next character
		h.damaged(loneStar)
		return true
	case h.nextIsAnother(line):
		return false
	case digitsIn(line[:min(len(line), sureHexDigits)]) == sureHexDigits:
		return true // decodeDigits does not stop for it either
	}
	foreign, ok := h.foreignIn(line)
	if foreign == 0 || !ok {
		return ok
	}
	// In a wrapped dump with a damaged place, this line is as long as the last one, apart
	// from what was put in.
	before, after := int(w.Column())-1, utf8.RuneCount(line)
	most := 2
	if h.run.group == 0 && digitsIn(line) >= sureHexDigits/2 {
		most = sureHexDigits / 2
	}
	return foreign <= most && whole && before-after <= 2 && after-before <= max(2, foreign)
}

const loneStar = "a lone * stands for repeated rows, and without offsets their number is not known: make the dump again with -v"

// foreignIn counts the characters of a line that are not hex. It reports false if one of
// them shows that the line is something else.
func (h *hexDecoder) foreignIn(line []byte) (n int, ok bool) {
	for i, c := range line {
		switch {
		case isHexDigit(c):
		case isHexSeparator(c):
			if h.run.group == 0 && (c == ':' || c == '-') {
				return n, false // a date, an address or a listing with offsets
			}
		case c == '.' && i > 0 && isHexDigit(line[i-1]):
			return n, false // a number: the time stamp of the next message
		case c&0xC0 == 0x80: // the rest of a character
		default:
			n++
		}
	}
	return n, true
}

// nextIsAnother reports whether the line after the line end ahead is another message: it
// begins like one, or it follows a long line that ends complete JSON. The segments of
// pictures that follow each other separate these, too.
func (h *hexDecoder) nextIsAnother(line []byte) bool {
	if h.isAnother(h) {
		return true
	}
	if h.half || h.last != '}' || !h.onLongLine() || !h.isJSON() {
		return false
	}
	// The brace of an inner object may stand at the end of a wrapped line.
	head := h.head(line)
	return len(head) == 0 || !isText(head) || bytes.IndexByte([]byte(",}] \t\r\n"), head[0]) < 0
}

// head decodes the beginning of a line.
func (h *hexDecoder) head(line []byte) []byte {
	head := make([]byte, 0, 16)
	for i := 0; i+1 < len(line) && len(head) < cap(head); {
		v, ok := hexPairs.pair(line[i], line[i+1], isPair)
		switch {
		case ok != 0:
			head = append(head, v)
			i += 2
		case isHexSeparator(line[i]) && i > 0:
			i++
		default:
			return head
		}
	}
	return head
}

// rowIn tells how much of a line can be a row of hex: all of it, if most of it is.
func (h *hexDecoder) rowIn(line []byte) int {
	digits := 0
	for _, c := range line {
		if isHexDigit(c) || isHexSeparator(c) {
			digits++
		}
	}
	if 4*digits < 3*len(line) || isDate(line) {
		return 0
	}
	return len(line)
}

// standsForDigit reports whether the character ahead, which is not a digit, replaced one:
// its row is as long as the others.
func (h *hexDecoder) standsForDigit() bool {
	n := h.rowLength()
	return h.run.group == 0 && n > 0 && n == h.lines(h).width
}

// oddRow handles the row that ends ahead if it has an odd number of digits. If all rows
// have one more or one less, that is damage, and the next row begins with a new byte.
func (h *hexDecoder) oddRow(dst []byte) int {
	if !h.half || h.run.group != 0 {
		return 0
	}
	n, width := h.rowLength(), h.lines(h).width
	switch {
	case n == 0 || width%2 != 0:
	case n == width-1: // any digit may be missing, so all of the row is in doubt
		h.msg.note(position(h.text, 0), 1-width/2, width/2, "a digit is missing in this row; 0 put at its end")
		return h.digit(dst, 0)
	case n == width+1:
		h.msg.note(position(h.text, 0), -width/2, width/2, "a digit too many in this row; its last one is skipped")
		h.half = false
	}
	return 0
}

// rowLength returns how many characters the current row has, without trailing blanks. It
// is 0 if the row is not complete, or too long to be one of many.
func (h *hexDecoder) rowLength() int {
	w := h.text
	ahead, _, ended := bytes.Cut(w.Peek(longLine), newline)
	read := int(w.Column()) - 1
	if !ended || read+len(ahead) > longLine {
		return 0
	}
	behind := w.Behind()
	missing := max(0, read-len(behind)) // what stands before the message
	return missing + utf8.RuneCount(behind[len(behind)-read+missing:]) + utf8.RuneCount(bytes.TrimRight(ahead, blanks))
}

// behindDigit reports whether the last thing read was a digit.
func (h *hexDecoder) behindDigit() bool {
	b := h.text.Behind()
	return len(b) > 0 && isHexDigit(b[len(b)-1])
}

func (h *hexDecoder) onLongLine() bool { return h.text.Column() > longLine }
