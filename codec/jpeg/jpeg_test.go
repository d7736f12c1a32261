package jpeg

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/internal/window"
)

func TestRealPictures(t *testing.T) {
	pics := dumptest.Pictures(t)
	for _, want := range []struct {
		file   string
		size   int64 // where testdata/jpeg/NOTICE.md says that the picture ends
		width  int
		height int
		comps  int
		coding string
		scans  int
		state  State
	}{
		{"baseline-peacock.jpg", 2305, 100, 75, 3, "baseline", 1, Complete},
		{"progressive-peacock.jpg", 2220, 100, 75, 3, "progressive", 10, Complete},
		{"gray-peacock.jpg", 1715, 100, 75, 1, "baseline", 1, Complete},
		{"truncated-peacock.jpg", 1024, 100, 75, 3, "baseline", 1, Truncated},
		{"restart-video001.jpg", 4855, 150, 103, 3, "baseline", 1, Complete},
		{"cmyk-video001.jpg", 19477, 150, 103, 4, "baseline", 1, Complete},
		{"exif-thumb-hibiscus.jpg", 61903, 312, 442, 3, "baseline", 1, Complete},
		{"mpf-hat.jpg", 6241, 90, 112, 3, "baseline", 1, Complete},
		{"dqt-first-peacock.jpg", 2287, 100, 75, 3, "baseline", 1, Complete},
	} {
		got, err := Find(pics[want.file])
		if err != nil {
			t.Errorf("%s: %v", want.file, err)
			continue
		}
		if got.Offset != 0 || got.Size != want.size || got.Width != want.width || got.Height != want.height ||
			got.Components != want.comps || got.Coding != want.coding || got.Scans != want.scans || got.State != want.state {
			t.Errorf("%s: got %+v, want %+v", want.file, got, want)
		}
		if got.MPF != strings.HasPrefix(want.file, "mpf") {
			t.Errorf("%s: multi-picture index reported: %v", want.file, got.MPF)
		}
	}
}

// dri returns a DRI segment, which announces a restart marker after every n units.
func dri(n int) string { return dumptest.Segment(0xDD, string([]byte{byte(n >> 8), byte(n)})) }

