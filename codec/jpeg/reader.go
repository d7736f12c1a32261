package jpeg

import (
	"bytes"
	"errors"
	"io"

	"mqtool/codec/internal/window"
)

// ErrNone says that there is no picture.
var ErrNone = errors.New("no picture: the bytes hold no JPEG start (FF D8 FF)")

const (
	// maxHeader is how many bytes of a picture are kept in memory until its first scan
	// proves that it is one. EXIF, ICC, XMP and multi-picture segments of real files
	// stay below 1 MiB; no camera writes more than this.
	maxHeader = 16 << 20

	// maxPrefix is how many of the bytes before a picture are kept. What cameras put there
	// is a header.
	maxPrefix = 1 << 20
)

// A Reader finds the pictures in a stream of bytes, one after the other, in constant
// memory. What lies inside a picture belongs to it: a thumbnail in its EXIF data is not a
// picture of its own, and must not replace a picture that is cut.
type Reader struct {
	w *window.Window // its next byte is the first of the picture that was not written yet

	out      io.Writer // where the picture goes
	at       int       // how far ahead the walk is
	accepted bool      // the first scan was met: bytes may leave the window
	tooLong  bool      // the picture's header is longer than the window
	writeErr error

	before int64  // bytes since the last picture
	prefix []byte // the first of them
}

// NewReader returns a reader of the pictures in r.
func NewReader(r io.Reader) *Reader {
	return &Reader{w: window.New(r, window.Size, maxHeader)}
}

// Reset makes the reader start anew with r, keeping its memory.
func (r *Reader) Reset(src io.Reader) {
	r.w.Reset(src)
	*r = Reader{w: r.w}
}

// Next finds the next picture, copies it to w byte for byte, and describes it. At the
// end of the stream it returns io.EOF. An empty picture (see [Empty]) has nothing
// worth writing, so w gets nothing or only a part of it.
func (r *Reader) Next(w io.Writer) (Picture, error) {
	var cut Picture // the first start that led to no picture, returned if nothing else is found
	for r.findStart() {
		p, ok := r.walk(w)
		switch {
		case r.ioErr() != nil:
			return Picture{}, r.ioErr()
		case ok:
			r.before, r.prefix = 0, nil
			r.findStart() // to know what follows, too
			p.After = r.before
			return p, r.ioErr()
		case r.tooLong:
			// No encoder writes such a header. It is skipped with all that it holds,
			// because walking as far again from each of its bytes would take days.
			r.pass(r.at)
			continue
		case cut.End == "" && p.End != "":
			cut = p
		}
		r.pass(1) // not a picture: go on after its first byte
	}
	switch {
	case r.ioErr() != nil:
		return Picture{}, r.ioErr()
	case cut.End != "":
		return cut, nil
	}
	return Picture{}, io.EOF
}

// Passed returns the first bytes that were skipped since the last picture.
func (r *Reader) Passed() []byte { return r.prefix }

// Peek returns the next n bytes, or fewer at the end of the stream.
func (r *Reader) Peek(n int) []byte { return r.w.Peek(n) }

// Skip skips n bytes, which Peek has returned and which are a picture in another format.
// It returns how many bytes lie between that picture and the next one, or the end of the
// stream.
func (r *Reader) Skip(n int) (after int64, err error) {
	r.w.Skip(n)
	r.findStart()
	return r.before, r.ioErr()
}

// FindOther returns where a picture in a format that is not JPEG begins in b, and the name
// of that format: "PNG", "GIF" or "WebP". The name is "" if there is no such picture.
func FindOther(b []byte) (at int, format string) {
	for i, c := range b {
		switch rest := b[i:]; {
		case c == 0x89 && bytes.HasPrefix(rest, []byte("\x89PNG\r\n\x1a\n")):
			return i, "PNG"
		case c == 'G' && isGIF(rest):
			return i, "GIF"
		case c == 'R' && len(rest) >= 12 && string(rest[:4]) == "RIFF" && string(rest[8:12]) == "WEBP":
			return i, "WebP"
		}
	}
	return 0, ""
}

// isGIF reports whether b begins with the header of a GIF. A text may have its letters, but
// not the zero that is in the size or behind it.
func isGIF(b []byte) bool {
	const letters, header = 6, 13
	return len(b) > letters && (string(b[:letters]) == "GIF87a" || string(b[:letters]) == "GIF89a") &&
		bytes.IndexByte(b[letters:min(len(b), header)], 0) >= 0
}

// ioErr returns an error of the source or of a writer, if there was one.
func (r *Reader) ioErr() error {
	if r.writeErr != nil {
		return r.writeErr
	}
	return r.w.Err()
}

// pass skips n bytes that belong to no picture.
func (r *Reader) pass(n int) {
	b := r.w.Peek(n)
	r.before += int64(len(b))
	r.prefix = append(r.prefix, b[:min(len(b), maxPrefix-len(r.prefix))]...)
	r.w.Skip(len(b))
}

// findStart moves to the next FF D8 FF xx that may start a picture.
func (r *Reader) findStart() bool {
	const size = len(Start) + 1
	for {
		b := r.w.Ahead(size)
		i := bytes.Index(b, []byte(Start))
		switch {
		case i < 0 && len(b) < size:
			r.pass(len(b))
			return false
		case i < 0:
			r.pass(len(b) - len(Start) + 1) // the marker may straddle two reads
		case i > 0:
			r.pass(i)
		case len(b) >= size && MayFollowSOI(b[size-1]):
			return true
		default:
			r.pass(1)
		}
	}
}

// Find finds the first picture in a payload that is held in memory, or the first that has
// pixels if empty ones stand before it. Its bytes are payload[p.Offset:p.Offset+p.Size].
// If there is none, the error is [ErrNone].
func Find(payload []byte) (Picture, error) {
	r := &Reader{w: window.Over(payload)}
	var first Picture
	for {
		p, err := r.Next(io.Discard)
		if err != nil {
			break
		}
		if p.State != Empty {
			return p, nil
		}
		if first.Size == 0 {
			first = p
		}
	}
	if first.Size == 0 {
		return Picture{}, ErrNone
	}
	return first, nil
}
