package dump

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A rowShape describes the rows of a listing. The table below has all shapes, and no other
// code depends on one of them: to add a shape, add a row there.
//
//	00000010: 4946 0001 0101 0060 0060 0000 1011 1213  IF.....`.`......
//	address   cells                                    text column
type rowShape struct {
	layout      string
	front       string // @ is the address, # a digit, < a symbol such as <buf+8>, if there is one
	least, most int    // digits of the address
	radix       int    // its base
	cells       []cell // of one of these kinds
	bars        string // what stands between cells besides blanks
	check       int    // digits of the checksum behind them
	passed      string // how a line begins that is part of the layout, but is not a row
	zeroX       bool   // 0x stands before each cell
	little      bool   // words have their low byte first, unless the text column or a message's start says otherwise
}

// A cell is a number in a row.
type cell struct {
	base  int // 0: a character as od -c and od -a write it
	bytes int
	width int // its characters; 0: as many digits as it needs, without leading zeros
	name  string
	lost  string // why its bytes cannot be had, and what to do instead
}

var (
	hexCells     = []cell{{base: 16, bytes: 1, width: 2}}
	xxdCells     = []cell{hexCells[0], {base: 2, bytes: 1, width: 8, name: " of bits"}}
	decimalCells = []cell{{base: 10, bytes: 1, name: " of decimal bytes"}}
	odCells      = []cell{
		hexCells[0],
		{base: 8, bytes: 1, width: 3, name: " of octal bytes"},
		{base: 8, bytes: 2, width: 6, name: " of octal words"},
		{base: 8, bytes: 4, width: 11, name: " of octal words"},
		{base: 8, bytes: 8, width: 22, name: " of octal words"},
		{base: 10, bytes: 2, width: 5, name: " of decimal words"}, // hexdump -d
		{base: 10, bytes: 1, name: " of decimal bytes"},
		{base: 10, bytes: 2, name: " of decimal words"},
		{base: 10, bytes: 4, name: " of decimal words"},
		{base: 10, bytes: 8, name: " of decimal words"},
		{bytes: 1, width: 4, name: " of characters"},
		{bytes: 1, width: 4, lost: "this is a listing of named characters, as od -a makes it, in which the highest bit of each byte is lost; make it again with od -t x1 -v, or with xxd"},
	}
)

// rowShapes are in the order in which they are preferred if several fit.
var rowShapes = [...]rowShape{
	{layout: "xxd listing", front: "@:", least: 4, most: 16, radix: 16, cells: xxdCells, bars: "-"}, // tcpdump -X, md of U-Boot
	{layout: "xxd listing with decimal offsets", front: "@:", least: 4, most: 16, radix: 10, cells: xxdCells},
	{layout: "gdb listing", front: "@<:", least: 4, most: 16, radix: 16, cells: hexCells, zeroX: true, little: true},
	{layout: "gdb listing", front: "@<:", least: 4, most: 16, radix: 16, cells: decimalCells},
	{layout: "hexdump listing", front: "@", least: 4, most: 16, radix: 16, cells: odCells, bars: "-", little: true}, // Wireshark, Format-Hex, certutil, HxD
	{layout: "od listing", front: "@", least: 4, most: 16, radix: 8, cells: odCells, little: true},
	{layout: "od listing", front: "@", least: 4, most: 16, radix: 10, cells: odCells, little: true},
	{layout: "Hex Fiend listing", front: "@  ", least: 1, most: 16, radix: 10, cells: hexCells},
	{layout: "hexyl listing", front: "│@│", least: 8, most: 16, radix: 16, cells: hexCells, bars: "│┊"},
	{layout: "Netty listing", front: "|@|", least: 8, most: 16, radix: 16, cells: hexCells, bars: "|"},
	{layout: "Intel HEX", front: ":##@00", least: 4, most: 4, radix: 16, cells: hexCells, check: 2, passed: ":02000004"},
	{layout: "Motorola S1", front: "S1##@", least: 4, most: 4, radix: 16, cells: hexCells, check: 2},
	{layout: "Motorola S2", front: "S2##@", least: 6, most: 6, radix: 16, cells: hexCells, check: 2},
	{layout: "Motorola S3", front: "S3##@", least: 8, most: 8, radix: 16, cells: hexCells, check: 2},
	{layout: "listing without offsets", radix: 16, cells: hexCells}, // Zephyr; others with their offsets cut off
}

// A row is one line of a listing, taken apart.
type row struct {
	line    []byte // without leading blanks and its line end
	address []byte // its digits
	at      int64  // their value; -1 if the base lacks one of them
	data    int    // where in line the cells may begin
	filled  bool   // something stands there; nothing follows the total at a listing's end
	size    int    // how many bytes it has; 0: as many as there are, up to a full row
}

