package text

import (
	"bytes"
	"fmt"
	"io"

	"mqtool/codec"
)

// Lines cut an input into lines, which end with LF or CR LF. They never write
// again to memory that was handed out.
type Lines struct {
	Reader io.Reader
	File   io.Reader // the same when it is a file, and has an end
	Most   int       // bytes that a line may have
	Limit  string    // the same in words: "line 1 is longer than ..."

	Number int // of the line that was returned last

	block []byte // from the current line on; its capacity is what can still be read into it
	seen  int    // how much of it holds no line end
	last  []byte // what Next returned, with all that follows
	err   error  // that of the last Read
}

// lineBlock is how much is read at once.
const lineBlock = 64 << 10

// Next returns the next line, if there is one without reading more.
func (l *Lines) Next() (line []byte, ok bool) {
	end := bytes.IndexByte(l.block[l.seen:], '\n')
	after := l.seen + end + 1
	if end < 0 {
		l.seen = len(l.block)
		if l.err != io.EOF || l.seen == 0 {
			return nil, false
		}
		after = l.seen // the last line has no end
	}
	l.last = l.block
	line = l.block[:after:after]
	l.block, l.seen = l.block[after:], 0
	l.Number++
	line = bytes.TrimSuffix(line, []byte("\n"))
	if end >= 0 {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return line, true
}

// Line returns the next line, and reads more for it. Its error is that of the input.
func (l *Lines) Line() ([]byte, error) {
	for {
		if line, ok := l.Next(); ok {
			return line, nil
		}
		if err := l.Fill(); err != nil {
			return nil, err
		}
	}
}

// Unread takes back the line that Next returned.
func (l *Lines) Unread() {
	l.block, l.seen = l.last, 0
	l.Number--
}

// Fill reads more. The error is that of the input, when all was handed out
// that came before it.
func (l *Lines) Fill() error {
	if l.err != nil {
		return l.err
	}
	if len(l.block) > l.Most+len("\r\n") {
		return &codec.SyntaxError{Offset: 0, Msg: fmt.Sprintf("line %d is longer than %s", l.Number+1, l.Limit)}
	}
	if len(l.block) == cap(l.block) {
		block := make([]byte, len(l.block), max(2*len(l.block), lineBlock))
		copy(block, l.block)
		l.block = block
	}
	n, err := l.Reader.Read(l.block[len(l.block):cap(l.block)])
	l.block = l.block[:len(l.block)+n]
	l.err = err
	if n == 0 && len(l.block) == 0 {
		return err
	}
	return nil
}

// Rest counts the lines that were not handed out: all of the input when it
// is a file, else those that were read.
func (l *Lines) Rest() (n int, all bool) {
	text, err := l.block, l.err
	if err != io.EOF && l.File != nil {
		err = nil
	}
	buf, open := make([]byte, lineBlock), false
	for {
		n += bytes.Count(text, []byte("\n"))
		if len(text) > 0 {
			open = text[len(text)-1] != '\n'
		}
		switch {
		case err == io.EOF && open:
			return n + 1, true
		case err != nil || l.File == nil:
			return n, err == io.EOF
		}
		var size int
		size, err = l.File.Read(buf)
		text = buf[:size]
	}
}
