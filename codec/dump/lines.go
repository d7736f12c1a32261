package dump

import (
	"bytes"
	"io"
	"unicode/utf8"

	"mqtool/codec/internal/window"
	"mqtool/codec/jpeg"
)

// A body is what the decoders of a text have in common.
type body struct {
	text  *window.Window
	msg   *Message
	rest  []byte // decoded and not given yet
	start beginning
	shape *shape // of its lines; nil until they are measured
}

// fill calls step until dst is full or step reports that the message is over. step puts
// what it decodes into the dst it is given, or into rest.
func (b *body) fill(dst []byte, step func(dst []byte) (n int, ok bool)) (n int, err error) {
	for n < len(dst) {
		k, ok := 0, true
		if len(b.rest) > 0 {
			k = copy(dst[n:], b.rest)
			b.rest = b.rest[k:]
		} else {
			b.msg.ahead = n
			k, ok = step(dst[n:])
		}
		b.start.note(dst[n : n+k])
		if n += k; !ok {
			return n, io.EOF
		}
	}
	return n, nil
}

// damaged notes that a byte is wrong or missing in the text ahead.
func (b *body) damaged(format string, args ...any) {
	b.msg.damaged(position(b.text, 0), format, args...)
}

func (b *body) passedOver(format string, args ...any) {
	b.msg.passedOver(position(b.text, 0), format, args...)
}

// remark notes that the text ahead was read in another way than it is written. No byte is
// in doubt for that.
func (b *body) remark(format string, args ...any) {
	b.msg.remark(position(b.text, 0), format, args...)
}

// A rowReader recognizes the lines of a layout.
type rowReader interface {
	// rowIn returns how much of a line can belong to the message. A line that belongs to
	// it only in part is the last one.
	rowIn(line []byte) int

	// head decodes the beginning of a line.
	head(line []byte) []byte
}

// lines returns the shape of the lines of the message, measured from where it begins or
// from where lines is first called.
func (b *body) lines(r rowReader) *shape {
	if b.shape == nil {
		s := measure(b.text, r.rowIn)
		b.shape = &s
	}
	return b.shape
}

// isAnother reports whether the line after the line end ahead is another message: it
// begins like one, and no wrapping explains that. In a wrapped dump, a line may by chance
// begin with the thumbnail of a picture, but then the line after it does not begin like a
// message.
func (b *body) isAnother(r rowReader) bool {
	begins := func(text []byte) bool {
		line := firstLine(bytes.TrimLeft(text, blankEnds))
		return b.start.isAgain(r.head(line)) || b.start.isAgain(r.head(behindNumbers(line)))
	}
	if !begins(b.text.Peek(lookAround)) {
		return false
	}
	length, s := int(b.text.Column())-1, b.lines(r)
	if length == 0 {
		return false // the line was examined before this blank line
	}
	if s.width == 0 || s.lines < 3 || length < s.width-1 || length > s.width+1 {
		return true
	}
	_, next, _ := bytes.Cut(bytes.TrimLeft(b.text.Peek(lookahead), blankEnds), newline)
	return begins(next)
}

// behindNumbers returns what follows the numbers at the start of a line, such as the row
// number, the size or the time that a table puts before a message. It returns nil if there
// are none. Two or four digits and a blank may be a part of the message.
func behindNumbers(line []byte) (rest []byte) {
	for {
		n := 0
		for n < len(line) && isDigit(line[n]) {
			n++
		}
		next := bytes.TrimLeft(line[n:], ",;| \t")
		separator := line[n : len(line)-len(next)]
		if n == 0 || n > maxNumberBefore || len(separator) == 0 || len(next) == 0 || string(separator) == " " && (n == 2 || n == 4) {
			return rest
		}
		line, rest = next, next
	}
}

// maxNumberBefore is how many digits such a number has at most: a time in nanoseconds.
const maxNumberBefore = 19

