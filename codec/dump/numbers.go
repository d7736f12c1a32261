package dump

import (
	"bytes"
	"slices"
	"strconv"
)

// A numberSyntax is a way to write bytes as numbers.
//
//	255 216 255 224 0 16   Serial.print of an Arduino; od -An -t u1
//	FF D8 FF E0 0 10       the same with HEX
//	377 330 377 340 000    od -An -b
//	0xff, 0xd8, 0xff       C, Go, xxd -i, MQTT Explorer; Wireshark writes 0x0 for 00
//	[-1, -40, -1, -32, 0]  Java; without signs Node and many others
//	["ff","d8","ff"]
//	{"0":255,"1":216}      JSON.stringify of a Uint8Array
type numberSyntax struct {
	base    int
	digits  int    // that each number has; 0 for as many as it takes
	zeroX   bool   // 0x stands before each
	array   bool   // it stands in JSON: only the bracket ends it
	indexed bool   // "12": stands before each
	signed  bool   // from 80 on they are FFFFFF80, as C prints a signed char
	name    string // of the layout
}

var (
	decimals     = numberSyntax{base: 10, name: "decimal numbers"}
	bareHex      = numberSyntax{base: 16, name: "hex without leading zeros"}
	signedHex    = numberSyntax{base: 16, signed: true, name: "hex with signs"}
	octals       = numberSyntax{base: 8, digits: 3, name: "octal numbers"}
	zeroX        = numberSyntax{base: 16, zeroX: true, name: "0x list"}
	byteArray    = numberSyntax{base: 10, array: true, name: "list of bytes"}
	indexedArray = numberSyntax{base: 10, array: true, indexed: true, name: "list of bytes"}
	hexArray     = numberSyntax{base: 16, digits: 2, array: true, name: "list of hex bytes"}
)

// read reads the number that b begins with and returns its length n, which is 0 if the
// number is not a byte. Outside of JSON, a decimal or hex number has no leading zeros, and
// no letter follows a number directly. Negative numbers from -128 on are bytes as Java
// writes them. In an array, read accepts any number, and the decoder reports those that
// are not bytes.
func (s numberSyntax) read(b []byte) (v, n int) {
	if s.zeroX {
		return 0, zeroXNumber(b)
	}
	if s.signed {
		return signedNumber(b)
	}
	first := 0
	if s.base == 10 && len(b) > 1 && b[0] == '-' {
		first = 1
	}
	v, n = readNumber(b[first:], s.base, 4)
	if n == 0 {
		return 0, 0
	}
	digits := b[first : first+n]
	n += first
	if first > 0 {
		v = -v
	}
	if s.base == 10 {
		n += typeSuffix(b[n:])
	}
	if !s.array && (!s.hasLength(digits) || !isByte(v) || n < len(b) && isWordByte(b[n])) {
		return 0, 0
	}
	return v, n
}

// hasLength reports whether a number has as many digits as each has, or no leading zeros.
func (s numberSyntax) hasLength(digits []byte) bool {
	if s.digits > 0 {
		return len(digits) == s.digits
	}
	return len(digits) == 1 || digits[0] != '0'
}

// isByte reports whether a number is a byte, with or without a sign.
func isByte(v int) bool { return v >= -0x80 && v <= 0xFF }

// typeSuffix returns the length of the type name that directly follows a number: F# writes
// 255uy, Rust 255u8.
func typeSuffix(b []byte) int {
	if len(b) > 1 && b[0]|0x20 == 'u' && (b[1]|0x20 == 'y' || b[1] == '8') && (len(b) == 2 || !isWordByte(b[2])) {
		return 2
	}
	return 0
}