// mayBeRow reports whether a line begins like a row of some shape. It rejects most lines,
// and costs less than trying all shapes.
func mayBeRow(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	n := digitsIn(line[:min(len(line), maxAddress+1)])
	switch {
	case n == len(line):
		return n > 0
	case n == 0:
		line = bytes.TrimLeft(line, ":S|│")
		return len(line) > 0 && isHexDigit(line[0])
	}
	return n > maxAddress || bytes.IndexByte([]byte(" \t:<xX"), line[n]) >= 0
}

// cut takes a line apart. It reports false if the line is not a row of this shape. A row
// without an address must have a text column that shows its bytes.
func (s *rowShape) cut(line []byte) (r row, ok bool) {
	r.line = bytes.TrimRight(bytes.TrimLeft(line, " \t"), "\r")
	if len(line) > maxRow {
		return r, false
	}
	if s.front == "" {
		r.size = s.shown(r)
		r.filled = r.size > 0
		return r, r.filled
	}
	before, behind, _ := strings.Cut(s.front, "@")
	rest, ok := cutFront(bytes.TrimPrefix(r.line, []byte("0x")), before) // 0x: tcpdump, gdb
	n := digitsIn(rest[:min(len(rest), s.most)])
	if !ok || n < s.least {
		return r, false
	}
	r.address = rest[:n]
	rest, ok = cutFront(rest[n:], behind)
	isTime := s.least < s.most && strings.Trim(behind, "<:") == "" && len(rest) > 0 && rest[0] != ' ' && rest[0] != '\t'
	if !ok || isTime {
		return r, false
	}
	at, err := strconv.ParseInt(string(r.address), s.radix, 50)
	if r.at = at; err != nil {
		r.at = -1
	}
	r.data, r.filled = len(r.line)-len(rest), len(bytes.Trim(rest, blanks+s.bars)) > 0
	return r, true
}

// shown returns how many bytes row r has that its text column shows.
func (s *rowShape) shown(r row) int {
	if !bytes.Contains(r.line, []byte("  ")) && !bytes.ContainsAny(r.line, "|>") {
		return 0 // this rejects most lines at little cost
	}
	g := &rowForm{rowShape: s, cell: &s.cells[0], size: maxRowBytes}
	b, _ := g.read(nil, r, nil)
	n := len(b)
	for n > 0 && !isShown(r.line[g.ends[n-1]:], b[:n]) {
		n--
	}
	return n
}

// cutFront removes from text what front describes, and reports whether it is there.
func cutFront(text []byte, front string) (rest []byte, ok bool) {
	for _, c := range []byte(front) {
		switch {
		case c == '<' && bytes.HasPrefix(text, []byte(" <")):
			text = text[bytes.IndexByte(text, '>')+1:]
		case c == '<':
		case len(text) == 0 || c != text[0] && (c != '#' || !isHexDigit(text[0])):
			return text, false
		default:
			text = text[1:]
		}
	}
	return text, true
}

// next returns the place of the next cell at or after i.
func (s *rowShape) next(c *cell, line []byte, i int) (start, end int) {
	separates := func(b byte) bool { return b == ' ' || b == '\t' || c.base == 16 && strings.IndexByte(s.bars, b) >= 0 }
	for c.base > 0 && i < len(line) && separates(line[i]) {
		i++
	}
	if s.zeroX && bytes.HasPrefix(line[i:], []byte("0x")) {
		i += 2
	}
	for end = i + c.width; c.width == 0 && end < len(line) && !separates(line[end]); {
		end++
	}
	return i, end
}

// value reads a cell. It reports false if that is not a number of its kind.
func (c *cell) value(b []byte) (v uint64, ok bool) {
	switch {
	case len(b) < c.width, c.width == 0 && len(b) > 1 && b[0] == '0':
		return 0, false
	case c.width == 2:
		p := hexPairs[bothOf(b[0], b[1])]
		return uint64(byte(p)), p != 0
	case c.base == 0:
		return c.character(b)
	case c.width == 0 && b[0] == '-':
		v, err := strconv.ParseInt(string(b), c.base, 8*c.bytes)
		return uint64(v), err == nil
	}
	v, err := strconv.ParseUint(string(b), c.base, 8*c.bytes)
	return v, err == nil
}

