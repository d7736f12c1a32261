package text

import (
	"bytes"
	"fmt"
	"io"

	"mqtool/codec"
)

// Lines cuts an input into lines, which end with LF or CR LF. It never reuses memory that
// it has handed out.
type Lines struct {
	Reader io.Reader
	File   io.Reader // the same reader if it is a file, and therefore has an end
	Most   int       // how many bytes a line may have
	Limit  string    // the same in words: "line 1 is longer than ..."

	Number int // the number of the line that was returned last

	block []byte // the input from the current line on; more is read into its spare capacity
	seen  int    // how many of these bytes have no line end
	last  []byte // the line that Next returned, and everything behind it
	err   error  // the error of the last Read
}

// lineBlock is how much is read at once.
const lineBlock = 64 << 10

// Next returns the next line, if that is possible without reading more.
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

// Line returns the next line, and reads more if needed. The error is that of the input.
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

// Fill reads more. It returns the error of the input once all lines before the error were
// handed out.
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

// Rest counts the lines that were not handed out: in the whole input if it is a file, else
// in what was read so far.
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
