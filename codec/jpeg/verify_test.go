package jpeg

import (
	"bytes"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
)

func TestVerify(t *testing.T) {
	pics := dumptest.Pictures(t)
	large := drawn(t, 640, 480, 80, 1)
	base, progressive := pics["baseline-peacock.jpg"], pics["progressive-peacock.jpg"]
	change := func(b []byte, f func([]byte)) []byte {
		b = bytes.Clone(b)
		f(b)
		return b
	}
	all := func(v Verification) bool { return v.Rows == v.Height && v.Trouble() == "" && v.Refused == "" }
	part := func(low, high int) func(Verification) bool {
		return func(v Verification) bool { return low <= v.Rows && v.Rows <= high && v.Trouble() != "" }
	}
	for _, tt := range []struct {
		name    string
		picture []byte
		right   func(Verification) bool
	}{
		{"baseline", base, all},
		{"large", large, all},
		{"gray", pics["gray-peacock.jpg"], all},
		{"progressive", progressive, all},
		{"restart markers", pics["restart-video001.jpg"], all},
		{"CMYK", pics["cmyk-video001.jpg"], all},
		{"EXIF", pics["exif-thumb-hibiscus.jpg"], all},
		{"fill bytes", joined(base[:20], []byte{0xFF, 0xFF}, base[20:]), all},
		{"cut", pics["truncated-peacock.jpg"], part(0, 60)},
		{"cut in the middle of a large one", large[:len(large)/2], part(200, 270)},
		{"cut by its last bytes", large[:len(large)-40], part(448, 464)},
		{"cut in the header", base[:300], func(v Verification) bool { return v.Rows == 0 }},
		{"bytes lost in the middle", append(bytes.Clone(large[:30000]), large[36000:]...), part(100, 470)},
		{"bytes changed", change(large, func(b []byte) { copy(b[30000:], strings.Repeat("\xFE\xAB", 200)) }), part(100, 300)},
		{"a part twice", joined(large[:40000], large[20000:]), func(v Verification) bool { return v.Trouble() != "" }},
		{"restart marker changed", change(pics["restart-video001.jpg"], func(b []byte) { b[restarts(b)[0]+1] = 0xD5 }), part(0, 90)},
		{"no pixels", []byte(dumptest.SOI + dumptest.JFIF + dumptest.EOI), func(v Verification) bool { return v.Refused != "" }},
		{"arithmetic", change(base, func(b []byte) { b[bytes.Index(b, []byte{0xFF, 0xC0})+1] = 0xC9 }), func(v Verification) bool { return v.Refused != "" }},
		{"gigabytes", change(base, func(b []byte) { copy(b[bytes.Index(b, []byte{0xFF, 0xC0})+5:], "\xFF\xFF\xFF\xFF") }), func(v Verification) bool { return v.Refused != "" }},
		{"nothing", nil, func(v Verification) bool { return v.Refused != "" }},
	} {
		before := bytes.Clone(tt.picture)
		if v := Verify(tt.picture); !tt.right(v) {
			t.Errorf("%s: %+v, %q", tt.name, v, v.Trouble())
		}
		if !bytes.Equal(before, tt.picture) {
			t.Errorf("%s: the picture was changed", tt.name)
		}
	}
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// FuzzVerify checks that Verify ends without a panic for any picture.
func FuzzVerify(f *testing.F) {
	for _, b := range dumptest.Pictures(f) {
		if len(b) < 3000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if at, _ := frameAt(b); at >= 0 && len(b) >= at+4 {
			copy(b[at:], []byte{0, b[at+1], 0, b[at+3]}) // make it small: this does not test the decoder
		}
		if v := Verify(b); v.Rows < 0 || v.Rows > v.Height {
			t.Errorf("%+v", v)
		}
	})
}
