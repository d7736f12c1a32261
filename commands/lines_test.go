package commands

import (
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// readBlocks reads all blocks; a long line is marked.
func readBlocks(t *testing.T, r io.Reader, size int) (lines []string, err error) {
	t.Helper()
	b := newBlocks("x", r)
	b.buf = b.buf[:size]
	block := make([]byte, size)
	for {
		var long bool
		block, long, err = b.next(block)
		if err != nil {
			return lines, err
		}
		text := string(block)
		if long && len(text) != size {
			t.Fatalf("long line of %d bytes", len(text))
		}
		for text != "" {
			var line string
			line, text = cutLine(text)
			if long {
				line += "..."
			}
			lines = append(lines, line)
		}
	}
}

func TestBlocks(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"lines", "a\nb\r\n\nc\n", []string{"a", "b", "", "c"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"carriage return inside", "a\rb\n\r\n", []string{"a\rb", ""}},
		{"a whole block", "1234567\nb\n", []string{"1234567", "b"}},
		{"too long by one", "12345678\nb\n", []string{"12345678...", "b"}},
		{"much too long", "a\n123456789012345678901234567890\nb\nc", []string{"a", "12345678...", "b", "c"}},
		{"too long at the end", "a\n123456789012", []string{"a", "12345678..."}},
		{"two too long", "123456789\n123456789\nb", []string{"12345678...", "12345678...", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole":      strings.NewReader(tt.in),
				"one byte":   iotest.OneByteReader(strings.NewReader(tt.in)),
				"half":       iotest.HalfReader(strings.NewReader(tt.in)),
				"data + EOF": iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				got, err := readBlocks(t, r, 8)
				if err != io.EOF || !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%s: got %q, %v, want %q", name, got, err, tt.want)
				}
			}
		})
	}
}

func TestBlocksError(t *testing.T) {
	broken := errors.New("broken")
	got, err := readBlocks(t, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 8)
	if err != broken || !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestBlocksRandom compares with strings.Split.
func TestBlocksRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var in strings.Builder
		for range random.IntN(40) {
			in.WriteString(strings.Repeat("x", random.IntN(30)) + "\n")
		}
		want := strings.Split(in.String(), "\n")
		want = want[:len(want)-1]
		got, err := readBlocks(t, iotest.HalfReader(strings.NewReader(in.String())), 32)
		if err != io.EOF || len(got) != len(want) || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q: got %q, %v", in.String(), got, err)
		}
	}
}
