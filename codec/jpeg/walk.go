package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A walker follows the segments of one picture.
type walker struct {
	*Reader
	p     Picture
	known bool // more than the marker pair at its start says that it is a picture
	check checks
}

// walk follows the segments of the picture that begins ahead. If these bytes are not a
// picture, it reports false and leaves them in the window.
func (r *Reader) walk(w io.Writer) (Picture, bool) {
	r.out, r.at, r.accepted, r.tooLong = w, 2, false, false // behind SOI
	k := walker{Reader: r, p: Picture{Offset: r.w.Offset(), Before: r.before, Prefix: r.prefix}}
	end, ok := k.segments()
	k.p.End = end
	k.p.Size = r.w.Offset() + int64(r.at) - k.p.Offset
	switch {
	case !ok, r.tooLong:
		k.p.End = "" // refuted, not cut
		return k.p, false
	case !k.known:
		return k.p, false
	case end == "":
		k.p.State = Complete
	case k.p.Coding != "" && k.p.Scans > 0:
		k.p.State = Truncated
	}
	k.endPicture()
	r.flush()
	return k.p, true
}

// segments goes from segment to segment. If the picture does not end at its EOI, it
// returns in words where it ends. It reports false if this is not a picture.
func (k *walker) segments() (end string, ok bool) {
	for n := 0; ; n++ {
		code, more := k.marker()
		switch {
		case !more:
			return "between two segments", true
		case code == 0, !k.known && (code == mEOI || code == mSOI):
			return "", false
		case code == mEOI:
			k.at += 2
			if k.p.Coding == "" || k.p.Scans == 0 {
				return "the end marker comes before the first scan", true
			}
			return "", true
		case code == mSOI:
			return "another picture begins before its end", true
		case code == mTEM, code >= mRST0 && code <= mRST7:
			k.at += 2
			continue
		}
		if end, ok := k.segment(code, n >= 2); end != "" || !ok {
			return end, ok
		}
	}
}

