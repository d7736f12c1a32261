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

// findPrefix finds the prefix of the rows of a dump that text begins with. It returns nil
// if there is none. Lines with a topic are messages of their own, and so are lines that
// each hold the beginning of a picture.
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
	first := linePrefix(lines[0])
	for k := 1; k <= min(agreement(lines), maxLabel); k++ {
		prefix := first[:k]
		if !prefix.endsBefore(first[k:]) || !mayBeDump(first[k:]) && !isSpelledRow(first[k:], minSpelled) {
			continue
		}
		rows := prefix.cutAll(lines)
		isPlain := isPlainRows(rows)
		// Without a bracket or the like, a number or a quote in front is a part of the
		// row.
		isNumbers := !isPlain && bytes.ContainsAny(prefix, ":>]|)#") && isSpelledRows(rows)
		if !isPlain && !isNumbers && !isListing(rows) {
			continue
		}
		if startsIn(rows) > 1 {
			return nil
		}
		return &prefixDecoder{prefix: bytes.Clone(prefix), width: len(rows[0]), plain: isPlain, indent: isNumbers}
	}
	return nil
}

// agreement returns how far lines agree, at most up to a topic.
func agreement(lines [prefixedRows][]byte) int {
	reach := len(lines[0]) - 1
	if i := bytes.IndexByte(lines[0], '/'); i > 1 { // further left, it is the sign of a comment
		reach = i
	}
	for _, line := range lines[1:] {
		_, n := linePrefix(lines[0]).cut(line)
		reach = min(reach, n)
	}
	return reach
}

// findLabelled finds a listing whose first row follows something else on its line: a word
// of a logger, or the quote of a string. That can only be the first row of the listing, so
// its address must be 0.
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
			g.length = 0 // the first row is not as long as the others
			return len(front), g
		}
		i += digitsIn(line[i:])
	}
	return 0, nil
}

// isGroups reports whether text consists of groups of size hex digits. What follows it is
// then another group and not an address.
func isGroups(text []byte, size int) bool {
	return !slices.ContainsFunc(bytes.Fields(text), func(group []byte) bool {
		return len(group) != size || digitsIn(group) < size
	})
}

// endsBefore reports whether the prefix may end where rest begins: after a blank or a
// bracket, or after a colon that is not part of a time of day.
func (p linePrefix) endsBefore(rest []byte) bool {
	switch c := p[len(p)-1]; {
	case c == ':':
		n := digitsOf(rest, 10)
		return n != 1 && n != 2
	case isWordByte(c), c >= 0x80:
		return false
	case len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t'):
		return false // the prefix includes all blanks behind it
	}
	return true
}

// cut removes the prefix from a line, whose digits and blanks may differ. It returns how
// many bytes of the prefix the line has.
func (p linePrefix) cut(line []byte) (rest []byte, n int) {
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

// cutAll removes the prefix from all lines.
func (p linePrefix) cutAll(lines [prefixedRows][]byte) (rows [prefixedRows][]byte) {
	for i, line := range lines {
		rows[i], _ = p.cut(line)
	}
	return rows
}

// mayBeDump reports whether line could be a row of a dump. It costs little.
func mayBeDump(line []byte) bool {
	return isRow(line) || isHexOrBase64(bytes.TrimRight(line, "="), isHexSeparator)
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
		return false // this rejects most lines at little cost
	}
	return findRows(append(bytes.Join(rows[:], newline), '\n')) != nil
}

// isPlainRows reports whether rows are of one length and hold nothing but hex in
// groups, or base64.
func isPlainRows(rows [prefixedRows][]byte) bool {
	length := len(rows[0])
	hex, base64 := length >= 16, length >= sureBase64
	var sep byte
	for _, row := range rows {
		if len(row) != length {
			return false
		}
		digits := 0
		for _, c := range row {
			if base64 = base64 && isBase64(c); isHexDigit(c) {
				digits++
				continue
			}
			if sep == 0 && isHexSeparator(c) {
				sep = c
			}
			hex = hex && c == sep && digits > 0 && digits%2 == 0
		}
		if hex = hex && digits%2 == 0; !hex && !base64 {
			return false
		}
	}
	return true
}

// startsIn counts the pictures that begin in rows, in any spelling.
func startsIn(rows [prefixedRows][]byte) (n int) {
	text := bytes.ToLower(bytes.Join(rows[:], newline))
	for _, start := range [...]string{"ffd8ff", "255 216 255", "255, 216, 255", "255,216,255", "0xff 0xd8 0xff", "0xff, 0xd8, 0xff", "0xff,0xd8,0xff", `\xff\xd8\xff`} {
		n += bytes.Count(text, []byte(start))
	}
	return n
}

// isSpelledRows reports whether rows hold nothing but numbers, or string literals.
func isSpelledRows(rows [prefixedRows][]byte) bool {
	for _, row := range rows {
		if !isSpelledRow(row, minSpelled) {
			return false
		}
	}
	return true
}

// isSpelledRow reports whether a row is at least least numbers, decimal or 0x, or escapes in
// or without quotes.
func isSpelledRow(row []byte, least int) bool {
	if len(row) < 2*least {
		return false
	}
	if isPlainEscapes(row, min(least, 4)) {
		return true
	}
	n, isZeroX := 0, zeroXNumber(row) > 0
	for len(row) > 0 {
		v, size := decimals.read(row)
		if isZeroX {
			v, size = 0, zeroXNumber(row)
		}
		if size == 0 || isZeroX && size > len("0xff") || v < 0 && n == 0 && size > 4 {
			return false
		}
		n++
		row = bytes.TrimLeft(row[size:], " ,;\t")
	}
	return n >= least
}

// isPlainEscapes reports whether a row is at least least escapes from its first to its last
// character, or one literal of them.
func isPlainEscapes(row []byte, least int) bool {
	row = bytes.TrimPrefix(row, []byte("b"))
	if len(row) < 2 {
		return false
	}
	if q := row[0]; isQuote(q) {
		return row[len(row)-1] == q && (bytes.Contains(row, []byte(`\x`)) || isOctalEscape(row[1:]))
	}
	return row[0] == '\\' && isEscapes(row, least)
}

// A prefixDecoder removes the prefix from the rows of a dump.
type prefixDecoder struct {
	body
	prefix linePrefix
	width  int  // of the first row
	plain  bool // not a listing: a shorter row is the last one
	indent bool // later rows are indented, as by pprint, to join their literals
	ended  bool
	begun  bool
}

func (d *prefixDecoder) decode(dst []byte) (int, error) {
	return d.fill(dst, func([]byte) (int, bool) { return 0, d.row() })
}

// row puts one line into rest, without the prefix. It reports false and leaves the line if
// it is not part of the dump: it lacks the prefix or is longer than the rows.
func (d *prefixDecoder) row() bool {
	w := d.text
	line, size := cutLine(w.Peek(2 * maxPrefixed))
	row, n := d.prefix.cut(bytes.TrimRight(line, " \r"))
	if d.ended || n < len(d.prefix) || len(line) == 0 || len(line) > maxPrefixed || d.plain && len(row) > d.width {
		return false
	}
	d.ended = d.plain && len(row) < d.width
	d.rest = d.rest[:0]
	if d.indent && d.begun {
		d.rest = append(d.rest, ' ')
	}
	d.begun = true
	d.rest = append(append(d.rest, row...), '\n')
	w.Skip(size)
	return true
}
