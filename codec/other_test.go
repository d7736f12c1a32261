package codec

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"strings"
	"testing"

	"mqtool/codec/dump"
)

// otherPictures are whole pictures that are not a JPEG, by their suffix.
func otherPictures(t *testing.T) map[string][]byte {
	t.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.Black, color.White})
	picture.SetColorIndex(3, 4, 1)
	var asPNG, asGIF bytes.Buffer
	if err := png.Encode(&asPNG, picture); err != nil {
		t.Fatal(err)
	}
	if err := gif.EncodeAll(&asGIF, &gif.GIF{Image: []*image.Paletted{picture, picture}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	asWebP, err := base64.StdEncoding.DecodeString("UklGRlIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	asWebP = append(asWebP, "EXIF\x28\x00\x00\x00"+strings.Repeat("\x00", 40)...)
	return map[string][]byte{".png": asPNG.Bytes(), ".gif": asGIF.Bytes(), ".webp": asWebP}
}

// TestOtherPictures checks that a whole PNG, GIF or WebP is found in every form in which a
// JPEG is found, live and in a file. One that is cut anywhere counts as missing.
func TestOtherPictures(t *testing.T) {
	const topic = "4GSolarCam/Snapshot"
	forms := map[string]func(b []byte) string{
		"bytes":  func(b []byte) string { return string(b) },
		"hex":    func(b []byte) string { return fmt.Sprintf("%x", b) },
		"base64": base64.StdEncoding.EncodeToString,
		"JSON": func(b []byte) string {
			return fmt.Sprintf(`{"ts":1682336818966,"values":{"devMac":"5CC5638AE24C","image":"%s"}}`, base64.StdEncoding.EncodeToString(b))
		},
		"data URI": func(b []byte) string {
			return fmt.Sprintf(`{"ts":1682336818966,"values":{"devMac":"5CC5638AE24C","image":"data:image/png;base64,%s"}}`, base64.StdEncoding.EncodeToString(b))
		},
	}
	for suffix, picture := range otherPictures(t) {
		for form, render := range forms {
			text := render(picture)
			items := Decode(topic, []byte(text))
			if _, live, _ := PictureOf(items[0].Value); len(items) != 1 || !bytes.Equal(live, picture) || SuffixOf(live) != suffix || items[0].Err != nil {
				t.Errorf("%s in %s: live %x, %v", suffix, form, live, items)
			}
			s, err := NewSnapshotScanner(strings.NewReader(text), dump.Recognize).Next(io.Discard)
			if err != nil || !bytes.Equal(s.Other, picture) {
				t.Errorf("%s in %s: in a file %x, %v", suffix, form, s.Other, err)
			}
		}
		for n := 24; n < len(picture); n++ {
			items := Decode(topic, picture[:n])
			if v, ok := items[0].Value.(CameraSnapshot); !ok || v.Image != nil || !strings.Contains(v.Missing, fmt.Sprintf("picture that is not whole: %d bytes are there, and it ", n)) {
				t.Errorf("%s cut at %d: %+v", suffix, n, items)
				break
			}
		}
	}
}

// TestDamagedPNG checks that a wrong checksum counts as damage.
func TestDamagedPNG(t *testing.T) {
	b := otherPictures(t)[".png"]
	b[20]++
	if size, cut := sizeOfPNG(b); size != 0 || cut != `the checksum of its chunk "IHDR" at byte 8 is wrong` {
		t.Errorf("%d, %q", size, cut)
	}
}
