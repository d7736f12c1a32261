package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
)

// newRandom returns a generator that always yields the same numbers for the same name.
func newRandom(name string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256([]byte(name)))
}

// Sizes of the parts around the scan data of a picture made by writeJPEG.
const (
	headSize  = 2 + 18 + 69 + 19 + 25 + 25 + 6 + 14 // SOI APP0 DQT SOF0 DHT DHT DRI SOS
	tailSize  = 2                                   // EOI
	smallest  = headSize + tailSize + 2
	chunkSize = 1 << 16 // scan bytes from one restart marker to the next
)

// writeJPEG writes a baseline JPEG of exactly size bytes. Every segment is valid and in its place. The scan data is
// random, with stuffed FF bytes and restart markers as in a real picture, but it does not encode an image.
func writeJPEG(w io.Writer, random *rand.ChaCha8, size int) error {
	if size < smallest {
		return fmt.Errorf("jpeg: %d bytes are too few, at least %d", size, smallest)
	}
	if _, err := w.Write(head(restarts(size - headSize - tailSize))); err != nil {
		return err
	}
	raw := make([]byte, chunkSize)
	scan := make([]byte, 0, chunkSize+2)
	for left, n := size-headSize-tailSize, 0; left > 0; n++ {
		length := min(left, chunkSize)
		_, _ = random.Read(raw[:length]) // never fails
		scan = stuff(scan[:0], raw[:length], length)
		if left -= length; left > 2 {
			scan = append(scan, 0xff, 0xd0+byte(n%8))
			left -= 2
		}
		if _, err := w.Write(scan); err != nil {
			return err
		}
	}
	_, err := w.Write([]byte{0xff, 0xd9})
	return err
}

// restarts returns how many restart markers a scan of size bytes has, the markers included.
func restarts(size int) int {
	n := 0
	for left := size - chunkSize; left > 2; left -= 2 + chunkSize {
		n++
	}
	return n
}

// stuff appends n bytes of raw as scan data: 00 follows every FF, and the last byte is never FF.
func stuff(scan, raw []byte, n int) []byte {
	end := len(scan) + n
	for _, b := range raw {
		if len(scan) == end {
			break
		}
		if b == 0xff && len(scan)+1 == end {
			b = 0x7f // no room for the 00
		}
		scan = append(scan, b)
		if b == 0xff {
			scan = append(scan, 0)
		}
	}
	return scan
}

// width is one of which a row of blocks is far longer than the shortest codes for it would be.
const width = 1024

// head returns everything before the scan data. A restart marker follows each row of blocks, so the height comes from
// their number. Otherwise the picture would have signs of damage.
func head(restarts int) []byte {
	b := []byte{0xff, 0xd8}
	b = append(b, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	b = append(b, 0xff, 0xdb, 0, 67, 0) // one table of 64 steps
	for i := range 64 {
		b = append(b, byte(i+1))
	}
	b = append(b, 0xff, 0xc0, 0, 17, 8)
	b = binary.BigEndian.AppendUint16(b, uint16(16*(restarts+1))) // height
	b = binary.BigEndian.AppendUint16(b, width)
	b = append(b, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0)
	for class := range 2 { // Huffman tables for DC and AC: four codes of three bits
		b = append(b, 0xff, 0xc4, 0, 23, byte(class<<4))
		b = append(b, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)
	}
	b = append(b, 0xff, 0xdd, 0, 4, 0, width/16) // restart interval
	return append(b, 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0)
}

// writeLog writes about size bytes of the output of mosquitto_sub -F '%U %t %x' for snapshots of some 60 KB. Each has a
// prefix of ten bytes, and no two are the same. The SHA-256 of each picture goes to the file sums.
func writeLog(w *bufio.Writer, size int, sums string) error {
	random := newRandom("log")
	numbers := rand.New(random)
	var picture bytes.Buffer
	var list, line []byte
	for written, n := 0, 0; written < size; n++ {
		picture.Reset()
		if err := writeJPEG(&picture, random, 55_000+numbers.IntN(10_000)); err != nil {
			return err
		}
		list = fmt.Appendf(list, "%x\n", sha256.Sum256(picture.Bytes()))
		line = fmt.Appendf(line[:0], "%d.%09d 4GSolarCam/Snapshot ", 1_795_398_905+n*9, numbers.IntN(1e9))
		line = hex.AppendEncode(line, []byte("SC211\x00\x01\x02\x03\x04"))
		line = hex.AppendEncode(line, picture.Bytes())
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
		written += len(line)
	}
	return os.WriteFile(sums, list, 0o644)
}
