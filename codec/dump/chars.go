package dump

import (
	"strings"
	"unicode/utf8"

	"mqtool/codec/jpeg"
)

// Limits. What costs time or memory and is decided by an input stands here.
const (
	// maxNesting is how many layers of text one message may be wrapped in: a base64
	// picture in JSON in a JSON string in hex is four.
	maxNesting = 6

	// lookahead is how much text decides on its layout. It holds some hundred rows of
	// any listing and the longest line that stands before a dump.
	lookahead = 64 << 10

	// lookAround is how much text decides whether something foreign is a damaged place
	// or the end of the dump.
	lookAround = 256

	// maxDamage is how many damaged places are kept with their positions; the rest is
	// counted.
	maxDamage = 20

	// maxBefore is how much of what stands before a message on its line is looked at
	// for a topic and a time.
	maxBefore = 1024

	// maxRow is the longest row of a listing: xxd -c 256 -g 1 makes 1,038 characters.
	maxRow = 2048

	// maxRowBytes is how many bytes a row may have, and how many digits its address has
	// at least and at most.
	maxRowBytes     = 256
	shortestAddress = 4
	maxAddress      = 16

	// listingAhead is how much text shows which listing it may be, and triedBytes how much
	// of it is decoded to see which one it is.
	listingAhead = 4 * maxRow
	triedBytes   = 4 << 10

	// maxRepeats is how many bytes all repeated rows (*) may have for each character of the
	// input before them, and freeRepeats how many they have in any case. A picture of one
	// color, or the zeros behind one, have fewer; a few lines must not stand for gigabytes.
	maxRepeats  = 64
	freeRepeats = 1 << 20

	// maxStarts is how often a row is repeated in which a picture may begin. No picture has
	// such rows, and each costs a look for a picture.
	maxStarts = 16

	// foreignLines is how many lines of something else are passed over in a listing.
	foreignLines = 4

	// maxLabel is how far into a line the first row of a listing is looked for.
	maxLabel = 200

	// maxMeasured is how many lines of a message are measured.
	maxMeasured = 64

	// longLine is longer than any line that a tool or an editor wraps at: what stands
	// on it is a message of its own.
	longLine = 2048

	// lookBack is how much of a message's text is kept behind where it is decoded, to
	// compare a damaged row with those before it.
	lookBack = 4 * longLine

	// maxPrefixed is the longest row behind a prefix that is looked at.
	maxPrefixed = 2048

	// minSpelled is how many numbers such a row has at least.
	minSpelled = 8

	// maxLiteral is the longest of several string literals that are one text, and maxFront
	// how much of what stands before the first one may stand before each.
	maxLiteral = 32 << 10
	maxFront   = 64

	// prefixedRows is how many rows must agree on their prefix.
	prefixedRows = 4

	// sureHexDigits is how many hex digits speak for themselves: dates, ids, lengths and
	// words such as "cafe" stand before real dumps, and have fewer.
	sureHexDigits = 32

	// sureNumbers is how many numbers speak for themselves, and numbersAhead how far a
	// run of them is followed to see what it is.
	sureNumbers  = 16
	numbersAhead = 1 << 10

	// sureEntries is how many lines with an index before a byte speak for a list of
	// them, maxEntry the longest such line.
	sureEntries = 8
	maxEntry    = 120

	// keptBeginning is how many bytes of a message's beginning are kept, and tell what it
	// may be; of two messages that begin in the same way sureBeginning bytes are equal,
	// three of them different.
	keptBeginning = 16
	sureBeginning = 5

	// sureBase64 is how long a word must be to be taken for base64: topics are shorter.
	sureBase64 = 32

	// maxObject is how much of a message's JSON is kept beside its picture. A camera's
	// object without the picture has a few hundred bytes.
	maxObject = 1 << 20

	// maxDepth is how deep JSON may be nested.
	maxDepth = 64

	// shortString is up to where a string in JSON is a value like any other. Longer ones
	// may hold a message.
	shortString = 64

	// keptString is up to where a string that may hold a message stays in its object.
	keptString = 4 << 10

	// escapeLength is more than any escape has, also with a line end in it.
	escapeLength = 16
)

// reaches are how far a line is searched for a message, one after the other: what it
// costs to find one follows how far away it is.
var reaches = [...]int{512, 4 << 10, lookahead}

var (
	soi         = []byte(jpeg.Start)
	newline     = []byte{'\n'}
	replacement = []byte("\uFFFD")
	comma       = []byte{','}
	mark        = []byte("\uFEFF") // of the byte order
)

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

func isWordByte(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// isHexSeparator tells which characters stand between groups of digits.
func isHexSeparator(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '\v', '\f', ',', ';', ':', '-':
		return true
	}
	return false
}

// isNumberSeparator tells which characters stand between numbers, of which a dash is
// the sign.
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

// isText reports whether b reads like a text: UTF-8 without control characters
// but for those of lines and terminals. A few foreign bytes do not make it
// binary, and neither do many without any control character: that is the text
// column of a listing in an old code page.
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