// signedNumber reads a byte as C prints a signed char with %x: FFFFFFD8, and 7F or 0.
func signedNumber(b []byte) (v, n int) {
	n = digitsIn(b[:min(len(b), 9)])
	switch {
	case n < len(b) && isWordByte(b[n]):
		return 0, 0
	case n == 8 && hasFold(b, "ffffff") && nibble[b[6]] >= 8:
		return int(nibble[b[6]])<<4 | int(nibble[b[7]]), n
	case n == 2 && nibble[b[0]] < 8:
		return int(nibble[b[0]])<<4 | int(nibble[b[1]]), n
	case n == 1:
		return int(nibble[b[0]]), n
	}
	return 0, 0
}

// zeroXNumber returns the length of the number 0xNN that b begins with, or 0. Another
// number may follow it directly.
func zeroXNumber(b []byte) int {
	if len(b) < 3 || b[0] != '0' || b[1]|0x20 != 'x' {
		return 0
	}
	n := 2 + digitsIn(b[2:min(len(b), 66)])
	if n > 3 && n < len(b) && b[n]|0x20 == 'x' && b[n-1] == '0' {
		n--
	}
	if n == 2 {
		return 0
	}
	return n
}

// Finding numbers.

// A numberRun is a run of numbers found on a line.
type numberRun struct {
	numberSyntax
	start int
	sep   byte // a comma, semicolon or colon between them, or a blank
}

// findNumbers looks for numbers that begin in the first before bytes of text. The start of
// the run is negative if there are none.
func findNumbers(text []byte, before int) numberRun {
	line := firstLine(text[:min(len(text), before+lookAround)])
	if i := bytes.IndexAny(line, "fF"); i >= 0 && i < before && (bytes.Contains(line, []byte("ffffff")) || bytes.Contains(line, []byte("FFFFFF"))) {
		if run := findSigned(text, before); run.start >= 0 {
			return run
		}
	}
	for i := 0; i < before; {
		if standsBefore(text[i]) {
			i++
			continue
		}
		next := i
		if isHexDigit(text[i]) || text[i] == '-' {
			for _, syntax := range [...]numberSyntax{bareHex, decimals, octals} {
				run, last, ok := numbersAt(text, i, syntax)
				if ok {
					return run
				}
				next = max(next, last)
			}
		}
		// A later start in a run that is too short makes it shorter still.
		if next > i {
			i = next
			continue
		}
		for i < before && !standsBefore(text[i]) {
			i++
		}
	}
	return numberRun{start: -1}
}

// findSigned looks for hex with signs, which other lists never hold.
func findSigned(text []byte, before int) numberRun {
	for i := 0; i < before; i++ {
		if standsBefore(text[i]) || i > 0 && !standsBefore(text[i-1]) {
			continue
		}
		run, last, ok := numbersAt(text, i, signedHex)
		if ok {
			return run
		}
		i = max(i, last)
	}
	return numberRun{start: -1}
}

// standsBefore reports whether c may stand right before a number.
func standsBefore(c byte) bool {
	switch c {
	case '[', '(', '{', '<', '=', '"', '\'', '|':
		return true
	}
	return isNumberSeparator(c)
}

// A census counts the numbers of what may be a run, to decide whether it is one.
type census struct {
	syntax          numberSyntax
	all, lines      int
	short, long     int // of one digit, of as many as a byte may have
	edges           int // short ones at a line's edge, where the line may be wrapped in a byte
	letters         int // hex ones with letters
	negative, zeros int // below zero; octal ones that begin with 0
}

// add counts the number that text begins with; atEdge says that a line begins or ends
// there.
func (c *census) add(text []byte, v, n int, atEdge bool) {
	c.all++
	switch {
	case v < 0:
		c.negative++
	case c.syntax.base == 8 && text[0] == '0':
		c.zeros++
	case c.syntax.signed && n == 8:
		c.long++
	case c.syntax.base == 16 && n == 1 && atEdge:
		c.edges++
	case c.syntax.base == 16 && n == 1:
		c.short++
	case c.syntax.base == 16 && n == 2, c.syntax.base == 10 && v > 99:
		c.long++
	}
	if text[0] > '9' {
		c.letters++
	}
}

