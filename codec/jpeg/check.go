package jpeg

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// This file checks a picture's data without decoding it: whether its tables are there,
// whether its restart markers are in order, and whether line ends were changed.
//
// Source: ITU-T T.81, annexes A (sizes), B (segments) and E (restart markers).

// maxFaults is how many faults of a picture are reported. A hostile one could have a new
// fault in each of thousands of scans.
const maxFaults = 4

// checks is what the segments so far say about the scans that follow.
type checks struct {
	frame    frame
	quant    [4]bool
	dc, ac   [4]huffman
	huffmans bool // any table for Huffman codes was defined
	interval int  // of restart markers, in units of the scan; 0 means none
	scan     scanChecks
	text     textChecks
}

// A frame is what the first SOF says.
type frame struct {
	code          byte
	precision     byte
	width, height int
	components    []component
}

type component struct {
	id    byte
	h, v  int // sampling factors
	quant byte
}

// A huffman is the part of a Huffman table that the checks need.
type huffman struct {
	defined  bool
	shortest int  // bits of its shortest code
	zeros    byte // what the code with nothing but zero bits stands for
}

// isChecked reports whether the rules of this file hold for the frame's coding. Lossless
// and hierarchical pictures have other units and tables.
func (f *frame) isChecked() bool {
	return f.code == 0xC0 || f.code == 0xC1 || f.code == 0xC2 || f.isArithmetic()
}

func (f *frame) isArithmetic() bool { return f.code == 0xC9 || f.code == 0xCA }

func (f *frame) isProgressive() bool { return f.code == 0xC2 || f.code == 0xCA }

// find returns the component of a scan, or nil.
func (f *frame) find(id byte) *component {
	for i := range f.components {
		if f.components[i].id == id {
			return &f.components[i]
		}
	}
	return nil
}

// units returns how many units a scan has, which are what restart intervals count, and how
// many blocks all of them have. Both are 0 if the frame does not give them.
func (f *frame) units(in []*component) (units, blocks int) {
	hmax, vmax := 1, 1
	for _, c := range f.components {
		hmax, vmax = max(hmax, c.h), max(vmax, c.v)
	}
	if len(in) == 1 { // not interleaved: a unit is a block
		c := in[0]
		units = ceil(ceil(f.width*c.h, hmax), 8) * ceil(ceil(f.height*c.v, vmax), 8)
		return units, units
	}
	units = ceil(f.width, 8*hmax) * ceil(f.height, 8*vmax)
	for _, c := range in {
		blocks += units * c.h * c.v
	}
	return units, blocks
}

func ceil(a, b int) int { return (a + b - 1) / b }

// setFrame reads the payload of a SOF.
func (c *checks) setFrame(code byte, b []byte) {
	if len(b) < 6 || c.frame.code != 0 {
		return
	}
	c.frame = frame{
		code: code, precision: b[0],
		height: int(binary.BigEndian.Uint16(b[1:])), width: int(binary.BigEndian.Uint16(b[3:])),
	}
	c.frame.components = make([]component, 0, min(len(b)/3, 4))
	for b = b[6:]; len(b) >= 3; b = b[3:] {
		c.frame.components = append(c.frame.components, component{b[0], int(b[1] >> 4), int(b[1] & 15), b[2]})
	}
}

// setTables reads the payload of a DQT, a DHT or a DRI.
func (c *checks) setTables(code byte, b []byte) {
	switch {
	case code == mDQT:
		c.setQuant(b)
	case code == mDHT:
		c.setHuffman(b)
	case code == mDRI && len(b) == 2:
		c.interval = int(binary.BigEndian.Uint16(b))
	}
}

func (c *checks) setQuant(b []byte) {
	for len(b) > 0 {
		size := 65
		if b[0]>>4 != 0 {
			size = 129
		}
		if len(b) < size {
			return
		}
		if b[0]&15 < 4 {
			c.quant[b[0]&15] = true
		}
		b = b[size:]
	}
}

func (c *checks) setHuffman(b []byte) {
	for len(b) >= 17 {
		size := 17
		t := huffman{defined: true}
		for i, n := range b[1:17] {
			if size += int(n); n > 0 && t.shortest == 0 {
				t.shortest = i + 1
			}
		}
		if len(b) < size || t.shortest == 0 {
			return
		}
		t.zeros = b[17]
		switch c.huffmans = true; {
		case b[0] < 4:
			c.dc[b[0]] = t
		case b[0]&^3 == 0x10:
			c.ac[b[0]&3] = t
		}
		b = b[size:]
	}
}

// fault notes a sign that data of the picture is missing or was changed.
func (k *walker) fault(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(k.p.Faults) < maxFaults && !slices.Contains(k.p.Faults, text) {
		k.p.Faults = append(k.p.Faults, text)
	}
}

// scanChecks holds what is expected of a scan, and what was found in it.
type scanChecks struct {
	interval   int // as in checks
	units      int // 0: not known
	fewest     int // bits that the scan has at least
	size       int // bytes that were met
	restarts   int // markers that were met
	disordered bool
	below      int // FF xx with xx from 01 to 7F
	zeros      zeroRun
	watchZeros bool // no encoder writes a long run of zeros here
}

