package dump

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"mqtool/codec/jpeg"
)

// Limits on everything that could let an input cost much time or memory.
const (
	// maxNesting is how many layers of text one message may be wrapped in: a base64
	// picture in JSON in a JSON string in hex is four.
	maxNesting = 6

	// lookahead is how much text is examined to recognize its layout. It holds some
	// hundred rows of any listing and the longest line that stands before a dump.
	lookahead = 64 << 10

	// lookAround is how much text is examined to decide whether foreign text is a damaged
	// place or the end of the dump.
	lookAround = 256

	// maxHeader is the longest header of an HTTP response; servers limit theirs to 8 KiB.
	// answerAhead is how much of a response shows whether it is in chunks.
	maxHeader   = 8 << 10
	answerAhead = maxHeader + lookAround

	// maxDamage is how many damaged places are kept with their positions. The others are
	// only counted.
	maxDamage = 20

	// maxBefore is how much of the text before a message on its line is searched for a
	// topic and a time.
	maxBefore = 1024

	// maxRow is the longest row of a listing: xxd -c 256 -g 1 makes 1,038 characters.
	maxRow = 2048

	// maxRowBytes is how many bytes a row may have. Its address has from shortestAddress
	// to maxAddress digits.
	maxRowBytes     = 256
	shortestAddress = 4
	maxAddress      = 16

	// listingAhead is how much text is examined to find the listings it may be. triedBytes
	// is how much of it is decoded to choose one of them.
	listingAhead = 4 * maxRow
	triedBytes   = 4 << 10

	// maxRepeats is how many bytes all repeated rows (*) may have for each character of
	// the input before them. freeRepeats is how many they may have in any case. A picture
	// of one color, or the zeros after a picture, have fewer; a few lines must not stand
	// for gigabytes.
	maxRepeats  = 64
	freeRepeats = 1 << 20

	// maxStarts is how often a row may be repeated if a picture may begin in it. No real
	// picture has such rows, and each of them must be searched for a picture.
	maxStarts = 16

	// foreignLines is how many foreign lines are skipped before a row of a listing.
	foreignLines = 4

	// maxLabel is how far into a line the first row of a listing is looked for.
	maxLabel = 200

	// maxMeasured is how many lines of a message are measured.
	maxMeasured = 64

	// longLine is longer than the lines of any tool or editor that wraps: what stands on
	// such a line is a message of its own.
	longLine = 2048

	// lookBack is how much of a message's text is kept after it was decoded, to compare a
	// damaged row with those before it.
	lookBack = 4 * longLine

	// maxPrefixed is the longest line with a prefix that is examined.
	maxPrefixed = 2048

	// minSpelled is how many numbers a row of numbers with a prefix has at least.
	minSpelled = 8

	// maxLiteral is the longest of several string literals that form one text. maxFront is
	// how much of the text before the first one may be repeated before each.
	maxLiteral = 32 << 10
	maxFront   = 64

	// prefixedRows is how many rows must agree on their prefix.
	prefixedRows = 4

	// sureHexDigits is how many hex digits are data for sure. The dates, ids, lengths and
	// words such as "cafe" that stand before real dumps have fewer.
	sureHexDigits = 32

	// sureNumbers is how many numbers are data for sure. numbersAhead is how far a run of
	// them is followed to decide what it is.
	sureNumbers  = 16
	numbersAhead = 1 << 10

	// sureEntries is how many lines of an index and a byte make a list of entries.
	// maxEntry is the longest such line.
	sureEntries = 8
	maxEntry    = 120

	// maxIndex is how many digits the index of a byte may have.
	maxIndex = 9

	// keptBeginning is how many of a message's first bytes are kept to recognize what it
	// is. Two messages begin in the same way if their first sureBeginning bytes are equal
	// and have at least three different values.
	keptBeginning = 16
	sureBeginning = 5

	// sureBase64 is how long a word must be to be taken for base64: topics are shorter.
	sureBase64 = 32

	// maxObject is how much of a message's JSON is kept beside its picture. A camera's
	// object without the picture has a few hundred bytes.
	maxObject = 1 << 20

	// maxDepth is how deep JSON may be nested.
	maxDepth = 64

	// shortString is the length up to which a string in JSON is usually an ordinary value.
	// A longer one may hold a message.
	shortString = 64

	// keptString is the longest string that stays in its object although it may hold a
	// message.
	keptString = 4 << 10

	// escapeLength is more than the longest escape has, even with a line end inside.
	escapeLength = 16
)