// character reads a character as od -c writes it: "   J", "  \0", " 377". Names that od -a
// writes are only recognized.
func (c *cell) character(b []byte) (v uint64, ok bool) {
	const named = " nul soh stx etx eot enq ack bel  bs  ht  nl  vt  ff  cr  so  si dle dc1 dc2 dc3 dc4 nak syn etb can  em sub esc  fs  gs  rs  us  sp del"
	switch text := string(bytes.TrimLeft(b, " ")); {
	case len(text) <= 1:
		return uint64((text + " ")[0]), true
	case c.lost != "":
		return 0, strings.Contains(named, string(b))
	case text == `\0`:
		return 0, true
	case len(text) == 2 && text[0] == '\\':
		r, _, _, err := strconv.UnquoteChar(text, 0)
		return uint64(r), err == nil
	case len(text) == 3:
		return odCells[1].value([]byte(text))
	}
	return 0, false
}

// isShown reports whether rest, the text after the cells of a row, is a text column that
// shows b: printable bytes as themselves, the others as dots. Two blanks or a bar stand
// before the column, and a bar may stand after it.
func isShown(rest, b []byte) bool {
	isShown := func(text []byte) bool {
		for i, c := range text {
			if c != b[i] && (c != '.' || b[i] >= ' ' && b[i] <= '~') {
				return false
			}
		}
		return true
	}
	for end := len(rest); end >= max(len(b), len(rest)-1); end-- {
		gap := end - len(b)
		bar := bytes.TrimLeft(rest[:gap], " \t")
		isBar := len(bar) == 1 && (bar[0] == '|' || bar[0] == '>')
		if (isBar || len(bar) == 0 && gap > 1 && end == len(rest)) && isShown(rest[gap:end]) {
			return true
		}
	}
	return false
}

// isTextColumn reports whether rest, the text after the cells of a row of n bytes, is
// blanks and one character for each byte, in UTF-8 or in an old code page.
func isTextColumn(rest []byte, n int) bool {
	isBlank := func(k int) bool { return k > 0 && len(bytes.Trim(rest[:k], " \t")) == 0 }
	return isBlank(utf8.RuneCount(rest)-n) || isBlank(len(rest)-n)
}

// A rowForm is what the first row of a listing tells about all its rows.
//
// The second half of its fields holds the same facts again, prepared for rowsDecoder.fast.
type rowForm struct {
	*rowShape
	*cell
	size     int   // bytes in a full row
	data     int   // column behind the address
	ends     []int // columns behind the cells
	column   bool  // a character for each byte stands behind them
	group    int   // bytes without a gap between them, if these are 2, 4 or 8
	reversed bool  // their low byte comes first
	bare     bool  // the first row has lost its address

	// The fields below are for the fast decoding of rows that all look alike.
	length     int     // of a row up to the next one; 0 if the rows do not look alike
	lead, tail []byte  // what stands before the address, and from the line end on
	digits     int     // of the address
	cols       []int   // where the bytes stand, in their order
	gaps       []int   // where blanks begin between the cells
	end        int     // of the last cell
	behind     byte    // the character after it
	eights     *eights // how eight bytes stand; nil if they stand in no usual way
}

// name describes the layout in words.
func (g *rowForm) name() string {
	if g.reversed && g.cell.name == "" {
		return g.layout + " of words"
	}
	return g.layout + g.cell.name
}

// learn uses row r, of size bytes, as the model of all others. Nothing in it may be wrong.
// If size is 0, learn uses the cells before the first wrong place. It returns a form for
// each byte order that words may have.
func (s *rowShape) learn(r row, c *cell, size int) (forms []*rowForm) {
	g, line := &rowForm{rowShape: s, cell: c, size: size, data: r.data}, r.line
	if size == 0 {
		g.size = maxRowBytes
		if i := bytes.Index(line[r.data:], []byte("  ")); i > 1 && s.front == "@:" {
			r.line = line[:r.data+i] // before the text column
		}
	}
	b, ok := g.read(nil, r, nil)
	if len(b) == 0 || size > 0 && (!ok || len(b) < size) || s.zeroX != bytes.HasSuffix(line[:g.ends[0]-c.width], []byte("0x")) {
		return nil
	}
	g.size, g.column = len(b), isTextColumn(line[g.ends[len(g.ends)-1]:len(line)-s.check], len(b))
	n := g.adjacent()
	if s.least > 0 && s.least < shortestAddress && n < 4 {
		return nil // a list of numbers may begin like an address of few digits
	}
	if !slices.Contains([]int{2, 4, 8}, n) || g.size%n > 0 {
		return []*rowForm{g}
	}
	other := *g
	g.group, g.reversed, other.group, other.reversed = n, s.little, n, !s.little
	return []*rowForm{g, &other}
}

