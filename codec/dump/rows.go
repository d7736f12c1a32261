package dump

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"mqtool/codec/internal/window"
	"mqtool/codec/jpeg"
)

// findRows finds the listing that text begins with. It returns nil if there is none. Two
// rows must agree: the step between their addresses is the number of bytes in the first. A
// single row counts if its address ends in a colon.
func findRows(text []byte) *rowForm {
	line, rest, _ := bytes.Cut(text[:min(len(text), listingAhead)], newline)
	if !mayBeRow(line) {
		return nil
	}
	if g := fitRows(line, rest, text); g != nil {
		return g
	}
	// Perhaps the user deleted everything before the picture, and the first address with
	// it.
	front, _, _ := bytes.Cut(bytes.TrimLeft(line, " \t"), []byte(" "))
	isScale := bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("00 01 02 03 04 05 06 07")) // Format-Hex
	if n := digitsIn(front); n < 2 || n < len(front) || isScale || bytes.Count(rest, newline) < 2 {
		return nil
	}
	second, behind, _ := bytes.Cut(rest, newline)
	g := fitRows(second, behind, text[len(line)+1:])
	if g != nil {
		g.bare = true
	}
	return g
}

// fitRows looks for the shape of the row line, which rest follows; text begins with both.
// Of several shapes it takes the one that fits best, and of equally good ones the one with
// the smallest cells, because a few rows look alike in every base of their addresses.
func fitRows(line, rest, text []byte) (best *rowForm) {
	most := -1
	for i := range rowShapes {
		s := &rowShapes[i]
		first, ok := s.cut(line)
		if !ok || !first.filled {
			continue
		}
		size, ok := s.step(first, rest)
		for k := 0; k < len(s.cells) && ok; k++ {
			for _, g := range s.learn(first, &s.cells[k], size) {
				if score := g.score(first, text); score > most || score == most && g.bytes < best.bytes {
					best, most = g, score
				}
			}
		}
	}
	if best != nil {
		best.settle(line, rest)
	}
	return best
}

// step returns how many bytes the row first has, which stands before rest. A size of 0
// means that its cells decide.
func (s *rowShape) step(first row, rest []byte) (size int, ok bool) {
	d := rowsDecoder{rows: rowForm{rowShape: s}, next: first.at}
	start, next, isRow := d.nextRow(rest, 0)
	_, behind, _ := bytes.Cut(rest[start:], newline)
	_, third, isThird := d.nextRow(behind, 0)
	isThird = isThird && third.at >= 0 && next.filled && third.filled // the third row must be as far from the second
	switch step := next.at - first.at; {
	case s.front == "":
		return first.size, isRow
	case first.at < 0:
		return 0, false
	case isStar(firstLine(bytes.TrimLeft(rest, blankEnds))):
		return 0, true
	case isRow && step > 0 && step <= maxRowBytes && (!isThird || third.at-next.at == step):
		return int(step), true
	}
	return 0, s.front == "@:" && s.radix == 16 && len(bytes.TrimSpace(firstLine(rest))) == 0
}

// score rates how well a listing fits a text: first by how much of it can be decoded and
// with how little damage, then by whether the text column shows the first row, and then by
// whether a message begins there.
func (g *rowForm) score(first row, text []byte) int {
	d := &rowsDecoder{body: body{text: window.Over(text), msg: &Message{}}, rows: *g}
	head := make([]byte, triedBytes)
	n, _ := io.ReadFull(readerFunc(d.decode), head)
	score := int(d.text.Offset())/(1+d.msg.DamageCount)*8 + startIn(head[:n])
	if isShown(first.line[g.ends[len(g.ends)-1]:], head[:min(n, g.size)]) {
		score += 4
	}
	return score
}