// isRun reports whether the counted numbers are bytes, and not a table or dates.
func (c *census) isRun() bool {
	if c.lines >= c.all-1 { // one number a line
		c.short += c.edges
	}
	switch {
	case c.all < sureNumbers:
		return false
	case c.syntax.signed:
		return c.long >= 4
	case c.syntax.base == 8:
		return c.zeros >= 2
	case c.syntax.base == 16:
		return c.short >= 2 && c.short*50 >= c.all && c.long >= 8 && c.letters >= 2
	}
	return c.long >= 8 || c.negative >= 8
}

// numbersAt reports whether a run of numbers begins at start, and where the last number
// begins that it examined. Numbers that end before one with a leading zero are not a run:
// they are octal, or hex in pairs, in which such a number comes soon.
func numbersAt(text []byte, start int, syntax numberSyntax) (run numberRun, last int, ok bool) {
	run = numberRun{numberSyntax: syntax, start: start, sep: ' '}
	text = text[:min(len(text), start+numbersAhead)]
	c := census{syntax: syntax}
	last = start
	for i, atEdge := start, true; i < len(text); {
		v, n := syntax.read(text[i:])
		if n == 0 { // half of -⏎40 or 37⏎7 is not a number
			v, _, n = syntax.overLineEnd(text[i:])
		}
		switch {
		case n > 0:
		case syntax.base == 8 || !isPadded(text[i:]):
			return run, last, c.isRun()
		case !atEdge || i == start:
			return run, last, false
		default:
			n = digitsIn(text[i:min(len(text), i+4)]) // the rest of a number: 1⏎05
		}
		last = i
		gap := gapIn(text[i+n:])
		lineEnd := bytes.IndexByte(gap, '\n') >= 0
		c.add(text[i:], v, n, atEdge || lineEnd || i+n+len(gap) == len(text))
		sep := gapSeparator(gap)
		if len(gap) == 0 {
			break
		}
		if c.all == 1 {
			run.sep = sep
		} else if sep != run.sep && !lineEnd {
			break
		}
		if lineEnd {
			c.lines++
		}
		atEdge = lineEnd
		i += n + len(gap)
	}
	return run, last, c.isRun()
}

// gapIn returns the separators that b begins with.
func gapIn(b []byte) []byte {
	n := 0
	for n < len(b) && isNumberSeparator(b[n]) {
		n++
	}
	return b[:n]
}

// isPadded reports whether b begins with a number that has a leading zero.
func isPadded(b []byte) bool {
	n := digitsIn(b[:min(len(b), 4)])
	return n > 1 && n < 4 && b[0] == '0' && (n == len(b) || isNumberSeparator(b[n]))
}

// gapSeparator returns what separates two numbers, apart from blanks around it.
func gapSeparator(gap []byte) byte {
	if gap = bytes.TrimLeft(gap, blankEnds); len(gap) > 0 {
		return gap[0]
	}
	return ' '
}

// findZeroX finds 0xNN, 0xNN, ...: four of them on one line, or four that follow each
// other on several. They begin in the first before bytes of text.
func findZeroX(text []byte, before int) int {
	// The search is for the x, because zeros are everywhere in hex.
	for i := 1; i < before; i++ {
		k := bytes.IndexAny(text[i:before], "xX")
		if k < 0 {
			break
		}
		if i += k; text[i-1] != '0' {
			continue
		}
		head := text[i-1 : min(len(text), i+lookAround)]
		if bytes.Count(bytes.ToLower(firstLine(head)), []byte("0x")) >= 4 || zeroX.begins(head, 4) {
			return i - 1
		}
	}
	return -1
}

