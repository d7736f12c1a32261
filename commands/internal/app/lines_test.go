package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLinesBegin checks that a new line never continues a part of a line that was left in
// the file.
func TestLinesBegin(t *testing.T) {
	for _, tt := range []struct{ name, before, want string }{
		{"a new file", "", "a\nb\n"},
		{"whole lines", "x\n", "x\na\nb\n"},
		{"half a line", "x\nha", "x\nha\na\nb\n"},
	} {
		name := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(name, []byte(tt.before), 0o600); err != nil {
			t.Fatal(err)
		}
		// The shell opens the file in this way: for writing only.
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		lines := NewLines(f)
		for _, line := range []string{"a\n", "b\n"} {
			if n, err := lines.Write([]byte(line)); n != len(line) || err != nil {
				t.Errorf("%s: %d, %v", tt.name, n, err)
			}
		}
		f.Close()
		if got, _ := os.ReadFile(name); string(got) != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	var b bytes.Buffer
	if n, err := NewLines(&b).Write([]byte("half")); n != 4 || err != nil || b.String() != "half" {
		t.Errorf("a buffer: %d, %v, %q", n, err, b.String())
	}
}

// TestLinesRenamed checks the same for a file that is opened for reading, too, and gets
// another name before the first line is written.
func TestLinesRenamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(name, name+".1"); err != nil {
		t.Skip(err) // on Windows
	}
	if n, err := NewLines(f).Write([]byte("a\n")); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got, _ := os.ReadFile(name + ".1"); string(got) != "ha\na\n" {
		t.Errorf("%q", got)
	}
}

// TestLinesUnreadable checks that a file whose end cannot be read is written to
// nevertheless.
func TestLinesUnreadable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o200)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("ha"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if n, err := NewLines(f).Write([]byte("a\n")); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestTakeBack checks what is cut off after a write that failed.
func TestTakeBack(t *testing.T) {
	for _, append := range []int{0, os.O_APPEND} {
		name := filepath.Join(t.TempDir(), "f")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|append, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("one\ntw"); err != nil {
			t.Fatal(err)
		}
		if n := takeBack(f, 2); n != 2 {
			t.Errorf("cut %d bytes, want 2", n)
		}
		if n := takeBack(f, 0); n != 0 {
			t.Errorf("cut %d bytes of a whole line", n)
		}
		if _, err := f.WriteString("two\n"); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(name); string(got) != "one\ntwo\n" {
			t.Errorf("%q", got)
		}
		// Bytes that another process has written behind it must not be cut.
		other, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if _, err := other.WriteString("three\n"); err != nil {
			t.Fatal(err)
		}
		if n := takeBack(f, 1); n != 0 {
			t.Errorf("cut %d bytes of somebody else's", n)
		}
	}
}

// TestLinesFailure checks the count and the error of a write that fails.
func TestLinesFailure(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer f.Close()
	if n, err := NewLines(f).Write([]byte("a\n")); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d, %v", n, err)
	}
}