// reaches are the lengths to which a line is searched for a message, one after the other.
// A message near the beginning is thus found at little cost.
var reaches = [...]int{512, 4 << 10, lookahead}

var (
	soi         = []byte(jpeg.Start)
	newline     = []byte{'\n'}
	replacement = []byte("\uFFFD")
	comma       = []byte{','}
	mark        = []byte("\uFEFF") // the byte order mark
)

// holdsPicture reports whether a picture begins in b, in any format that is read.
func holdsPicture(b []byte) bool {
	if bytes.Contains(b, soi) {
		return true
	}
	_, format := jpeg.FindOther(b)
	return format != ""
}

const (
	escape    = 0x1B // begins the escape sequences of a terminal
	blanks    = " \t\r"
	blankEnds = " \t\r\n"
)

// nibble is the value of a hex digit; it is over 0x0F for any other byte.
var nibble = makeNibbles()

func makeNibbles() (t [256]byte) {
	for c := range t {
		t[c] = 0xFF
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	for i, c := range []byte("ABCDEF") {
		t[c] = byte(10 + i)
	}
	return t
}

func isHexDigit(c byte) bool { return nibble[c] < 16 }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isQuote(c byte) bool { return c == '"' || c == '\'' }

func isWordByte(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// isHexSeparator reports whether c may stand between groups of digits.
func isHexSeparator(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '\v', '\f', ',', ';', ':', '-':
		return true
	}
	return false
}

// isNumberSeparator reports whether c may stand between numbers. A dash may not, because
// it is a sign.
func isNumberSeparator(c byte) bool { return isHexSeparator(c) && c != '-' }

// digitsIn counts the hex digits that b begins with.
func digitsIn(b []byte) int {
	for i, c := range b {
		if !isHexDigit(c) {
			return i
		}
	}
	return len(b)
}

// digitsOf counts the digits of a base that b begins with.
func digitsOf(b []byte, base int) (n int) {
	for n < len(b) && int(nibble[b[n]]) < base {
		n++
	}
	return n
}

// readNumber reads the number that b begins with, of up to most digits of a base, and returns
// its length, which is 0 if there is none.
func readNumber(b []byte, base, most int) (v, n int) {
	for n < len(b) && n < most && int(nibble[b[n]]) < base {
		v = v*base + int(nibble[b[n]])
		n++
	}
	return v, n
}

func isDecimal(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isDate reports whether a line begins with a date and a time, as viewers put them
// under a message.
func isDate(line []byte) bool {
	const form = "0000-00-00 00:00"
	if len(line) < len(form) {
		return false
	}
	for i, f := range []byte(form) {
		c := line[i]
		switch {
		case f == '0' && !isDigit(c), f == ' ' && c != ' ' && c != 'T', f == '-' && c != '-' && c != '/', f == ':' && c != ':':
			return false
		}
	}
	return true
}

// base64Values gives the value of a base64 character of either alphabet.
var base64Values = makeBase64Values()

const notBase64 = 0xFF

func makeBase64Values() *[256]byte {
	var t [256]byte
	for i := range t {
		t[i] = notBase64
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return &t
}

func isBase64(c byte) bool { return base64Values[c] != notBase64 }

// base64In counts the base64 characters that b begins with.
func base64In(b []byte) (n int) {
	for n < len(b) && isBase64(b[n]) {
		n++
	}
	return n
}

// isHexOrBase64 reports whether b is nothing but base64, or nothing but hex digits and
// what may stand between these.
func isHexOrBase64(b []byte, between func(c byte) bool) bool {
	noHex, noBase64 := false, false
	for _, c := range b {
		noHex = noHex || !isHexDigit(c) && !between(c)
		if noBase64 = noBase64 || !isBase64(c); noHex && noBase64 {
			return false
		}
	}
	return true
}

// isText reports whether b reads like text: UTF-8 without control characters other than
// those of lines and terminals. A few foreign bytes do not make it binary. Neither do many
// of them if there are no control characters, as in the text column of a listing in an old
// code page.
func isText(b []byte) bool {
	odd, foreign := 0, 0
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == 0:
			return false
		case c >= ' ' && c < 0x7F, c >= '\t' && c <= '\r', c == 0x1B:
			i++
		case c < utf8.RuneSelf:
			odd++
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 && utf8.FullRune(b[i:]) {
				foreign++
			}
			i += n
		}
	}
	return (odd+foreign)*32 <= len(b) || odd == 0 && foreign*4 <= len(b) && len(b) >= 256
}