// settle prepares the fast decoding of rows that look exactly like the one in line, which
// rest follows.
func (g *rowForm) settle(line, rest []byte) {
	r, ok := g.cut(line)
	indent := len(line) - len(bytes.TrimLeft(line, " \t")) + r.data - g.data
	text := len(bytes.TrimRight(line, "\r"))
	g.end = indent + g.ends[len(g.ends)-1]
	if !ok || g.width != 2 || g.zeroX || g.check > 0 || len(g.ends) < g.size || g.end > text {
		g.length = 0
		return
	}
	g.tail = slices.Concat(line[text:], newline, rest[:len(rest)-len(bytes.TrimLeft(rest, "\r\n"))])
	g.length = text + len(g.tail)
	g.lead = bytes.Clone(line[:max(0, bytes.Index(line, r.address))])
	g.digits, g.cols, g.gaps, g.behind = len(r.address), g.cols[:0], g.gaps[:0], g.tail[0]
	for i, end := range g.ends {
		if g.cols = append(g.cols, indent+end-2); i > 0 && g.ends[i-1] < end-2 {
			g.gaps = append(g.gaps, indent+g.ends[i-1])
		}
	}
	if g.end < text {
		g.behind = line[g.end]
	}
	if g.reversed {
		flip(g.cols, g.group)
	}
	g.eights = nil
	for i := range eightsOfRows {
		if e := &eightsOfRows[i]; g.behind == ' ' && g.consistsOf(e.columns) {
			g.eights = e
		}
	}
}

// eights describes how eight bytes stand in many listings.
type eights struct {
	columns [8]int // where each begins
	length  int    // with the blank behind the last one
	decode  func(dst, src []byte, sep byte) (n, i int)
}

// eightsOfRows are the usual ways: `ff d8 ff ...` and `ffd8 ffe0 ...`.
var eightsOfRows = [...]eights{
	{[8]int{0, 3, 6, 9, 12, 15, 18, 21}, 24, decodePairs},
	{[8]int{0, 2, 5, 7, 10, 12, 15, 17}, 20, decodeFours},
}

// consistsOf reports whether the cells of a row stand in groups of eight with these columns.
func (g *rowForm) consistsOf(columns [8]int) bool {
	for i, c := range g.cols {
		if c != g.cols[i&^7]+columns[i&7] {
			return false
		}
	}
	return len(g.cols)%8 == 0
}

// flip reverses each group of n.
func flip[T byte | int](all []T, n int) {
	for group := range slices.Chunk(all, n) {
		slices.Reverse(group)
	}
}

// startIn rates how likely it is that a message begins in head: 2 means that JSON begins
// there or that something follows the first segment of a picture, and 1 that the end of
// this segment is not in head.
func startIn(head []byte) int {
	if beginsJSON(head) {
		return 2
	}
	i := bytes.Index(head, soi)
	if i < 0 || i+6 > len(head) || !jpeg.MayFollowSOI(head[i+3]) {
		return 0
	}
	switch next := i + 4 + int(head[i+4])<<8 + int(head[i+5]); {
	case next >= len(head):
		return 1
	case head[next] == soi[0]:
		return 2
	}
	return 0
}

// isStar recognizes the line that stands for rows that are the same as the one before.
func isStar(line []byte) bool {
	return bytes.IndexByte(line, '*') >= 0 && string(bytes.Trim(line, blanks+"|│┊")) == "*"
}

// A rowsDecoder decodes a listing.
type rowsDecoder struct {
	body
	rows rowForm

	started bool
	next    int64  // the address that the next row should have
	last    []byte // the bytes of the last row
	star    bool   // a * was met: the next address tells how often the last row is repeated
	repeat  int64  // how many bytes of repeated rows are still to be given
	block   []byte // the last row, many times
	whole   *whole // counts the repeated bytes in all listings of the input; nil: repeat nothing
	spaced  bool   // there are blank lines between the rows
}

func (d *rowsDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *rowsDecoder) step(dst []byte) (n int, ok bool) {
	if n = d.fast(dst); n > 0 {
		return n, true
	}
	return 0, d.row()
}

// fast decodes rows that look exactly like the first one and follow each other.
func (d *rowsDecoder) fast(dst []byte) int {
	g, w := &d.rows, d.text
	if g.length == 0 || !d.started || d.star || d.repeat > 0 {
		return 0
	}
	n, i, next, src := 0, 0, d.next, w.Ahead(g.length)
	for len(src)-i >= g.length && len(dst)-n >= g.size {
		line, out := src[i:i+g.length], dst[n:n+g.size]
		text := len(line) - len(g.tail) // where the text column ends
		if line[g.length-1] != '\n' || line[g.end] != g.behind || g.front != "" && !g.hasAddress(line, next) || len(g.tail) > 1 && !bytes.Equal(line[text:], g.tail) {
			break
		}
		if !g.decodeAlike(out, line) || g.front == "" && !isShown(line[g.end:text], out) {
			break
		}
		n, i, next = n+g.size, i+g.length, next+int64(g.size)
	}
	if n > 0 {
		d.last = append(d.last[:0], dst[n-g.size:n]...)
		d.next = next
		w.Skip(i)
	}
	return n
}

// decodeAlike decodes the cells of a row that looks exactly like the first one, and reports
// whether it does.
func (g *rowForm) decodeAlike(out, line []byte) bool {
	if e := g.eights; e != nil {
		for k := 0; k < len(out); k += 8 {
			at := g.cols[k]
			if n, _ := e.decode(out[k:k+8], line[at:at+e.length], ' '); n == 0 {
				return false
			}
		}
		return true
	}
	pairs, ok, odd := hexPairs, uint16(isPair), byte(0)
	for k, c := range g.cols {
		out[k], ok = pairs.pair(line[c], line[c+1], ok)
	}
	for _, c := range g.gaps {
		odd |= line[c] ^ ' '
	}
	return ok != 0 && odd == 0
}

// hasAddress reports whether a line begins with the address v, and with no more digits.
func (g *rowForm) hasAddress(line []byte, v int64) bool {
	lead, end := len(g.lead), len(g.lead)+g.digits
	if g.radix == 16 { // without divisions, for most listings
		return hexIs(line[lead:end], v) && !isHexDigit(line[end]) && (lead == 0 || bytes.HasPrefix(line, g.lead))
	}
	for i := end - 1; i >= lead; i-- {
		if int64(nibble[line[i]]) != v%int64(g.radix) {
			return false
		}
		v /= int64(g.radix)
	}
	return v == 0 && !isHexDigit(line[end]) && bytes.HasPrefix(line, g.lead)
}

// hexIs reports whether digits are the number v in hex.
func hexIs(digits []byte, v int64) bool {
	for i := len(digits) - 1; i >= 0; i-- {
		if nibble[digits[i]] != byte(v&15) {
			return false
		}
		v >>= 4
	}
	return v == 0
}

// row decodes the next row into rest. It reports false, with the text untouched, when the
// listing is over.
func (d *rowsDecoder) row() bool {
	if d.repeat > 0 {
		d.rest = d.block[:min(int64(len(d.block)), d.repeat)]
		d.repeat -= int64(len(d.rest))
		return true
	}
	g, ahead := &d.rows, d.text.Peek(2*maxRow)
	start, r, ok := d.nextRow(ahead, foreignLines)
	between, line := ahead[:start], firstLine(ahead)
	switch {
	case g.bare:
		g.bare = false
		for _, first := range g.learn(row{line: bytes.TrimRight(line, "\r")}, g.cell, 0) {
			first.group, first.reversed = g.group, g.reversed
			d.last, _ = first.read(nil, row{line: line}, func(int, string, ...any) {})
		}
		d.rest = d.last
	case !ok:
		return false
	case g.front == "" && len(bytes.TrimSpace(between)) > 0:
		start -= len(bytes.TrimLeft(between, blankEnds))
		line = firstLine(ahead[start:])
		d.text.Skip(start)
		d.unshown(line)
	case !d.follows(between, r):
		return false
	default:
		d.text.Skip(start)
		if d.star && r.at > d.next && d.whole != nil {
			return d.expand(r.at) // this row is read after that
		}
		whole, rest, _ := bytes.Cut(ahead[bytes.LastIndexByte(between, '\n')+1:], newline)
		line = firstLine(ahead[start:])
		d.take(r, whole, rest)
	}
	if end := len(bytes.TrimRight(line, "\r")); len(g.tail) > len(line)+1-end && bytes.HasPrefix(d.text.Peek(end + len(g.tail))[end:], g.tail) {
		d.spaced = true
		d.text.Skip(end + len(g.tail))
	} else {
		d.text.Skip(len(d.text.Peek(len(line) + 1)))
	}
	return true
}

// nextRow finds the next row in text and where it begins, after at most foreign other
// lines. Rows without addresses follow each other. Addresses with too few digits start
// again at 0; nextRow gives the one that is nearest to the expected address.
func (d *rowsDecoder) nextRow(text []byte, foreign int) (start int, r row, ok bool) {
	g, rest := &d.rows, text
	if g.front == "" {
		foreign = min(foreign, 1)
	}
	for ; foreign >= 0; foreign-- {
		rest = bytes.TrimLeft(rest, blankEnds)
		line, behind, _ := bytes.Cut(rest, newline)
		if r, ok = g.cut(line); ok {
			if k := 4 * g.most; g.front == "" {
				r.at = d.next
			} else if g.least == g.most {
				r.at += (d.next - r.at + 1<<(k-1)) >> k << k
			}
			return len(text) - len(rest), r, true
		}
		rest = behind
	}
	return 0, r, false
}