// beginScan prepares the checks of a scan from the payload of its SOS. It reports whether
// the picture has no Huffman tables but needs the standard ones.
func (k *walker) beginScan(b []byte) (needsTables bool) {
	s := &k.check.scan
	*s = scanChecks{}
	f := &k.check.frame
	if !f.isChecked() || len(b) < 4 || len(b) < 4+2*int(b[0]) {
		return false
	}
	n := int(b[0])
	var list []*component
	for i := range n {
		c := f.find(b[1+2*i])
		if c == nil {
			k.fault("scan %d has a component that the picture does not have", k.p.Scans+1)
			return false
		}
		list = append(list, c)
		if c.quant > 3 || !k.check.quant[c.quant] {
			k.fault("the picture has no quantization table %d: it cannot be shown", c.quant)
		}
	}
	s.interval = k.check.interval
	var blocks int
	if f.height > 0 { // otherwise a DNL segment gives it later
		s.units, blocks = f.units(list)
	}
	if f.isArithmetic() {
		return false
	}
	if f.precision == 8 && !f.isProgressive() && !k.check.huffmans && len(k.p.Faults) == 0 {
		k.check.setTables(mDHT, []byte(standardTables))
		needsTables = true
	}
	k.scanTables(b, list, blocks)
	return needsTables
}

// scanTables checks that the Huffman tables of a scan are there, and computes from them
// how short the scan can be.
func (k *walker) scanTables(b []byte, list []*component, blocks int) {
	s, f := &k.check.scan, &k.check.frame
	first, refinement := b[1+2*len(list)], b[3+2*len(list)]>>4 != 0
	for i, c := range list {
		// A scan of a progressive picture has codes of one kind only, or bits without
		// codes.
		dc, ac := b[2+2*i]>>4, b[2+2*i]&15
		if needed := !f.isProgressive() || first == 0 && !refinement; needed && (dc > 3 || !k.check.dc[dc].defined) {
			k.fault("the picture has no Huffman table DC %d: it cannot be shown", dc)
			return
		}
		if needed := !f.isProgressive() || first > 0; needed && (ac > 3 || !k.check.ac[ac].defined) {
			k.fault("the picture has no Huffman table AC %d: it cannot be shown", ac)
			return
		}
		if f.isProgressive() {
			continue
		}
		// If the codes are made for flat pictures, a run of zeros is a series of empty
		// blocks (00). Otherwise it would be 63 coefficients of the same value, block
		// after block.
		s.watchZeros = s.watchZeros || k.check.ac[ac].zeros != 0
		share := blocks // of this component
		if len(list) > 1 {
			share = s.units * c.h * c.v
		}
		s.fewest += share * (k.check.dc[dc].shortest + k.check.ac[ac].shortest)
	}
}

// minShort is how many bits must be missing for a scan to be too short. Small pictures,
// such as those of tests and thumbnails, are hardly longer.
const minShort = 512

// endScan notes the faults of a scan that was followed to its end.
func (k *walker) endScan() {
	s := &k.check.scan
	if k.p.Coding != "JPEG-LS" { // JPEG-LS stuffs bits in this way
		k.p.Unexpected += s.below
	}
	if !k.check.frame.isChecked() {
		return
	}
	want := 0
	if s.interval > 0 && s.units > 0 {
		want = ceil(s.units, s.interval) - 1
	}
	switch {
	case s.interval == 0 && s.restarts > 0:
		k.fault("scan %d has %d restart markers, and the picture announces none", k.p.Scans, s.restarts)
	case s.disordered:
		k.fault("the restart markers of scan %d are out of order: a part of the picture is missing or was changed", k.p.Scans)
	case s.interval > 0 && s.units > 0 && s.restarts != want && s.restarts != want+1: // some write one behind the last unit
		k.fault("scan %d has %d restart markers, but a scan of its size has %d: a part of the picture is missing", k.p.Scans, s.restarts, want)
	}
	if s.fewest-8*s.size > minShort {
		k.fault("scan %d has %d bytes, too few for a picture of this size: a part of it is missing", k.p.Scans, s.size)
	}
	if s.watchZeros && s.zeros.longest >= minZeros {
		k.fault("%d zero bytes in a row inside scan %d: a part of the picture is missing", s.zeros.longest, k.p.Scans)
	}
}

// endPicture notes the faults of a picture as a whole.
func (k *walker) endPicture() {
	f := &k.check.frame
	if k.p.Coding != "" && (k.p.Width == 0 || k.p.Height == 0) && k.p.State == Complete {
		k.fault("the picture's size is %dx%d", k.p.Width, k.p.Height)
	}
	if f.isChecked() {
		k.textFaults()
	}
}

// A zeroRun finds the longest run of zero bytes, if it has at least minZeros.
type zeroRun struct {
	longest int
	now     int // at the end of what was examined
}

// minZeros is how many zero bytes in a row an encoder does not write, except in flat
// pictures with codes that are made for them. Some 30 bytes would be enough: a block has
// up to 63 times 26 bits, but only 63 equal values would fill it with zeros. The limit is
// higher so that few places have to be examined, because the walk is as fast as memory.
const minZeros = 160

// look examines the next bytes. Each run of minZeros covers one of the places that it
// examines, so these can be few.
func (z *zeroRun) look(b []byte) {
	lead := 0
	for lead < len(b) && b[lead] == 0 {
		lead++
	}
	z.now += lead
	z.longest = max(z.longest, z.now)
	if lead == len(b) {
		return
	}
	for i := lead; i < len(b); i += minZeros {
		if b[i] != 0 {
			continue
		}
		from, to := i, i
		for from > lead && b[from-1] == 0 {
			from--
		}
		for to < len(b) && b[to] == 0 {
			to++
		}
		z.longest = max(z.longest, to-from)
		i = max(i, to-minZeros)
	}
	z.now = 0
	for i := len(b) - 1; b[i] == 0; i-- {
		z.now++
	}
}
