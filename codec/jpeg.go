package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// MaxPicture is the largest picture that is looked for: no MQTT packet, and
// so no snapshot, is longer than 268,435,455 bytes (MQTT 3.1.1, section 2.2.3).
const MaxPicture = 256 << 20

// maxJPEGHeader is how many bytes of a picture are kept in memory until its
// first scan proves that it is one. EXIF, ICC, XMP and multi-picture segments
// of real files stay below 1 MiB; more is somebody's trick.
const maxJPEGHeader = 16 << 20

// JPEGState tells how much of a picture is there.
type JPEGState uint8

// The states, worst first.
const (
	Empty     JPEGState = iota // no frame (SOF) or no scan (SOS): there are no pixels to show
	Truncated                  // pixels, but no EOI
	Complete                   // from SOI to EOI
)

func (s JPEGState) String() string {
	return [...]string{"empty", "truncated", "complete"}[min(s, Complete)]
}

// A JPEG describes one picture found in a payload. It is found by walking its
// segments, never by decoding pixels: one whole picture in seven of the odder
// kinds (12 bit, arithmetic, DNL) is refused by image/jpeg, and a walk is a
// hundred times faster.
//
//	Form:   FF D8 | FF xx length payload ... | FF DA header, entropy-coded data ... | FF D9
//	Source: ITU-T T.81, annex B
type JPEG struct {
	Offset     int64  // of the SOI in the payload
	Size       int64  // bytes, from SOI to behind EOI or to where the data ended
	Width      int    // pixels
	Height     int    // pixels; 0 when a DNL segment tells it later
	Components int    // 1 gray, 3 color, 4 CMYK
	Coding     string // "baseline", "progressive", ...; "" when no frame was met
	Scans      int
	State      JPEGState
	End        string // where a picture that is not complete ends, in words
	Stray      int64  // bytes between segments that belong to none; decoders skip them
	Unexpected int    // marker codes inside a scan that no encoder writes there: the data is damaged
	MPF        bool   // a multi-picture index: more pictures of the same shot may follow behind EOI

	Before int64  // bytes between the picture before (or the payload's start) and this one
	Prefix []byte // these bytes, at most the first MiB of them
	After  int64  // bytes between this picture and the next (or the payload's end)
}

// maxPrefix is how many of the bytes before a picture are kept. What cameras
// put there is a header.
const maxPrefix = 1 << 20

// maxStray is how many bytes between segments are taken for an oddity of a
// camera, worth a warning; 14 were seen in the wild. More are damage.
const maxStray = 16

// Whole reports whether the picture is all there and nothing in it looks damaged.
func (p JPEG) Whole() bool {
	return p.State == Complete && p.Unexpected == 0 && p.Stray <= maxStray && !p.Orphan()
}

// Orphan reports whether the bytes before the picture look like the header of
// another one whose start is missing: this one may be its thumbnail.
func (p JPEG) Orphan() bool {
	return bytes.Contains(p.Prefix, []byte("JFIF\x00")) || bytes.Contains(p.Prefix, []byte("Exif\x00\x00"))
}

// AppendJSON appends the facts about the picture as a JSON object.
func (p JPEG) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"size":`...)
	dst = strconv.AppendInt(dst, p.Size, 10)
	if p.Coding != "" {
		dst = fmt.Appendf(dst, `,"width":%d,"height":%d,"components":%d,"coding":%q,"scans":%d`,
			p.Width, p.Height, p.Components, p.Coding, p.Scans)
	}
	dst = append(dst, `,"state":"`...)
	dst = append(append(dst, p.State.String()...), '"')
	if p.End != "" {
		dst = fmt.Appendf(dst, `,"end":%q`, p.End)
	}
	if p.Stray > 0 {
		dst = fmt.Appendf(dst, `,"stray_bytes":%d`, p.Stray)
	}
	if p.Unexpected > 0 {
		dst = fmt.Appendf(dst, `,"unexpected_markers":%d`, p.Unexpected)
	}
	if p.MPF {
		dst = append(dst, `,"multi_picture":true`...)
	}
	return append(dst, '}')
}

// Marker codes, the byte after FF (ITU-T T.81, table B.1).
const (
	mTEM  = 0x01
	mSOF0 = 0xC0
	mDHT  = 0xC4
	mJPG  = 0xC8
	mDAC  = 0xCC
	mRST0 = 0xD0
	mRST7 = 0xD7
	mSOI  = 0xD8
	mEOI  = 0xD9
	mSOS  = 0xDA
	mDQT  = 0xDB
	mDNL  = 0xDC
	mDRI  = 0xDD
	mAPP0 = 0xE0
	mAPPF = 0xEF
	mCOM  = 0xFE
)

