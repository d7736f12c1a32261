package text

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mqtool/codec"
)

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", 3*lineBlock)
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"lines", "a\nb\n", []string{"a", "b"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"empty lines", "\n\na\n\n", []string{"", "", "a", ""}},
		{"CR LF", "a\r\n\r\nb\r", []string{"a", "", "b\r"}},
		{"longer than a block", "a\n" + long + "\nb\n" + long, []string{"a", long, "b", long}},
		{"NUL and what is no text", "\x00\xFF\n", []string{"\x00\xFF"}},
	} {
		for how, r := range map[string]io.Reader{
			"whole":      strings.NewReader(tt.text),
			"byte-wise":  iotest.OneByteReader(strings.NewReader(tt.text)),
			"with error": iotest.DataErrReader(strings.NewReader(tt.text)),
		} {
			l := Lines{Reader: r, Most: 1 << 20}
			var lines [][]byte // looked at last, so that memory written twice shows
			for err := error(nil); err == nil; err = l.Fill() {
				for line, ok := l.Next(); ok; line, ok = l.Next() {
					lines = append(lines, line)
				}
			}
			var got []string
			for _, line := range lines {
				got = append(got, string(line))
			}
			if !slices.Equal(got, tt.want) || l.Number != len(tt.want) || l.err != io.EOF {
				t.Errorf("%s, %s: got %.100q, %d lines, %v", tt.name, how, got, l.Number, l.err)
			}
		}
	}
}

func TestLineReaderGivesUp(t *testing.T) {
	broken := errors.New("broken")
	l := Lines{Reader: io.MultiReader(strings.NewReader("a\nhalf"), iotest.ErrReader(broken)), Most: 100}
	var got []string
	err := error(nil)
	for ; err == nil; err = l.Fill() {
		for line, ok := l.Next(); ok; line, ok = l.Next() {
			got = append(got, string(line))
		}
	}
	if !slices.Equal(got, []string{"a"}) || err != broken {
		t.Errorf("got %q, %v: half a line is not to be sent", got, err)
	}

	l = Lines{Reader: strings.NewReader(strings.Repeat("x", 200) + "\n"), Most: 100}
	for err = nil; err == nil; err = l.Fill() {
		if line, ok := l.Next(); ok && len(line) > 100 {
			return // it was there at once; the broker package refuses it
		}
	}
	if !errors.Is(err, codec.ErrMalformed) {
		t.Errorf("a line too long: %v", err)
	}
}

func TestLinesLeft(t *testing.T) {
	text := strings.Repeat("line\n", 50_000) + "no end"
	name := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l := Lines{Reader: f, File: f, Most: 100}
	next := func() {
		if _, ok := l.Next(); !ok {
			t.Fatal("no line")
		}
	}
	_ = l.Fill()
	for range 10 {
		next()
	}
	l.Unread()
	if n, all := l.Rest(); n != 50_001-9 || !all {
		t.Errorf("a file: got %d, %v", n, all)
	}

	l = Lines{Reader: strings.NewReader(text), Most: 100}
	_ = l.Fill()
	next()
	if n, all := l.Rest(); n != lineBlock/5-1 || all {
		t.Errorf("a pipe: got %d, %v", n, all)
	}
}
