package dump

import (
	"bytes"
	"io"
	"slices"
	"unicode/utf8"

	"mqtool/codec/internal/window"
)

// windows1252 has the characters of code page 1252 from 80 to 9F, where Latin-1 has
// control characters; 0 means that there is none.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// latin1Byte returns the byte that became the character r when bytes were taken for
// Latin-1 or code page 1252.
func latin1Byte(r rune) (c byte, ok bool) {
	if r >= 0 && r <= 0xFF {
		return byte(r), true
	}
	i := slices.Index(windows1252[:], r)
	return byte(0x80 + max(i, 0)), i >= 0
}

// latin1Start is a picture's start whose bytes each became a character of UTF-8.
var latin1Start = []byte("\u00FF\u00D8\u00FF")

// isLatin1Bytes reports whether head begins an input whose bytes became characters. It
// reports false if head holds the picture itself, and for ordinary text, whose text column
// may show a picture's start.
func isLatin1Bytes(head []byte) bool {
	i := bytes.Index(head, latin1Start)
	if i < 0 || bytes.Contains(head, soi) {
		return false
	}
	return !isText(head[i : i+min(len(head)-i, 64)])
}

// latin1Text returns the text of w, which begins with head, as UTF-8 if its characters
// were bytes, or otherwise nil.
func latin1Text(w *window.Window, r io.Reader, head []byte) *window.Window {
	if isLatin1Bytes(head) {
		return w
	}
	order, ok := utf16Order(head)
	if !ok {
		return nil
	}
	text, _ := fromUTF16(order)(nil, bytes.Clone(head), true)
	if !isLatin1Bytes(text) {
		return nil
	}
	rest := withRest(w.Ahead(0), r, w.Cause())
	return window.New(&textReader{r: rest, convert: fromUTF16(order)}, window.Size, window.Size)
}

// A latin1Decoder turns characters back into the bytes that they were before.
type latin1Decoder struct {
	body
}

func (d *latin1Decoder) decode(dst []byte) (int, error) { return d.fill(dst, d.step) }

func (d *latin1Decoder) step(dst []byte) (n int, ok bool) {
	w := d.text
	b := w.Ahead(utf8.UTFMax)
	if len(b) == 0 {
		return 0, false
	}
	i := 0
	for n < len(dst) && i < len(b) && (utf8.FullRune(b[i:]) || len(b) < utf8.UTFMax) {
		c, size := b[i], 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRune(b[i:]); r == '\uFEFF' && w.Offset() == 0 && i == 0 { // the byte order mark
				i += size
				continue
			}
			if c, ok = latin1Byte(r); !ok || size == 1 {
				if i > 0 {
					break // note the damage at its own place
				}
				d.damaged("%q is not a byte in Latin-1 or code page 1252; ? is put in its place", b[:size])
				c = '?'
			}
		}
		dst[n] = c
		n++
		i += size
	}
	w.Skip(i)
	return n, true
}