var codings = map[byte]string{
	0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless",
	0xC5: "hierarchical", 0xC6: "hierarchical progressive", 0xC7: "hierarchical lossless",
	0xC9: "arithmetic", 0xCA: "arithmetic progressive", 0xCB: "arithmetic lossless",
	0xCD: "arithmetic hierarchical", 0xCE: "arithmetic hierarchical progressive", 0xCF: "arithmetic hierarchical lossless",
	0xF7: "JPEG-LS",
}

func isSOF(code byte) bool {
	return code >= mSOF0 && code <= 0xCF && code != mDHT && code != mJPG && code != mDAC
}

// mayFollowSOI tells which markers can be a picture's first. Together with
// FF D8 FF it makes a false start in random bytes a matter of one message in
// hundreds of thousands.
func mayFollowSOI(code byte) bool {
	return isSOF(code) || code == mDHT || code == mDAC || code == mDQT || code == mDRI ||
		code >= mAPP0 && code <= mAPPF || code == mCOM || code == 0xFF || code == mEOI
}

// mayFollowScan tells which markers end the entropy-coded data of a scan.
// Progressive and multi-scan files bring tables between their scans.
func mayFollowScan(code byte) bool {
	return isSOF(code) || code == mDHT || code == mDAC || code >= mSOI && code <= mDRI ||
		code >= mAPP0 && code <= mAPPF || code == mCOM
}

// A JPEGReader finds the pictures in a stream of bytes, one after the other,
// in constant memory. What lies inside a picture belongs to it: a thumbnail in
// its EXIF data is not a picture of its own, and least of all the replacement
// for a cut one.
type JPEGReader struct {
	window // buf[mark:pos] is the picture as far as it was not written yet

	out      io.Writer // where the picture goes
	accepted bool      // the first scan was met: bytes may leave the buffer
	writeErr error

	before int64  // bytes since the last picture
	prefix []byte // the first of them
}

// NewJPEGReader returns a reader of the pictures in r.
func NewJPEGReader(r io.Reader) *JPEGReader {
	return &JPEGReader{window: newWindow(r, maxJPEGHeader)}
}

// Reset makes the reader start anew with r, keeping its memory.
func (j *JPEGReader) Reset(r io.Reader) {
	j.window = window{src: r, buf: j.buf, limit: maxJPEGHeader}
	j.writeErr, j.before, j.prefix = nil, 0, nil
}

// Next finds the next picture, copies it to w byte for byte, and describes it.
// At the end of the stream it returns io.EOF. An empty picture (see [Empty])
// has nothing worth writing, so w gets nothing or only a part of it.
func (j *JPEGReader) Next(w io.Writer) (JPEG, error) {
	var cut JPEG // the first start that led nowhere, for when nothing else is found
	for j.findSOI() {
		p, ok := j.walk(w)
		if j.err == errTooLong {
			// No encoder writes such a header. What it holds is passed over with
			// it: to walk as far again from each byte of it would take days.
			j.err = nil
			continue
		}
		if err := j.ioErr(); err != nil {
			return JPEG{}, err
		}
		if ok {
			j.before, j.prefix = 0, nil
			j.findSOI() // so that what follows is known, too
			p.After = j.before
			return p, j.ioErr()
		}
		if cut.End == "" && p.End != "" {
			cut = p
		}
		j.pos = j.mark + 1 // not a picture: look on behind its first byte
	}
	if err := j.ioErr(); err != nil {
		return JPEG{}, err
	}
	if cut.End != "" {
		return cut, nil
	}
	return JPEG{}, io.EOF
}

// ioErr is an error of the source or of a writer, if there was one.
func (j *JPEGReader) ioErr() error {
	if j.writeErr != nil {
		return j.writeErr
	}
	return j.sourceErr()
}

// skip gives up buf[mark:pos] as belonging to no picture.
func (j *JPEGReader) skip() {
	b := j.buf[j.mark:j.pos]
	j.before += int64(len(b))
	j.prefix = append(j.prefix, b[:min(len(b), maxPrefix-len(j.prefix))]...)
	j.mark = j.pos
}

var soi = []byte{0xFF, mSOI, 0xFF}

// findSOI moves pos to the next FF D8 FF xx that may start a picture.
func (j *JPEGReader) findSOI() bool {
	for {
		i := bytes.Index(j.ahead(), soi)
		if i < 0 {
			j.pos = max(j.pos, j.end-2) // the marker may straddle two reads
			j.skip()
			if !j.more() {
				j.pos = j.end
				j.skip()
				return false
			}
			continue
		}
		j.pos += i
		if j.have(4) && mayFollowSOI(j.buf[j.pos+3]) {
			j.skip()
			return true
		}
		j.pos++
	}
}

