package dump

import (
	"bytes"
	"strconv"
)

// An entry is a byte with its index before it, on a line of its own.
//
//	[0] => 255      PHP's print_r
//	[0]=>⏎int(255)  PHP's var_dump
//	0: 0xff         the browser's and Node-RED's expanded arrays
//	0,255           CSV
//	p[0] = 255;     program text
type entry struct {
	index int
	value int
	size  int // of the text, with its line end
}

// readEntry reads the entry that b begins with. It reports false for anything else.
func readEntry(b []byte) (e entry, ok bool) {
	b = b[:min(len(b), maxEntry)]
	all, n := len(b), 0
	if e.index, b, ok = entryIndex(bytes.TrimLeft(b, blanks)); !ok {
		return e, false
	}
	b = bytes.TrimPrefix(bytes.TrimLeft(b, blankEnds), []byte("int("))
	if e.value, n = entryValue(b); n == 0 || e.value > 0xFF {
		return e, false
	}
	rest := bytes.TrimLeft(b[n:], ",;) \t\r")
	switch {
	case len(rest) == 0 && all < maxEntry:
		e.size = all
	case len(rest) > 0 && rest[0] == '\n':
		e.size = all - len(rest) + 1
	default:
		return e, false
	}
	return e, true
}

// entryIndex reads the index of an entry and what separates it from the value: 0: [0] =>
// p[0] = (0,
func entryIndex(b []byte) (index int, rest []byte, ok bool) {
	n := 0
	for n < len(b) && (isWordByte(b[n]) || b[n] == '_' || b[n] == '$') && (!isDigit(b[n]) || n > 0) {
		n++
	}
	if n > 0 && !bytes.HasPrefix(b[n:], []byte("[")) {
		return 0, nil, false
	}
	if b = b[n:]; len(b) > 0 && (b[0] == '[' || b[0] == '(') {
		b = b[1:]
	}
	index, n = readNumber(b, 10, maxIndex)
	rest = bytes.TrimLeft(b[n:], "]:;,=> \t")
	sep := b[n : len(b)-len(rest)]
	return index, rest, n > 0 && len(bytes.Trim(sep, blanks+"]")) > 0
}

// entryValue reads a number, decimal or 0x, and returns its length, which is 0 if b does
// not begin with one.
func entryValue(b []byte) (v, n int) {
	if len(b) < 2 || b[0] != '0' || b[1]|0x20 != 'x' {
		return readNumber(b, 10, maxIndex)
	}
	n = 2 + digitsIn(b[2:min(len(b), 5)])
	number, err := strconv.ParseUint(string(b[2:n]), 16, 8)
	if err != nil {
		return 0, 0
	}
	return int(number), n
}

// rangeLine returns the length of the first line of b if the line shows the range of the
// entries after it, such as 0-9 or [0 … 99]. Otherwise it returns 0.
func rangeLine(b []byte, next int) int {
	line, size := cutLine(b[:min(len(b), maxEntry)])
	text := bytes.Trim(line, "[] \t\r")
	from, n := readNumber(text, 10, maxIndex)
	if n == 0 || from != next {
		return 0
	}
	text = bytes.TrimLeft(text[n:], " .-–…")
	if to, n := readNumber(text, 10, maxIndex); n == 0 || n < len(text) || to < from {
		return 0
	}
	return size
}

// findEntries reports whether text begins with a list of entries.
func findEntries(text []byte) bool {
	n := rangeLine(text, 0)
	if e, ok := readEntry(text[n:]); !ok || e.index != 0 { // this rejects most lines at little cost
		return false
	}
	for i := range sureEntries {
		text = text[rangeLine(text, i):]
		e, ok := readEntry(text)
		if !ok || e.index != i {
			return false
		}
		text = text[e.size:]
	}
	return true
}

// An entriesDecoder decodes a list of entries.
type entriesDecoder struct {
	body
	next int // the index that comes next
}

func (d *entriesDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *entriesDecoder) step(dst []byte) (n int, ok bool) {
	w := d.text
	b := w.Peek(2 * maxEntry)
	if size := rangeLine(b, d.next); size > 0 {
		w.Skip(size)
		return 0, true
	}
	e, ok := readEntry(b)
	if !ok || e.index == 0 && d.next > 0 {
		return 0, d.foreign(b)
	}
	if e.index != d.next {
		d.damaged("the byte with the index %d is missing here", d.next)
	}
	d.next = e.index + 1
	dst[0] = byte(e.value)
	w.Skip(e.size)
	return 1, true
}

// foreign skips a line that is not an entry, if entries go on after it.
func (d *entriesDecoder) foreign(b []byte) bool {
	line, rest, _ := bytes.Cut(b, newline)
	e, ok := readEntry(rest)
	if !ok || e.index < d.next || e.index > d.next+1 {
		return false
	}
	if len(bytes.TrimSpace(line)) > 0 {
		d.passedOver("%.40q does not belong to the list; skipped", line)
	}
	d.text.Skip(len(line) + 1)
	return true
}
