package unmark

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// wide returns a text in UTF-16.
func wide(o binary.AppendByteOrder, mark, text string) string {
	b := []byte(mark)
	for _, u := range utf16.Encode([]rune(text)) {
		b = o.AppendUint16(b, u)
	}
	return string(b)
}

// spellings returns a text as different editors and shells of Windows write it.
func spellings(text string) map[string]string {
	return map[string]string{
		"plain":             text,
		"with a mark":       mark + text,
		"UTF-16":            wide(binary.LittleEndian, markLittle, text),
		"UTF-16, big":       wide(binary.BigEndian, markBig, text),
		"UTF-16, two marks": wide(binary.LittleEndian, markLittle, "\uFEFF"+text),
	}
}

func TestText(t *testing.T) {
	for _, text := range []string{"p@ss:w/o#rd", "Pässwörd 密\U0001F511", "-----BEGIN CERTIFICATE-----\r\nMIIB\r\n", "x", ""} {
		for name, b := range spellings(text) {
			if got := string(Text([]byte(b))); got != text {
				t.Errorf("%s: %q, want %q", name, got, text)
			}
		}
	}
	for _, b := range []string{wide(binary.LittleEndian, "", "secret"), wide(binary.BigEndian, "", "secret")} {
		if got := string(Text([]byte(b))); got != "secret" {
			t.Errorf("without a mark: %q", got)
		}
	}
	for _, b := range []string{"\xff", "\xfe\xff", "\xff\xfe", "\xff\xfea", "a\x00", "\x00\x00\x00\x00", "\xe9t\xe9"} {
		if got := string(Text([]byte(b))); strings.Contains(got, "a\x00") && b != "a\x00" || len(got) > 2*len(b)+2 {
			t.Errorf("%q: %q", b, got)
		}
	}
}

// TestPasswordCase reads a password file as an editor of Windows saved it.
func TestPasswordCase(t *testing.T) {
	f, err := os.Open("../../../testdata/cases/200-password-with-mark.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := FirstLine(f, 1000); err != nil || got != "p@ss:w/o#rd" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFirstLine(t *testing.T) {
	for _, word := range []string{"p@ss:w/o#rd", "Ċāਊ", "密\U0001F511", "a b "} { // U+010A and U+0A0A have a byte 0A
		for end, rest := range map[string]string{"": "", "\n": "", "\r\n": "second\r\n", "\n\n": ""} {
			for name, b := range spellings(word + end + rest) {
				for _, r := range []io.Reader{strings.NewReader(b), iotest.OneByteReader(strings.NewReader(b))} {
					if got, err := FirstLine(r, 1000); err != nil || got != word {
						t.Errorf("%s, end %q: %q, %v; want %q", name, end, got, err, word)
					}
				}
			}
		}
	}
	if got, err := FirstLine(strings.NewReader(strings.Repeat("x", 5000)), 100); err != nil || len(got) != 100 {
		t.Errorf("a line without an end: %d bytes, %v", len(got), err)
	}
	// FirstLine must not wait for more from a pipe that stays open after the
	// line.
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("secret\n")) }()
	if got, err := FirstLine(r, 100); err != nil || got != "secret" {
		t.Errorf("from a pipe: %q, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := FirstLine(iotest.ErrReader(broken), 100); err != broken {
		t.Errorf("a source that fails: %v", err)
	}
}

// TestReadFile checks that a file which is too long is refused before it is all read.
func TestReadFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	for size, ok := range map[int64]bool{0: true, maxFile: true, maxFile + 1: false, 1 << 40: false} {
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, size)); err != nil {
			t.Skip(err) // the file system knows no files with holes
		}
		if _, err := ReadFile(name); (err == nil) != ok || !ok && !strings.Contains(err.Error(), "has more than 1048576 bytes") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