// more reads on. An accepted picture's bytes need not be kept any longer.
func (j *JPEGReader) more() bool {
	if j.accepted && j.end == len(j.buf) {
		j.flush()
	}
	return j.writeErr == nil && j.window.more()
}

// have is window.have over the reader's own more.
func (j *JPEGReader) have(n int) bool {
	for j.end-j.pos < n {
		if !j.more() {
			return false
		}
	}
	return true
}

// flush writes the picture's bytes up to pos.
func (j *JPEGReader) flush() {
	if j.pos > j.mark && j.writeErr == nil {
		_, j.writeErr = j.out.Write(j.buf[j.mark:j.pos])
	}
	j.mark = j.pos
}

// walk follows the segments of a picture that starts at pos. It reports false,
// with everything still in the buffer, when these bytes are not a picture.
func (j *JPEGReader) walk(w io.Writer) (JPEG, bool) {
	p := JPEG{Offset: j.base + int64(j.pos), Before: j.before, Prefix: j.prefix}
	j.out, j.accepted = w, false
	defer func() { j.accepted = false }()

	j.pos += 2 // SOI
	known := false
	for n := 0; ; n++ {
		code, ok := j.marker(&p, known)
		if !ok {
			return j.finish(p, "between two segments", known)
		}
		switch {
		case !known && (code == mEOI || code == mSOI):
			return JPEG{}, false
		case code == mEOI:
			j.pos += 2
			if p.Coding == "" || p.Scans == 0 {
				return j.finish(p, "the end marker comes before the first scan", known)
			}
			p.State = Complete
			return j.finish(p, "", true)
		case code == mSOI:
			return j.finish(p, "another picture begins before its end", known)
		case code == mTEM, code >= mRST0 && code <= mRST7:
			j.pos += 2
			continue
		}

		if !j.have(4) {
			j.pos = j.end
			return j.finish(p, "in segment "+markerName(code), known)
		}
		length := int(binary.BigEndian.Uint16(j.buf[j.pos+2:]))
		head := j.peek(4, min(max(length-2, 0), 64))
		known = known || n >= 2 || recognised(code, length, head)
		if length < 2 { // damaged; libjpeg goes on behind it, so do we
			p.Stray += 4
			if !known {
				return p, false
			}
			length = 2
		}
		if isSOF(code) && p.Coding == "" && len(head) >= 6 {
			p.Coding = codings[code]
			p.Height = int(binary.BigEndian.Uint16(head[1:]))
			p.Width = int(binary.BigEndian.Uint16(head[3:]))
			p.Components = int(head[5])
		}
		if code == mDNL && p.Height == 0 && len(head) >= 2 {
			p.Height = int(binary.BigEndian.Uint16(head))
		}
		if code == 0xE2 && bytes.HasPrefix(head, []byte("MPF\x00")) {
			p.MPF = true
		}
		if code == mSOS && p.Scans == 0 {
			if p.Coding == "" && !known {
				return p, false
			}
			known, j.accepted = true, true
		}
		if !j.advance(2 + length) {
			return j.finish(p, "in segment "+markerName(code), known)
		}
		if code == mSOS {
			p.Scans++
			if !j.scan(&p) && !j.tooLarge(&p) {
				return j.finish(p, fmt.Sprintf("in scan %d", p.Scans), true)
			}
		}
		if j.tooLarge(&p) {
			return j.finish(p, "at 256 MiB, the largest that a message can hold", true)
		}
	}
}

// finish ends a walk: end says where, when it was not at EOI. Bytes that
// nothing but the marker pair spoke for are not called a picture.
func (j *JPEGReader) finish(p JPEG, end string, known bool) (JPEG, bool) {
	p.End = end
	p.Size = j.base + int64(j.pos) - p.Offset
	if p.State != Complete && p.Coding != "" && p.Scans > 0 {
		p.State = Truncated
	}
	if !known || j.err == errTooLong {
		if j.have(1) {
			p.End = "" // refuted, not cut
		}
		return p, false
	}
	j.accepted = true
	j.flush()
	return p, true
}