// adjacent returns how many bytes the first row has before its first gap.
func (g *rowForm) adjacent() int {
	n := g.bytes
	for g.width == 2 && n < len(g.ends) && g.ends[n] == g.ends[n-1]+2 {
		n++
	}
	return n
}

// A complaint is called with a description of what is wrong, and its column in the row.
type complaint func(column int, format string, args ...any)

// read decodes a row and appends it to out, which is empty. It reports false if there are
// too many cells. If damaged is nil, it also reports false at the first place where
// something is wrong, and it records where the cells end.
func (g *rowForm) read(out []byte, r row, damaged complaint) ([]byte, bool) {
	line, n, i := r.line[:max(r.data, len(r.line)-g.check)], cmp.Or(r.size, g.size), r.data
	cells := g.cellsOf(line, r)
	for len(out) < n || g.group > 0 && len(out) < g.size { // the last word may be filled up
		start, end := g.next(g.cell, cells, i)
		if start >= len(cells) || r.size == 0 && g.column && isTextColumn(line[i:], len(out)) {
			break
		}
		v, ok := g.value(cells[start:min(end, len(cells))])
		if !ok && damaged == nil {
			return out, false
		}
		if i = end; !ok {
			if v, i, ok = g.mend(cells, start, end, r.data, len(out), damaged); !ok {
				continue
			}
		}
		for k := g.bytes - 1; k >= 0; k-- {
			out = append(out, byte(v>>(8*k)))
		}
		if damaged == nil {
			g.ends = append(g.ends, end)
		}
	}
	if g.reversed {
		flip(out, g.group)
	}
	return g.finish(out, n, line[min(i, len(line)):], i, damaged)
}

// cellsOf returns a row without the text after its cells, as far as the first row shows
// where that begins. A row of characters may have lost the blanks at its end; cellsOf adds
// them again.
func (g *rowForm) cellsOf(line []byte, r row) []byte {
	if len(g.ends) > 0 && (g.width > 0 || g.column) {
		line = line[:min(len(line), max(r.data, g.ends[len(g.ends)-1]+r.data-g.data))]
	}
	if fill := r.data + r.size*g.width - len(line); fill > 0 && g.base == 0 && r.size > 0 {
		line = append(slices.Clip(line), bytes.Repeat([]byte(" "), fill)...)
	}
	return line
}

// finish cuts a row that was read to n bytes. It reports false and complains if they are
// followed by more than the zeros that fill the last word, or if rest begins with another
// cell.
func (g *rowForm) finish(out []byte, n int, rest []byte, column int, damaged complaint) ([]byte, bool) {
	extra, text := out[min(n, len(out)):], bytes.TrimLeft(rest, " \t")
	digits := digitsOf(text, g.base)
	if g.base == 0 && len(text) > 0 && text[0] != '>' { // od -t cz
		digits = len(text)
	}
	isAlone := len(bytes.TrimLeft(text[digits:min(len(text), digits+1)], " \t")) == 0
	isNear := len(rest)-len(text) < 2 || isAlone && (damaged == nil || !g.column && g.base*g.width == 0) // right in its column
	ok := len(extra) < max(g.group, 1) && len(bytes.Trim(extra, "\x00")) == 0 && (digits == 0 || !isNear || isTextColumn(rest, len(out)))
	if !ok && damaged != nil {
		damaged(column, "digits too many in this row; skipped")
	}
	return out[:len(out)-len(extra)], ok
}

// mend reports what is wrong with the cell after n bytes of a row whose cells begin at
// data. It returns the value that is left of the cell and where to go on. It reports false
// if no value is left.
func (g *rowForm) mend(line []byte, start, end, data, n int, damaged complaint) (v uint64, next int, ok bool) {
	names := map[int]string{16: "a hex digit", 10: "a decimal digit", 8: "an octal digit", 2: "a bit", 0: "a character as od -c writes it"}
	text, k := line[start:min(end, len(line))], n/g.bytes
	at := digitsOf(text, g.base)
	switch {
	case at == 0 && k < len(g.ends) && start-data < g.ends[k]-g.width-g.data:
		damaged(start, "%q does not belong between two bytes; skipped", text[0])
		return 0, start + 1, false
	case end > len(line):
		damaged(start, "a digit is missing here")
		return 0, len(line), false
	case at == len(text):
		damaged(start, "%q is not a number as this listing has them; 0 is put in its place", text)
		return 0, end, true
	}
	damaged(start+at, "%q is not %s; 0 is put in its place", text[at], names[g.base])
	for _, c := range text {
		v *= uint64(g.base)
		if int(nibble[c]) < g.base {
			v += uint64(nibble[c])
		}
	}
	return v, end, true
}
