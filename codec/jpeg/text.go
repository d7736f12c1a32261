package jpeg

import "bytes"

// textChecks finds out whether something took a picture for text and changed its line
// ends. It examines bytes until one disproves this, which is after a few hundred of them
// in a sound picture.
type textChecks struct {
	last   byte
	bareLF bool // 0A without 0D before it
	pairs  int  // 0D 0A, as long as there was no bare 0A
	crs    int  // 0D, as long as there was no bare 0A

	cr, lf    bool   // these bytes were met
	neighbors [4]int // how often 09, 0B, 0C and 0E were met, as long as one of cr and lf was not
}

// minPairs is how many bytes 0A must be met, each with a 0D before it, until that is not
// by chance: normally one in 256 has it. If tables were shifted, too, minPairsShifted is
// enough.
const (
	minPairs        = 8
	minPairsShifted = 2
)

// minNeighbors is how often both neighbors of a byte value must be met until its absence
// is a fault: all three values are about as frequent.
const minNeighbors = 16

// look examines the next bytes of a scan.
func (t *textChecks) look(b []byte) {
	if t.bareLF && t.cr && t.lf || len(b) == 0 {
		return
	}
	if !t.bareLF {
		for i := 0; !t.bareLF; {
			n := bytes.IndexByte(b[i:], '\n')
			if n < 0 {
				t.crs += bytes.Count(b, []byte{'\r'})
				break
			}
			i += n + 1
			before := t.last
			if i >= 2 {
				before = b[i-2]
			}
			t.pairs++
			t.bareLF = before != '\r'
		}
	}
	t.cr = t.cr || bytes.IndexByte(b, '\r') >= 0
	t.lf = t.lf || bytes.IndexByte(b, '\n') >= 0
	if !t.cr || !t.lf {
		for i, c := range [...]byte{0x09, 0x0B, 0x0C, 0x0E} {
			t.neighbors[i] += bytes.Count(b, []byte{c})
		}
	}
	t.last = b[len(b)-1]
}

// textFaults notes changed line ends as a fault.
func (k *walker) textFaults() {
	t := &k.check.text
	missing := func(below, above int) bool { return min(t.neighbors[below], t.neighbors[above]) >= minNeighbors }
	switch {
	case !t.bareLF && (t.pairs >= minPairsShifted && k.p.Stray > 0 || t.pairs >= minPairs && t.crs > t.pairs):
		k.fault("line ends were changed on the way: each byte 0A has a 0D before it (dos2unix -f takes them out again)")
	case !t.cr && missing(2, 3):
		k.fault("line ends were changed on the way: all bytes 0D are gone")
	case !t.lf && missing(0, 1):
		k.fault("line ends were changed on the way: all bytes 0A are gone")
	}
}