// segment moves over a segment, and over the data of a scan. If the picture ends there, it
// returns in words where. sure says that enough segments came before.
func (k *walker) segment(code byte, sure bool) (end string, ok bool) {
	b := k.ahead(4)
	if len(b) < 4 {
		k.at += len(b)
		return "in segment " + markerName(code), true
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	size := min(max(length-2, 0), 64) // of what is examined
	head := k.ahead(4 + size)[4:]
	head = head[:min(len(head), size)]
	k.known = k.known || sure || isUsual(code, length, head)
	if length < 2 { // damaged; libjpeg goes on behind it, so do we
		if k.p.Stray += 4; !k.known {
			return "", false
		}
		length = 2
	}
	k.note(code, head)
	if code == mSOS && k.p.Scans == 0 {
		if k.p.Coding == "" && !k.known {
			return "", false
		}
		k.known, k.accepted = true, true
	}
	if i := k.startInside(code, length); i > 0 {
		k.at += i
		return "another picture begins in its segment " + markerName(code), true
	}
	k.tables(code, length)
	if !k.advance(2 + length) {
		return "in segment " + markerName(code), true
	}
	if code == mSOS {
		k.p.Scans++
		if k.scan() {
			k.endScan()
		} else if !k.tooLarge() {
			return fmt.Sprintf("in scan %d", k.p.Scans), true
		}
	}
	if k.tooLarge() {
		return "at 256 MiB, the largest that a message can hold", true
	}
	return "", true
}

// note records what a segment says about the picture.
func (k *walker) note(code byte, head []byte) {
	switch {
	case isSOF(code) && k.p.Coding == "" && len(head) >= 6:
		k.p.Coding = codings[code]
		k.p.Height = int(binary.BigEndian.Uint16(head[1:]))
		k.p.Width = int(binary.BigEndian.Uint16(head[3:]))
		k.p.Components = int(head[5])
	case code == mDNL && k.p.Height == 0 && len(head) >= 2:
		k.p.Height = int(binary.BigEndian.Uint16(head))
	case code == mAPP2 && bytes.HasPrefix(head, []byte("MPF\x00")):
		k.p.MPF = true
	}
}

// tables records what a segment says about the scans that follow. A picture without Huffman
// tables gets the standard ones.
func (k *walker) tables(code byte, length int) {
	if mayHoldPicture(code) {
		return
	}
	b := k.ahead(2 + length)
	if len(b) < 2+length {
		return
	}
	switch b = b[4 : 2+length]; {
	case isSOF(code):
		k.check.setFrame(code, b)
	case code == mSOS:
		if k.beginScan(b) && k.accepted {
			k.add(mDHT, standardTables)
		}
	default:
		k.check.setTables(code, b)
	}
}

// add writes a segment that the picture does not have.
func (k *walker) add(code byte, payload string) {
	k.flush()
	segment := append([]byte{0xFF, code, byte((len(payload) + 2) >> 8), byte(len(payload) + 2)}, payload...)
	if k.writeErr == nil {
		_, k.writeErr = k.out.Write(segment)
	}
	k.p.Added += len(segment)
}

// startInside finds the start of another picture in a segment of tables, which cannot hold
// one: the picture was cut there. It returns how far ahead that is, or 0.
func (k *walker) startInside(code byte, length int) int {
	if mayHoldPicture(code) {
		return 0
	}
	b := k.ahead(2 + length + len(Start))
	for i := 4; i < 2+length && i+len(Start) < len(b); i++ {
		n := bytes.Index(b[i:min(len(b), 2+length+len(Start))], []byte(Start))
		if n < 0 {
			return 0
		}
		if i += n; i < 2+length && i+len(Start) < len(b) && MayFollowSOI(b[i+len(Start)]) {
			return i
		}
	}
	return 0
}

// ahead returns the bytes ahead of the walk, at least n if there are so many. The bytes of
// an accepted picture are written before more are read.
func (r *Reader) ahead(n int) []byte {
	b := r.w.Ahead(0)
	if len(b)-r.at < n {
		if r.accepted {
			r.flush()
		}
		b = r.w.Ahead(r.at + n)
		r.tooLong = r.tooLong || len(b)-r.at < n && !r.w.Ended()
	}
	return b[min(r.at, len(b)):]
}

// flush writes the picture's bytes up to where the walk is.
func (r *Reader) flush() {
	if b := r.w.Peek(r.at); len(b) > 0 && r.writeErr == nil {
		_, r.writeErr = r.out.Write(b)
	}
	r.w.Skip(r.at)
	r.at = 0
}

// marker moves to the next FF xx and returns xx, or 0 if this is not a picture. It reports
// false at the end of the data. Fill bytes (FF FF) are allowed anywhere. Other bytes are
// not, but occur in the wild, and decoders skip them. Before anything is known about the
// picture, such bytes end it instead. So does a run of fill bytes, because thousands of
// false starts could lead to the same run.
func (k *walker) marker() (code byte, more bool) {
	for fill := 0; ; {
		b := k.ahead(2)
		if len(b) < 2 || k.writeErr != nil {
			k.at += len(b)
			return 0, false
		}
		switch {
		case b[0] == 0xFF && b[1] == 0xFF && (k.known || fill < maxStray):
			fill++
		case b[0] == 0xFF && b[1] != 0 && b[1] != 0xFF:
			return b[1], true
		case !k.known:
			return 0, true
		default:
			k.p.Stray++
		}
		k.at++
	}
}

// advance moves over n bytes.
func (k *walker) advance(n int) bool {
	for {
		b := k.ahead(1)
		step := min(n, len(b))
		k.at += step
		if n -= step; n == 0 {
			return true
		}
		if len(b) == 0 || k.writeErr != nil {
			return false
		}
	}
}

// scan moves over entropy-coded data to the marker that ends it. FF 00 is a data byte
// FF, FF D0..D7 are restart markers, FF FF is fill, and FF below 80 is bit stuffing of
// JPEG-LS.
func (k *walker) scan() bool {
	for {
		b := k.ahead(2)
		if len(b) < 2 || k.tooLarge() || k.writeErr != nil {
			k.at += len(b)
			return false
		}
		n, ended := k.check.scan.block(b, &k.p.Unexpected)
		k.check.text.look(b[:n])
		if k.at += n; ended {
			return true
		}
	}
}

// block examines a block of entropy-coded data, counts the markers in it, and returns how
// far it came. unexpected counts those that no encoder writes there. block ends at the
// marker that ends the scan. It may leave the last byte.
func (s *scanChecks) block(b []byte, unexpected *int) (n int, ended bool) {
	n, ended = s.markers(b, unexpected)
	if s.watchZeros {
		s.zeros.look(b[:n])
	}
	s.size += n
	return n, ended
}

func (s *scanChecks) markers(b []byte, unexpected *int) (n int, ended bool) {
	for {
		i := bytes.IndexByte(b[n:], 0xFF)
		if i < 0 {
			return len(b), false
		}
		if n += i; n+1 == len(b) {
			return n, false
		}
		switch c := b[n+1]; {
		case c == 0xFF:
			n++
		case c == 0:
			n += 2
		case c < 0x80:
			s.below++
			n += 2
		case c >= mRST0 && c <= mRST7:
			s.disordered = s.disordered || int(c-mRST0) != s.restarts&7
			s.restarts++
			n += 2
		case mayFollowScan(c):
			return n, true
		default:
			*unexpected++
			n += 2
		}
	}
}

// tooLarge reports whether the part of the picture that was walked is larger than
// MaxPicture.
func (k *walker) tooLarge() bool {
	return k.w.Offset()+int64(k.at)-k.p.Offset > MaxPicture
}