// marker moves pos to the next FF xx and returns xx. Fill bytes (FF FF) are
// allowed anywhere; other bytes are not, but occur in the wild, and decoders
// skip them. Before anything is known of the picture they end it instead, and
// so does a run of fill bytes: thousands of false starts could lead to it.
func (j *JPEGReader) marker(p *JPEG, known bool) (byte, bool) {
	for fill := 0; ; {
		if !j.have(2) {
			j.pos = j.end
			return 0, false
		}
		switch a, b := j.buf[j.pos], j.buf[j.pos+1]; {
		case a == 0xFF && b == 0xFF && (known || fill < maxStray):
			fill++
			j.pos++
		case a == 0xFF && b != 0 && b != 0xFF:
			return b, true
		case !known:
			return 0, false
		default:
			p.Stray++
			j.pos++
		}
	}
}

// peek returns up to n bytes that lie skip behind pos.
func (j *JPEGReader) peek(skip, n int) []byte {
	j.have(skip + n)
	from := min(j.pos+skip, j.end)
	return j.buf[from:min(from+n, j.end)]
}

// advance moves pos over n bytes.
func (j *JPEGReader) advance(n int) bool {
	for {
		step := min(n, j.end-j.pos)
		j.pos += step
		n -= step
		if n == 0 {
			return true
		}
		if !j.more() {
			return false
		}
	}
}

// scan moves pos over entropy-coded data to the marker that ends it. FF 00 is
// a data byte FF, FF D0..D7 are restart markers, FF FF is fill, and FF below
// 80 is bit stuffing of JPEG-LS.
func (j *JPEGReader) scan(p *JPEG) bool {
	for {
		i := bytes.IndexByte(j.buf[j.pos:j.end], 0xFF)
		if i < 0 {
			j.pos = j.end
			if j.tooLarge(p) || !j.more() {
				return false
			}
			continue
		}
		j.pos += i
		if j.end-j.pos < 2 && !j.have(2) {
			j.pos = j.end
			return false
		}
		switch b := j.buf[j.pos+1]; {
		case b == 0xFF:
			j.pos++
		case b < 0x80, b >= mRST0 && b <= mRST7:
			j.pos += 2
		case mayFollowScan(b):
			return true
		default:
			p.Unexpected++
			j.pos += 2
		}
	}
}

// tooLarge reports whether the picture, as far as it was walked, is larger than
// one can be.
func (j *JPEGReader) tooLarge(p *JPEG) bool {
	return j.base+int64(j.pos)-p.Offset > MaxPicture
}

// recognised reports whether a picture's first segment is one that encoders
// write, so that a cut picture is known as one although its scan is missing.
func recognised(code byte, length int, head []byte) bool {
	switch {
	case code >= mAPP0 && code <= mAPPF:
		return slices.ContainsFunc([]string{
			"JFIF\x00", "JFXX\x00", "Exif\x00", "http:", "MPF\x00", "ICC_PROFILE\x00", "FPXR\x00", "Adobe", "Photoshop ", "Ducky",
		}, func(id string) bool { return bytes.HasPrefix(head, []byte(id)) })
	case code == mDQT: // tables of 1+64 or 1+128 bytes
		return length >= 67 && len(head) > 0 && head[0]&^0x13 == 0 && ((length-2)%65 == 0 || (length-2)%129 == 0)
	case code == mDHT:
		return length >= 19 && len(head) > 0 && head[0]&^0x13 == 0
	case isSOF(code):
		return len(head) >= 6 && length == 8+3*int(head[5])
	case code == mDRI:
		return length == 4
	}
	return false
}

// markerName gives the name that the standard uses.
func markerName(code byte) string {
	names := map[byte]string{mDHT: "DHT", mDAC: "DAC", mSOS: "SOS", mDQT: "DQT", mDNL: "DNL", mDRI: "DRI", mCOM: "COM"}
	switch {
	case names[code] != "":
		return names[code]
	case isSOF(code):
		return fmt.Sprintf("SOF%d", code-mSOF0)
	case code >= mAPP0 && code <= mAPPF:
		return fmt.Sprintf("APP%d", code-mAPP0)
	}
	return fmt.Sprintf("FF %02X", code)
}

// FindJPEG finds the first picture in a payload that is held in memory, or the
// first that has pixels when empty ones stand before it. Its bytes are
// payload[p.Offset:p.Offset+p.Size]. Without any the error is a [*SyntaxError].
func FindJPEG(payload []byte) (JPEG, error) {
	j := &JPEGReader{window: window{err: io.EOF, buf: payload, end: len(payload)}}
	var first JPEG
	for {
		p, err := j.Next(io.Discard)
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
		return JPEG{}, &SyntaxError{Msg: "no picture: the bytes hold no JPEG start (FF D8 FF)"}
	}
	return first, nil
}
