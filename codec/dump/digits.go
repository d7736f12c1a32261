package dump

import (
	"io"

	"mqtool/codec/internal/window"
)

// A digitsDecoder joins all hex digits of a text, whatever stands between
// them, from the first ffd8ff on.
type digitsDecoder struct {
	text  *window.Window
	msg   *Message
	last  uint32 // the last six digits
	count int64  // digits before the start
	found bool
	half  bool
	hi    byte
	out   []byte // what was found but not given yet

	between byte // what stands between digits besides separators, if it is always the same
	words   bool // it is not
	doubted bool // damage of this kind was told
}

func (d *digitsDecoder) decode(dst []byte) (int, error) {
	n := copy(dst, d.out)
	d.out = d.out[n:]
	w := d.text
	for n < len(dst) {
		b := w.Peek(1)
		if len(b) == 0 {
			break
		}
		c := b[0]
		v := nibble[c]
		w.Skip(1)
		if v > 15 {
			if !isHexSeparator(c) && c != d.between && d.count > 0 {
				d.words = d.words || d.between != 0 || isWordByte(c)
				d.between = c
			}
			continue
		}
		d.msg.ahead = n
		switch {
		case !d.found:
			d.count++
			d.last = d.last<<4&0xFFFFFF | uint32(v)
			if d.last == 0xFFD8FF {
				d.found = true
				if d.words || d.count%2 != 0 {
					d.doubted = true
					d.msg.passedOver(position(w, -1), "the digits before this place do not pair up; read from here on")
				}
				k := copy(dst[n:], soi)
				d.out = soi[k:]
				n += k
			}
			continue
		case d.half:
			dst[n] = d.hi<<4 | v
			n++
			d.half = false
		default:
			d.hi, d.half = v, true
		}
		if d.words && !d.doubted {
			d.doubted = true
			d.msg.passedOver(position(w, -1), "there is other text between the digits before this place; all digits are read")
		}
	}
	if n > 0 {
		return n, nil
	}
	if d.half {
		d.half = false
		d.msg.passedOver(position(w, 0), oddDigits)
	}
	return 0, io.EOF
}

const oddDigits = "the text has an odd number of hex digits: one is missing, or one is too many"