// begins reports whether b begins with at least least bytes as numbers, with nothing but
// separators and quotes between them. An array may have fewer if it ends there and has no
// negative numbers, which also stand in other lists.
func (s numberSyntax) begins(b []byte, least int) bool {
	negative := false
	for n := range least {
		b = bytes.TrimLeft(b, " \t\r\n,")
		if s.indexed {
			v, size := indexAt(b)
			if size == 0 || v != n {
				return false
			}
			b = b[size:]
		}
		b = bytes.TrimLeft(b, "\"' \t\r\n,")
		v, size := s.read(b)
		switch {
		case size == 0 && s.array && !s.indexed:
			return n > 0 && !negative && len(b) > 0 && b[0] == ']'
		case size == 0, s.zeroX && size > len("0xff"), !isByte(v):
			return false
		}
		negative = negative || v < 0
		b = b[size:]
	}
	return true
}

// beginsHexArray reports whether b, the inside of an array, is at least eight strings of two
// hex digits, as far as it goes.
func beginsHexArray(b []byte) bool {
	isQuoted, letters := bytes.HasPrefix(bytes.TrimLeft(b, blankEnds), []byte(`"`)), false
	for n := 0; ; n++ {
		b = bytes.TrimLeft(b, "\"' \t\r\n,")
		if _, size := hexArray.read(b); size != hexArray.digits {
			return isQuoted && n >= 8 && letters // without letters they may be decimal
		}
		letters = letters || b[0] > '9' || b[1] > '9' || b[0] == '0'
		b = b[hexArray.digits:]
	}
}

// arraySyntax returns the syntax of the JSON array or object with the inside b, if it is a
// list of bytes.
func arraySyntax(b []byte, object bool) (numberSyntax, bool) {
	switch {
	case object:
		return indexedArray, indexedArray.begins(b, 8)
	case beginsHexArray(b):
		return hexArray, true
	case byteArray.begins(b, 8):
		return byteArray, true
	}
	return zeroX, zeroX.begins(b, 4)
}

// indexAt reads "12": and returns its length, which is 0 if b begins with something else.
func indexAt(b []byte) (v, size int) {
	if len(b) == 0 || b[0] != '"' {
		return 0, 0
	}
	v, n := readNumber(b[1:], 10, maxIndex)
	rest, quoted := bytes.CutPrefix(b[1+n:], []byte(`"`))
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(rest, blankEnds), []byte(":"))
	if n == 0 || !quoted || !ok {
		return 0, 0
	}
	return v, len(b) - len(rest)
}

// Decoding numbers.

// A numbersDecoder decodes bytes written as numbers.
type numbersDecoder struct {
	body
	numberSyntax
	sep byte // between two numbers, apart from blanks

	begun  bool
	commas bool // commas or the like separate the numbers
	second bool // the second number was read, so commas is known
	first  bool // a number was read
	comma  bool // a comma came since then
	line   bool // a line end came since then

	padded bool     // 0x: there was a number with a leading zero
	short  Position // 0x: where the first number of one digit is
	next   int      // the index that comes next
}

func (d *numbersDecoder) decode(dst []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.lines(d)
		d.commas, d.second = !d.array && d.sep != ' ', !d.array
	}
	return d.fill(dst, d.step)
}

func (d *numbersDecoder) step(dst []byte) (n int, ok bool) {
	w := d.text
	for n < len(dst) && len(d.rest) == 0 {
		b := w.Peek(lookAround)
		if len(b) > 0 && b[0] == '\n' && n > 0 {
			return n, true // the next line may be compared with these bytes
		}
		if len(b) == 0 || d.isEnd(b) {
			d.compareLength()
			return n, false
		}
		if size := d.gap(b); size > 0 {
			w.Skip(size)
			continue
		}
		v, size := d.number(b)
		if size > 0 {
			d.separated()
			dst[n] = v
			n++
			d.msg.ahead++
		} else if size = d.foreign(b); size == 0 {
			d.compareLength()
			return n, false
		}
		w.Skip(size)
	}
	return n, true
}

// rowIn tells how much of a line can be a row of the list.
func (d *numbersDecoder) rowIn(line []byte) int {
	if isDate(line) {
		return 0
	}
	for i, c := range line {
		if !isHexDigit(c) && !isHexSeparator(c) && c != '"' && !(d.zeroX && (c|0x20 == 'x' || c == '\'')) {
			return i
		}
	}
	return len(line)
}

