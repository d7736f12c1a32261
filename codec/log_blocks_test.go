package codec

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mqtool/internal/fake"
)

// readBlocks reads all blocks; a long line is marked.
func readBlocks(t *testing.T, r io.Reader, size int) (lines []string, err error) {
	t.Helper()
	b := NewLogBlocks(r)
	b.buf = b.buf[:size]
	block := LogBlock{memory: make([]byte, size)}
	for n := 0; ; {
		block, err = b.Next(block)
		if err != nil {
			return lines, err
		}
		if block.Line != n {
			t.Fatalf("a block behind %d lines, want %d", block.Line, n)
		}
		text := strings.Clone(block.Text)
		if block.Cut && len(text) != size {
			t.Fatalf("long line of %d bytes", len(text))
		}
		for text != "" {
			var line string
			line, text = cutLine(text)
			if n++; block.Cut {
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
		{"carriage return inside", "a\rb\n\r\n", []string{"a", "b", ""}},
		{"carriage returns only", "a\rb\r123456789\rc", []string{"a", "b", "12345678...", "c"}},
		{"two before a line feed", "a\r\r\nb\r\n", []string{"a", "b"}},
		{"an object", "a\n{\n}\nb\n", []string{"a", "{", "}", "b"}},
		{"an object too long", "{\n 3456\n}\nb", []string{"{", " 3456", "}", "b"}},
		{"an object without an end", "{\n a", []string{"{", " a"}},
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

// TestBlocksObject checks that the lines of an object stay together, and that the lines
// behind an incomplete object do not wait.
func TestBlocksObject(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string // the blocks, when lines come one by one
	}{
		{"whole", "{}\n", []string{"{}\n"}},
		{"topic and object", "t {\n\t\"a\":\n1\n}\n", []string{"t {\n\t\"a\":\n1\n", "}\n"}},
		{"indented", "x\nt {\n\t\"a\": [\n\t\t1\n\t]\n}\ny\n", []string{"x\n", "t {\n\t\"a\": [\n\t\t1\n\t]\n}\n", "y\n"}},
		{"cut", "{\"a\":1,\n$SCRDR\n", []string{"{\"a\":1,\n$SCRDR\n"}},
		{"cut in a string", "{\"a\n", []string{"{\"a\n"}},
		{"message inside", "{\n  $SCRDR\n", []string{"{\n  $SCRDR\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := NewLogBlocks(fake.Pipe(tt.in))
			var got []string
			var block LogBlock
			for {
				var err error
				if block, err = b.Next(block); err != nil {
					break
				}
				if block.Text != "" {
					got = append(got, strings.Clone(block.Text))
				}
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestBlocksJoined: a message in records of docker is read wherever a block ends.
func TestBlocksJoined(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	pieces := 0
	for range 100 {
		var log strings.Builder
		var want, got []string
		for range 30 {
			tag := fmt.Sprintf("%014X", random.Uint64()>>8)
			text := `$SCRDR;13;01;01;;` + tag + `;I;;`
			if random.IntN(2) == 0 {
				text = `springcard/springcore/A/rdr/evt {"TagId":"` + tag + `"}`
			}
			want = append(want, tag)
			for end := ""; end == ""; pieces++ {
				n := 1 + random.IntN(len(text))
				piece := text[:n]
				if text = text[n:]; text == "" {
					end = `\n`
				}
				log.WriteString(`{"log":"` + strings.ReplaceAll(piece, `"`, `\"`) + end + `","stream":"stdout","time":"2026-11-27T20:14:53.1Z"}` + "\n")
			}
		}
		blocks, scanner := NewLogBlocks(strings.NewReader(log.String())), NewLogScanner(CheckEither)
		blocks.buf = blocks.buf[:2000]
		for block := (LogBlock{memory: make([]byte, 2000)}); ; {
			var err error
			if block, err = blocks.Next(block); err == io.EOF {
				break
			}
			scanner.Scan(block, func(e *LogEntry) bool {
				if e.Err != nil {
					t.Errorf("line %d: %v", e.Line, e.Err)
				} else if event, ok := e.Value.(*ReaderEvent); ok {
					got = append(got, event.TagID)
				}
				return true
			})
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if pieces < 4000 {
		t.Errorf("only %d pieces", pieces)
	}
}
