package codec

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// FormatOf names the format of bytes that are no JPEG, by how they begin: "a PNG picture".
// It is "" for one that is not known.
func FormatOf(head []byte) string {
	for _, f := range formats {
		if f.at+len(f.magic) <= len(head) && string(head[f.at:f.at+len(f.magic)]) == f.magic {
			return f.name
		}
	}
	trimmed := bytes.TrimLeft(head, " \t\r\n\uFEFF")
	for _, f := range texts {
		if len(trimmed) >= len(f.magic) && bytes.EqualFold(trimmed[:len(f.magic)], []byte(f.magic)) {
			return f.name
		}
	}
	return ""
}

// Describe says what bytes are that are no JPEG, by how they begin: "a PNG picture", or
// `text that begins with "..."`.
func Describe(head []byte) string {
	if name := FormatOf(head); name != "" {
		return name
	}
	const most = 40
	cut := head[:min(len(head), most)]
	for n := 0; n < utf8.UTFMax && len(cut) > 0 && !utf8.Valid(cut) && len(head) > most; n++ {
		cut = cut[:len(cut)-1] // a letter was cut in two
	}
	if utf8.Valid(cut) {
		return "text that begins with " + strconv.Quote(string(cut))
	}
	return fmt.Sprintf("bytes that begin with % x", head[:min(len(head), 16)])
}

// A format is known by the bytes that stand at a place in it.
type format struct {
	at    int
	magic string
	name  string
}

// formats are what cameras and viewers send or save instead of a JPEG.
//
// Source: the formats' own specifications; for ISO media files the brand at offset 8.
var formats = []format{
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture"},
	{0, "GIF8", "a GIF picture"},
	{8, "WEBP", "a WebP picture"},
	{4, "ftypavif", "an AVIF picture"},
	{4, "ftypavis", "an AVIF picture"},
	{4, "ftypheic", "a HEIC picture"},
	{4, "ftypheix", "a HEIC picture"},
	{4, "ftypmif1", "a HEIC picture"},
	{4, "ftypmsf1", "a HEIC picture"},
	{4, "ftypjxl ", "a JPEG XL picture"},
	{0, "\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
	{0, "\xff\x0a", "a JPEG XL picture"},
	{0, "\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
	{0, "\xff\x4f\xff\x51", "a JPEG 2000 picture"},
	{4, "ftyp", "an MP4 video"},
	{0, "BM", "a BMP picture"},
	{0, "II*\x00", "a TIFF picture"},
	{0, "MM\x00*", "a TIFF picture"},
	{0, "\x00\x00\x00\x01", "an H.264 video"},
	{0, "\x00\x00\x01", "an H.264 video"},
	{0, "\x1f\x8b", "gzip data: decompress it first"},
	{0, "\x78\x01", "zlib data: decompress it first"},
	{0, "\x78\x9c", "zlib data: decompress it first"},
	{0, "\x78\xda", "zlib data: decompress it first"},
	{0, "BZh", "bzip2 data: decompress it first"},
	{0, "\xfd7zXZ\x00", "xz data: decompress it first"},
	{0, "(\xb5/\xfd", "zstd data: decompress it first"},
	{0, "PK\x03\x04", "a zip archive: unpack it first (a document of Word or Excel: save it as text)"},
	{0, "7z\xbc\xaf", "a 7z archive: unpack it first"},
	{0, "Rar!", "a rar archive: unpack it first"},
	{0, "\xd0\xcf\x11\xe0", "a document of an old Word or Excel: save it as text"},
	{0, "%PDF", "a PDF document: copy the text out of it"},
}

// texts are the beginnings of texts that are no dumps of a picture.
var texts = []format{
	{0, "<!doctype html", "an HTML page"},
	{0, "<html", "an HTML page"},
	{0, "http/1.", "the answer of an HTTP server"},
	{0, "[B@", "the name of a Java array, which says nothing of its bytes: print them, for instance with HexFormat.of().formatHex(bytes)"},
	{0, "http://", "the address of a picture, and not the picture"},
	{0, "https://", "the address of a picture, and not the picture"},
}