// isEnd reports whether the list is over.
func (d *numbersDecoder) isEnd(b []byte) bool {
	switch {
	case d.array:
		return b[0] == ']' || d.indexed && b[0] == '}'
	case b[0] == '\n' && d.isAnother(d):
		return true
	case d.zeroX:
		return bytes.IndexByte([]byte("}])"), b[0]) >= 0
	}
	return b[0] == '\n' && !d.goesOn(b)
}

// gap notes what b begins with if it may stand between two numbers, and returns its
// length, which is 0 if it may not.
func (d *numbersDecoder) gap(b []byte) int {
	c := b[0]
	switch {
	case d.indexed && c == '"':
		return d.index(b)
	case !d.isGap(c):
		return 0
	}
	d.comma = d.comma || c == ',' || c == ';' || c == ':'
	d.line = d.line || c == '\n'
	return 1
}

// isGap reports whether c may stand between two numbers.
func (d *numbersDecoder) isGap(c byte) bool {
	switch {
	case d.array:
		return c == '"' || isHexSeparator(c) && !(c == '-' && d.base == 10)
	case d.zeroX:
		return isQuote(c) || isHexSeparator(c)
	}
	return isNumberSeparator(c)
}

// number reads the number ahead, even if a line end splits it, and returns how much text
// it takes.
func (d *numbersDecoder) number(b []byte) (value byte, size int) {
	v, n := d.read(b)
	if value, size = d.split(b, n == 0); size > 0 {
		return value, size
	}
	switch {
	case n == 0 && d.array && b[0] == '-': // a lone dash
		return 0, 0
	case n == 0 && !d.array && !d.zeroX:
		return d.word(b)
	case d.zeroX && n > 0:
		return d.zeroXBytes(b[:n]), n
	case d.digits == 2 && n > 0:
		if n = digitsIn(b[:min(len(b), 8)]); n != 2 {
			d.damaged("%q does not have two digits", b[:n])
			v, _ := strconv.ParseUint(string(b[:n]), 16, 64)
			return byte(v), n
		}
	case !isByte(v):
		d.damaged("%s is not a byte", b[:n])
	}
	return byte(v), n
}

// split reads the number that is split by the line end ahead. must says that the text
// before the line end is not a number by itself. In a 0x list, digits without 0x after the
// line end cannot be another number.
func (d *numbersDecoder) split(b []byte, must bool) (value byte, size int) {
	v, whole, size := d.overLineEnd(b)
	switch {
	case size == 0, !isByte(v), !must && !d.zeroX && !d.splits(whole, size):
		return 0, 0
	case d.zeroX:
		return d.zeroXBytes(whole), size
	}
	return byte(v), size
}

// word reads a word that is not a number as a damaged one, if more numbers follow.
func (d *numbersDecoder) word(b []byte) (value byte, size int) {
	word := words(b, 1)
	if len(word) == 0 || !isWordByte(b[0]) && b[0] != '-' || !d.numbers(words(b[len(word[0]):], 3), 3) {
		return 0, 0
	}
	d.damaged("%q is not a byte; 0 is put in its place", word[0])
	return 0, len(word[0])
}

// foreign returns the length of the text ahead that is neither a number nor a gap; it is 0
// if the list is over.
func (d *numbersDecoder) foreign(b []byte) int {
	switch {
	case d.array && b[0] == '-':
		return 1
	case d.array:
		d.passedOver("%q does not belong to a list of bytes; skipped", b[0])
		return 1
	case d.zeroX:
		// After the last number comes a bracket; in the middle of the list, this is
		// damage.
		next := 1 + bytes.Index(b[1:min(len(b), 24)], []byte("0x"))
		if next == 0 {
			return 0
		}
		if cast := b[:next]; string(cast) != "(byte)" {
			d.passedOver("%q does not belong to the list; skipped", cast)
		}
		return next
	}
	return 0
}

