package codec

import (
	"strings"
	"testing"
)

func TestFindNumbers(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       string // what the run begins with; none if empty
	}{
		{"Serial.print", "payload: 255 216 255 224 0 16 74 70 73 70 0 1 1 1 0 72 0 72 0 0 255 219 0 67 255 196 255 218", "255 216"},
		{"Serial.print, HEX", "payload: FF D8 FF E0 0 10 4A 46 49 46 0 1 1 1 0 48 0 48 0 0 FF DB 0 43", "FF D8"},
		{"Java", "-1, -40, -1, -32, 0, 16, 74, 70, 73, 70, 0, 1, 1, 1, 0, 72, -1, -37, -1, -60, -1, -38", "-1, -40"},
		{"od -An -b", " 377 330 377 340 000 020 112 106 111 106 000 001 001 001 000 110 000 110", "377 330"},
		{"octal, letters first", "123 160 162 151 156 147 123 160 162 151 156 147 123 160 162 151 156 147 040 000", "123 160"},
		{"pairs", "ff d8 ff e0 00 10 4a 46 49 46 00 01 01 01 00 48 00 48 00 00 ff db 00 43", ""},
		{"pairs with two damages", "ff d8 f e0 c0 10 4a 46 49 4 10 11 11 11 10 48 10 48 10 10 ff db 00 43", ""},
		{"pairs, wrapped in bytes", "ff d8 ff e\n0 c0 10 4a\n 46 49 46 1\n0 11 11 11 \n10 48 10 4\n8 10 10 ff\n db 10 43 7", ""},
		{"spaced digits", "f f d 8 f f e 0 0 0 1 0 4 a 4 6 4 9 4 6 0 0 0 1", ""},
		{"a table", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", ""},
		{"too few", "255 216 255 224 116 174", ""},
	} {
		var got string
		run := findNumbers([]byte(tt.text), len(tt.text))
		if run.start >= 0 {
			got = tt.text[run.start:]
		}
		if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestIsByteList(t *testing.T) {
	for text, want := range map[string]bool{
		"255, 216, 255, 224, 0, 16, 74, 70": true,
		"-1,-40,-1,-32,0,16,74,70,73":       true,
		"007,255]":                          true,
		"71]":                               true,
		"-3,-7]":                            false, // many things are
		"256,1,2,3,4,5,6,7,8":               false,
		"-129,1,2,3,4,5,6,7,8":              false,
		`"a"]`:                              false,
		"]":                                 false,
	} {
		if isByteList([]byte(text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}
