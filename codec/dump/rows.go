package dump

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"mqtool/codec/internal/window"
	"mqtool/codec/jpeg"
)

// rowGeometry is what the first rows of a listing tell of all of them.
//
//	00000010: 4946 0001 0101 0060 0060 0000 1011 1213  IF.....`.`......
//	^ offset  ^ first                              ^ end
type rowGeometry struct {
	base   int  // of the offsets: 16, 8 (od) or 10 (xxd -d)
	size   int  // bytes in a full row
	colon  bool // the offset ends in a colon
	width  int  // digits of the first offset; Wireshark's grow
	end    int  // column behind the last digit of a full row, counted from the offset
	cols   []int
	gaps   []int // the columns between them, which are blanks
	length int   // of a full row's line, its end included
	words  bool  // two bytes a group, the low one first (hexdump, od -x)
	bare   bool  // the first row has lost its offset
}

func (g rowGeometry) name() string {
	switch {
	case g.words:
		return "hexdump listing of words"
	case g.colon && g.base == 10:
		return "xxd listing with decimal offsets"
	case g.colon:
		return "xxd listing"
	case g.base != 16:
		return "od listing"
	}
	return "hexdump listing"
}

// A row is one line of a listing, taken apart but not yet understood.
type row struct {
	line   []byte // from the offset on, without the line's end
	offset []byte // its digits
	colon  bool
	data   []byte // what stands behind it
}

// cutRow takes a line apart; it reports false when no offset stands in front.
func cutRow(line []byte) (row, bool) {
	line = bytes.TrimRight(bytes.TrimLeft(line, " \t"), "\r")
	line = bytes.TrimPrefix(line, []byte("0x")) // tcpdump -X
	n := digitsIn(line)
	if n < 4 || n > 16 || len(line) > maxRow {
		return row{}, false
	}
	r := row{line: line, offset: line[:n], data: line[n:]}
	if bytes.HasPrefix(r.data, []byte(":")) {
		r.colon = true
		r.data = r.data[1:]
	}
	if len(r.data) > 0 && r.data[0] != ' ' && r.data[0] != '\t' {
		return row{}, false
	}
	return r, true
}

// value reads an offset in a base; it reports false for a digit too high.
func (r row) value(base int) (int64, bool) {
	var v int64
	for _, c := range r.offset {
		d := int64(nibble[c])
		if d >= int64(base) || v > 1<<50 {
			return 0, false
		}
		v = v*int64(base) + d
	}
	return v, true
}

// wideGap is how many blanks stand between the words of hexdump -x.
const wideGap = 4

// columns finds where n bytes stand in a row, as columns of its line. Digits
// may be grouped in any way; one wider gap is allowed, in the middle, as
// hexdump -C and certutil have it, or all are four blanks wide, as in hexdump -x.
func (r row) columns(n int) ([]int, bool) {
	cols := make([]int, 0, n)
	start := len(r.line) - len(r.data)
	i, gap := start, 0
	for len(cols) < n {
		switch {
		case i+1 < len(r.line) && isHexDigit(r.line[i]) && isHexDigit(r.line[i+1]):
			if gap > 1 && len(cols) > 0 && len(cols) != n/2 && !(gap == wideGap && !r.colon) {
				return nil, false
			}
			cols = append(cols, i)
			i += 2
			gap = 0
		case i < len(r.line) && (r.line[i] == ' ' || r.line[i] == '\t'):
			i++
			gap++
		case i < len(r.line) && r.line[i] == '-' && len(cols) == n/2: // Windows listings
			i++
		default:
			return nil, false
		}
	}
	// What follows may not be one more byte of the same row.
	rest := r.line[i:]
	if len(rest) > 0 && isHexDigit(rest[0]) {
		return nil, false
	}
	if len(rest) > 0 && rest[0] == ' ' && !isTextColumn(rest, n) {
		if n := digitsIn(rest[1:]); n >= 2 && n%2 == 0 && (n == len(rest)-1 || rest[1+n] == ' ') {
			return nil, false
		}
	}
	return cols, true
}

