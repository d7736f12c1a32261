package codec

import (
	"bytes"
	"io"
	"strings"
	"unsafe"

	"mqtool/codec/dump"
)

// blockSize is the longest line that can be read, four times what a reader sends. readSize
// is how much is read at once: large enough for the cost of system calls not to matter,
// and small enough for a block and its output to stay in the processor's cache.
const (
	blockSize = 256 << 10
	readSize  = 64 << 10
)

// A LogBlock is some whole lines of a log.
type LogBlock struct {
	Text string // valid until the block is handed in again
	Line int    // how many lines stand before it
	Cut  bool   // Text is only the start of a line that is too long

	memory []byte
}

// LogBlocks cuts a log into blocks of whole lines, and converts UTF-16 and colored text to
// plain text. The caller hands in the memory of a used block for the next one, so that a
// day's log costs neither copies nor garbage.
type LogBlocks struct {
	r       io.Reader
	buf     []byte
	ahead   int   // bytes in buf that were read to find out what the log is
	kept    int   // bytes in buf of a line that has no end yet, and of the whole lines before it
	whole   int   // how many of these belong to whole lines, which begin an object that is still open
	err     error // the error to return when buf is used up
	inLong  bool  // what comes next is the rest of a line that is too long
	afterCR bool  // the last byte read was a CR, which may be half of a line end
	line    int   // lines that were given out
}

// NewLogBlocks returns the blocks of the log that r reads.
func NewLogBlocks(r io.Reader) *LogBlocks {
	return &LogBlocks{r: dump.PlainText(r), buf: make([]byte, blockSize)}
}

// Document reports whether the log is a JSON array over several lines, or over a very long
// one, and returns a reader of it. In that case the log is for [LogScanner.ScanDocument]
// and has no blocks. Document must be called before the first block is read.
func (b *LogBlocks) Document() (r io.Reader, ok bool) {
	for b.err == nil && b.kept < readSize {
		var n int
		n, b.err = b.r.Read(b.buf[b.kept:readSize])
		b.kept += n
		text := bytes.TrimLeft(b.buf[:b.kept], " \t\r\n")
		if len(text) == 0 {
			continue
		}
		line, _, ended := bytes.Cut(text, []byte{'\n'})
		if text[0] != '[' || ended && len(bytes.TrimSpace(line)) > 1 {
			break
		}
		if ended || b.kept == readSize {
			return io.MultiReader(bytes.NewReader(b.buf[:b.kept]), b.r), true
		}
	}
	b.ahead = b.kept
	b.kept = 0
	return nil, false
}

// Next returns some whole lines in exchange for a block that is no longer used, or for the
// zero LogBlock. The last line of the input may have no line end. If a line is too long
// for a block, its first part comes alone, with Cut set, and the rest is dropped. Next may
// return no text, so that the caller can do what it does before waiting. After an error,
// lines are counted from 0 again.
func (b *LogBlocks) Next(used LogBlock) (LogBlock, error) {
	if used.memory == nil {
		used.memory = make([]byte, blockSize)
	}
	text, cut, err := b.next(used.memory[:cap(used.memory)])
	block := LogBlock{Text: borrow(text), Line: b.line, Cut: cut, memory: text}
	b.line += countLines(text)
	if err != nil {
		b.line = 0
	}
	return block, err
}

// next reads a block. The text belongs to the caller, who gives the memory spare in
// exchange. If there is no text, the caller gets spare back.
func (b *LogBlocks) next(spare []byte) (text []byte, long bool, err error) {
	if b.err != nil && b.ahead == 0 {
		if b.kept > 0 && !b.inLong {
			return b.give(b.kept, spare), false, nil
		}
		b.kept, b.inLong = 0, false
		err, b.err = b.err, nil
		return spare[:0], false, err
	}
	n := b.ahead
	if b.ahead = 0; n == 0 {
		n, b.err = b.r.Read(b.buf[b.kept:min(b.kept+readSize, len(b.buf))])
	}
	if b.afterCR && n > 0 {
		b.afterCR = false
		if b.kept == 0 { // the rest of the line end that was handed out
			more := bytes.TrimLeft(b.buf[:n], "\r")
			b.afterCR = len(more) == 0
			n = copy(b.buf, bytes.TrimPrefix(more, []byte{'\n'}))
		}
	}
	fresh := b.buf[b.kept : b.kept+n]
	b.kept += n
	if b.inLong {
		end := b.lineEnd(fresh, bytes.IndexByte)
		if end == 0 {
			b.kept = 0
			return spare[:0], false, nil
		}
		b.inLong = false
		b.kept = copy(b.buf, fresh[end:])
		fresh = b.buf[:b.kept]
	}
	end := b.lineEnd(fresh, bytes.LastIndexByte)
	if end > 0 {
		end += b.kept - len(fresh)
		b.whole = end
		if end = openRecords(b.buf[:openObject(b.buf[:end])]); end > 0 {
			return b.give(end, spare), false, nil
		}
	}
	if b.kept == len(b.buf) {
		if b.whole > 0 {
			return b.give(b.whole, spare), false, nil
		}
		b.inLong = true
		return b.give(b.kept, spare), true, nil
	}
	return spare[:0], false, nil
}

