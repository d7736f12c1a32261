package dump

import (
	"bytes"
	"slices"
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
func findPrefix(text []byte) *prefixDecoder {
	var lines [prefixedRows][]byte
	for i := range lines {
		end := bytes.IndexByte(text[:min(len(text), maxPrefixed)], '\n')
		if end <= 0 {
			return nil
		}
		lines[i], text = bytes.TrimRight(text[:end], " \r"), text[end+1:]
	}
	if isListing(lines) || isPlainRows(lines) {
		return nil
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
		prefix := first[:k]
		if !prefix.endsBefore(first[k:]) || !mayBeDump(first[k:]) {
			continue
		}
		var rows [prefixedRows][]byte
		for i, line := range lines {
			rows[i], _ = prefix.cut(line)
		}
		isPlain := isPlainRows(rows)
		if !isPlain && !isListing(rows) {
			continue
		}
		if bytes.Count(bytes.ToLower(bytes.Join(rows[:], newline)), []byte("ffd8ff")) > 1 {
			return nil
		}
		return &prefixDecoder{prefix: bytes.Clone(prefix), width: len(rows[0]), plain: isPlain}
	}
	return nil
}

// findLabelled finds a listing whose first row has something in front of it on its
// line: a word of a logger, the quote of a string. It is the first one, so that its
// address is 0.
func findLabelled(text []byte) (skip int, g *rowForm) {
	line := firstLine(text[:min(len(text), maxLabel)])
	for i := 0; i < len(line); i++ {
		n := bytes.Index(line[i:], []byte("0000"))
		if n < 0 {
			break
		}
		i += n
		front := bytes.TrimSuffix(line[:i], []byte("0x"))
		if len(front) == 0 || isWordByte(front[len(front)-1]) || isGroups(front, digitsIn(line[i:])) {
			continue
		}
		if g = findRows(text[len(front):]); g != nil && !g.bare && g.lost == "" {
			g.length = 0 // the first row is no measure for the others
			return len(front), g
		}
		i += digitsIn(line[i:])
	}
	return 0, nil
}

// isGroups reports whether text is groups of so many hex digits: then what is behind it
// is another one, and no address.
func isGroups(text []byte, size int) bool {
	return !slices.ContainsFunc(bytes.Fields(text), func(group []byte) bool {
		return len(group) != size || digitsIn(group) < size
	})
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

// mayBeDump reports whether line could be a row of a dump. It costs little.
func mayBeDump(line []byte) bool {
	if isRow(line) {
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

// isRow reports whether a line looks like a row of a listing. It costs little.
func isRow(line []byte) bool {
	if !mayBeRow(line) {
		return false
	}
	for i := range rowShapes {
		if r, ok := rowShapes[i].cut(line); ok && r.filled {
			return true
		}
	}
	return false
}

// isListing reports whether rows are those of a listing with offsets.
func isListing(rows [prefixedRows][]byte) bool {
	if !isRow(rows[0]) || !isRow(rows[1]) {
		return false // most lines, at little cost
	}
	return findRows(append(bytes.Join(rows[:], newline), '\n')) != nil
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
	body
	prefix linePrefix
	width  int  // of the first row
	plain  bool // no listing: a shorter row is the last one
	ended  bool
}

func (d *prefixDecoder) decode(dst []byte) (int, error) {
	return d.fill(dst, func([]byte) (int, bool) { return 0, d.row() })
}

// row takes one line into rest. It reports false, with the line untouched, when
// it is none of the dump's: without the prefix, or longer than the rows.
func (d *prefixDecoder) row() bool {
	w := d.text
	line, _, ended := bytes.Cut(w.Peek(2*maxPrefixed), newline)
	row, n := d.prefix.cut(bytes.TrimRight(line, " \r"))
	if d.ended || n < len(d.prefix) || len(line) == 0 || len(line) > maxPrefixed || d.plain && len(row) > d.width {
		return false
	}
	d.ended = d.plain && len(row) < d.width
	d.rest = append(append(d.rest[:0], row...), '\n')
	if w.Skip(len(line)); ended {
		w.Skip(1)
	}
	return true
}
