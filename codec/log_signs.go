package codec

import (
	"encoding/json"
	"strings"
)

// This file tells what a line of a log may hold before it is read.

// findSign finds the first sign that text holds a message of a reader: a line, the key of
// a tag, or the topic of its events or commands. It returns -1 if there is none.
func findSign(text string) int {
	first := findSC(text)
	for _, sign := range [...]string{"TagId", "tag_id", "/rdr/evt", "/rdr/cmd"} {
		if at := strings.Index(text, sign); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// hexSigns and base64Signs are $SCRDR, and TagId in base64 wherever a group of it begins.
var (
	hexSigns    = [...]string{"245343524452", "5461674964"}
	base64Signs = [...]string{"JFNDUkRS", "VGFnSW", "RhZ0lk", "UYWdJZ"}
)

// hasEncodedSign reports whether text shows a sign of an event in hex or base64.
func hasEncodedSign(text string) bool {
	for _, sign := range base64Signs {
		if strings.Contains(text, sign) {
			return true
		}
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t,:;-", r) {
			return -1
		}
		return r
	}, text)
	for _, sign := range hexSigns {
		if strings.Contains(digits, sign) {
			return true
		}
	}
	return false
}

// findMessage finds where a message may begin in a line, or -1.
func findMessage(line string) int {
	text, object := findSC(line), strings.IndexByte(line, '{')
	switch {
	case text < 0:
		return object
	case object < 0 || text < object:
		return text
	case json.Valid([]byte(line[object:])):
		return object // "$SC" stands inside of it
	}
	return text
}

// findSC finds where a $SC line may begin in text: $SC, three more capitals or digits, and
// then nothing or a byte that ends a type. It returns -1 if there is none.
func findSC(text string) int {
	for i := 0; ; i++ {
		next := strings.IndexByte(text[i:], '$')
		if i += next; next < 0 || i+len("$SCRDR") > len(text) {
			return -1
		}
		end := i + len("$SCRDR")
		if text[i+1] == 'S' && text[i+2] == 'C' && isType(text[i+1:end]) && (end == len(text) || !isWordByte(text[end])) {
			return i
		}
	}
}

func isType(s string) bool {
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// The shortest message with something in it has some twelve bytes. The greeting of a reader
// is shorter, and is found only as it is or behind its topic.
const (
	minDigits = 2 * 12 // in hex; in other bases it has more
	minWord   = 16     // in base64
)

// The parts that a character may have in text that stands for bytes.
const (
	isDigitOf = 1 << iota // it is a digit of a number in some base
	isInWord              // it belongs to a word of base64
	isBetween             // it stands between numbers
	isSyntax              // it begins an escape, JSON or HTML, or is half of a UTF-16 character
)

// encodings has the parts of each character.
var encodings = makeEncodings()

func makeEncodings() (t [256]uint8) {
	for c := range t {
		switch {
		case nibble[c] < 16:
			t[c] = isDigitOf | isInWord
		case c >= 0x80: // soft hyphens and the like, which may stand anywhere
			t[c] = isInWord | isBetween
		case isWordByte(byte(c)):
			t[c] = isInWord
		}
	}
	for _, c := range []byte("+/-_=") {
		t[c] |= isInWord
	}
	for _, c := range []byte(" \t\r\n\v\f,;:-_|'\"()[]<>hHuUxXyY") {
		t[c] |= isBetween
	}
	for _, c := range []byte("{\\%&\x00") {
		t[c] |= isSyntax
	}
	return t
}

// mayBeEncoded reports whether a line may hold a message as text that stands for its
// bytes. Most lines in the logs of other programs cannot. To find that out costs a tenth of
// looking for a message.
func mayBeEncoded(line string) bool {
	digits, word := 0, 0
	for i := range len(line) {
		class := encodings[line[i]]
		switch {
		case class&isDigitOf != 0:
			digits++
		case class&isBetween == 0:
			digits = 0
		}
		if word++; class&isInWord == 0 {
			word = 0
		}
		if digits == minDigits || word == minWord || class&isSyntax != 0 {
			return true
		}
	}
	if findSign(line) >= 0 {
		return true
	}
	for _, sign := range [...]string{"0x", "</", ";base64,"} {
		if strings.Contains(line, sign) {
			return true
		}
	}
	return false
}
