// Package unmark reads small text files as Windows writes them: with a
// byte-order mark, or in UTF-16. Notepad and PowerShell do this without telling
// the user, and a password with a mark in front of it is wrong.
package unmark

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"unicode/utf16"
)

const (
	mark       = "\uFEFF"
	markLittle = "\xFF\xFE"
	markBig    = "\xFE\xFF"
)

// order returns the byte order of UTF-16, or nil for any other text. A text
// without a mark is UTF-16 if every second byte is zero and no other byte is,
// because other texts contain no zeros.
func order(b []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(b, []byte(markLittle)):
		return binary.LittleEndian
	case bytes.HasPrefix(b, []byte(markBig)):
		return binary.BigEndian
	case len(b) < 4 || len(b)%2 != 0:
		return nil
	}
	zeros := [2]int{}
	for i, c := range b {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(b) / 2; {
	case zeros[0] == 0 && zeros[1] == half:
		return binary.LittleEndian
	case zeros[0] == half && zeros[1] == 0:
		return binary.BigEndian
	}
	return nil
}

// Text returns a text in UTF-8 without a mark. A text in another encoding stays
// as it is.
func Text(b []byte) []byte {
	o := order(b)
	if o == nil {
		return bytes.TrimLeft(b, mark)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = o.Uint16(b[2*i:])
	}
	return bytes.TrimLeft([]byte(string(utf16.Decode(units))), mark)
}

// maxFile is the maximal size of a file.
const maxFile = 1 << 20

// ReadFile reads a small text file, as UTF-8 without a mark.
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("%s is not such a file: it has more than %d bytes", name, maxFile)
	}
	return Text(b), nil
}

// FirstLine reads the first line of a text, at most so many bytes, and nothing
// after the line, because the source may stay open. It returns the line without
// its end.
func FirstLine(r io.Reader, most int64) (string, error) {
	in := bufio.NewReader(io.LimitReader(r, 2*most+2)) // UTF-16 needs two bytes for each
	var b []byte
	for !endsLine(b) {
		c, err := in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
		b = append(b, c)
	}
	if !isMarkedWide(b) {
		b = bytes.TrimSuffix(b, []byte("\n")) // so that UTF-16 has whole units of two bytes
	}
	line := bytes.TrimSuffix(bytes.TrimSuffix(Text(b), []byte("\n")), []byte("\r"))
	return string(line[:min(int64(len(line)), most)]), nil
}

func isMarkedWide(b []byte) bool {
	return bytes.HasPrefix(b, []byte(markLittle)) || bytes.HasPrefix(b, []byte(markBig))
}

// endsLine reports whether a line is complete.
func endsLine(b []byte) bool {
	if !isMarkedWide(b) {
		return bytes.HasSuffix(b, []byte("\n"))
	}
	return len(b)%2 == 0 && order(b).Uint16(b[len(b)-2:]) == '\n'
}