// follows reports whether row r continues the listing after between, the text that
// separates it from the last row, and notes foreign text there as damage. Once blank lines
// have separated rows, the addresses may jump there. Foreign text after a blank line, such
// as the foot of a page, is accepted if the addresses go on.
func (d *rowsDecoder) follows(between []byte, r row) bool {
	g, text := &d.rows, bytes.TrimSpace(between)
	front, _, lines := bytes.Cut(between, newline)
	isNext := r.at == d.next
	switch {
	case !lines: // an address of 0 begins another listing
		return isNext || len(bytes.Trim(r.address, "0")) > 0
	case isStar(text) && len(d.last) > 0:
		d.star = true
		return true
	case len(text) == 0:
		d.spaced = d.spaced || isNext || d.star
		return d.spaced && r.at >= d.next
	case !r.filled || uint64(r.at-d.next) > uint64(g.size):
		return false
	case len(bytes.TrimSpace(front)) == 0:
		return isNext
	}
	at := 0
	for line := range bytes.Lines(between) {
		if g.passed == "" || !bytes.HasPrefix(line, []byte(g.passed)) {
			d.msg.passedOver(position(d.text, at), "%q does not belong to the listing; skipped", line[:min(len(line)-1, 40)])
		}
		at += len(line)
	}
	return true
}

// unshown decodes as much as it can of a row whose text column does not show its bytes.
func (d *rowsDecoder) unshown(line []byte) {
	what := "the text column does not show the bytes of this row"
	if isStar(line) {
		what = loneStar
	}
	d.msg.note(position(d.text, 0), 0, d.rows.size, "%s", what)
	d.rest, _ = d.rows.read(nil, row{line: bytes.TrimLeft(line, " \t*"), size: d.rows.size}, func(int, string, ...any) {})
}

// expand repeats the last row up to an address.
func (d *rowsDecoder) expand(at int64) bool {
	n := at - d.next
	if n > maxStarts*int64(len(d.last)) && bytes.Contains(slices.Concat(d.last, d.last), soi) {
		d.damaged("%d bytes of repeated rows, in each of which a picture begins, are not a message", n)
		return false
	}
	if !d.whole.repeat(n) {
		d.damaged("rows repeated over %d bytes are too many for the text before them", n)
		return false
	}
	d.repeat, d.next, d.star = n, at, false
	d.block = bytes.Repeat(d.last, 1+maxRow/len(d.last))
	return true
}

// sizeOf returns how many bytes row r has, if the row that follows in rest tells.
func (d *rowsDecoder) sizeOf(r row, rest []byte) int {
	if _, next, ok := d.nextRow(rest, foreignLines); ok && d.rows.front != "" && next.at > r.at {
		return int(min(next.at-r.at, int64(d.rows.size)))
	}
	return r.size
}

// take decodes row r, which is ahead. line is its whole line, and rest is the text after
// it.
func (d *rowsDecoder) take(r row, line, rest []byte) {
	g, damage := &d.rows, d.msg.DamageCount
	if r.at < 0 {
		d.damaged("%q is not an offset of this listing", r.address)
		r.at = d.next
	}
	r.size = d.sizeOf(r, rest)
	if d.rest = nil; r.filled || g.base == 0 && r.size > 0 { // blanks at its end may be lost
		if d.started && r.at != d.next && !(d.star && r.at > d.next) {
			next := strconv.FormatInt(d.next, g.radix)
			d.damaged("the offsets jump from %s to %s", strings.Repeat("0", max(0, len(r.address)-len(next)))+next, r.address)
		}
		d.last, _ = g.read(d.last[:0], r, func(i int, format string, args ...any) {
			d.msg.note(position(d.text, i), 0, g.size, format, args...) // all of the row is in doubt
		})
		d.rest = d.last
	}
	d.next = r.at + int64(len(d.rest))
	if d.started && len(d.rest) == g.size && len(line)+1 != g.length && d.msg.DamageCount == damage {
		g.settle(line, rest) // the next ones may look like this one
	}
	d.started, d.star = true, false
}