func TestWalk(t *testing.T) {
	exif := dumptest.Segment(0xE1, "Exif\x00\x00II*\x00"+dumptest.Tiny+strings.Repeat(".", 40))
	for _, tt := range []struct {
		name    string
		payload string
		picture string // its bytes, "" for none
		check   func(Picture) bool
	}{
		{"smallest", dumptest.Tiny, dumptest.Tiny, func(p Picture) bool { return p.Whole() && p.Width == 32 && p.Height == 16 && p.Components == 1 }},
		{"text before and after", "4GSolarCam/Snapshot " + dumptest.Tiny + "\n", dumptest.Tiny, func(p Picture) bool {
			return p.Before == 20 && p.After == 1 && string(p.Prefix) == "4GSolarCam/Snapshot "
		}},
		{"FF D8 without FF before", "\xFF\xD8\x00\xFF\xD8" + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"FF D8 FF and no marker that may follow", "\xFF\xD8\xFF\x12" + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"false start whose segment leads nowhere", "\xFF\xD8\xFF\xE5\x00\x04ab??" + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"false start that reaches over the picture", "\xFF\xD8\xFF\xE5\xFF\xF0ab" + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"thumbnail in EXIF", dumptest.SOI + exif + dumptest.Frame + dumptest.SOS + "x" + dumptest.EOI, dumptest.SOI + exif + dumptest.Frame + dumptest.SOS + "x" + dumptest.EOI, Picture.Whole},
		{"cut behind a thumbnail", dumptest.SOI + exif + dumptest.Frame, dumptest.SOI + exif + dumptest.Frame, func(p Picture) bool { return p.State == Empty && p.End != "" }},
		{"cut inside a thumbnail", (dumptest.SOI + exif)[:80], (dumptest.SOI + exif)[:80], func(p Picture) bool { return p.State == Empty && p.End == "in segment APP1" }},
		{"22-byte stub", dumptest.SOI + dumptest.JFIF + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dumptest.EOI, func(p Picture) bool { return p.State == Empty && p.Size == 22 }},
		{"stub, then a picture", dumptest.SOI + dumptest.JFIF + dumptest.EOI + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"FF 00, RST and fill in a scan", dumptest.SOI + dumptest.JFIF + dri(3) + dumptest.Frame + dumptest.SOS + "a\xFF\x00b\xFF\xD0c\xFF\xD1d\xFF\xFF" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dri(3) + dumptest.Frame + dumptest.SOS + "a\xFF\x00b\xFF\xD0c\xFF\xD1d\xFF\xFF" + dumptest.EOI, Picture.Whole},
		{"fill before segments", dumptest.SOI + "\xFF" + dumptest.JFIF + "\xFF\xFF" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, dumptest.SOI + "\xFF" + dumptest.JFIF + "\xFF\xFF" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, Picture.Whole},
		{"tables between scans", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a" + dumptest.Segment(0xC4, "table") + dumptest.SOS + "b" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a" + dumptest.Segment(0xC4, "table") + dumptest.SOS + "b" + dumptest.EOI, func(p Picture) bool { return p.Whole() && p.Scans == 2 }},
		{"height from DNL", dumptest.SOI + dumptest.JFIF + dumptest.DQT + dumptest.DHT + dumptest.Segment(0xC0, "\x08\x00\x00\x00\x20\x01\x01\x11\x00") + dumptest.SOS + "a" + dumptest.Segment(0xDC, "\x00\x07") + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dumptest.DQT + dumptest.DHT + dumptest.Segment(0xC0, "\x08\x00\x00\x00\x20\x01\x01\x11\x00") + dumptest.SOS + "a" + dumptest.Segment(0xDC, "\x00\x07") + dumptest.EOI, func(p Picture) bool { return p.Whole() && p.Height == 7 }},
		{"markers in a comment", dumptest.SOI + dumptest.JFIF + dumptest.Segment(0xFE, dumptest.Tiny+dumptest.EOI+dumptest.SOS) + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dumptest.Segment(0xFE, dumptest.Tiny+dumptest.EOI+dumptest.SOS) + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, Picture.Whole},
		{"stray bytes between segments", dumptest.SOI + dumptest.JFIF + "stray" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + "stray" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, func(p Picture) bool { return p.Whole() && p.Stray == 5 }},
		{"length below 2", dumptest.SOI + dumptest.JFIF + "\xFF\xED\x00\x01" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + "\xFF\xED\x00\x01" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, func(p Picture) bool { return p.State == Complete && p.Stray > 0 }},
		{"markers no encoder writes", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a\xFF\x90b\xFF\xF3c" + dumptest.EOI, dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a\xFF\x90b\xFF\xF3c" + dumptest.EOI, func(p Picture) bool { return p.State == Complete && p.Unexpected == 2 && !p.Whole() }},
		{"cut in the scan", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a\xFF", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a\xFF", func(p Picture) bool { return p.State == Truncated && p.End == "in scan 1" }},
		{"cut, then another picture", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "abc" + dumptest.Tiny, dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "abc", func(p Picture) bool {
			return p.State == Truncated && p.End == "another picture begins before its end"
		}},
		{"cut in its tables, then another picture", dumptest.SOI + dumptest.JFIF + dumptest.Segment(0xDB, strings.Repeat("q", 65))[:30] + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"cut in the header of the scan, then another picture", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS[:5] + dumptest.Tiny, dumptest.Tiny, Picture.Whole},
		{"cut in tables between scans, then another picture", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a" + dumptest.Segment(0xC4, strings.Repeat("h", 60))[:30] + dumptest.Tiny, dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a" + dumptest.Segment(0xC4, strings.Repeat("h", 60))[:30], func(p Picture) bool {
			return p.State == Truncated && p.End == "another picture begins in its segment DHT"
		}},
		{"bytes behind EOI", dumptest.Tiny + dumptest.EOI + "leftovers" + dumptest.EOI, dumptest.Tiny, func(p Picture) bool { return p.After == 13 }},
		{"nothing", "no picture here", "", nil},
		{"a start at the very end", "abc\xFF\xD8\xFF", "", nil},
	} {
		got, err := Find([]byte(tt.payload))
		if tt.picture == "" {
			if err == nil || !errors.Is(err, ErrNone) {
				t.Errorf("%s: %+v, %v; want no picture", tt.name, got, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if b := tt.payload[got.Offset : got.Offset+got.Size]; b != tt.picture {
			t.Errorf("%s: picture %q, want %q", tt.name, b, tt.picture)
		}
		if !tt.check(got) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// TestCutAnywhere cuts each real picture at each place. The rest must be reported as
// truncated or empty, and must never be the thumbnail inside.
func TestCutAnywhere(t *testing.T) {
	for name, file := range dumptest.Pictures(t) {
		whole, _ := Find(file)
		step := 1
		if len(file) > 10000 {
			step = 7
		}
		for n := 4; n < int(whole.Size); n += step {
			p, err := Find(file[:n])
			if err != nil {
				if n < 24 { // too short to be recognized
					continue
				}
				t.Fatalf("%s cut to %d: %v", name, n, err)
			}
			if p.Offset != 0 || p.State == Complete || p.Size != int64(n) {
				t.Fatalf("%s cut to %d: %+v", name, n, p)
			}
		}
	}
}

// TestOrphan checks that, if the start of a picture is gone, its thumbnail is not passed
// off as the picture.
func TestOrphan(t *testing.T) {
	file := dumptest.Pictures(t)["exif-thumb-hibiscus.jpg"]
	if p, err := Find(file[4:]); err != nil || !p.Orphan() || p.Whole() {
		t.Errorf("without its first four bytes: %+v, %v", p, err)
	}
	if p, err := Find(file); err != nil || p.Orphan() {
		t.Errorf("whole: %+v, %v", p, err)
	}
}

func TestSeveralPictures(t *testing.T) {
	file := dumptest.Pictures(t)["mpf-hat.jpg"]
	j := NewReader(iotest.HalfReader(bytes.NewReader(append([]byte("abc"), file...))))
	var sizes, before []int64
	for {
		p, err := j.Next(io.Discard)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sizes, before = append(sizes, p.Size), append(before, p.Before)
	}
	if len(sizes) != 2 || sizes[0] != 6241 || sizes[1] != 2305 || before[0] != 3 || before[1] != 0 {
		t.Errorf("sizes %v, bytes before %v", sizes, before)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	if _, err := NewReader(iotest.ErrReader(broken)).Next(io.Discard); err != broken {
		t.Errorf("a source that fails: %v", err)
	}
	r, w := io.Pipe()
	r.CloseWithError(broken)
	if _, err := NewReader(strings.NewReader(dumptest.Tiny)).Next(w); err != broken {
		t.Errorf("a writer that fails: %v", err)
	}
	// A scan that never ends.
	j := NewReader(io.MultiReader(strings.NewReader(dumptest.SOI+dumptest.JFIF+dumptest.Frame+dumptest.SOS), &repeated{s: strings.Repeat("x", 1<<20), n: 300}))
	if p, err := j.Next(io.Discard); err != nil || p.State != Truncated || !strings.Contains(p.End, "256 MiB") || p.Size > MaxPicture+window.Size {
		t.Errorf("an endless scan: %+v, %v", p, err)
	}
	// A header that never ends must not fill the memory.
	j = NewReader(io.MultiReader(strings.NewReader(dumptest.SOI), &repeated{s: dumptest.Segment(0xE1, "Exif\x00\x00"+strings.Repeat("x", 60000)), n: 400}))
	if p, err := j.Next(io.Discard); err != io.EOF {
		t.Errorf("an endless header: %+v, %v", p, err)
	}
	if j.w.Held() > maxHeader {
		t.Errorf("the buffer grew to %d bytes", j.w.Held())
	}
}

// TestFalseStarts checks that the reader does not examine the same bytes again from each
// of many false starts, which would take hours here.
func TestFalseStarts(t *testing.T) {
	many := func(start string) string {
		var b strings.Builder
		for range 20_000 { // each segment reaches into the text after all of them
			b.WriteString(start)
		}
		return b.String()
	}
	for name, r := range map[string]io.Reader{
		"fill bytes": io.MultiReader(strings.NewReader(many("\xFF\xD8\xFF\xE5\xFF\xF0")), &repeated{s: strings.Repeat("\xFF", 1<<20), n: 4}),
		"headers":    &repeated{s: "\xFF\xE0\x00\x08\xFF\xD8\xFF\xE0\x00\x02", n: maxHeader / 5},
	} {
		if p, err := NewReader(r).Next(io.Discard); p.State != Empty || err != nil && err != io.EOF {
			t.Errorf("%s: a %s picture, %v", name, p.State, err)
		}
	}
}

// repeated is a reader that returns s n times.
type repeated struct {
	s    string
	n    int
	rest string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.s
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// FuzzReader checks what must be true of any bytes: the result does not depend on how they
// arrive, a picture is a part of them, and a whole picture ends where the plain walk of a
// slower reader ends.
func FuzzReader(f *testing.F) {
	for _, b := range dumptest.Pictures(f) {
		if len(b) < 8000 {
			f.Add(b)
		}
	}
	f.Add([]byte("ab" + dumptest.Tiny + dumptest.Tiny))
	f.Add([]byte(dumptest.SOI + dumptest.JFIF + dumptest.EOI + dumptest.Tiny))
	f.Fuzz(func(t *testing.T, b []byte) {
		type result struct {
			p     Picture
			bytes string
		}
		read := func(r io.Reader) (all []result) {
			j := NewReader(r)
			for {
				var out bytes.Buffer
				p, err := j.Next(&out)
				if err == io.EOF {
					return all
				}
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, result{p, out.String()})
			}
		}
		fast, slow := read(bytes.NewReader(b)), read(iotest.OneByteReader(bytes.NewReader(b)))
		if len(fast) != len(slow) {
			t.Fatalf("%d pictures, byte by byte %d", len(fast), len(slow))
		}
		at := int64(0)
		for i, r := range fast {
			p := r.p
			if string(p.AppendJSON(nil)) != string(slow[i].p.AppendJSON(nil)) || r.bytes != slow[i].bytes {
				t.Fatalf("picture %d: %+v, byte by byte %+v", i, p, slow[i].p)
			}
			if !json.Valid(p.AppendJSON(nil)) {
				t.Fatalf("not JSON: %s", p.AppendJSON(nil))
			}
			if p.Offset < at || p.Size < 0 || p.Offset+p.Size > int64(len(b)) {
				t.Fatalf("picture %d is out of bounds: %+v", i, p)
			}
			if p.State != Empty && p.Added == 0 && r.bytes != string(b[p.Offset:p.Offset+p.Size]) {
				t.Fatalf("picture %d: other bytes than the payload's", i)
			}
			if p.State == Complete && plainWalk(b[p.Offset:]) != int(p.Size) {
				t.Fatalf("picture %d: %d bytes, a plain walk says %d", i, p.Size, plainWalk(b[p.Offset:]))
			}
			if p.Added > 0 && len(r.bytes) != int(p.Size)+p.Added {
				t.Fatalf("picture %d: %d bytes, want %d and %d", i, len(r.bytes), p.Size, p.Added)
			}
			at = p.Offset + p.Size
		}
	})
}

// plainWalk walks a picture in the simplest way. It returns the offset after its EOI, or
// -1 if there is none.
func plainWalk(b []byte) int {
	inScan := false
	for i := 2; i+1 < len(b); {
		code := b[i+1]
		switch {
		case b[i] != 0xFF, code == 0xFF, code == 0x00:
			i++
		case inScan && (code < 0x80 || code >= 0xD0 && code <= 0xD7 || !mayFollowScan(code)):
			i += 2
		case code == 0xD9:
			return i + 2
		case code == 0xD8 || code == 0x01 || code >= 0xD0 && code <= 0xD7:
			if code == 0xD8 {
				return -1
			}
			i += 2
		default:
			if i+4 > len(b) {
				return -1
			}
			inScan = code == 0xDA
			i += 2 + max(2, int(b[i+2])<<8|int(b[i+3]))
		}
	}
	return -1
}

func BenchmarkFind(b *testing.B) {
	for name, file := range map[string][]byte{
		"optimized": dumptest.Pictures(b)["exif-thumb-hibiscus.jpg"],
		"standard":  drawn(b, 640, 480, 85, 1), // its scan is searched for long runs of zeros
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := Find(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
