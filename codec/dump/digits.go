package dump

// A digitsDecoder joins all hex digits of a text, whatever stands between
// them, from the first ffd8ff on.
type digitsDecoder struct {
	body
	last  uint32 // the last six digits
	count int64  // digits before the start
	found bool
	half  bool
	hi    byte

	between byte // what stands between digits besides separators, if it is always the same
	words   bool // it differs, or is a letter or a digit
	doubted bool // damage was reported
}

func (d *digitsDecoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *digitsDecoder) step(dst []byte) (n int, ok bool) {
	b := d.text.Peek(1)
	if len(b) == 0 {
		if d.half {
			d.passedOver(oddDigits)
		}
		return 0, false
	}
	c := b[0]
	v := nibble[c]
	switch {
	case v > 15:
		if !isHexSeparator(c) && c != d.between && d.count > 0 {
			d.words = d.words || d.between != 0 || isWordByte(c)
			d.between = c
		}
	case !d.found:
		d.count++
		d.last = d.last<<4&0xFFFFFF | uint32(v)
		if d.found = d.last == 0xFFD8FF; d.found {
			d.rest = soi
			d.doubt(d.words || d.count%2 != 0, "the digits before this place do not pair up; read from here on")
		}
	default:
		d.doubt(d.words, "there is other text between the digits before this place; all digits are read")
		if d.half = !d.half; !d.half {
			dst[0], n = d.hi<<4|v, 1
		}
		d.hi = v
	}
	d.text.Skip(1)
	return n, true
}

// doubt notes, once, what makes the digits doubtful.
func (d *digitsDecoder) doubt(is bool, why string) {
	if is && !d.doubted {
		d.doubted = true
		d.passedOver("%s", why)
	}
}

const oddDigits = "the text has an odd number of hex digits: one is missing, or one is too many"
