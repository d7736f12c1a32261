package app

import (
	"bytes"
	"os"
	"testing"
)

func TestColored(t *testing.T) {
	for _, tt := range []struct {
		color, noColor, term string
		terminal, want       bool
	}{
		{"auto", "", "xterm", true, true},
		{"auto", "", "xterm", false, false},
		{"auto", "1", "xterm", true, false},
		{"auto", "", "dumb", true, false},
		{"", "", "xterm", true, true},
		{"always", "1", "dumb", false, true},
		{"never", "", "xterm", true, false},
	} {
		t.Setenv("NO_COLOR", tt.noColor)
		t.Setenv("TERM", tt.term)
		if got := Colored(tt.color, tt.terminal); got != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	if IsTerminal(&bytes.Buffer{}) || IsRegular(&bytes.Buffer{}) {
		t.Error("a buffer is neither a terminal nor a file")
	}
	f, err := os.Create(t.TempDir() + "/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if IsTerminal(f) || !IsRegular(f) {
		t.Error("a file is a file")
	}
}
