package codec

import (
	"bytes"
	"errors"
	"io"
)

// A Position is a place in a text, both counted from 1. Columns are bytes of
// the text without byte-order mark, color escapes and the > of a quoted mail.
type Position struct {
	Line   int64
	Column int64
}

// errTooLong is what a window ends with when something must be kept in memory
// that is larger than it may grow.
var errTooLong = errors.New("the part that must be kept in memory is too long")

// A window is the part of a stream that is in memory: buf[mark:pos] is kept
// although it was dealt with, buf[pos:end] is read but not yet dealt with.
// All readers of this package look at their input through one, which is why
// their memory does not follow the size of the input.
type window struct {
	src            io.Reader
	err            error // what the source ended with
	buf            []byte
	mark, pos, end int
	base           int64 // offset of buf[0] in the stream
	limit          int   // how large buf may grow

	// Lines are counted lazily, so that the count costs little.
	countLines bool
	counted    int   // buf[:counted] is in lines and lineStart
	lines      int64 // newlines before buf[counted]
	lineStart  int64 // offset in the stream of the line that buf[counted] is in
}

const windowSize = 256 << 10 // small enough for a second-level cache

func newWindow(src io.Reader, limit int) window {
	return window{src: src, buf: make([]byte, windowSize), limit: limit}
}

// newSmallWindow returns a window that grows to the usual size when it has to:
// there may be very many small messages in one text.
func newSmallWindow(src io.Reader) window {
	return window{src: src, buf: make([]byte, 2<<10), limit: windowSize}
}

// ahead is what is read but not dealt with.
func (w *window) ahead() []byte { return w.buf[w.pos:w.end] }

// have makes sure that n bytes lie ahead, as far as the source has them.
func (w *window) have(n int) bool {
	for w.end-w.pos < n {
		if !w.more() {
			return false
		}
	}
	return true
}

// more reads on, after making room by dropping what lies before mark, or by
// growing. It reports whether there is anything new.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	if w.end == len(w.buf) {
		if w.mark > len(w.buf)/4 || w.mark > 0 && len(w.buf) >= w.limit {
			w.slide()
		} else if len(w.buf) < w.limit {
			w.buf = append(w.buf, make([]byte, len(w.buf))...)
		} else {
			w.err = errTooLong
			return false
		}
	}
	for range 100 { // as in bufio: a reader that keeps returning nothing is broken
		n, err := w.src.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// slide drops buf[:mark].
func (w *window) slide() {
	if w.countLines {
		w.count(w.mark)
		w.counted -= w.mark
	}
	copy(w.buf, w.buf[w.mark:w.end])
	w.base += int64(w.mark)
	w.pos -= w.mark
	w.end -= w.mark
	w.mark = 0
}

// count brings the line count up to buf[:i].
func (w *window) count(i int) {
	if i <= w.counted {
		return
	}
	b := w.buf[w.counted:i]
	if n := bytes.Count(b, newline); n > 0 {
		w.lines += int64(n)
		w.lineStart = w.base + int64(w.counted+bytes.LastIndexByte(b, '\n')+1)
	}
	w.counted = i
}

var newline = []byte{'\n'}

// position tells where buf[i] is; i must not lie before what was counted.
func (w *window) position(i int) Position {
	w.count(i)
	return Position{Line: w.lines + 1, Column: w.base + int64(i) - w.lineStart + 1}
}

// sourceErr is the source's error, unless it just ended.
func (w *window) sourceErr() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}
