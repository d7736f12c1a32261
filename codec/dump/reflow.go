package dump

import (
	"bytes"

	"mqtool/codec/internal/window"
)

// A reflowDecoder puts each row of a listing on a line of its own, after a page or a chat
// joined the rows or a mail wrapped them.
//
//	00000000  ff d8 ff e0  |....| 00000004  00 10 4a 46  |..JF| 00000008 ...
type reflowDecoder struct{ body }

// findReflowed reports whether text begins with a listing whose first rows do not stand on
// lines of their own.
func findReflowed(text []byte) bool {
	n := digitsIn(text[:min(len(text), maxAddress+1)])
	if n < shortestAddress || n == len(text) || text[n] != ' ' && text[n] != ':' {
		return false // this rejects most lines at little cost
	}
	d := &reflowDecoder{body{text: window.Over(text)}}
	var rows []byte
	for i := range prefixedRows {
		from := d.text.Offset()
		if !d.row() || bytes.Equal(d.rest, text[from:d.text.Offset()]) {
			return false
		}
		if isTotal := len(bytes.Fields(d.rest)) == 1; isTotal && i < prefixedRows-1 {
			return false
		}
		rows = append(rows, d.rest...)
	}
	g := findRows(rows)
	return g != nil && !g.bare && g.areNext(rows)
}

// areNext reports whether the addresses of rows follow each other. Only this distinguishes
// a joined listing from hex in groups, where any group may look like an address.
func (g *rowForm) areNext(rows []byte) bool {
	next := int64(-1)
	for line := range bytes.Lines(rows) {
		if isStar(line[:len(line)-1]) {
			next = -1
			continue
		}
		r, ok := g.cut(bytes.TrimRight(line, blankEnds))
		if !ok || next >= 0 && r.at != next {
			return false
		}
		next = r.at + int64(g.size)
	}
	return true
}

func (d *reflowDecoder) decode(dst []byte) (int, error) {
	return d.fill(dst, func([]byte) (int, bool) { return 0, d.row() })
}

// row puts the row that begins ahead into rest, up to the next address. It reports false
// if there is no address ahead.
func (d *reflowDecoder) row() bool {
	text := d.text.Peek(2 * maxRow)
	n := digitsIn(text[:min(len(text), maxAddress+1)])
	if n < shortestAddress || n > maxAddress {
		return false
	}
	end := nextAddress(text, n)
	if end < 0 { // the last row
		end = min(len(firstLine(text))+1, len(text))
	}
	row := bytes.TrimRight(text[:end], blankEnds)
	body := bytes.TrimSuffix(row, []byte("*"))
	star := len(body) < len(row) && bytes.IndexByte([]byte(blankEnds), body[len(body)-1]) >= 0
	if !star {
		body = row
	}
	d.rest = d.rest[:0]
	for line := range bytes.SplitSeq(body, newline) {
		d.rest = append(d.rest, bytes.TrimRight(line, "\r")...)
	}
	if d.rest = append(d.rest, '\n'); star {
		d.rest = append(d.rest, "*\n"...)
	}
	d.text.Skip(end)
	return true
}

// nextAddress finds the next address in a text that begins with an address of n digits. It
// is a greater number of as many digits, with the same character or a line end behind it.
// The result is negative if there is none.
func nextAddress(text []byte, n int) int {
	for i := n + 1; i+n < len(text); i++ {
		if isBlank := text[i-1] == ' ' || text[i-1] == '\n'; isBlank && digitsIn(text[i:i+n+1]) == n &&
			bytes.Compare(text[:n], text[i:i+n]) < 0 && (text[i+n] == text[n] || text[i+n] == '\n') {
			return i
		}
	}
	return -1
}
