package codec

import (
	"bytes"
	"io"
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

const (
	sureNumbers  = 16      // a run of fewer does not speak for itself
	numbersAhead = 1 << 10 // how far a run is followed to see what it is
)

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
		if n == 0 {
			if base != 8 && isPadded(text[i:]) {
				return run, last, false
			}
			break
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

func isNumberSeparator(c byte) bool { return isHexSeparator(c) && c != '-' }

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
	text *window
	msg  *DumpMessage
	run  numberRun
}

func (d *numbersDecoder) decode(dst []byte) (int, error) {
	w := d.text
	n := 0
	for n < len(dst) {
		w.mark = w.pos
		if w.end-w.pos < lookAround && !w.have(lookAround) && w.pos == w.end {
			break
		}
		b := w.ahead()
		c := b[0]
		if c == '\n' && !d.goesOn(b) {
			break
		}
		if isNumberSeparator(c) {
			w.pos++
			continue
		}
		v, k := parseNumber(b, d.run.base)
		if k == 0 {
			word := d.words(b, 1)
			if len(word) == 0 || !isWordByte(c) && c != '-' || !d.numbers(d.words(b[len(word[0]):], 3), 3) {
				break
			}
			k = len(word[0])
			d.msg.damaged(w.position(w.pos), "%q is not a byte; 0 put in its stead", word[0])
		}
		dst[n] = byte(v)
		n++
		w.pos += k
	}
	w.mark = w.pos
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
	line := bytes.TrimLeft(b, " \t\r\n")
	words := d.words(line, 4)
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
