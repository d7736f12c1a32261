package codec

import "math/bits"

// Lines and events are short and there are millions of them, so the loops
// that look at every byte look at eight at a time, in one 64-bit word. The
// tests below set the high bit of the bytes that they find. Those said to be exact
// find no others; the rest may also find bytes above one that they found
// rightly, which is no harm to who asks for any, or for the first.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = ^uint64(highs)

	blanks = ones * ' '
)

// word reads s[i:i+8], first byte lowest; the compiler makes one load of it.
func word(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// endWord reads the last bytes of s, which has at least one, and whatever
// stands in front of them to make eight; a short s is filled up with blanks.
// Tests for bytes that are not blanks can so look at some twice, at none in vain.
func endWord(s string) uint64 {
	n := len(s)
	if n >= 8 {
		return word(s, n-8)
	}
	if n >= 4 {
		return uint64(half(s, 0)) | uint64(half(s, n-4))<<32
	}
	w := uint64(blanks)
	for i := range n {
		w = w<<8 | uint64(s[i])
	}
	return w
}

func half(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// tailWord reads the last n bytes of s, 0 < n < 8, and fills up with zeros.
func tailWord(s string, n int) uint64 {
	if len(s) >= 8 {
		return word(s, len(s)-8) >> (64 - 8*n)
	}
	var w uint64
	for i := len(s) - 1; i >= len(s)-n; i-- {
		w = w<<8 | uint64(s[i])
	}
	return w
}

// equalTo finds the bytes of w that are c, exactly.
func equalTo(w uint64, c byte) uint64 {
	d := w ^ ones*uint64(c)
	return ^((d&lows + lows) | d) & highs
}

// controls finds the bytes below 0x20 and 0x7F.
func controls(w uint64) uint64 {
	return ((w - ones*0x20) | (w&lows + ones)) &^ w & highs
}

// unquotable finds the bytes that cannot stand in a JSON string as they are,
// or that end it: those below 0x20, quotes and backslashes. It also finds those
// from 0x7F on, which can, but need a look.
//
// A quote with its second bit turned is 0x20, so that one comparison finds
// controls and quotes.
func unquotable(w uint64) uint64 {
	return (((w ^ ones*2) - ones*0x21) | ((w ^ ones*'\\') - ones) | (w + ones) | w) & highs
}

// firstByte tells which byte of a word a test found first.
func firstByte(found uint64) int { return bits.TrailingZeros64(found) / 8 }

// foldXOR is the XOR of the eight bytes of w.
func foldXOR(w uint64) byte {
	w ^= w >> 32
	w ^= w >> 16
	w ^= w >> 8
	return byte(w)
}
