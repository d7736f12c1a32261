package window

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// TestAgainstWhole walks through a text in steps of any size, and compares the results of
// the window with the whole text.
func TestAgainstWhole(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		text := make([]byte, rnd.IntN(5000))
		for i := range text {
			text[i] = "abc\n"[rnd.IntN(4)]
		}
		size := 64 + rnd.IntN(1000)
		limit := size + rnd.IntN(2000)
		var r io.Reader = bytes.NewReader(text)
		if round%2 == 0 {
			r = iotest.OneByteReader(r)
		}
		w := New(r, size, limit)
		if round%5 == 0 {
			w = Over(text)
			limit = len(text)
		}
		at, floor, kept := 0, 0, 0
		for at < len(text) {
			if rnd.IntN(20) == 0 {
				floor, kept = at, rnd.IntN(50)
				w.Keep(kept)
			}
			n := rnd.IntN(limit - kept + 1)
			b := w.Peek(n)
			if want := text[at:min(at+n, len(text))]; !bytes.Equal(b, want) {
				t.Fatalf("at %d: Peek(%d) gives %q, want %q", at, n, b, want)
			}
			if want := text[max(floor, at-kept):at]; !bytes.Equal(w.Behind(), want) {
				t.Fatalf("at %d: behind is %q, want %q", at, w.Behind(), want)
			}
			if len(b) > 0 {
				i := rnd.IntN(len(b))
				line, column := w.Place(i)
				before := text[:at+i]
				if wantLine, wantColumn := bytes.Count(before, newline)+1, at+i-bytes.LastIndexByte(before, '\n'); line != int64(wantLine) || column != int64(wantColumn) {
					t.Fatalf("at %d+%d: line %d, column %d, want %d, %d", at, i, line, column, wantLine, wantColumn)
				}
			}
			step := rnd.IntN(len(b) + 1)
			w.Skip(step)
			at += step
			if w.Offset() != int64(at) {
				t.Fatalf("offset %d, want %d", w.Offset(), at)
			}
		}
		if len(w.Ahead(1)) > 0 || !w.Ended() || w.Err() != nil {
			t.Fatalf("%d bytes behind the end, ended %v, %v", len(w.Ahead(1)), w.Ended(), w.Err())
		}
		if w.Held() > limit {
			t.Fatalf("%d bytes are held, and %d are allowed", w.Held(), limit)
		}
	}
}

func TestLimit(t *testing.T) {
	w := New(strings.NewReader(strings.Repeat("x", 1000)), 100, 300)
	if n := len(w.Ahead(1000)); n != 300 || w.Ended() {
		t.Errorf("%d bytes ahead, ended %v", n, w.Ended())
	}
	w.Skip(300)
	if n := len(w.Ahead(1000)); n != 300 {
		t.Errorf("then %d bytes ahead", n)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	w := New(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10, 10)
	if b := w.Ahead(5); string(b) != "abc" || w.Err() != broken {
		t.Errorf("%q, %v", b, w.Err())
	}
	if w = New(silent{}, 10, 10); len(w.Ahead(1)) > 0 || w.Err() != io.ErrNoProgress {
		t.Errorf("a source that gives nothing: %v", w.Err())
	}
	w.Reset(strings.NewReader("de"))
	if b := w.Ahead(5); string(b) != "de" || w.Err() != nil || w.Offset() != 0 {
		t.Errorf("reset: %q, %v, offset %d", b, w.Err(), w.Offset())
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }
