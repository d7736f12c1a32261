package codec

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color/palette"
	"image/gif"
	"image/png"
	"io"
	"strings"
	"testing"

	"mqtool/codec/dump"
)

// foreignInputs are inputs that occur in place of a JPEG.
func foreignInputs(t testing.TB) map[string][]byte {
	m := image.NewPaletted(image.Rect(0, 0, 9, 9), palette.WebSafe)
	encoded := func(write func(io.Writer) error) []byte {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	compress := func(w io.WriteCloser) error {
		_, err := io.WriteString(w, strings.Repeat("bytes of a picture", 9))
		w.Close()
		return err
	}
	tail := strings.Repeat("\x00\x01\x99\xfe", 20)
	return map[string][]byte{
		"PNG":       encoded(func(w io.Writer) error { return png.Encode(w, m) }),
		"GIF":       encoded(func(w io.Writer) error { return gif.Encode(w, m, nil) }),
		"gzip":      encoded(func(w io.Writer) error { return compress(gzip.NewWriter(w)) }),
		"zlib":      encoded(func(w io.Writer) error { return compress(zlib.NewWriter(w)) }),
		"WebP":      []byte("RIFF\x60\x00\x00\x00WEBPVP8 \x54\x00\x00\x00" + tail),
		"AVI video": []byte("RIFF\x60\x00\x00\x00AVI LIST" + tail),
		"AVIF":      []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00" + tail),
		"HEIC":      []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00" + tail),
		"JPEG XL":   []byte("\xff\x0a\xfa\x1f\x41\x91\x08" + tail),
		"BMP":       []byte("BM\x86\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00" + tail),
		"TIFF":      []byte("II*\x00\x08\x00\x00\x00" + tail),
		"MP4":       []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00" + tail),
		"H.264":     []byte("\x00\x00\x00\x01\x67\x42\x00\x1e" + tail),
		"H.265":     []byte("\x00\x00\x00\x01\x40\x01\x0c\x01" + tail),
		"zip":       []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00" + tail),
		"PDF":       []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + tail),
	}
}

// TestForeignFormats checks that other formats in place of a JPEG are named wherever they
// occur.
func TestForeignFormats(t *testing.T) {
	for name, b := range foreignInputs(t) {
		if got := FormatOf(b); !strings.Contains(got, name) {
			t.Errorf("%s: FormatOf says %q", name, got)
		}
		list := strings.Trim(strings.ReplaceAll(fmt.Sprint(b), " ", ", "), "[]")
		text := base64.StdEncoding.EncodeToString(b)
		digits := hex.EncodeToString(b)
		for layout, input := range map[string]string{
			"bytes":            string(b),
			"hex":              digits,
			"hex behind topic": "cams/door/snapshot " + digits + "\n",
			"hex in pairs":     strings.TrimSpace(fmt.Sprintf("% x", b)) + "\n",
			"base64":           text + "\n",
			"base64, lines":    text[:40] + "\n" + text[40:] + "\n",
			"listing":          hex.Dump(b),
			"JSON":             `{"ts":1776620819627,"values":{"devMac":"1CC31660025E","image":"` + text + `"}}`,
			"JSON, other key":  `{"message":"motion","imagebase64":"` + text + `"}`,
			"data URI":         `{"image":"data:image/jpeg;base64,` + text + `"}`,
			"data URI alone":   "data:image/x;base64," + text,
			"list":             "[" + list + "]",
			"Buffer":           `{"type":"Buffer","data":[` + list + `]}`,
			"JSON, several":    `{"a":1,"state":"on"}` + "\n" + `{"image":"` + text + `"}` + "\n",
		} {
			s := NewSnapshotScanner(strings.NewReader(input), dump.Recognize)
			got := ""
			for {
				found, err := s.Next(io.Discard)
				if err != nil {
					break
				}
				if p := found.Picture.Value; found.Picture.Set && p.Format == "" {
					t.Errorf("%s in %s: a picture was found", name, layout)
				}
				got += found.Picture.Value.Format
			}
			if got == "" {
				got = s.Foreign()
			}
			if got == "" { // not even the start of a message was found
				got = FormatIn([]byte(input))
			}
			if !strings.Contains(got, name) {
				t.Errorf("%s in %s: %q is said", name, layout, got)
			}
		}
	}
}

// TestTextFormats checks texts that occur in place of a picture, and other texts.
func TestTextFormats(t *testing.T) {
	for text, want := range map[string]string{
		"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest": "the answer of an HTTP server: 401 Unauthorized",
		"HTTP/2 404 \r\n":                         "the answer of an HTTP server: 404",
		" <!DOCTYPE HTML><html>":                  "an HTML page",
		"\uFEFF<HTML>":                            "an HTML page",
		"[B@1b6d3586":                             "the name of an object, [B@1b6d3586,",
		"4GSolarCam/Snapshot [B@1b6d3586\n":       "the name of an object, [B@1b6d3586,",
		"12:00:01 INFO payload=[B@1b6d3586":       "the name of an object, [B@1b6d3586,",
		"payload: System.Byte[]\r\n":              "the name of an object, System.Byte[],",
		"t/x [object Object]":                     "the name of an object, [object Object],",
		`{"image": "[object ArrayBuffer]"`:        "the name of an object, [object ArrayBuffer],",
		"java.nio.HeapByteBuffer[pos=0 lim=2305]": "the name of an object, java.nio.HeapByteBuffer[pos=,",
		"<memory at 0x7f31c4a0>":                  "the name of an object, <memory at 0x,",
		"http://cam/snap.jpg\n":                   "the address of a picture, and not the picture",
		`t/x "https://cam/snap.jpg?a=1"`:          "the address of a picture, and not the picture",
		"rtsp://cam/1":                            "the address of a picture, and not the picture",

		"see http://cam/snap.jpg for the picture": "",
		"[Buffer] ffd8":            "",
		"BM is not a BMP picture":  "",
		"x is text":                "",
		"\x00\x00\x01\x00":         "",
		"\x00\x00\x01\x80\x00\x00": "",
		"\x1f\x8b":                 "",
		"x\x01abc":                 "",
		"":                         "",
		"{}":                       "",
	} {
		if got := FormatOf([]byte(text)); got != want && (want == "" || !strings.HasPrefix(got, want)) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzFormatOf checks that no input from a device makes it panic.
func FuzzFormatOf(f *testing.F) {
	for _, b := range foreignInputs(f) {
		f.Add(b)
	}
	f.Add([]byte("t [B@1b6d3586"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Describe(b) == "" {
			t.Errorf("nothing is said of %q", b)
		}
	})
}
