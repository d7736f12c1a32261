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

// TestAppendStringBytes checks that every byte is treated the same at every place and
// beside any other byte.
func TestAppendStringBytes(t *testing.T) {
	for c := range 256 {
		for _, around := range []string{"a", "ü", "\u2028", "\xFF", `"`, "\x1b"} {
			for _, s := range []string{string([]byte{byte(c)}), string([]byte{byte(c)}) + around, around + string([]byte{byte(c)}), around + string([]byte{byte(c)}) + around} {
				got := AppendString(nil, s)
				var back string
				if err := json.Unmarshal(got, &back); err != nil || back != string([]rune(s)) {
					t.Fatalf("%q is written as %s and comes back as %q, %v", s, got, back, err)
				}
				if bytes.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Fatalf("%q is written as %q", s, got)
				}
			}
		}
	}
}

// FuzzAppend checks that encoding/json reads back what was written, and that the text is
// one line that a terminal shows and does not obey.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "plain", "Tür 門", "a\x1b[31m\u202e\xff\"\\\n", `{"a" : [1e5 , "\ud83d\ude00 \u001b"]}`, "[\"\xFF \x7F\",\n null]", `"a b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		obeyed := func(r rune) bool { return !unicode.IsPrint(r) }
		text := AppendString(nil, s)
		var back string
		if err := json.Unmarshal(text, &back); err != nil || back != string([]rune(s)) || bytes.ContainsFunc(text, obeyed) {
			t.Fatalf("%q is written as %q and comes back as %q, %v", s, text, back, err)
		}
		raw := appendRaw(nil, json.RawMessage(s))
		if !json.Valid([]byte(s)) {
			if !bytes.Equal(raw, text) {
				t.Fatalf("%q is written as %q, want %q", s, raw, text)
			}
			return
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(s)); err != nil {
			t.Fatal(err)
		}
		var want []byte
		for _, r := range compact.String() {
			want = appendRune(want, r)
		}
		if !bytes.Equal(raw, want) || bytes.ContainsFunc(raw, obeyed) {
			t.Fatalf("%q is written as %q, want %q", s, raw, want)
		}
	})
}
