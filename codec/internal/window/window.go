// Package window holds the part of a stream that is in memory. Its terms are those of
// bufio: bytes that Peek and Ahead return stay in the window until Skip moves past them. A
// window can also keep some of the skipped bytes, counts lines, and may be laid over bytes
// that are in memory already.
//
// All readers of the codec read their input through a window, so their memory does not
// grow with the size of the input.
package window

import (
	"bytes"
	"io"
)

const (
	// Size is how much a window usually holds: small enough for a second-level cache.
	Size = 256 << 10

	// first is how much of it is allocated at first. Most messages fit, and clearing 256
	// KB costs more than decoding one.
	first = 16 << 10

	// Small is the first size of a window that may never need more: there may be very many
	// small messages in one text.
	Small = 2 << 10
)

// A Window is the part of a stream that is in memory.
//
// What Ahead, Peek and Behind return is valid until the next call of Ahead or Peek.
type Window struct {
	src   io.Reader
	err   error // what the source ended with
	buf   []byte
	pos   int   // buf[pos:end] was not skipped
	end   int   // buf[:end] was read
	base  int64 // offset of buf[0] in the stream
	size  int   // how large buf becomes when the stream does not fit
	limit int   // how large buf may grow

	kept  int   // how many bytes before pos stay
	floor int64 // offset in the stream before which nothing stays

	// Lines are counted only when needed, so that the count costs little.
	counted   int   // buf[:counted] is in lines and lineStart
	lines     int64 // line ends before buf[counted]
	lineStart int64 // offset in the stream of the line that buf[counted] is in
}

// New returns a window on r that holds size bytes, and up to limit when it must.
func New(r io.Reader, size, limit int) *Window {
	return &Window{src: r, buf: make([]byte, min(size, first)), size: size, limit: limit}
}

// Over returns a window on bytes that are in memory. It shares them.
func Over(b []byte) *Window {
	return &Window{err: io.EOF, buf: b, end: len(b), limit: len(b)}
}

// Reset starts anew with r and keeps the memory.
func (w *Window) Reset(r io.Reader) {
	*w = Window{src: r, buf: w.buf, size: w.size, limit: w.limit}
}

// Ahead returns all that is in memory and was not skipped: at least n bytes, or what is
// left of the stream, or as much as the window may hold.
func (w *Window) Ahead(n int) []byte {
	for w.end-w.pos < n && w.more() {
	}
	return w.buf[w.pos:w.end]
}

// Peek returns the next n bytes, or fewer if Ahead returns fewer.
func (w *Window) Peek(n int) []byte {
	b := w.Ahead(n)
	return b[:min(n, len(b))]
}

// Skip moves past n bytes that Ahead or Peek returned.
func (w *Window) Skip(n int) { w.pos += n }

// Keep makes the window keep the last n bytes that are skipped from here on.
func (w *Window) Keep(n int) { w.kept, w.floor = n, w.Offset() }

// Behind returns the bytes that were kept.
func (w *Window) Behind() []byte { return w.buf[w.mark():w.pos] }

// mark returns where the kept bytes begin in buf.
func (w *Window) mark() int {
	return max(w.pos-w.kept, int(w.floor-w.base), 0)
}

// Offset returns how many bytes of the stream were skipped.
func (w *Window) Offset() int64 { return w.base + int64(w.pos) }

// Ended reports whether all of the stream was read.
func (w *Window) Ended() bool { return w.err != nil }

// Err returns the error that ended the stream, or nil if it just ended.
func (w *Window) Err() error {
	if w.err == io.EOF {
		return nil
	}
	return w.err
}

// Place returns the line and the column, both counted from 1, of the byte that lies i
// bytes ahead, or behind in the same line if i is negative. Columns are counted in bytes.
func (w *Window) Place(i int) (line, column int64) {
	w.count(w.pos)
	line, start := w.lines+1, w.lineStart
	if i > 0 {
		b := w.buf[w.pos : w.pos+i]
		if n := bytes.Count(b, newline); n > 0 {
			line += int64(n)
			start = w.Offset() + int64(bytes.LastIndexByte(b, '\n')) + 1
		}
	}
	return line, w.Offset() + int64(i) - start + 1
}

// Column returns the column of the next byte, counted from 1.
func (w *Window) Column() int64 {
	_, column := w.Place(0)
	return column
}

// more reads more of the stream, after making room by dropping what was skipped, or by
// growing. It reports whether there is anything new.
func (w *Window) more() bool {
	if w.err != nil {
		return false
	}
	if w.end == len(w.buf) {
		switch mark := w.mark(); {
		case len(w.buf) < w.size:
			w.buf = append(make([]byte, 0, w.size), w.buf...)[:w.size]
		case mark > len(w.buf)/4 || mark > 0 && len(w.buf) >= w.limit:
			w.slide(mark)
		case len(w.buf) < w.limit:
			w.buf = append(w.buf, make([]byte, min(len(w.buf), w.limit-len(w.buf)))...)
		default:
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
func (w *Window) slide(mark int) {
	w.count(mark)
	w.counted -= mark
	copy(w.buf, w.buf[mark:w.end])
	w.base += int64(mark)
	w.pos -= mark
	w.end -= mark
}

// count brings the line count up to buf[:i].
func (w *Window) count(i int) {
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

// Cause returns what the stream ended with: io.EOF, an error, or nil if it did not end
// yet.
func (w *Window) Cause() error { return w.err }

// Held returns how many bytes the window takes in memory.
func (w *Window) Held() int { return len(w.buf) }