// A shape describes how long the lines of a message are. Lines that a program, a terminal
// or an editor made all have one length, except for the last.
type shape struct {
	width  int  // characters of most lines, without blanks at their end; 0 when they differ
	wrap   int  // the length at which all lines are wrapped, where a dropped blank makes one shorter; 0 if they are not wrapped
	lines  int  // how many lines were measured: all that are ahead but the last one
	commas bool // some line ends at a comma, or the next one begins with one
}

// measure measures the lines of the message that begins ahead. The length of the first
// line includes what stands before the message.
func measure(w *window.Window, rowIn func(line []byte) int) shape {
	text := w.Peek(lookahead)
	s := shape{}
	counts := map[int]int{}
	length, longest, shortest := int(w.Column())-1, 0, lookahead
	for {
		line, rest, ended := bytes.Cut(text, newline)
		if !ended && s.lines == 0 {
			break // such a line may hold very many messages, so this must be cheap
		}
		line = bytes.TrimRight(line, blanks)
		length += utf8.RuneCount(line)
		rest = bytes.TrimLeft(rest, "\r\n") // there may be blank lines between all of them
		next := bytes.TrimRight(firstLine(rest), blanks)
		if !ended || s.lines == maxMeasured || s.lines > 0 && rowIn(line) < len(line) || rowIn(next) == 0 {
			break // the last one
		}
		s.lines++
		s.commas = s.commas || bytes.HasSuffix(line, comma) || bytes.HasPrefix(bytes.TrimLeft(next, blanks), comma)
		counts[length]++
		longest, shortest = max(longest, length), min(shortest, length)
		text, length = rest, 0
	}
	if s.lines > 0 && longest-shortest <= 1 && length <= longest {
		s.wrap = longest
	}
	if s.width = commonLength(counts, s.lines); s.width == 0 {
		s.width = s.wrap
	}
	return s
}

// commonLength returns the length that most lines have, and the greatest of several such
// lengths. It is 0 if fewer than three lines or three quarters of them have it.
func commonLength(counts map[int]int, lines int) (length int) {
	for n, count := range counts {
		if count > counts[length] || count == counts[length] && n > length {
			length = n
		}
	}
	if counts[length] < 3 || 4*counts[length] < 3*lines {
		return 0
	}
	return length
}

// firstLine returns the first line of a text, without its end.
func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, newline)
	return line
}

// cutLine returns the first line of a text without its end, and its size with it.
func cutLine(text []byte) (line []byte, size int) {
	line, rest, _ := bytes.Cut(text, newline)
	return line, len(text) - len(rest)
}

// A beginning holds the first bytes of a message. A line that begins in the same way is
// another message, if no wrapping explains it.
type beginning []byte

// note adds the message's first bytes as they come.
func (b *beginning) note(more []byte) {
	if n := keptBeginning - len(*b); n > 0 {
		*b = append(*b, more[:min(n, len(more))]...)
	}
}

// isAgain reports whether head, the beginning of a line, begins another message: a
// picture, JSON, or the same bytes.
func (b beginning) isAgain(head []byte) bool {
	if len(head) > len(soi) && bytes.HasPrefix(head, soi) && jpeg.MayFollowSOI(head[len(soi)]) || beginsJSON(head) && len(head) >= 8 && bytes.HasPrefix(bytes.TrimLeft(head[1:], blankEnds), []byte(`"`)) {
		return true
	}
	if len(b) < sureBeginning || !bytes.HasPrefix(head, b[:sureBeginning]) {
		return false
	}
	var values [256]bool
	n := 0
	for _, c := range b[:sureBeginning] {
		if !values[c] {
			values[c] = true
			n++
		}
	}
	return n >= 3
}

// beginsJSON reports whether a message that begins with b is a JSON object. A picture's
// data and what a camera puts before it may begin with a brace, too.
func beginsJSON(b []byte) bool {
	return len(b) > 0 && b[0] == '{' && isText(b[:min(len(b), 16)])
}
