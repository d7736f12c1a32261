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
// of text. A start below zero tells that there are none. Hex digits in pairs are
// something else: soon a pair begins with a zero.
func findNumbers(text []byte, before int) numberRun {
	for i := 0; i < before; {
		if isNumberSeparator(text[i]) {
			i++
			continue
		}
		for _, base := range []int{16, 10, 8} {
			if run, ok := numbersAt(text, i, base); ok {
				return run
			}
		}
		for i < before && !isNumberSeparator(text[i]) { // also `[ ( < = "`, which numbers may follow
			i++
		}
	}
	return numberRun{start: -1}
}

// numbersAt looks whether a run begins at start.
func numbersAt(text []byte, start, base int) (numberRun, bool) {
	run := numberRun{start: start, base: base, sep: ' '}
	text = text[start:min(len(text), start+numbersAhead)]
	var all, short, long, letters, negative, zeros int
	for i := 0; i < len(text); {
		v, n := parseNumber(text[i:], base)
		if n == 0 {
			break
		}
		switch {
		case v < 0:
			negative++
		case base == 8 && text[i] == '0':
			zeros++
		case base == 16 && n == 1:
			short++
		case base == 16 && n == 2, base == 10 && n == 3:
			long++
		}
		if text[i] > '9' {
			letters++
		}
		all++
		i += n
		gap := i
		for i < len(text) && isHexSeparator(text[i]) && text[i] != '-' {
			i++
		}
		sep := gapSeparator(text[gap:i])
		if i == gap || all > 1 && sep != run.sep && bytes.IndexByte(text[gap:i], '\n') < 0 {
			break
		}
		if all == 1 {
			run.sep = sep
		}
	}
	if all < sureNumbers {
		return run, false
	}
	switch base {
	case 8:
		return run, zeros >= 2
	case 16:
		return run, short >= 2 && long >= 8 && letters >= 2
	}
	return run, long >= 8 || negative >= 8
}

// gapSeparator is what stands between two numbers, but for blanks around it.
func gapSeparator(gap []byte) byte {
	if gap = bytes.TrimLeft(gap, " \t\r\n"); len(gap) > 0 {
		return gap[0]
	}
	return ' '
}

func isNumberSeparator(c byte) bool {
	return isHexSeparator(c) && c != '-' || bytes.IndexByte([]byte(`[({<="'`), c) >= 0
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
	leading := digits > 1 && b[first] == '0'
	if base == 8 {
		leading = digits != 3
	}
	if digits == 0 || leading || v > 0xFF || v < -0x80 || n < len(b) && isWordByte(b[n]) {
		return 0, 0
	}
	return v, n
}

// isByteList reports whether b, the inside of an array, begins with eight
// numbers of one byte each, as Node and Java print a buffer, or has no more.
func isByteList(b []byte) bool {
	for n := 0; n < 8; n++ {
		b = bytes.TrimLeft(b, " \t\r\n\",")
		_, k := parseNumber(b, 10)
		if k == 0 {
			return n > 0 && len(b) > 0 && b[0] == ']'
		}
		b = b[k:]
	}
	return true
}

// A numbersDecoder decodes bytes written as numbers.
//
//	[83, 67, 255, 216]     an array: Node, Python; or -1, -40, as Java has it
//	255 216 255 224 0 16   Serial.print of an Arduino; od -An -t u1
//	FF D8 FF E0 0 10       the same with HEX
//	377 330 377 340 000    od -An -b
type numbersDecoder struct {
	text  *window
	msg   *DumpMessage
	base  int
	array bool // it ends with a bracket
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
		if isHexSeparator(c) && c != '-' || c == '"' && d.array {
			w.pos++
			continue
		}
		v, k := parseNumber(b, d.base)
		if k == 0 {
			if d.array && c == ']' || !d.array && !d.goesOn(b) {
				break
			}
			k = max(1, bytes.IndexFunc(b[:min(len(b), 16)], func(r rune) bool { return r == ']' || r == '"' || r < 0x80 && isHexSeparator(byte(r)) && r != '-' }))
			d.msg.damaged(w.position(w.pos), "%q is not a byte; 0 put in its stead", b[:k])
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

// goesOn reports whether what is ahead is one damaged number, with others
// behind it on the same line.
func (d *numbersDecoder) goesOn(b []byte) bool {
	line, _, _ := bytes.Cut(b[:min(len(b), lookAround)], newline)
	words := bytes.FieldsFunc(line, func(r rune) bool { return r < 0x80 && isHexSeparator(byte(r)) && r != '-' })
	if len(words) < 4 || len(words[0]) > 8 {
		return false
	}
	for _, word := range words[1:4] {
		if _, n := parseNumber(word, d.base); n < len(word) {
			return false
		}
	}
	return true
}
