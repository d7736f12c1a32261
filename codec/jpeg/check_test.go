package jpeg

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"mqtool/codec/internal/dumptest"
)

// without removes the segments with a code from the header of a picture.
func without(b []byte, code byte) []byte {
	out := append([]byte(nil), b[:2]...)
	for i := 2; i+4 <= len(b); {
		n := 2 + int(b[i+2])<<8 + int(b[i+3])
		if b[i+1] != code {
			out = append(out, b[i:i+n]...)
		}
		if b[i+1] == mSOS {
			return append(out, b[i+n:]...)
		}
		i += n
	}
	return out
}

// scanStart returns where the data of the first scan begins.
func scanStart(b []byte) int {
	i := bytes.Index(b, []byte{0xFF, mSOS})
	return i + 2 + int(b[i+2])<<8 + int(b[i+3])
}

// restarts returns the places of the restart markers.
func restarts(b []byte) (at []int) {
	for i := scanStart(b); i+1 < len(b); i++ {
		if b[i] == 0xFF && b[i+1] >= mRST0 && b[i+1] <= mRST7 {
			at = append(at, i)
		}
	}
	return at
}

// drawn returns a picture with noise and areas like those of a camera. Unless it is small,
// it has enough of each byte value for the checks.
func drawn(t testing.TB, width, height, quality int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			noise := uint8(rnd.IntN(24))
			m.Set(x, y, color.RGBA{uint8(x) + noise, uint8(y) - noise, uint8(x*y/97) + noise, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wide returns a picture with a scan of many units and the given restart markers: 8 bytes
// a unit, and a marker after every third one.
func wide(markers ...int) []byte {
	frame := dumptest.Segment(0xC0, "\x08\x00\x40\x00\x40\x01\x01\x11\x00")
	b := dumptest.SOI + dumptest.JFIF + dumptest.DQT + dumptest.DHT + frame + dri(3) + dumptest.SOS
	for _, m := range markers {
		b += "pixels, pixels" + string([]byte{0xFF, byte(mRST0 + m)})
	}
	return []byte(b + "pixels" + dumptest.EOI)
}

// TestFaults checks the faults that the structure of a picture shows, because of which
// viewers do not show it right. Each of these pictures was once reported as complete.
func TestFaults(t *testing.T) {
	pics := dumptest.Pictures(t)
	restart, base, progressive := pics["restart-video001.jpg"], pics["baseline-peacock.jpg"], pics["progressive-peacock.jpg"]
	large := drawn(t, 640, 480, 80, 1)
	change := func(b []byte, f func([]byte)) []byte {
		b = bytes.Clone(b)
		f(b)
		return b
	}
	at := restarts(restart)
	inOrder := []int{0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4} // 64 units: 22 intervals
	replace := func(n, with int) []byte { return wide(replaced(inOrder, n, with)...) }
	for _, tt := range []struct {
		name    string
		picture []byte
		want    string // a part of a fault; "" if there is none
	}{
		{"restart marker changed", change(restart, func(b []byte) { b[at[0]+1] = 0xD5 }), "out of order"},
		{"restart marker of the middle changed", change(restart, func(b []byte) { b[at[1]+1] = 0xD0 }), "out of order"},
		{"an interval is gone", append(bytes.Clone(restart[:at[0]]), restart[at[1]:]...), "out of order"},
		{"the last interval is gone", append(bytes.Clone(restart[:at[len(at)-1]]), dumptest.EOI...), "restart markers, but a scan of its size has"},
		{"markers that nobody announced", without(restart, mDRI), "announces none"},
		{"markers announced, none there", bytes.Replace(base, []byte("\xFF\xDA"), []byte(dri(4)+"\xFF\xDA"), 1), "has 0 restart markers"},
		{"in order", wide(inOrder...), ""},
		{"one behind the last unit", wide(append(inOrder[:21:21], 5)...), ""},
		{"eight are gone", wide(inOrder[8:]...), "has 13 restart markers, but a scan of its size has 21"},
		{"first one wrong", replace(0, 1), "out of order"},
		{"ninth one wrong", replace(8, 7), "out of order"},
		{"last one wrong", replace(20, 5), "out of order"},
		{"interval of 0", bytes.Replace(base, []byte("\xFF\xDA"), []byte(dri(0)+"\xFF\xDA"), 1), ""},

		{"no quantization table", without(base, mDQT), "no quantization table 0"},
		{"no quantization table, progressive", without(progressive, mDQT), "no quantization table 0"},
		{"a quantization table that nobody defined", change(base, func(b []byte) { b[bytes.Index(b, []byte{0xFF, 0xC0})+15] = 3 }), "no quantization table 3"},
		{"no Huffman table in a progressive picture", without(progressive, mDHT), "no Huffman table DC 0"},
		{"no table of a color", change(base, func(b []byte) { b[bytes.Index(b, []byte{0xFF, mSOS})+8] = 0x22 }), "no Huffman table DC 2"},
		{"a scan of something else", change(base, func(b []byte) { b[bytes.Index(b, []byte{0xFF, mSOS})+5] = 9 }), "component that the picture does not have"},
		{"arithmetic needs no table", []byte(dumptest.SOI + dumptest.DQT + dumptest.Segment(0xC9, "\x08\x00\x10\x00\x20\x01\x01\x11\x00") + dumptest.SOS + "x" + dumptest.EOI), ""},

		{"width 0", change(base, func(b []byte) { copy(b[bytes.Index(b, []byte{0xFF, 0xC0})+7:], "\x00\x00") }), "size is 0x75"},
		{"height 0", change(base, func(b []byte) { copy(b[bytes.Index(b, []byte{0xFF, 0xC0})+5:], "\x00\x00") }), "size is 100x0"},
		{"a scan that is far too short", append(bytes.Clone(large[:scanStart(large)+500]), dumptest.EOI...), "too few for a picture of this size"},
		{"zeros in the scan", change(base, func(b []byte) { clear(b[1152:1352]) }), "200 zero bytes"},
		{"few zeros in the scan", change(large, func(b []byte) { clear(b[9000:9160]) }), "zero bytes"},
		{"zeros at its end", change(large, func(b []byte) { clear(b[len(b)-500 : len(b)-2]) }), "zero bytes"},
		{"a black picture", drawnBlack(t), ""},

		{"0D before each 0A", bytes.ReplaceAll(base, []byte("\n"), []byte("\r\n")), "0A has a 0D before it"},
		{"0D before each 0A, large", bytes.ReplaceAll(large, []byte("\n"), []byte("\r\n")), "0A has a 0D before it"},
		{"0D before each 0A, progressive", bytes.ReplaceAll(progressive, []byte("\n"), []byte("\r\n")), "0A has a 0D before it"},
		{"all 0D gone from the data", stripScan(large, "\r", ""), "0D are gone"},
		{"0D is 0A", stripScan(large, "\r", "\n"), "0D are gone"},
		{"all 0A gone from the data", stripScan(large, "\n", ""), "0A are gone"},
		{"large", large, ""},
	} {
		var written bytes.Buffer
		p, err := NewReader(bytes.NewReader(tt.picture)).Next(&written)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		faults := strings.Join(p.Faults, "; ")
		if (tt.want == "") != (faults == "") || !strings.Contains(faults, tt.want) {
			t.Errorf("%s: faults %q, want %q", tt.name, faults, tt.want)
		}
		if tt.want != "" && p.Whole() || tt.want == "" && !p.Whole() {
			t.Errorf("%s: whole: %v: %+v", tt.name, p.Whole(), p)
		}
		if !bytes.Equal(written.Bytes(), tt.picture[:p.Size]) {
			t.Errorf("%s: %d bytes were written, they are not those that came", tt.name, written.Len())
		}
		slow, err := NewReader(iotest.OneByteReader(bytes.NewReader(tt.picture))).Next(io.Discard)
		if err != nil || fmt.Sprint(slow) != fmt.Sprint(p) {
			t.Errorf("%s: byte by byte\n%+v, %v, want\n%+v", tt.name, slow, err, p)
		}
	}
}

func replaced(list []int, n, with int) []int {
	list = append([]int(nil), list...)
	list[n] = with
	return list
}

// stripScan replaces a byte everywhere in the scan.
func stripScan(b []byte, old, with string) []byte {
	at := scanStart(b)
	return append(bytes.Clone(b[:at]), bytes.ReplaceAll(b[at:], []byte(old), []byte(with))...)
}

// drawnBlack returns a black picture with codes that are made for it: its scan is all
// zeros.
func drawnBlack(testing.TB) []byte {
	frame := dumptest.Segment(0xC0, "\x08\x04\x00\x04\x00\x01\x01\x11\x00")
	return []byte(dumptest.SOI + dumptest.JFIF + dumptest.DQT + dumptest.DHT + frame + dumptest.SOS +
		strings.Repeat("\x00", 128*128*2/8) + dumptest.EOI)
}

// TestStandardTables checks that frames of MJPEG, which have no Huffman tables, get the
// standard ones.
func TestStandardTables(t *testing.T) {
	pics := dumptest.Pictures(t)
	for name, b := range map[string][]byte{
		"peacock": pics["baseline-peacock.jpg"], "gray": pics["gray-peacock.jpg"],
		"large": drawn(t, 640, 480, 50, 2), "odd": drawn(t, 77, 33, 90, 3),
	} {
		frame := without(b, mDHT)
		var out bytes.Buffer
		p, err := NewReader(bytes.NewReader(append([]byte("head"), frame...))).Next(&out)
		if err != nil || !p.Whole() || p.Added == 0 || p.Size != int64(len(frame)) || out.Len() != len(frame)+p.Added {
			t.Errorf("%s: %+v, %v; %d bytes written", name, p, err, out.Len())
			continue
		}
		want, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpeg.Decode(&out)
		if err != nil || !samePixels(got, want) {
			t.Errorf("%s: other pixels than with its own tables: %v", name, err)
		}
	}
	// A frame without quantization tables cannot be shown even with standard Huffman
	// tables.
	var out bytes.Buffer
	frame := without(without(pics["baseline-peacock.jpg"], mDHT), mDQT)
	if p, err := NewReader(bytes.NewReader(frame)).Next(&out); err != nil || p.Added > 0 || p.Whole() || !bytes.Equal(out.Bytes(), frame) {
		t.Errorf("no tables at all: %+v, %v", p, err)
	}
}

func samePixels(a, b image.Image) bool {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return a.Bounds() == b.Bounds()
}

// TestNoFaults checks that whole pictures of many encoders, sizes and samplings have no
// faults.
func TestNoFaults(t *testing.T) {
	all := dumptest.Pictures(t)
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "image", "testdata", "*.jpeg"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	for i, size := range [][2]int{{1, 1}, {8, 8}, {9, 7}, {16, 16}, {17, 33}, {250, 100}, {1000, 300}} {
		for _, quality := range []int{1, 20, 75, 100} {
			all[fmt.Sprint(size, quality)] = drawn(t, size[0], size[1], quality, uint64(i))
		}
	}
	for name, b := range all {
		p, err := Find(b)
		if strings.Contains(name, "truncated") {
			continue
		}
		if err != nil || !p.Whole() || len(p.Faults) > 0 {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}