// isTextColumn reports whether rest, what follows the digits of a row of n
// bytes, is a character for each: PowerShell puts one blank before it.
func isTextColumn(rest []byte, n int) bool {
	return rest[0] == ' ' && (utf8.RuneCount(rest[1:]) == n || len(rest)-1 == n) // in UTF-8, or in an old code page
}

// geometry learns from a row what all rows of n bytes look like.
func (r row) geometry(base, n int) (rowGeometry, bool) {
	cols, ok := r.columns(n)
	if !ok {
		return rowGeometry{}, false
	}
	var gaps []int
	for i, c := range cols[1:] {
		if cols[i]+2 < c {
			gaps = append(gaps, cols[i]+2)
		}
	}
	return rowGeometry{base: base, size: n, colon: r.colon, width: len(r.offset), cols: cols, gaps: gaps, end: cols[n-1] + 2}, true
}

// findRows reports whether text begins with a listing with offsets. Two rows
// must agree: the step between their offsets is the number of bytes in the
// first. A single row counts when its offset ends in a colon.
func findRows(text []byte, last bool) (rowGeometry, bool) {
	if len(text) == 0 || !isHexDigit(text[0]) && text[0] != ' ' && text[0] != '\t' {
		return rowGeometry{}, false
	}
	if len(text) > 64 && bytes.IndexByte(text[:min(len(text), maxRow)], '\n') < 0 {
		return rowGeometry{}, false
	}
	lines := bytes.SplitN(text[:min(len(text), 4*maxRow)], newline, 6)
	if !last && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	single := len(lines) == 1 || len(bytes.TrimSpace(lines[1])) == 0
	if single && len(lines) > 2 { // a blank line behind every row
		lines = append(lines[:1:1], slices.DeleteFunc(lines[1:], func(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 })...)
	}
	first, ok := cutRow(lines[0])
	if ok && len(first.data) > 0 {
		if g, ok := first.settle(lines[1:], text); ok {
			g.measure(lines[0], text)
			return g, true
		}
		if first.colon && single {
			if n := len(looseBytes(first.data, true)); n > 0 {
				return first.geometry(16, n)
			}
		}
	}
	// The user deleted everything before the picture, the first offset with it.
	front, _, _ := bytes.Cut(bytes.TrimLeft(lines[0], " \t"), []byte(" "))
	if n := digitsIn(front); len(lines) > 3 && n >= 2 && n == len(front) && !isScale(lines[0]) {
		if second, ok := cutRow(lines[1]); ok {
			text = text[len(lines[0])+1:]
			if g, ok := second.settle(lines[2:], text); ok {
				g.measure(lines[1], text)
				g.bare = true
				return g, true
			}
		}
	}
	return rowGeometry{}, false
}

// findLabelled finds a listing whose first row has something in front of it on
// its line: a word of a logger, the quote of a string. It is the first one, so
// that its offset is 0.
func findLabelled(text, line []byte, last bool) (skip int, g rowGeometry, ok bool) {
	line = line[:min(len(line), maxLabel)]
	for i := 0; i < len(line); i++ {
		n := bytes.Index(line[i:], []byte("0000"))
		if n < 0 {
			break
		}
		if i += n; i == 0 || isWordByte(line[i-1]) && !bytes.HasSuffix(line[:i], []byte("0x")) || isGroups(line[:i], digitsIn(line[i:])) {
			continue
		}
		start := i
		if bytes.HasSuffix(line[:i], []byte("0x")) {
			start -= 2
		}
		if g, ok = findRows(text[start:], last); ok && !g.bare {
			g.length = 0 // the first row is no measure for the others
			return start, g, true
		}
		i += digitsIn(line[i:])
	}
	return 0, g, false
}

// isGroups reports whether text is groups of so many hex digits: then what is behind
// it is another one, and no offset.
func isGroups(text []byte, size int) bool {
	for _, group := range bytes.Fields(text) {
		if len(group) != size || digitsIn(group) < size {
			return false
		}
	}
	return true
}

// settle finds the base of the offsets of a listing, of which r is the first
// row and lines are the next ones of text. Rows of a few bytes agree in every
// base until the offsets have two digits, so the base in which most rows follow
// each other is taken.
func (r row) settle(lines [][]byte, text []byte) (best rowGeometry, ok bool) {
	most := 0
	for _, base := range []int{16, 8, 10} {
		if g, ok := agree(r, lines, base); ok {
			if n := g.follow(text); n > most {
				best, most = g, n
			}
		}
	}
	return best, most > 0
}

// follow counts the rows at the start of text that go on where the one before
// ends.
func (g rowGeometry) follow(text []byte) (n int) {
	next, star := int64(-1), false
	for n < enoughRows {
		line, rest, _ := bytes.Cut(text, newline)
		text = rest
		trimmed := bytes.TrimSpace(line)
		if n > 0 && len(trimmed) == 0 && len(text) > 0 {
			continue
		}
		if n > 0 && string(trimmed) == "*" {
			star = true
			continue
		}
		r, ok := cutRow(line)
		at, okValue := r.value(g.base)
		repeated := star && at > next && (at-next)%int64(g.size) == 0
		if !ok || !okValue || len(r.data) == 0 || n > 0 && at != next && !repeated {
			break
		}
		next, star = at+int64(g.size), false
		n++
	}
	return n
}

// agree reports whether the lines after r go on where it ends, with offsets in
// a base.
func agree(r row, lines [][]byte, base int) (rowGeometry, bool) {
	no := rowGeometry{}
	at, ok := r.value(base)
	if !ok || len(lines) == 0 {
		return no, false
	}
	if string(bytes.TrimSpace(lines[0])) == "*" {
		// The row is repeated: its size is what it holds itself.
		n := len(looseBytes(r.data, r.colon))
		if n == 0 {
			return no, false
		}
		return r.geometry(base, n)
	}
	next, ok := cutRow(lines[0])
	if !ok || next.colon != r.colon {
		return no, false
	}
	to, ok := next.value(base)
	step := to - at
	if !ok || step <= 0 || step > 256 {
		return no, false
	}
	if len(next.data) == 0 && !r.colon && len(looseBytes(r.data, false)) != int(step) {
		return no, false // the total behind a single row must be its size
	}
	// A third row, when there is one, must be as far away again.
	if len(next.data) > 0 && len(lines) > 1 {
		third, ok := cutRow(lines[1])
		end, okEnd := third.value(base)
		if ok && okEnd && len(third.data) > 0 && third.colon == r.colon && end-to != step {
			return no, false
		}
	}
	return r.geometry(base, int(step))
}

// looseBytes decodes a row with nothing to compare it with: up to the bar, or
// to the two blanks, that stand before the text column.
func looseBytes(data []byte, colon bool) []byte {
	data = bytes.TrimLeft(data, " \t")
	if i := bytes.IndexAny(data, "|>"); i >= 0 {
		data = data[:i]
	} else if i := bytes.Index(data, []byte("  ")); i >= 0 && colon {
		data = data[:i]
	}
	var out []byte
	for i := 0; i < len(data); {
		switch {
		case data[i] == ' ' || data[i] == '\t':
			i++
		case i+1 < len(data) && isHexDigit(data[i]) && isHexDigit(data[i+1]):
			out = append(out, nibble[data[i]]<<4|nibble[data[i+1]])
			i += 2
		default:
			return out
		}
	}
	return out
}

// measure notes the length of a full row's line, when all have the same, and
// whether the listing is one of words with the low byte first.
func (g *rowGeometry) measure(line, text []byte) {
	if len(bytes.TrimLeft(line, " \t")) == len(line) && bytes.IndexByte(line, '\r') < 0 {
		g.length = len(line) + 1
	}
	if g.colon || g.size%2 != 0 {
		return
	}
	for i := 0; i+1 < g.size; i += 2 {
		if g.cols[i+1] != g.cols[i]+2 || i+2 < g.size && g.cols[i+2] == g.cols[i+1]+2 {
			return // not groups of four digits
		}
	}
	// hexdump and od -x write words; hand-made listings in fours do not. The
	// start of a picture settles it, if it is near.
	plain := &rowsDecoder{text: window.Over(text), msg: &Message{}, rows: *g, repeats: new(int64)}
	head := make([]byte, 4096)
	n, _ := io.ReadFull(readerFunc(plain.decode), head)
	i := bytes.Index(head[:n], soi)
	g.words = i < 0 || i+3 < n && !jpeg.MayFollowSOI(head[i+3])
}

// isScale recognizes the header row of PowerShell's Format-Hex.
func isScale(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("00 01 02 03 04 05 06 07"))
}

// otherListing recognizes a row of a listing that is not read, and says what it
// is and what to use instead.
func otherListing(line []byte) string {
	r, ok := cutRow(line)
	fields := bytes.Fields(r.data)
	if !ok || len(fields) < 2 {
		return ""
	}
	all := func(fields [][]byte, is func([]byte) bool) bool {
		return !slices.ContainsFunc(fields, func(f []byte) bool { return !is(f) })
	}
	digits := func(n int, set string) func([]byte) bool {
		return func(f []byte) bool { return len(f) == n && len(bytes.Trim(f, set)) == 0 }
	}
	octal := digits(3, "01234567")
	switch {
	case r.colon && all(fields[:2], digits(8, "01")):
		return "this is a listing of bits, as xxd -b makes it; make it again with xxd"
	case r.colon || len(r.offset) != 7:
	case all(fields, digits(6, "01234567")):
		return "this is od's listing of octal words; make it again with od -t x1 -v, or with xxd"
	case all(fields, octal):
		return "this is a listing of octal bytes, as od -b makes it; make it again with od -t x1 -v, or with xxd"
	case len(fields) > 4 && all(fields, func(f []byte) bool {
		return len(f) == 1 || len(f) == 2 && f[0] == '\\' || octal(f)
	}):
		return "this is a listing of characters, as od -c makes it; make it again with od -t x1 -v, or with xxd"
	}
	return ""
}

// isReversed recognizes a listing of xxd -e by its first row: what the text
// column shows is the other way round in every group of four bytes.
func (g rowGeometry) isReversed(line []byte) bool {
	r, ok := cutRow(line)
	if !ok || !g.colon || g.size%4 != 0 || len(r.line) < g.size {
		return false
	}
	b := looseBytes(r.data, true)
	if len(b) != g.size {
		return false
	}
	shown := r.line[len(r.line)-g.size:]
	if showsBytes(shown, b) {
		return false
	}
	for group := range slices.Chunk(b, 4) {
		slices.Reverse(group)
	}
	return showsBytes(shown, b)
}

// showsBytes reports whether text is what listings show of b in their text
// column: what is printable as itself, the rest as a dot.
func showsBytes(text, b []byte) bool {
	if len(text) != len(b) {
		return false
	}
	for i, c := range b {
		if c < ' ' || c > '~' {
			c = '.'
		}
		if text[i] != c {
			return false
		}
	}
	return true
}

// A rowsDecoder decodes a listing with offsets.
type rowsDecoder struct {
	text *window.Window
	msg  *Message
	rows rowGeometry

	started bool
	next    int64  // the offset that the next row should have
	last    []byte // the bytes of the last row
	out     []byte // what of them was not given yet
	star    bool   // a * was met: the next offset tells how often the last row is repeated
	repeat  int64  // how many bytes of repeated rows are still to be given
	repeats *int64 // how many were in all listings of the input, the outer text's included
	spaced  bool   // there are blank lines between the rows
	given   int    // how many of last were given in the current repetition
}

func (d *rowsDecoder) decode(dst []byte) (int, error) {
	n := 0
	for n < len(dst) {
		switch {
		case len(d.out) > 0:
			k := copy(dst[n:], d.out)
			d.out = d.out[k:]
			n += k
		case d.repeat > 0:
			k := copy(dst[n:min(int64(len(dst)), int64(n)+d.repeat)], d.last[d.given:])
			n += k
			d.repeat -= int64(k)
			d.given = (d.given + k) % len(d.last)
		default:
			k := d.fast(dst[n:])
			n += k
			if k == 0 && !d.row() {
				if n == 0 {
					return 0, io.EOF
				}
				return n, nil
			}
		}
	}
	return n, nil
}

// fast decodes rows that look exactly like the first one and follow each other.
func (d *rowsDecoder) fast(dst []byte) int {
	g := &d.rows
	if g.length == 0 || g.words || !d.started || d.star || g.base != 16 {
		return 0
	}
	w := d.text
	n, next := 0, d.next
	src := w.Ahead(g.length)
	if len(src) < g.length {
		return 0
	}
	i, start := 0, g.cols[0]
	width := start - 1
	for width > 0 && !isHexDigit(src[width-1]) {
		width--
	}
	for len(src)-i >= g.length && len(dst)-n >= g.size {
		line := src[i : i+g.length]
		if line[g.length-1] != '\n' || !offsetIs(line, width, next) {
			break
		}
		out, ok := dst[n:n+g.size], uint16(isPair)
		for k, c := range g.cols {
			out[k], ok = hexPairs.pair(line[c], line[c+1], ok)
		}
		odd := byte(0)
		for _, c := range g.gaps {
			odd |= line[c] ^ ' '
		}
		if ok == 0 || odd != 0 || g.end < g.length-1 && line[g.end] != ' ' {
			break
		}
		n += g.size
		next += int64(g.size)
		i += g.length
	}
	if n > 0 {
		d.last = append(d.last[:0], dst[n-g.size:n]...)
		d.next = next
		w.Skip(i)
	}
	return n
}

// offsetIs reports whether a line begins with v as width hex digits and blanks
// or a colon behind.
func offsetIs(line []byte, width int, v int64) bool {
	for i := width - 1; i >= 0; i-- {
		if nibble[line[i]] != byte(v&15) {
			return false
		}
		v >>= 4
	}
	return v == 0 && !isHexDigit(line[width])
}

// row decodes one line of the listing into out. It reports false, with the
// line untouched, when the listing is over.
func (d *rowsDecoder) row() bool {
	w := d.text
	line, rest, ended := bytes.Cut(w.Peek(2*maxRow), newline)
	size := len(line)
	if ended {
		size++
	}
	switch trimmed := bytes.TrimSpace(line); {
	case len(trimmed) == 0:
		skip, ok := d.goesOn()
		w.Skip(skip)
		return ok
	case string(trimmed) == "*" && len(d.last) > 0:
		d.star = true
		w.Skip(size)
		return true
	case d.rows.bare:
		d.rows.bare = false
		d.last = looseBytes(line, d.rows.colon)
		d.out = d.last
		w.Skip(size)
		return true
	}
	r, ok := cutRow(line)
	if !ok || r.colon != d.rows.colon {
		if !d.goesOnBehind(rest) {
			return false
		}
		d.msg.damaged(position(w, 0), "%q does not belong to the listing; passed over", line[:min(len(line), 40)])
		w.Skip(size)
		return true
	}
	offset, ok := r.value(d.rows.base)
	switch {
	case !ok:
		d.msg.damaged(position(w, 0), "%q is not an offset of this listing", r.offset)
		offset = d.next
	case d.star && offset > d.next:
		if *d.repeats += offset - d.next; *d.repeats > jpeg.MaxPicture {
			d.msg.damaged(position(w, 0), "rows repeated over %d bytes are more than any message has", offset-d.next)
			return false
		}
		d.repeat, d.given, d.next, d.star = offset-d.next, 0, offset, false
		return true // and then this row
	case d.started && offset == 0 && d.next != 0 && len(r.data) > 0:
		return false // the next listing begins
	case d.started && offset != d.next && len(bytes.TrimSpace(r.data)) > 0:
		d.msg.damaged(position(w, 0), "the offsets jump from %s to %s", d.rows.offset(d.next), r.offset)
	}
	d.started, d.star = true, false
	start := len(line) - len(r.line)
	n := d.rows.size
	if len(bytes.TrimSpace(r.data)) > 0 {
		// The next offset settles how many bytes a short row has.
		after, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t\r\n"), newline)
		if next, ok := cutRow(after); ok && next.colon == r.colon {
			if to, ok := next.value(d.rows.base); ok && to > offset && to-offset < int64(n) {
				n = int(to - offset)
			}
		}
		d.take(r, start, n)
	}
	d.next = offset + int64(len(d.out))
	w.Skip(size)
	return true
}

// goesOn reports whether the listing goes on behind blank lines, and how long
// these are: the next row has the next offset, or * and the total come. Once
// there were blank lines, the offsets may jump as elsewhere.
func (d *rowsDecoder) goesOn() (int, bool) {
	w := d.text
	ahead := w.Peek(2 * maxRow)
	rest := bytes.TrimLeft(ahead, " \t\r\n")
	line, _, _ := bytes.Cut(rest, newline)
	if string(bytes.TrimSpace(line)) == "*" && len(d.last) > 0 {
		return len(ahead) - len(rest), true
	}
	r, ok := cutRow(line)
	offset, okValue := r.value(d.rows.base)
	if !ok || !okValue || r.colon != d.rows.colon || offset < d.next || offset > d.next && !d.star && !d.spaced {
		return 0, false
	}
	d.spaced = true
	return len(ahead) - len(rest), true
}

// goesOnBehind reports whether rest, which stands behind a line that is no row,
// holds the next row of the listing, or the one behind it, before long.
func (d *rowsDecoder) goesOnBehind(rest []byte) bool {
	for range 4 {
		line, after, ended := bytes.Cut(rest, newline)
		if r, ok := cutRow(line); ok && r.colon == d.rows.colon && len(r.data) > 0 {
			offset, ok := r.value(d.rows.base)
			return ok && d.started && offset >= d.next && offset <= d.next+int64(d.rows.size) && offset > 0
		}
		if rest = after; !ended {
			break
		}
	}
	return false
}

// offset writes an offset as the listing does.
func (g rowGeometry) offset(v int64) string {
	switch g.base {
	case 8:
		return fmt.Sprintf("%07o", v)
	case 10:
		return fmt.Sprintf("%08d", v)
	}
	return fmt.Sprintf("%08x", v)
}

// take decodes up to n bytes of a row; start is how far ahead its offset stands.
func (d *rowsDecoder) take(r row, start, n int) {
	g := &d.rows
	out := d.last[:0]
	end := min(g.end+len(r.offset)-g.width, len(r.line))
	i, gap := len(r.line)-len(r.data), 0
	for i < end && (len(out) < n || g.words && len(out) < g.size) {
		c := r.line[i]
		if c == ' ' || c == '\t' || c == '-' && len(out) == g.size/2 {
			i++
			gap++
			continue
		}
		if gap > 1 && len(out) > 0 && (g.colon || len(out) != g.size/2 && !(gap == wideGap && g.words)) {
			break // the text column of a short row
		}
		if !isHexDigit(c) && len(out) > 0 && len(out) < g.size && i < g.cols[len(out)]+len(r.offset)-g.width {
			d.msg.damaged(position(d.text, start+i), "%q does not belong between two bytes; passed over", c)
			i++
			continue
		}
		gap = 0
		if i+1 == end {
			d.msg.damaged(position(d.text, start+i), "a digit is missing here")
			i = len(r.line)
			break
		}
		v := hexPairs[uint16(c)|uint16(r.line[i+1])<<8]
		if v == 0 {
			hi, lo, place := nibble[c], nibble[r.line[i+1]], i
			if hi < 16 {
				place++
			} else {
				hi = 0
			}
			if lo > 15 {
				lo = 0
			}
			d.msg.damaged(position(d.text, start+place), "%q is not a hex digit; 0 put in its stead", r.line[place])
			v = uint16(hi<<4 | lo)
		}
		out = append(out, byte(v))
		i += 2
	}
	if rest := r.line[i:]; gap == 0 && len(rest) > 0 && !isTextColumn(rest, len(out)) && (digitsIn(rest) > 0 || digitsIn(bytes.TrimPrefix(rest, []byte(" "))) > 0) {
		d.msg.damaged(position(d.text, start+i), "digits too many in this row; passed over")
	}
	if g.words {
		for i := 0; i+1 < len(out); i += 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
		out = out[:min(n, len(out))]
	}
	d.last, d.out = out, out
}