// lineEnd returns the position behind the first or the last line end in text, as index
// searches, or 0 if there is none. A CR counts as a line end only if there is no LF.
func (b *LogBlocks) lineEnd(text []byte, index func([]byte, byte) int) int {
	if i := index(text, '\n'); i >= 0 {
		return i + 1
	}
	i := index(text, '\r')
	b.afterCR = b.afterCR || i >= 0 && i == len(text)-1
	return i + 1
}

// give hands out buf[:end] and continues in spare, which is as large.
func (b *LogBlocks) give(end int, spare []byte) []byte {
	text, rest := b.buf[:end], b.buf[end:b.kept]
	b.buf = spare[:len(b.buf)]
	b.kept = copy(b.buf, rest)
	b.whole = max(b.whole-end, 0)
	return text
}

// borrow makes a string that shares the memory of text. The string and its substrings are
// invalid once that memory is reused.
func borrow(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// cutLine cuts the first line from text, without its line end: LF, CR LF, or a CR alone,
// which some serial devices send.
func cutLine(text string) (line, rest string) {
	end := strings.IndexByte(text, '\n')
	if end < 0 {
		line = text
	} else {
		line, rest = text[:end], text[end+1:]
	}
	cr := strings.IndexByte(line, '\r')
	if cr < 0 {
		return line, rest
	}
	for end = cr + 1; end < len(line) && line[end] == '\r'; {
		end++
	}
	if end < len(line) {
		rest = text[end:]
	}
	return line[:cr], rest
}

// countLines counts the lines of a block as cutLine cuts them.
func countLines(text []byte) int {
	lines := bytes.Count(text, []byte{'\n'})
	if len(text) > 0 && text[len(text)-1] != '\n' {
		lines++
	}
	if bytes.IndexByte(text, '\r') < 0 || bytes.Count(text, []byte{'\r'}) == bytes.Count(text, []byte("\r\n")) {
		return lines
	}
	lines = 0
	for rest := borrow(text); rest != ""; lines++ {
		_, rest = cutLine(rest)
	}
	return lines
}

// Devices print their JSON on several lines, as the vendor's documentation does. A line is
// joined with the next one if an object is open and the next line begins like the
// continuation of an object, which no line with a message of its own does.

// maxJoined is how long such a message can be: as long as one on a single line.
const maxJoined = MaxLine

// goesOn reports whether the first line of text looks like the continuation of the JSON of
// the line before.
func goesOn(text string) bool {
	rest := strings.TrimLeft(text, " \t")
	if rest == "" || strings.HasPrefix(rest, "$SC") {
		return false
	}
	return len(rest) < len(text) || strings.IndexByte("}],\"\r\n", rest[0]) >= 0
}

// nest returns how many brackets are open after a line if depth were open before it. If
// depth is 0, counting begins at the first brace. nest returns -1 if the line is not JSON.
func nest(line string, depth int) int {
	if depth == 0 {
		_, behind, found := strings.Cut(line, "{")
		if !found {
			return 0
		}
		line, depth = behind, 1
	}
	inString := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxJSONDepth {
				return -1
			}
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return 0
			}
		}
	}
	if inString { // a string cannot continue on the next line
		return -1
	}
	return depth
}

// joinLines returns the lines at the start of text that hold one JSON object, and how many
// lines follow the first. It returns nothing if the first line begins no such object.
func joinLines(text string) (joined, rest string, more int) {
	line, rest := cutLine(text)
	for depth := 0; ; more++ {
		depth = nest(line, depth)
		switch {
		case depth < 0, depth == 0 && more == 0:
			return "", "", 0
		case depth == 0:
			return strings.TrimRight(text[:len(text)-len(rest)], "\r\n"), rest, more
		case !goesOn(rest) || len(text)-len(rest) > maxJoined:
			return "", "", 0
		}
		line, rest = cutLine(rest)
	}
}

// openObject returns where an object begins in the last lines of text that may continue
// behind it. If there is none, it returns the end of text.
func openObject(text []byte) int {
	start := len(text)
	for start > 0 && len(text)-start <= maxJoined {
		start = bytes.LastIndexByte(text[:start-1], '\n') + 1
		if !goesOn(borrow(text[start:])) {
			break
		}
	}
	if len(text)-start > maxJoined {
		return len(text)
	}
	depth := 0
	for rest := borrow(text[start:]); rest != ""; {
		if depth == 0 {
			start = len(text) - len(rest)
		}
		line, behind := cutLine(rest)
		switch next := nest(line, depth); {
		case next >= 0:
			depth = next
		case depth > 0: // the open object is not JSON; this line may begin another one
			depth = 0
			continue
		}
		rest = behind
	}
	if depth == 0 {
		return len(text)
	}
	return start
}

// openRecords returns where the records at the end of text begin whose message goes on
// behind it. If there are none, it returns the end of text. Records of other streams
// between them are not looked for: such a message is said to lack a piece if a block ends
// there.
func openRecords(text []byte) int {
	start := len(text)
	for start > 0 {
		line := bytes.LastIndexByte(text[:start-1], '\n') + 1
		if _, goesOn := dump.Piece(borrow(text[line:start])); !goesOn {
			break
		}
		start = line
	}
	return start
}
