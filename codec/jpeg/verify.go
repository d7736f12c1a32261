package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
)

// MaxPixels is the largest picture that is decoded: a hostile header of a few bytes could
// ask for gigabytes. Battery cameras have 8 megapixels at most.
const MaxPixels = 64 << 20

// A Verification tells what decoding the pixels of a picture has shown.
type Verification struct {
	Height int
	Rows   int  // of pixels, from the top, whose data can be decoded
	More   bool // there is data for more rows than the picture has: something was put in
	// Refused says why nothing is known: the decoder does not support every picture.
	Refused string
	err     error
}

// Trouble says what is wrong, in words; "" when all rows are there or nothing is known.
func (v Verification) Trouble() string {
	switch {
	case v.Refused != "":
		return ""
	case v.Rows < v.Height:
		return fmt.Sprintf("%d of %d rows of pixels are there (%v)", v.Rows, v.Height, v.err)
	case v.More:
		return fmt.Sprintf("there is data for more than the %d rows of pixels: something was put in", v.Height)
	}
	return ""
}

// Verify decodes the pixels of a picture and tells which rows are there. It takes a
// hundred times as long as the walk.
func Verify(picture []byte) Verification {
	d := newRowDecoder(picture)
	d.decode()
	if v := &d.v; v.Refused == "" && v.Rows == v.Height {
		next := (v.Height+d.unit-1)/d.unit*d.unit + d.unit
		v.More = next <= 0xFFFF && d.try(next) == nil
	}
	return d.v
}

// Decode decodes the pixels of a picture. Of a damaged one it decodes the rows from the
// top that are there. If there are none, the image is nil, and the Verification says why.
// Decode does not set More.
func Decode(picture []byte) (image.Image, Verification) {
	d := newRowDecoder(picture)
	d.decode()
	return d.image, d.v
}

// A rowDecoder finds out which rows of a picture can be decoded.
//
// image/jpeg returns no pixels of a damaged picture and does not tell how far it came. But
// it ignores what follows the last row. So the rows above the damage can be decoded with a
// lower height in the frame, and some ten tries find that height.
type rowDecoder struct {
	b     []byte      // the picture with an EOI after it, so that some rows of a cut one can be decoded
	at    int         // where its height stands
	unit  int         // how many rows are coded together
	image image.Image // of the last try that succeeded
	v     Verification
}

// newRowDecoder returns a decoder of a picture, unless that is Refused.
func newRowDecoder(picture []byte) *rowDecoder {
	d := &rowDecoder{}
	d.at, d.unit = frameAt(picture)
	if d.at < 0 {
		d.v.Refused = "it has no frame"
		return d
	}
	height, width := int(binary.BigEndian.Uint16(picture[d.at:])), int(binary.BigEndian.Uint16(picture[d.at+2:]))
	d.v.Height = height
	switch {
	case height == 0 || width == 0:
		d.v.Refused = "its size is not known"
	case height*width > MaxPixels:
		d.v.Refused = fmt.Sprintf("it has more than %d pixels", MaxPixels)
	default:
		d.b = append(append(make([]byte, 0, len(picture)+2), picture...), 0xFF, mEOI)
	}
	return d
}

// try decodes as if the picture had this number of rows.
func (d *rowDecoder) try(rows int) error {
	binary.BigEndian.PutUint16(d.b[d.at:], uint16(rows))
	m, err := jpeg.Decode(bytes.NewReader(d.b))
	if err == nil {
		d.image = m
	}
	return err
}

// decode decodes the rows that are there.
func (d *rowDecoder) decode() {
	v := &d.v
	if v.Refused != "" {
		return
	}
	v.err = d.try(v.Height)
	var unsupported jpeg.UnsupportedError
	switch {
	case v.err == nil:
		v.Rows = v.Height
		return
	case errors.As(v.err, &unsupported):
		v.Refused = v.err.Error()
		return
	}
	good, bad := 0, (v.Height+d.unit-1)/d.unit // in units: good ones can be decoded, bad ones not
	for good+1 < bad {
		if middle := (good + bad) / 2; d.try(middle*d.unit) == nil {
			good = middle
		} else {
			bad = middle
		}
	}
	v.Rows = min(good*d.unit, v.Height)
}

// frameAt finds where the height stands in the frame of a picture, and how many rows its
// units have. at is negative for a picture without a frame.
func frameAt(b []byte) (at, unit int) {
	for i := 2; i+4 <= len(b); {
		code, length := b[i+1], int(binary.BigEndian.Uint16(b[i+2:]))
		switch {
		case b[i] != 0xFF, code == 0xFF, code == 0: // fill, or stray bytes
			i++
			continue
		case code == mSOS:
			return -1, 0
		case isSOF(code) && i+2+length <= len(b) && length >= 8:
			unit = 8
			for c := i + 10; c+3 <= i+2+length; c += 3 {
				unit = max(unit, 8*int(b[c+1]&15))
			}
			return i + 5, unit
		}
		i += 2 + max(length, 2)
	}
	return -1, 0
}
