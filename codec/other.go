package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"mqtool/codec/jpeg"
)

// sizesOfOther are functions that follow the parts of a picture which is not a JPEG to its
// end. If they find no end, cut says why, and size is 0. A whole picture in such a format is
// saved unchanged, because viewers show it as well.
var sizesOfOther = map[string]func(b []byte) (size int, cut string){
	"PNG":  sizeOfPNG,
	"GIF":  sizeOfGIF,
	"WebP": sizeOfWebP,
}

const (
	// maxOtherPrefix is how many bytes of a message are searched for the beginning of such
	// a picture. What cameras put before a picture is a header.
	maxOtherPrefix = 4 << 10

	// maxOther is how many bytes of a message with such a picture are held in memory.
	maxOther = 16 << 20
)

// findOther looks for a picture at the beginning of the current message that is not a JPEG,
// and copies it to w if it is whole. found is not set if there is no such picture. JPEGs
// inside of it are thumbnails, so it is looked for first.
func (s *SnapshotScanner) findOther(w io.Writer) (found Opt[DumpSnapshot], err error) {
	head := s.jpegs.Peek(maxOtherPrefix)
	at, format := jpeg.FindOther(head)
	if format == "" || bytes.Contains(head[:at], []byte(jpeg.Start)) {
		return found, nil
	}
	b := s.jpegs.Peek(maxOther)
	size, cut := sizesOfOther[format](b[at:])
	p := jpeg.Picture{Format: format, State: jpeg.Complete, Offset: int64(at), Size: int64(size), Before: int64(at), Prefix: bytes.Clone(b[:at])}
	if cut != "" {
		found = Some(DumpSnapshot{cut: fmt.Sprintf("a %s picture that is not whole: %d bytes are there, and %s", format, len(b)-at, cut)})
		_, err = s.jpegs.Skip(len(b))
	} else {
		if _, err := w.Write(b[at : at+size]); err != nil {
			return found, err
		}
		p.After, err = s.jpegs.Skip(at + size)
		found = Some(DumpSnapshot{Picture: Some(p)})
	}
	found.Value.Message = *s.message
	return found, err
}

// SuffixOf returns the suffix of a file for a picture: ".jpg", unless the picture begins
// like a PNG, GIF or WebP.
func SuffixOf(picture []byte) string {
	if at, format := jpeg.FindOther(picture[:min(len(picture), maxOtherPrefix)]); at == 0 {
		return jpeg.Picture{Format: format}.Suffix()
	}
	return jpeg.Picture{}.Suffix()
}

// sizeOfPNG follows the chunks with their checksums.
//
//	Form:   signature, then <length> <type> <data> <CRC-32 of type and data> up to IEND
//	Source: W3C, Portable Network Graphics, "Datastream structure"
func sizeOfPNG(b []byte) (size int, cut string) {
	const signature, around = 8, 12
	for at := signature; ; {
		if len(b)-at < around {
			return 0, "it has no end (IEND)"
		}
		n, kind := int64(binary.BigEndian.Uint32(b[at:])), string(b[at+4:at+8])
		end := int64(at) + around + n
		switch {
		case at == signature && kind != "IHDR":
			return 0, "it does not begin with its header (IHDR)"
		case end > int64(len(b)):
			return 0, "it has no end (IEND)"
		case crc32.ChecksumIEEE(b[at+4:end-4]) != binary.BigEndian.Uint32(b[end-4:]):
			return 0, fmt.Sprintf("the checksum of its chunk %q at byte %d is wrong", kind, at)
		case kind == "IEND":
			return int(end), ""
		}
		at = int(end)
	}
}

// sizeOfGIF follows the blocks.
//
//	Form:   header, color table, then images (2C) and extensions (21) up to the trailer (3B)
//	Source: CompuServe, GIF89a Specification
func sizeOfGIF(b []byte) (size int, cut string) {
	const header, descriptor, noEnd = 13, 10, "it has no end (3B)"
	images := 0
	for at := header + tableSize(b, header-3); at < len(b); {
		kind := b[at]
		switch kind {
		case ';':
			if images == 0 {
				return 0, "it holds no image"
			}
			return at + 1, ""
		case '!':
			at += 2
		case ',':
			images++
			at += descriptor + tableSize(b, at+descriptor-1) + 1
		default:
			return 0, fmt.Sprintf("no block begins at byte %d", at)
		}
		for at < len(b) && b[at] != 0 { // the blocks of its data
			at += 1 + int(b[at])
		}
		at++
	}
	return 0, noEnd
}

// tableSize returns the size of the color table that the flags of a GIF announce.
func tableSize(b []byte, flags int) int {
	if flags >= len(b) || b[flags]&0x80 == 0 {
		return 0
	}
	return 3 << (b[flags]&7 + 1)
}

// sizeOfWebP believes the size in its header.
//
//	Form:   RIFF <size of the rest> WEBP ...
//	Source: Google, WebP Container Specification
func sizeOfWebP(b []byte) (size int, cut string) {
	want := 8 + int64(binary.LittleEndian.Uint32(b[4:]))
	want += want & 1
	switch {
	case want < 20:
		return 0, "it is empty"
	case want > int64(len(b)):
		return 0, fmt.Sprintf("it has %d bytes by its header", want)
	}
	return int(want), ""
}