// zeroXBytes returns the first byte of a number 0x..., and puts the others into rest. In a
// list that has leading zeros, a number without them has lost a digit.
func (d *numbersDecoder) zeroXBytes(number []byte) byte {
	digits := number[2:]
	switch {
	case len(digits) == 1 && d.padded:
		d.damaged("%q has one digit, and the others have two", number)
	case len(digits) == 1 && d.short.Line == 0:
		d.short = position(d.text, 0)
	case len(digits) == 2 && digits[0] == '0' && !d.padded:
		if d.padded = true; d.short.Line > 0 {
			d.msg.damaged(d.short, "this number has one digit, and the others have two")
		}
	case len(digits) > 2 && len(digits)%2 == 1:
		d.damaged("%q has an odd number of digits", number)
	}
	if len(digits) == 1 {
		return nibble[digits[0]]
	}
	d.rest = d.rest[:0]
	for i := 2; i+1 < len(digits); i += 2 {
		d.rest = append(d.rest, nibble[digits[i]]<<4|nibble[digits[i+1]])
	}
	return nibble[digits[0]]<<4 | nibble[digits[1]]
}

// index reads the index that b begins with, and tells how much text it takes.
func (d *numbersDecoder) index(b []byte) int {
	v, size := indexAt(b)
	if size == 0 || v != d.next {
		d.damaged("the byte with the index %d is missing here", d.next)
	}
	d.next = v + 1
	return max(size, 1)
}

// separated looks at the gap before a number: a list that has commas has them
// everywhere, but perhaps at the ends of lines.
func (d *numbersDecoder) separated() {
	switch {
	case !d.second && d.first:
		d.commas, d.second = d.comma, true
	case d.commas && !d.zeroX && d.first && !d.comma && (!d.line || d.lines(d).commas):
		d.damaged("there is no comma before this number: it is missing, or a blank got into a number")
	}
	d.first, d.comma, d.line = true, false, false
}

// words cuts up to most words off the line that b begins with. It returns none where
// one is longer than a damaged number can be.
func words(b []byte, most int) (words [][]byte) {
	isSeparator := func(r rune) bool { return r < 0x80 && isNumberSeparator(byte(r)) }
	line := firstLine(b[:min(len(b), lookAround)])
	for len(words) < most {
		line = bytes.TrimLeftFunc(line, isSeparator)
		n := bytes.IndexFunc(line, isSeparator)
		if n < 0 {
			n = len(line)
		}
		if n == 0 {
			break
		}
		if n > 8 {
			return nil
		}
		words, line = append(words, line[:n]), line[n:]
	}
	return words
}

// numbers reports whether all words are numbers and there are at least least of them.
func (d *numbersDecoder) numbers(words [][]byte, least int) bool {
	for _, word := range words {
		if _, n := d.read(word); n < len(word) {
			return false
		}
	}
	return len(words) >= least
}

// goesOn reports whether the line after the line end that b begins with continues the
// list.
func (d *numbersDecoder) goesOn(b []byte) bool {
	line := b[len(gapIn(b)):]
	words := words(line, 5)
	if n := len(words); n == 5 {
		words = words[:4]
	} else if n > 0 && !d.numbers(words[n-1:], 1) {
		// The last row may end with a quote, a bracket or a word.
		last := bytes.TrimRight(words[n-1], "\"'`)]}>.")
		if d.numbers([][]byte{last}, 1) {
			words[n-1] = last
		} else if !bytes.ContainsAny(last, "0123456789") {
			words = words[:n-1]
		}
		if len(words) == 1 {
			return d.numbers(words, 1)
		}
	}
	if !d.numbers(words, 1) {
		return false
	}
	rest := line[len(words[0]):]
	gap := gapIn(rest)
	return bytes.IndexByte(gap, '\n') >= 0 || len(gap) == len(rest) || gapSeparator(gap) == d.sep
}

