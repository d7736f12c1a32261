package dump

import (
	"bytes"

	"mqtool/codec/internal/window"
)

// A linePrefix is what a logger, a pager or an editor puts in front of every
// line: a time, a host, the number of the line, a comment sign. Digits and
// blanks differ from line to line.
//
//	Nov 27 20:14:53 gate sub[1234]: 00000000  ff d8 ff e0 00 10 4a 46
//	   12	ffd8ffe000104a46
//	web-1  | /9j/4AAQSkZJRgABAQAAAQABAAD
type linePrefix []byte

// findPrefix finds what stands in front of each row of a dump that text begins
// with. Lines with a topic are messages of their own, and so are lines that each
// begin with a picture.
func findPrefix(text []byte) (d prefixDecoder, ok bool) {
	var lines [prefixedRows][]byte
	for i := range lines {
		end := bytes.IndexByte(text[:min(len(text), maxPrefixed)], '\n')
		if end <= 0 {
			return d, false
		}
		lines[i], text = bytes.TrimRight(text[:end], " \r"), text[end+1:]
	}
	if isListing(lines) || isPlainRows(lines) {
		return d, false
	}
	// How far the lines agree, up to a topic.
	first, reach := linePrefix(lines[0]), len(lines[0])-1
	if i := bytes.IndexByte(lines[0], '/'); i > 1 { // no sign of a comment
		reach = i
	}
	for _, line := range lines[1:] {
		_, n := first.cut(line)
		reach = min(reach, n)
	}
	for k := 1; k <= reach; k++ {
		d.prefix = first[:k]
		if !d.prefix.endsBefore(first[k:]) || !mayBeRow(first[k:]) {
			continue
		}
		var rows [prefixedRows][]byte
		for i, line := range lines {
			rows[i], _ = d.prefix.cut(line)
		}
		d.width, d.plain = len(rows[0]), isPlainRows(rows)
		if d.plain || isListing(rows) {
			d.prefix = bytes.Clone(d.prefix)
			return d, bytes.Count(bytes.ToLower(bytes.Join(rows[:], newline)), []byte("ffd8ff")) <= 1
		}
	}
	return d, false
}

// endsBefore reports whether a prefix may end where rest begins: behind a blank
// or a bracket, or behind a colon, if that is none of a time of day.
func (p linePrefix) endsBefore(rest []byte) bool {
	switch c := p[len(p)-1]; {
	case c == ':':
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		return n != 1 && n != 2
	case isWordByte(c), c >= 0x80:
		return false
	case len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t'):
		return false // blanks belong to what is before them
	}
	return true
}

// cut takes the prefix off a line, whatever its digits and blanks. It tells how
// much of the prefix the line has.
func (p linePrefix) cut(line []byte) (rest []byte, n int) {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	isBlank := func(c byte) bool { return c == ' ' || c == '\t' }
	for n < len(p) {
		is := isBlank
		switch c := p[n]; {
		case isDigit(c):
			if is = isDigit; len(line) == 0 || !isDigit(line[0]) {
				return line, n
			}
		case isBlank(c):
		case len(line) == 0 || line[0] != c:
			return line, n
		default:
			n, line = n+1, line[1:]
			continue
		}
		for n < len(p) && is(p[n]) {
			n++
		}
		for len(line) > 0 && is(line[0]) {
			line = line[1:]
		}
	}
	return line, n
}

// mayBeRow reports whether line could be a row of a dump. It costs little.
func mayBeRow(line []byte) bool {
	if r, ok := cutRow(line); ok && len(r.data) > 0 {
		return true
	}
	isHex, isBase64 := true, true
	for _, c := range line {
		isHex = isHex && (isHexDigit(c) || isHexSeparator(c))
		if isBase64 = isBase64 && base64Values[c] != notBase64; !isHex && !isBase64 {
			return false
		}
	}
	return true
}

// isListing reports whether rows are those of a listing with offsets.
func isListing(rows [prefixedRows][]byte) bool {
	for _, row := range rows[:2] {
		if r, ok := cutRow(row); !ok || len(r.data) == 0 {
			return false // most lines, at little cost
		}
	}
	_, ok := findRows(append(bytes.Join(rows[:], newline), '\n'), false)
	return ok
}

// isPlainRows reports whether rows are of one length and hold nothing but hex in
// groups, or base64.
func isPlainRows(rows [prefixedRows][]byte) bool {
	length := len(rows[0])
	isHex, isBase64 := length >= 16, length >= sureBase64
	var sep byte
	for _, row := range rows {
		if len(row) != length {
			return false
		}
		digits := 0
		for _, c := range row {
			if isBase64 = isBase64 && base64Values[c] != notBase64; isHexDigit(c) {
				digits++
				continue
			}
			if sep == 0 && isHexSeparator(c) {
				sep = c
			}
			isHex = isHex && c == sep && digits > 0 && digits%2 == 0
		}
		if isHex = isHex && digits%2 == 0; !isHex && !isBase64 {
			return false
		}
	}
	return true
}

// A prefixDecoder gives the rows of a dump without what stands in front of them.
type prefixDecoder struct {
	text   *window.Window
	prefix linePrefix
	width  int  // of the first row
	plain  bool // no listing: a shorter row is the last one
	out    []byte
	ended  bool
}

func (d *prefixDecoder) decode(dst []byte) (int, error) {
	return readRows(dst, &d.out, d.row)
}

// row takes one line into out. It reports false, with the line untouched, when
// it is none of the dump's: without the prefix, or longer than the rows.
func (d *prefixDecoder) row() bool {
	w := d.text
	line, _, ended := bytes.Cut(w.Peek(2*maxPrefixed), newline)
	row, n := d.prefix.cut(bytes.TrimRight(line, " \r"))
	if d.ended || n < len(d.prefix) || len(line) == 0 || len(line) > maxPrefixed || d.plain && len(row) > d.width {
		return false
	}
	d.ended = d.plain && len(row) < d.width
	d.out = append(append(d.out[:0], row...), '\n')
	if w.Skip(len(line)); ended {
		w.Skip(1)
	}
	return true
}
