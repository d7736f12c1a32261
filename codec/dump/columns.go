package dump

import (
	"bytes"
	"io"

	"mqtool/codec/internal/window"
)

// A columnsDecoder decodes a listing whose offsets were cut off, but not its
// text column: that shows the bytes once more, so it tells where they end.
//
//	ff d8 ff e0 00 10 4a 46  49 46 00 01 01 00 00 01  |......JFIF......|
//	ffd8 ffe0 0010 4a46 4946 0001 0100 0001  ......JFIF......
type columnsDecoder struct {
	text  *window.Window
	msg   *Message
	width int    // of the digits in the first row
	out   []byte // of the last row, not given yet
}

// findColumns reports whether text begins with such a listing, and how wide the
// digits of its first row are. Two rows must be right.
func findColumns(text []byte) (width int, ok bool) {
	if len(text) == 0 || !isHexDigit(text[0]) && text[0] != ' ' && text[0] != '\t' {
		return 0, false
	}
	first, rest, _ := bytes.Cut(text[:min(len(text), 2*maxRow)], newline)
	second, _, _ := bytes.Cut(rest, newline)
	if _, width, ok = cutColumns(first); ok {
		_, _, ok = cutColumns(second)
	}
	return width, ok
}

// cutColumns reads a row, in which the text column must show the same bytes as
// the digits before it.
func cutColumns(line []byte) (b []byte, width int, ok bool) {
	line = bytes.TrimRight(line, "\r")
	if len(line) < 4 || len(line) > maxRow {
		return nil, 0, false
	}
	for _, bars := range []string{"||", "><"} {
		if i := bytes.IndexByte(line, bars[0]); i > 0 && i < len(line)-1 && line[len(line)-1] == bars[1] {
			if b, ok = pairsIn(line[:i]); ok && showsBytes(line[i+1:len(line)-1], b) {
				return b, i, true
			}
		}
	}
	for n := 1; n <= 256 && n+4 <= len(line); n++ {
		width = len(line) - n
		if line[width-1] != ' ' || line[width-2] != ' ' {
			continue
		}
		if b, ok = pairsIn(line[:width]); ok && showsBytes(line[width:], b) {
			return b, width, true
		}
	}
	return nil, 0, false
}

// pairsIn reads digits in any grouping of whole bytes, and nothing else.
func pairsIn(digits []byte) ([]byte, bool) {
	b := looseBytes(digits, false)
	blanks := bytes.Count(digits, []byte(" ")) + bytes.Count(digits, []byte("\t"))
	return b, len(b) > 0 && 2*len(b)+blanks == len(digits)
}

func (d *columnsDecoder) decode(dst []byte) (int, error) {
	return readRows(dst, &d.out, d.row)
}

// readRows fills dst with rows, which row puts into out one after the other
// until it reports false.
func readRows(dst []byte, out *[]byte, row func() bool) (int, error) {
	n := 0
	for n < len(dst) {
		if len(*out) == 0 && !row() {
			break
		}
		k := copy(dst[n:], *out)
		*out = (*out)[k:]
		n += k
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// row decodes one line into out. It reports false, with the line untouched, when
// the listing is over.
func (d *columnsDecoder) row() bool {
	w := d.text
	ahead := w.Peek(2 * maxRow)
	rest := bytes.TrimLeft(ahead, "\r\n")
	line, after, ended := bytes.Cut(rest, newline)
	start := len(ahead) - len(rest)
	b, _, ok := cutColumns(line)
	if !ok {
		next, _, _ := bytes.Cut(bytes.TrimLeft(after, "\r\n"), newline)
		if _, _, ok = cutColumns(next); !ok {
			return false
		}
		if string(bytes.TrimSpace(line)) == "*" {
			d.msg.damaged(position(w, start), loneStar)
			w.Skip(start + len(line) + 1)
			return d.row()
		}
		digits := bytes.Map(func(r rune) rune {
			if r == ' ' || r == '\t' || r < 0x80 && isHexDigit(byte(r)) {
				return r
			}
			return '0'
		}, line[:min(len(line), d.width)])
		b = looseBytes(digits, false)
		d.msg.damaged(position(w, start), "the text column does not show the bytes of this row")
		if len(b) == 0 {
			return false
		}
	}
	w.Skip(start + len(line))
	if ended {
		w.Skip(1)
	}
	d.out = b
	return true
}
