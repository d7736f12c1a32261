// Package dumptest makes the inputs of the codec's tests: pictures, and messages as tools
// show and save them.
package dumptest

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Testdata returns the folder of the files that tests read.
func Testdata(t testing.TB) string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata")
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("no go.mod above the folder of the test: %v", err)
	return ""
}

// Pictures returns the files of testdata/jpeg by name.
func Pictures(t testing.TB) map[string][]byte {
	files, err := filepath.Glob(filepath.Join(Testdata(t), "jpeg", "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

// Every picture begins with SOI and ends with EOI.
const (
	SOI = "\xFF\xD8"
	EOI = "\xFF\xD9"
)

// These are the parts of the smallest picture that is whole, and Tiny is that picture: 32
// x 16, gray.
var (
	JFIF  = Segment(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	DQT   = Segment(0xDB, "\x00"+strings.Repeat("\x10", 64))
	DHT   = Segment(0xC4, huffman(0x00)+huffman(0x10))
	Frame = DQT + DHT + Segment(0xC0, "\x08\x00\x10\x00\x20\x01\x01\x11\x00")
	SOS   = Segment(0xDA, "\x01\x01\x00\x00\x3F\x00")
	Tiny  = SOI + JFIF + Frame + SOS + "pixels" + EOI
)

// huffman returns a table with two codes: 0 for nothing (more), and 1 for a value of one
// bit.
func huffman(id byte) string {
	return string([]byte{id, 2}) + strings.Repeat("\x00", 15) + "\x00\x01"
}

// Segment returns a marker segment.
func Segment(code byte, payload string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0xFF, code}, uint16(2+len(payload)))) + payload
}

// RandomPrefix returns random bytes without a picture's start in them.
func RandomPrefix(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
		if b[i] == 0xFF {
			b[i] = 0
		}
	}
	return b
}
