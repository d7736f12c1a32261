package dump

import (
	"bytes"
	"unicode/utf8"

	"mqtool/codec/internal/window"
	"mqtool/codec/jpeg"
)

// A shape tells of what length the lines of a message are. Those that a program, a
// terminal or an editor made are of one length, but for the last one.
type shape struct {
	width  int  // characters of most lines, without blanks at their end; 0 when they differ
	wrap   int  // where all lines are wrapped, which have as many characters, or one less where a blank was dropped; 0 when they are not
	lines  int  // how many lines were measured: all that are ahead but the last one
	commas bool // some line ends at a comma, or the next one begins with one
}

// measure measures the lines of the message that begins ahead; the first one has what
// stands before the message, too. rowIn tells how much of a line can be the message's: a
// line that is so in part is the last one.
func measure(w *window.Window, rowIn func(line []byte) int) shape {
	text := w.Peek(lookahead)
	s := shape{}
	counts := map[int]int{}
	length, longest, shortest := int(w.Column())-1, 0, lookahead
	for {
		line, rest, ended := bytes.Cut(text, newline)
		line = bytes.TrimRight(line, blanks)
		length += utf8.RuneCount(line)
		rest = bytes.TrimLeft(rest, "\r\n") // there may be blank lines between all of them
		next := bytes.TrimRight(firstLine(rest), blanks)
		if !ended || s.lines == maxMeasured || s.lines > 0 && rowIn(line) < len(line) || rowIn(next) == 0 {
			break // the last one
		}
		s.lines++
		s.commas = s.commas || bytes.HasSuffix(line, []byte(",")) || bytes.HasPrefix(bytes.TrimLeft(next, blanks), []byte(","))
		counts[length]++
		longest, shortest = max(longest, length), min(shortest, length)
		text, length = rest, 0
	}
	for n, count := range counts {
		if count > counts[s.width] || count == counts[s.width] && n > s.width {
			s.width = n
		}
	}
	if s.lines > 0 && longest-shortest <= 1 && length <= longest {
		s.wrap = longest
	}
	if counts[s.width] < 3 || 4*counts[s.width] < 3*s.lines {
		s.width = s.wrap
	}
	return s
}

// firstLine is the first line of a text, without its end.
func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, newline)
	return line
}

// A beginning is how a message begins. A line that begins in the same way is another
// message, where no wrapping explains it.
type beginning []byte

// sureBeginning is how many bytes must be the same, three of them different.
const sureBeginning = 5

// note adds the message's first bytes as they come. It gives how many came.
func (b *beginning) note(more []byte) int {
	if n := sureBeginning - len(*b); n > 0 {
		*b = append(*b, more[:min(n, len(more))]...)
	}
	return len(more)
}

// isAgain reports whether head, how a line begins, is that of another message: a
// picture, JSON, or the same bytes.
func (b beginning) isAgain(head []byte) bool {
	if len(head) > len(soi) && bytes.HasPrefix(head, soi) && jpeg.MayFollowSOI(head[len(soi)]) || beginsJSON(head) && len(head) >= 8 && bytes.HasPrefix(bytes.TrimLeft(head[1:], blankEnds), []byte(`"`)) {
		return true
	}
	if len(b) < sureBeginning || !bytes.HasPrefix(head, b) {
		return false
	}
	var values [256]bool
	n := 0
	for _, c := range b {
		if !values[c] {
			values[c] = true
			n++
		}
	}
	return n >= 3
}

// another reports whether the line behind the line end ahead is another message: it
// begins like one, and no wrapping explains that. A picture in a wrapped dump may have
// a thumbnail that a line begins with by chance; the line behind that one does not.
// head decodes how a line begins.
func (b beginning) another(w *window.Window, s shape, head func(line []byte) []byte) bool {
	begins := func(text []byte) bool { return b.isAgain(head(firstLine(bytes.TrimLeft(text, blankEnds)))) }
	if !begins(w.Peek(lookAround)) {
		return false
	}
	length := int(w.Column()) - 1
	if length == 0 {
		return false // it was looked at before this blank line
	}
	if s.width == 0 || s.lines < 3 || length < s.width-1 || length > s.width+1 {
		return true
	}
	_, next, _ := bytes.Cut(bytes.TrimLeft(w.Peek(lookahead), blankEnds), newline)
	return begins(next)
}

// beginsJSON reports whether a message that begins with b is a JSON object. A picture's
// data and what a camera puts before it may begin with a brace, too.
func beginsJSON(b []byte) bool {
	return len(b) > 0 && b[0] == '{' && isText(b[:min(len(b), 16)])
}
