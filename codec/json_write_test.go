package codec

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// requireJSON fails unless v prints as one JSON object on one line that a
// terminal shows and does not obey.
func requireJSON(t *testing.T, v Value) {
	t.Helper()
	out := v.AppendJSON([]byte("x"))[1:]
	obeyed := func(r rune) bool { return !unicode.IsPrint(r) }
	if !json.Valid(out) || out[0] != '{' || !utf8.Valid(out) || bytes.ContainsFunc(out, obeyed) {
		t.Fatalf("%+v prints as %q", v, out)
	}
}

func TestAppendString(t *testing.T) {
	for s, want := range map[string]string{
		"":                         `""`,
		"1234567":                  `"1234567"`,
		"12345678":                 `"12345678"`,
		`a"b\c`:                    `"a\"b\\c"`,
		"tab\tline\r\n":            `"tab\tline\r\n"`,
		"\x1b[31m":                 `"\u001b[31m"`,
		"\x7f\u0085\u2028":         `"\u007f\u0085\u2028"`,
		"\u009b\u00ad\u202e\u2066": `"\u009b\u00ad\u202e\u2066"`,
		"\U000e0041":               `"\udb40\udc41"`,
		"Tür 門":                    `"Tür 門"`,
		"bad \xff":                 "\"bad \uFFFD\"",
		"1234567\x00":              `"1234567\u0000"`,
		"123456789abcdef\"":        `"123456789abcdef\""`,
		"abc\\":                    `"abc\\"`,
		"\"bc":                     `"\"bc"`,
		"ab\x1fdef":                `"ab\u001fdef"`,
		"!#[]~ and }{ stay 12:;":   `"!#[]~ and }{ stay 12:;"`,
	} {
		got := AppendString(nil, s)
		if string(got) != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(s, "\uFFFD") {
			t.Errorf("%q comes back as %q, %v", s, back, err)
		}
	}
}

func TestAppendRaw(t *testing.T) {
	for raw, want := range map[string]string{
		"1e5":                   "1e5",
		"{ \"a\" :\n [1 , 2] }": `{"a":[1,2]}`,
		"\"\xFF\"":              "\"\uFFFD\"",
		"[\"\u202e\x7f é\"]":    `["\u202e\u007f é"]`,
		"not JSON":              `"not JSON"`,
		"":                      `""`,
	} {
		if got := appendRaw([]byte("x"), json.RawMessage(raw)); string(got) != "x"+want {
			t.Errorf("%q is %s, want x%s", raw, got, want)
		}
	}
}
