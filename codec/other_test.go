package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"mqtool/codec/dump"
	"mqtool/codec/internal/dumptest"
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

// otherWrappers are the forms in which a picture that is not a JPEG may come. Those that
// text may stand in front of are also tried behind a prefix.
var otherWrappers = map[string]func(b []byte) string{
	"bytes":        func(b []byte) string { return string(b) },
	"hex":          func(b []byte) string { return hex.EncodeToString(b) + "\n" },
	"spaced hex":   func(b []byte) string { return fmt.Sprintf("% x\r\n", b) },
	"hex of MQTTX": dumptest.MQTTXHex,
	"base64":       base64.StdEncoding.EncodeToString,
	"MIME base64":  func(b []byte) string { return dumptest.Base64Lines(b, "\r\n") },
	"JSON":         func(b []byte) string { return otherMessage(base64.StdEncoding.EncodeToString(b)) },
	"data URI": func(b []byte) string {
		return otherMessage("data:image/png;base64," + base64.StdEncoding.EncodeToString(b))
	},
	"bare data URI":  func(b []byte) string { return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b) },
	"JSON, hex":      func(b []byte) string { return otherMessage(hex.EncodeToString(b)) },
	"xxd":            func(b []byte) string { return dumptest.Rows(b, 16, false, dumptest.XxdRow("%08x:", 16, 2)) },
	"hexdump -C":     dumptest.HexdumpC,
	"hex on a topic": func(b []byte) string { return "4GSolarCam/Snapshot " + hex.EncodeToString(b) + "\n" },
	"base64 on a topic": func(b []byte) string {
		return "4GSolarCam/Snapshot " + base64.StdEncoding.EncodeToString(b) + "\n"
	},
	"bytes on a topic": func(b []byte) string { return "4GSolarCam/Snapshot " + string(b) },
	"Python's bytes":   dumptest.PythonBytes,
	"list": func(b []byte) string {
		return "[" + dumptest.Each(b, ",", func(c byte) string { return fmt.Sprint(c) }) + "]"
	},
}

// otherMessage returns the message of a camera with a text in the place of its picture.
func otherMessage(image string) string {
	return fmt.Sprintf(`{"ts":1682336818966,"values":{"devMac":"5CC5638AE24C","image":"%s"}}`, image)
}

// TestOtherPictures checks that a whole PNG, GIF or WebP is found in every form in which a
// JPEG is found, live and in a file, also behind the bytes that cameras put before a
// picture. One that is cut or, as far as its format can tell, damaged is named.
func TestOtherPictures(t *testing.T) {
	prefixes := map[string]string{"no prefix": "", "prefix": "SC211\x00\x01\x02", "long prefix": strings.Repeat("\x00\x01SC211\xfe", 40)}
	for suffix, picture := range otherPictures(t) {
		damaged := bytes.Clone(picture)
		damaged[len(damaged)/2] ^= 0x10
		for wrapper, wrap := range otherWrappers {
			for front, prefix := range prefixes {
				name := suffix + " in " + wrapper + " behind " + front
				checkOther(t, name, wrap([]byte(prefix+string(picture))), picture)
				checkOther(t, name+", with more behind it", wrap([]byte(prefix+string(picture)+"\x00\x00")), picture)
				for _, n := range []int{60, len(picture) - 1} {
					checkOther(t, fmt.Sprintf("%s cut at %d", name, n), wrap([]byte(prefix+string(picture[:n]))), nil)
				}
				if suffix == ".png" {
					checkOther(t, name+", damaged", wrap([]byte(prefix+string(damaged))), nil)
				}
			}
		}
	}
}

// checkOther checks that a picture is found, live and in a file, and saved as it is. If
// want is nil, it checks that the picture is named as one that is not whole.
func checkOther(t *testing.T, name, text string, want []byte) {
	t.Helper()
	items := Decode("4GSolarCam/Snapshot", []byte(text))
	var image bytes.Buffer
	found, err := NewSnapshotScanner(strings.NewReader(text), dump.Recognize).Next(&image)
	if err != nil || len(items) != 1 {
		t.Errorf("%s: %v; live %+v", name, err, items)
		return
	}
	values := map[string]CameraSnapshot{"in a file": found.Value()}
	values["live"], _ = items[0].Value.(CameraSnapshot)
	for where, v := range values {
		switch p := v.Picture.Value; {
		case want == nil && (v.Picture.Set || v.Image != nil || image.Len() > 0 || !strings.Contains(v.Missing, "picture that is not whole: ")):
			t.Errorf("%s: %s: %q", name, where, v.Missing)
		case want != nil && (!p.Whole() || SuffixOf(want) != p.Suffix() || p.Size != int64(len(want)) || !slices.Contains(v.Warnings(), "the picture is a "+p.Format+", not a JPEG, and was not converted")):
			t.Errorf("%s: %s: %s %q", name, where, v.AppendJSON(nil), v.Warnings())
		}
	}
	if live := values["live"].Image; want != nil && (!bytes.Equal(live, want) || !bytes.Equal(image.Bytes(), want)) {
		t.Errorf("%s: %x live, %x in a file, want %x", name, live, image.Bytes(), want)
	}
}

// TestDamagedTextOfOther checks that damage in the text counts, because a GIF and a WebP
// have no checksums.
func TestDamagedTextOfOther(t *testing.T) {
	for suffix, picture := range otherPictures(t) {
		text := strings.Replace(dumptest.HexdumpC(picture), "\n00000020 ", "\n00000020 z", 1)
		found, err := NewSnapshotScanner(strings.NewReader(text), dump.Recognize).Next(io.Discard)
		if _, n := found.Damaged(); err != nil || found.Picture.Set && n == 0 {
			t.Errorf("%s: %+v, %v", suffix, found, err)
		}
	}
}

// TestThumbnailOfOther checks that the thumbnail in a picture that is not a JPEG never takes
// its place, and that a JPEG behind such a picture is not lost.
func TestThumbnailOfOther(t *testing.T) {
	thumbnail := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for suffix, picture := range otherPictures(t) {
		if suffix != ".webp" {
			continue
		}
		picture = append(bytes.Clone(picture), "EXIF"...)
		picture = binary.LittleEndian.AppendUint32(picture, uint32(len(thumbnail)))
		picture = append(picture, thumbnail...)
		picture = append(picture, make([]byte, len(thumbnail)&1)...)
		binary.LittleEndian.PutUint32(picture[4:], uint32(len(picture)-8))
		for wrapper, wrap := range otherWrappers {
			checkOther(t, wrapper, wrap(picture), picture)
			checkOther(t, wrapper+", cut", wrap(picture[:len(picture)-2]), nil)
		}
		var first, second bytes.Buffer
		s := NewSnapshotScanner(strings.NewReader("SC211"+string(picture)+string(thumbnail)), dump.Recognize)
		if _, err := s.Next(&first); err != nil || !bytes.Equal(first.Bytes(), picture) {
			t.Errorf("%v, %d bytes", err, first.Len())
		}
		if _, err := s.Next(&second); err != nil || !bytes.Equal(second.Bytes(), thumbnail) {
			t.Errorf("%v, %d bytes", err, second.Len())
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
