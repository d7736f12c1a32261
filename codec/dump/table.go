package dump

import "bytes"

// A tableDecoder joins the lines of a base64 value in a table, as psql prints
// encode(payload, 'base64'): each line but the last has a sign behind it.
//
//	 id |                                   encode
//	----+-----------------------------------------------------------------------------
//	  1 | /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0a+
//	    | HBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIy+
//	    | MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCABLAGQDASIA=
type tableDecoder struct {
	body
	sign  []byte // + in ASCII, an arrow in Unicode
	width int    // of each line but the last
	ended bool
}

// tableRows is how many lines with the sign there must be.
const tableRows = 3

// findTable finds where a base64 value of several lines begins on the first line of text,
// and returns its decoder. The position is negative if there is none.
func findTable(text []byte) (int, *tableDecoder) {
	line, _, ended := bytes.Cut(text[:min(len(text), maxPrefixed)], newline)
	if !ended {
		return -1, nil // a text of one line is searched from many places, so this must be cheap
	}
	line = bytes.TrimRight(line, blanks)
	for _, sign := range [...]string{"+", "\u21B5"} {
		end := bytes.LastIndex(line, []byte(sign))
		if end < sureBase64 {
			continue
		}
		if behind := line[end+len(sign):]; len(behind) > 0 && behind[0] != '|' && !bytes.HasPrefix(behind, []byte("\u2502")) {
			continue
		}
		start := end
		for start > 0 && isBase64(line[start-1]) {
			start--
		}
		d := &tableDecoder{sign: []byte(sign), width: end - start}
		if d.width < sureBase64 || d.width%4 != 0 {
			continue
		}
		rest := text[start:]
		for range tableRows {
			row, more, size := d.cut(rest)
			if !more || len(row) != d.width {
				return -1, nil
			}
			rest = rest[size:]
		}
		return start, d
	}
	return -1, nil
}

// cut returns the value's part of the line that b begins with, whether a sign follows it,
// and the length of the line. Blanks and the edges of columns may stand before the value.
func (d *tableDecoder) cut(b []byte) (row []byte, more bool, size int) {
	line, size := cutLine(b[:min(len(b), maxPrefixed)])
	row = bytes.TrimLeft(line, " |\u2502\t")
	n := 0
	for n < len(row) && n < d.width && (isBase64(row[n]) || row[n] == '=') {
		n++
	}
	return row[:n], bytes.HasPrefix(row[n:], d.sign), size
}

func (d *tableDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *tableDecoder) step([]byte) (int, bool) {
	row, more, size := d.cut(d.text.Peek(maxPrefixed))
	if d.ended || len(row) == 0 {
		return 0, false
	}
	if more && len(row) != d.width {
		d.damaged("this line of the value has %d characters, and the others have %d", len(row), d.width)
	}
	d.ended = !more
	d.rest = append(append(d.rest[:0], row...), '\n')
	d.text.Skip(size)
	return 0, true
}
