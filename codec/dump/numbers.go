package dump

import (
	"bytes"
	"io"

	"mqtool/codec/internal/window"
)

// A numberRun is a run of bytes written as numbers, found on a line.
type numberRun struct {
	start int
	base  int  // 8, 10 or 16
	sep   byte // a comma, semicolon or colon between them, or a blank
}

func (r numberRun) name() string {
	switch r.base {
	case 8:
		return "octal numbers"
	case 16:
		return "hex without leading zeros"
	}
	return "decimal numbers"
}

// findNumbers looks for bytes that were printed as numbers, hex or decimal
// without leading zeros or octal with them, and begin in the first before bytes
// of text. A start below zero tells that there are none.
func findNumbers(text []byte, before int) numberRun {
	for i := 0; i < before; {
		if standsBefore(text[i]) {
			i++
			continue
		}
		next := i
		for _, base := range []int{16, 10, 8} {
			run, last, ok := numbersAt(text, i, base)
			if ok {
				return run
			}
			next = max(next, last)
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

// standsBefore tells which characters may stand right before a number.
func standsBefore(c byte) bool {
	return isNumberSeparator(c) || bytes.IndexByte([]byte(`[({<="'`), c) >= 0
}

// numbersAt looks whether a run begins at start. It returns where the last
// number begins that it looked at. A run that ends at a number with a leading
// zero is none: it is hex in pairs, which has one soon, or octal.
func numbersAt(text []byte, start, base int) (run numberRun, last int, ok bool) {
	run = numberRun{start: start, base: base, sep: ' '}
	text = text[:min(len(text), start+numbersAhead)]
	last = start
	var all, lines, short, edges, long, letters, negative, zeros int
	atEdge := true // of a line
	for i := start; i < len(text); {
		v, n := parseNumber(text[i:], base)
		if n == 0 { // half of -⏎40 or 37⏎7 is none
			if whole, size := overLineEnd(text[i:], base); size > 0 {
				if v2, k := parseNumber(whole, base); k == len(whole) {
					v, n = v2, size
				}
			}
		}
		if n == 0 {
			if base == 8 || !isPadded(text[i:]) {
				break
			}
			if !atEdge || i == start {
				return run, last, false
			}
			n = digitsIn(text[i:min(len(text), i+4)]) // the rest of a number: 1⏎05
		}
		last = i
		gap := i + n
		next := gap
		for next < len(text) && isNumberSeparator(text[next]) {
			next++
		}
		lineEnd := bytes.IndexByte(text[gap:next], '\n') >= 0
		switch {
		case v < 0:
			negative++
		case base == 8 && text[i] == '0':
			zeros++
		case base == 16 && n == 1 && (atEdge || lineEnd || next == len(text)):
			edges++ // a line may be wrapped in the middle of a byte
		case base == 16 && n == 1:
			short++
		case base == 16 && n == 2, base == 10 && n == 3:
			long++
		}
		if text[i] > '9' {
			letters++
		}
		all++
		sep := gapSeparator(text[gap:next])
		if next == gap || all > 1 && sep != run.sep && !lineEnd {
			break
		}
		if all == 1 {
			run.sep = sep
		}
		if lineEnd {
			lines++
		}
		atEdge = lineEnd
		i = next
	}
	if lines >= all-1 { // one number a line
		short += edges
	}
	switch {
	case all < sureNumbers:
	case base == 8:
		ok = zeros >= 2
	case base == 16:
		ok = short >= 2 && short*50 >= all && long >= 8 && letters >= 2
	default:
		ok = long >= 8 || negative >= 8
	}
	return run, last, ok
}

// isPadded reports whether b begins with a number that has a leading zero.
func isPadded(b []byte) bool {
	n := digitsIn(b[:min(len(b), 4)])
	return n > 1 && n < 4 && b[0] == '0' && (n == len(b) || isNumberSeparator(b[n]))
}

// gapSeparator is what stands between two numbers, but for blanks around it.
func gapSeparator(gap []byte) byte {
	if gap = bytes.TrimLeft(gap, " \t\r\n"); len(gap) > 0 {
		return gap[0]
	}
	return ' '
}

// parseNumber reads a number that is one byte and tells how long it is. An octal
// one has three digits, others no leading zeros. A negative one is a byte as
// Java has it, from -128 on.
func parseNumber(b []byte, base int) (v, n int) {
	negative := base == 10 && len(b) > 1 && b[0] == '-'
	if negative {
		n++
	}
	first := n
	for n < len(b) && n-first < 4 && int(nibble[b[n]]) < base {
		v = v*base + int(nibble[b[n]])
		n++
	}
	digits := n - first
	if negative {
		v = -v
	}
	malformed := digits > 1 && b[first] == '0'
	if base == 8 {
		malformed = digits != 3
	}
	if digits == 0 || malformed || v > 0xFF || v < -0x80 || n < len(b) && !isNumberSeparator(b[n]) && isWordByte(b[n]) {
		return 0, 0
	}
	return v, n
}

// A numbersDecoder decodes bytes written as numbers.
//
//	255 216 255 224 0 16   Serial.print of an Arduino; od -An -t u1
//	FF D8 FF E0 0 10       the same with HEX
//	-1, -40, -1, -32, 0    Java
//	377 330 377 340 000    od -An -b
type numbersDecoder struct {
	text *window.Window
	msg  *Message
	run  numberRun
	wrap lineWrap
	gap  numberGap
}

func (d *numbersDecoder) decode(dst []byte) (int, error) {
	w := d.text
	d.wrap.look(w)
	n := 0
	for n < len(dst) {
		b := w.Ahead(lookAround)
		if len(b) == 0 {
			break
		}
		c := b[0]
		if c == '\n' && !d.goesOn(b) {
			break
		}
		if isNumberSeparator(c) {
			d.gap.add(c)
			w.Skip(1)
			continue
		}
		v, k := parseNumber(b, d.run.base)
		if whole, size := overLineEnd(b, d.run.base); size > 0 {
			v2, k2 := parseNumber(whole, d.run.base)
			if k2 == len(whole) && (k == 0 || d.wrap.splits(w, d.msg, whole, size, d.run.sep != ' ', false)) {
				v, k = v2, size
			}
		}
		if k == 0 {
			word := d.words(b, 1)
			if len(word) == 0 || !isWordByte(c) && c != '-' || !d.numbers(d.words(b[len(word[0]):], 3), 3) {
				break
			}
			k = len(word[0])
			d.msg.damaged(position(w, 0), "%q is not a byte; 0 put in its stead", word[0])
		}
		if d.run.sep != ' ' {
			d.gap.check(w, d.msg, d.wrap.commas)
		}
		d.gap = numberGap{begun: true}
		dst[n] = byte(v)
		n++
		w.Skip(k)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// words cuts up to most words off the line that b begins with. It returns none
// where one is longer than a damaged number can be.
func (d *numbersDecoder) words(b []byte, most int) (words [][]byte) {
	line, _, _ := bytes.Cut(b[:min(len(b), lookAround)], newline)
	for len(words) < most {
		line = bytes.TrimLeftFunc(line, func(r rune) bool { return r < 0x80 && isNumberSeparator(byte(r)) })
		n := bytes.IndexFunc(line, func(r rune) bool { return r < 0x80 && isNumberSeparator(byte(r)) })
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

// numbers reports whether the words are numbers, and at least so many.
func (d *numbersDecoder) numbers(words [][]byte, least int) bool {
	for _, word := range words {
		if _, n := parseNumber(word, d.run.base); n < len(word) {
			return false
		}
	}
	return len(words) >= least
}

// goesOn reports whether the line behind the line end that b begins with is more
// of the same.
func (d *numbersDecoder) goesOn(b []byte) bool {
	line := bytes.TrimLeftFunc(b, func(r rune) bool { return r < 0x80 && isNumberSeparator(byte(r)) })
	words := d.words(line, 5)
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
	gap := len(rest)
	if i := bytes.IndexFunc(rest, func(r rune) bool { return r >= 0x80 || !isNumberSeparator(byte(r)) }); i >= 0 {
		gap = i
	}
	return bytes.IndexByte(rest[:gap], '\n') >= 0 || gap == len(rest) || gapSeparator(rest[:gap]) == d.run.sep
}

// A numberGap is what was read since the last number of a list.
type numberGap struct {
	begun       bool // there was one
	comma, line bool
}

func (g *numberGap) add(c byte) {
	switch c {
	case ',', ';', ':':
		g.comma = true
	case '\n':
		g.line = true
	}
}

// check reports a gap without a comma in a list that has them, unless it is a
// line's end and lines end without one.
func (g *numberGap) check(w *window.Window, msg *Message, atLineEnds bool) {
	if g.begun && !g.comma && (!g.line || atLineEnds) {
		msg.damaged(position(w, 0), "there is no comma before this number: it is missing, or a blank got into a number")
	}
}

// overLineEnd joins the digits that b begins with and those behind the line end
// that follows them at once, and tells how much text both take; 0 without any.
func overLineEnd(b []byte, base int) (number []byte, size int) {
	digits := func(i int) int { // where those end that begin at i
		for end := min(len(b), i+4); i < end && int(nibble[b[i]]) < base; {
			i++
		}
		return i
	}
	first := 0
	if base == 10 && len(b) > 0 && b[0] == '-' {
		first++
	}
	first = digits(first)
	second := first
	if second < len(b) && b[second] == '\r' {
		second++
	}
	if first == 0 || second >= len(b) || b[second] != '\n' {
		return nil, 0
	}
	second++
	if size = digits(second); size == second {
		return nil, 0
	}
	return append(bytes.Clone(b[:first]), b[second:size]...), size
}

// A lineWrap tells how the lines of a list end. Those that a terminal or fold
// makes have one length, and may end in the middle of a number.
type lineWrap struct {
	looked bool
	width  int  // of all lines but the last; 0 when they differ
	lines  int  // how many these are
	commas bool // some line ends at a comma
}

// look looks, once, at the lines of the list ahead.
func (l *lineWrap) look(w *window.Window) {
	if l.looked {
		return
	}
	l.looked = true
	text := w.Peek(lookahead)
	start := 1 - int(w.Column()) // of a line
	before := -1                 // the length of the line before it
	shortest, longest := lookahead, 0
	last, fresh := byte(0), false // the last character but for blanks; none came on this line
	account := func() {
		if before >= 0 {
			shortest, longest = min(shortest, before), max(longest, before)
			l.lines++
		}
	}
	for i, c := range text {
		switch {
		case c == '\n':
			account()
			before = i - start
			if i > 0 && text[i-1] == '\r' {
				before--
			}
			start, fresh = i+1, true
			continue
		case c == ' ' || c == '\t' || c == '\r':
			continue
		case !isHexDigit(c) && !isNumberSeparator(c) && c != '-' && c != '"', fresh && isDate(text[i:]):
			text = text[:i]
			if fresh && isWordByte(c) {
				text = text[:start] // of what comes behind the list
			}
		}
		if len(text) <= i {
			break
		}
		if fresh {
			l.commas = l.commas || last == ',' || c == ','
		}
		last, fresh = c, false
	}
	if start < len(text) {
		account()
		before = len(text) - start
	}
	// A blank at a line's end may have been dropped.
	if l.lines > 0 && longest-shortest <= 1 && before <= longest {
		l.width = longest
	}
}

// splits decides whether a line end stands in the middle of a number, which
// takes size bytes with it, or between two. It reports what is not certain.
func (l *lineWrap) splits(w *window.Window, msg *Message, number []byte, size int, comma, array bool) bool {
	at := position(w, 0)
	length := int(at.Column) - 1 + bytes.IndexAny(w.Peek(size), "\r\n")
	wrapped := l.width > 0 && length == l.width
	var split, sure bool
	switch {
	case at.Column == 1: // it is alone on its line
		split, sure = false, true
	case wrapped:
		sure = l.lines >= 4 || comma && (array || l.commas)
		split = sure || l.lines >= 2
	case comma && l.commas:
		split = true
	default:
		sure = !(comma && array)
	}
	switch {
	case sure:
	case split:
		msg.damaged(at, "the line end may stand in a number or between two; taken for %s", number)
	default:
		msg.damaged(at, "the line end may stand in a number or between two; taken for two, not for %s", number)
	}
	return split
}
