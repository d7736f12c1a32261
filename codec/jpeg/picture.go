// Package jpeg finds the pictures in a stream of bytes, follows their segments to the
// end, cuts them out and tells what is wrong with them. It decodes no pixels unless asked
// to verify them: one whole picture in seven of the odder kinds (12 bit, arithmetic, DNL)
// is refused by image/jpeg, and a walk is a hundred times faster.
//
//	picture.go  Picture: what is known about one
//	reader.go   Reader, Find: where pictures begin
//	walk.go     from segment to segment, and through the scans
//	check.go    what the segments say about the scans, and whether these agree
//	text.go     whether line ends were changed on the way
//	verify.go   Verify: which rows of pixels are there
//	marker.go   the codes of the standard
//	standard.go the tables that frames of MJPEG leave out
package jpeg

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// MaxPicture is the largest picture that is looked for: no MQTT packet, and so no
// snapshot, is longer than 268,435,455 bytes (MQTT 3.1.1, section 2.2.3).
const MaxPicture = 256 << 20

// State tells how much of a picture is there.
type State uint8

// The states, worst first.
const (
	Empty     State = iota // no frame (SOF) or no scan (SOS): there are no pixels to show
	Truncated              // pixels, but no EOI
	Complete               // from SOI to EOI
)

func (s State) String() string {
	return [...]string{"empty", "truncated", "complete"}[min(s, Complete)]
}

// A Picture describes one picture that was found.
//
//	Form:   FF D8 | FF xx length payload ... | FF DA header, entropy-coded data ... | FF D9
//	Source: ITU-T T.81, annex B
//
// It has a field for each thing that is known about a picture.
type Picture struct {
	Format     string // "PNG", "GIF" or "WebP" of a whole picture that is not a JPEG; "" of a JPEG
	Offset     int64  // of the SOI in the stream
	Size       int64  // bytes, from SOI to behind EOI or to where the data ended
	Width      int    // pixels
	Height     int    // pixels; 0 when a DNL segment tells it later
	Components int    // 1 gray, 3 color, 4 CMYK
	Coding     string // "baseline", "progressive", ...; "" when no frame was met
	Scans      int
	State      State
	End        string   // where a picture that is not complete ends, in words
	Stray      int64    // bytes between segments that belong to none; decoders skip them
	Unexpected int      // marker codes inside a scan that no encoder writes there: the data is damaged
	Faults     []string // other signs that data is missing or was changed, in words
	Added      int      // bytes of the standard Huffman tables, which were written because the picture has none
	MPF        bool     // a multi-picture index: more pictures of the same shot may follow behind EOI

	Before int64  // bytes between the picture before (or the stream's start) and this one
	Prefix []byte // these bytes, at most the first MiB of them
	After  int64  // bytes between this picture and the next (or the stream's end)
}

// maxStray is how many bytes between segments are taken for an oddity of a camera,
// worth a warning; 14 were seen in the wild. More are damage.
const maxStray = 16

// Whole reports whether the picture is all there and nothing in it looks damaged.
func (p Picture) Whole() bool {
	return p.State == Complete && p.Unexpected == 0 && p.Stray <= maxStray && len(p.Faults) == 0 && !p.Orphan()
}

// Orphan reports whether the bytes before the picture look like the header of another
// one whose start is missing: this one may be its thumbnail.
func (p Picture) Orphan() bool {
	return bytes.Contains(p.Prefix, []byte("JFIF\x00")) || bytes.Contains(p.Prefix, []byte("Exif\x00\x00"))
}

// Name returns the name of the picture's format: "JPEG".
func (p Picture) Name() string { return cmp.Or(p.Format, "JPEG") }

// Suffix returns the suffix of a file for the picture: ".jpg".
func (p Picture) Suffix() string {
	if p.Format == "" {
		return ".jpg"
	}
	return "." + strings.ToLower(p.Format)
}

// AppendJSON appends the facts about the picture as a JSON object.
func (p Picture) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"size":`...)
	dst = strconv.AppendInt(dst, p.Size, 10)
	if p.Format != "" {
		dst = fmt.Appendf(dst, `,"format":%q`, strings.ToLower(p.Format))
	}
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
	if len(p.Faults) > 0 {
		dst = fmt.Appendf(dst, `,"faults":["%s"]`, strings.Join(p.Faults, `","`)) // no quotes in them
	}
	if p.Added > 0 {
		dst = fmt.Appendf(dst, `,"added_bytes":%d`, p.Added)
	}
	if p.MPF {
		dst = append(dst, `,"multi_picture":true`...)
	}
	return append(dst, '}')
}

// MarshalJSON returns the same as AppendJSON.
func (p Picture) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }
