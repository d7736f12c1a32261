package codec

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"mqtool/codec/internal/pattern"
	"mqtool/codec/jpeg"
)

// FormatOf names the format of bytes that are not a JPEG, by how they begin: "a PNG
// picture". It returns "" for an unknown format. It is also asked about the bytes that
// text was decoded to, so a short magic alone is not enough: two bytes occur anywhere.
func FormatOf(head []byte) string {
	if name := binaryFormat(head); name != "" {
		return name
	}
	return textFormat(head)
}

func binaryFormat(head []byte) string {
	for _, f := range formats {
		if f.at+len(f.magic) <= len(head) && string(head[f.at:f.at+len(f.magic)]) == f.magic && (f.check == nil || f.check(head)) {
			return f.name
		}
	}
	return ""
}

// FormatIn is like FormatOf, and also recognizes bytes that are base64 in a text.
func FormatIn(text []byte) string {
	if name := FormatOf(text); name != "" {
		return name
	}
	const longest, most = 512, 8 // the characters of a run that are decoded, and the number of runs
	for n := 0; n < most; n++ {
		start := bytes.IndexFunc(text, isBase64)
		if start < 0 {
			return ""
		}
		text = text[start:]
		end := bytes.IndexFunc(text, func(r rune) bool { return !isBase64(r) })
		if end < 0 {
			end = len(text)
		}
		run := text[:min(end, longest)&^3]
		text = text[end:]
		if len(run) < 24 {
			n-- // ordinary words do not count
			continue
		}
		b := make([]byte, base64.StdEncoding.DecodedLen(len(run)))
		size, _ := base64.StdEncoding.Decode(b, bytes.Map(plainBase64, run))
		name := binaryFormat(b[:size])
		if _, format := jpeg.FindOther(b[:size]); name == "" && format != "" { // behind other bytes
			name = "a " + format + " picture"
		}
		if name != "" {
			return inLayout(name, "base64")
		}
	}
	return ""
}

// inLayout adds to the name of a format how it is written, in front of any advice.
func inLayout(name, layout string) string {
	name, advice, found := strings.Cut(name, ": ")
	if name += " in " + layout; found {
		name += ": " + advice
	}
	return name
}

func isBase64(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/' || r == '-' || r == '_'
}

// plainBase64 maps the URL-safe alphabet to the standard one.
func plainBase64(r rune) rune {
	switch r {
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return r
}

// Describe says by their beginning what bytes are that are not a JPEG: "a PNG picture", or
// `text that begins with "..."`.
func Describe(head []byte) string {
	if name := FormatIn(head[:min(len(head), 4096)]); name != "" {
		return name
	}
	const most = 40
	cut := head[:min(len(head), most)]
	for n := 0; n < utf8.UTFMax && len(cut) > 0 && !utf8.Valid(cut) && len(head) > most; n++ {
		cut = cut[:len(cut)-1] // a character was cut in two
	}
	if utf8.Valid(cut) {
		return "text that begins with " + strconv.Quote(string(cut))
	}
	return fmt.Sprintf("bytes that begin with % x", head[:min(len(head), 16)])
}

// A format is recognized by its magic, the bytes at a certain place. If the magic is
// short, a check of the bytes behind it has to agree.
type format struct {
	at    int
	magic string
	name  string
	check func(head []byte) bool
}

// formats are what cameras and viewers send or save instead of a JPEG.
//
// Source: the formats' own specifications; for ISO media files the brand at offset 8.
var formats = []format{
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture", nil},
	{0, "GIF87a", "a GIF picture", nil},
	{0, "GIF89a", "a GIF picture", nil},
	{8, "WEBP", "a WebP picture", begins("RIFF")},
	{8, "AVI ", "an AVI video", begins("RIFF")},
	{4, "ftypavif", "an AVIF picture", nil},
	{4, "ftypavis", "an AVIF picture", nil},
	{4, "ftypheic", "a HEIC picture", nil},
	{4, "ftypheix", "a HEIC picture", nil},
	{4, "ftypmif1", "a HEIC or AVIF picture", nil}, // the brand of both
	{4, "ftypmsf1", "a HEIC or AVIF picture", nil},
	{4, "ftypjxl ", "a JPEG XL picture", nil},
	{0, "\x00\x00\x00\x0cJXL ", "a JPEG XL picture", nil},
	{0, "\xff\x0a", "a JPEG XL picture", func(b []byte) bool { return len(b) >= 12 && !utf8.Valid(b[2:]) }},
	{0, "\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", nil},
	{0, "\xff\x4f\xff\x51", "a JPEG 2000 picture", nil},
	{4, "ftyp", "an MP4 video", nil},
	{0, "BM", "a BMP picture", isBMP},
	{0, "II*\x00", "a TIFF picture", nil},
	{0, "MM\x00*", "a TIFF picture", nil},
	{0, "\x00\x00\x00\x01", "an H.264 or H.265 video", func(b []byte) bool { return isVideo(b[4:]) }},
	{0, "\x00\x00\x01\xba", "an MPEG video", nil},
	{0, "\x00\x00\x01\xb3", "an MPEG video", nil},
	{0, "\x00\x00\x01", "an H.264 or H.265 video", func(b []byte) bool { return isVideo(b[3:]) }},
	{0, "\x1f\x8b\x08", "gzip data: decompress it first", func(b []byte) bool { return len(b) >= 10 && b[3] < 0x20 }},
	{0, "\x78", "zlib data: decompress it first", isZlib},
	{0, "BZh", "bzip2 data: decompress it first", func(b []byte) bool { return bytes.HasPrefix(b[min(4, len(b)):], []byte("1AY&SY")) }},
	{0, "\xfd7zXZ\x00", "xz data: decompress it first", nil},
	{0, "(\xb5/\xfd", "zstd data: decompress it first", nil},
	{0, "PK\x03\x04", "a zip archive: unpack it first (a document of Word or Excel: save it as text)", nil},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first", nil},
	{0, "Rar!\x1a\x07", "a rar archive: unpack it first", nil},
	{0, "\xd0\xcf\x11\xe0", "a document of an old Word or Excel: save it as text", nil},
	{0, "%PDF-", "a PDF document: copy the text out of it", nil},
}

func begins(magic string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(magic)) }
}

// isBMP reports whether one of the known headers follows the header of the file.
func isBMP(b []byte) bool {
	if len(b) < 18 || string(b[6:10]) != "\x00\x00\x00\x00" {
		return false
	}
	switch binary.LittleEndian.Uint32(b[14:]) {
	case 12, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// isVideo reports whether a start code is followed by a unit with which a stream may
// begin: parameters, a delimiter or a key frame, of H.264 (7, 9, 6, 5, 1) or H.265 (32 to
// 35, 39, 19, 20).
func isVideo(b []byte) bool {
	if len(b) < 2 || b[0]&0x80 != 0 {
		return false
	}
	switch b[0] & 0x1F {
	case 1, 5, 6, 7, 9:
		return true
	}
	switch b[0] >> 1 {
	case 19, 20, 32, 33, 34, 35, 39:
		return b[1] == 1
	}
	return false
}

// isZlib decompresses the beginning, because the two bytes of the header are not rare.
func isZlib(b []byte) bool {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return false
	}
	n, _ := io.ReadFull(r, make([]byte, 16))
	return n > 0
}

// texts are the beginnings of texts that are not dumps of a picture.
var texts = []struct{ start, name string }{
	{"<!doctype html", "an HTML page"},
	{"<html", "an HTML page"},
	{"<svg", "an SVG drawing"},
}

// objects matches what programs print instead of bytes when they print the name of an
// object.
var objects = pattern.New(`^(\[[BC]@[0-9a-f]{1,16}\b|System\.Byte\[\]|System\.(ReadOnly)?Memory<Byte>|\[object [A-Za-z0-9]+\]|java\.nio\.\w+\[pos=|` +
	`<memory at 0x|<_io\.BytesIO object|<bytearray object|<[\w.]+ object at 0x|Instance of '\w+'|org\.\w+(\.\w+)*@[0-9a-f]{1,16}\b)`)

// address matches a URL that is the whole text.
var address = pattern.New(`^(https?|rtsp|ftp)://[^\s"'<>]+$`)

// httpAnswer matches the first line of an HTTP server's answer.
var httpAnswer = pattern.New(`^(?i:HTTP)/[0-9.]{1,4} ([0-9]{3}(?: [ -~]{1,40})?)`)

// maxName is how many bytes of a text are searched for its name.
const maxName = 512

// textFormat names a text. A topic, a time or a quote may stand before it.
func textFormat(head []byte) string {
	text := string(bytes.TrimLeft(head[:min(len(head), maxName)], " \t\r\n\uFEFF"))
	for _, f := range texts {
		if len(text) >= len(f.start) && strings.EqualFold(text[:len(f.start)], f.start) {
			return f.name
		}
	}
	if m := httpAnswer().FindStringSubmatch(text); m != nil {
		return "the answer of an HTTP server: " + strings.TrimSpace(m[1])
	}
	line, rest, _ := strings.Cut(text, "\n")
	for start := 0; start < len(line); {
		word := strings.TrimRight(strings.TrimLeft(line[start:], `"'=:`), "\r \t\"'")
		if name := objects().FindString(word); name != "" {
			return "the name of an object, " + name + ", and not its bytes: print them, for instance in Java with HexFormat.of().formatHex(bytes), in Python with payload.hex()"
		}
		if address().MatchString(word) && len(strings.TrimSpace(rest)) == 0 {
			return "the address of a picture, and not the picture"
		}
		n := strings.IndexAny(line[start:], " \t=")
		if n < 0 {
			break
		}
		start += n + 1
	}
	return ""
}