// head decodes the beginning of a line.
func (d *numbersDecoder) head(line []byte) (head []byte) {
	for _, word := range words(line, 16) {
		v, n := d.read(word)
		if d.zeroX && n > 2 {
			v = int(nibble[word[n-2]]&0x0F)<<4 | int(nibble[word[n-1]])
		}
		if n < len(word) {
			break
		}
		head = append(head, byte(v))
	}
	return head
}

// overLineEnd reads the number whose digits b begins with and which goes on after the line
// end that directly follows them. It returns how much text both parts take, or 0 if there
// is no such number.
func (s numberSyntax) overLineEnd(b []byte) (v int, number []byte, size int) {
	line, rest, ended := bytes.Cut(b[:min(len(b), escapeLength)], newline)
	if !ended || len(line) > len("-255\r") {
		return 0, nil, 0
	}
	first := bytes.TrimSuffix(line, []byte("\r"))
	unsigned := first
	if s.base == 10 {
		unsigned = bytes.TrimPrefix(first, []byte("-"))
	}
	if len(first) == 0 || len(unsigned) > 4 || s.digitsIn(unsigned) < len(unsigned) {
		return 0, nil, 0
	}
	most := 4
	if s.zeroX {
		most -= len(first)
	}
	n := min(s.digitsIn(rest), most)
	if n == 0 || s.zeroX && n < len(rest) && rest[n]|0x20 == 'x' { // another begins there
		return 0, nil, 0
	}
	number = slices.Concat(first, rest[:n])
	v, read := s.read(number)
	if read < len(number) {
		return 0, nil, 0
	}
	return v, number, len(line) + 1 + n
}

// digitsIn counts the digits that b begins with, and the x among them in a 0x list.
func (s numberSyntax) digitsIn(b []byte) int {
	n := digitsOf(b, s.base)
	if s.zeroX && n < len(b) && b[n]|0x20 == 'x' {
		n += 1 + digitsOf(b[n+1:], s.base)
	}
	return n
}

// splits decides whether the line end ahead stands in the middle of number, which takes
// size bytes with it, or between two numbers. It notes damage if that is not certain.
func (d *numbersDecoder) splits(number []byte, size int) bool {
	if d.array && number[0] == '0' && len(number) != 3 {
		return false
	}
	at := position(d.text, 0)
	length := int(at.Column) - 1 + bytes.IndexAny(d.text.Peek(size), "\r\n")
	wrapped := length == d.lines(d).wrap
	comma := d.commas
	var split, sure bool
	switch {
	case at.Column == 1: // the first part is alone on its line
		split, sure = false, true
	case wrapped:
		sure = d.lines(d).lines >= 4 || comma && (d.array || d.lines(d).commas)
		split = sure || d.lines(d).lines >= 2
	case comma && d.lines(d).commas:
		split = true
	default:
		sure = !(comma && d.array)
	}
	if !sure {
		taken := "two, not for "
		if split {
			taken = ""
		}
		d.damaged("the line end may stand in a number or between two; taken for %s%s", taken, number)
	}
	return split
}

// compareLength compares the length of a 0x list with the one that xxd -i writes after it.
//
//	};
//	unsigned int p_bin_len = 2305;
func (d *numbersDecoder) compareLength() {
	if !d.zeroX {
		return
	}
	// Search for both spellings, and do not search the text in lower case: that changes
	// the length of bytes that are not UTF-8.
	text := d.text.Peek(lookAround)
	i := bytes.Index(text, []byte("_len = "))
	if i < 0 {
		i = bytes.Index(text, []byte("_LEN = ")) // xxd -i -C
	}
	if i < 0 || bytes.IndexByte(text[:i], '{') >= 0 {
		return
	}
	digits, _, _ := bytes.Cut(text[i+len("_len = "):], []byte(";"))
	size := d.msg.given + int64(d.msg.ahead)
	if said, err := strconv.ParseInt(string(digits), 10, 64); err == nil && said != size {
		d.damaged("the list should have %d bytes, and it has %d", said, size)
	}
}
